import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { occurrences } from './mutation.ts'
import { MUTATIONS } from './table.ts'

const ROOT = join(import.meta.dirname, '../..')

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** `npm run mutations` is slow and run by hand; that it still can be run is held here. */
describe('the table of mutations', () => {
  test.each(MUTATIONS)('$row finds what it takes away: $guard', ({ edits }) => {
    for (const { file, from } of edits) expect(occurrences(read(file), from)).toBe(1)
  })

  test('has a mutation and a test for every failure of a peer', () => {
    const rows = Array.from({ length: 20 }, (_, index) => `R${index + 1}`)
    expect([...new Set(MUTATIONS.map(({ row }) => row))]).toEqual(rows)
    for (const { row, test: file } of MUTATIONS)
      expect(read(`test/sim/${file}`)).toContain(`'${row}: `)
  })

  test('is the one that the documentation shows', () => {
    const shown = read('docs/mutations.md')
    for (const { row, guard } of MUTATIONS) expect(shown).toContain(`| ${row} | ${guard} |`)
  })
})
