import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { REACTION_TIMES } from './checker/reaction-times.ts'

test('docs/reaction-times.md tells people the times that the simulator holds every run against', async () => {
  const text = await readFile(join(import.meta.dirname, '../../docs/reaction-times.md'), 'utf8')
  const rows = Object.values(REACTION_TIMES).map(
    ({ id, ms, says }) => `| ${id} | ${ms / 60_000} minutes | ${says} |`,
  )
  const told = text.split('\n').filter((line) => /^\| [a-zA-Z]+ \| \d/.test(line))
  expect(told).toEqual(rows)
})
