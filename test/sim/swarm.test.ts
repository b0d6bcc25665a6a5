import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

/** The share of the swarm that every run of the tests plays, in a process of its own. */
const ARGUMENTS = ['--from', '1', '--seeds', '40', '--minutes', '14', '--no-shrink']

test('in worlds of seeds 1 to 40 every invariant holds', async () => {
  const main = join(import.meta.dirname, 'main.ts')
  const played = promisify(execFile)(process.execPath, [main, ...ARGUMENTS])
  await expect(played).resolves.toBeDefined()
}, 900_000)
