import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { editsOf, type Mutation, occurrences } from './mutation.ts'
import { isChosen } from './options.ts'
import { MUTATIONS } from './tables/index.ts'
import { endingOf } from './tests.ts'

const ROOT = join(import.meta.dirname, '../..')

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

function rows(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
}

/** Rows of INVARIANTS without a guard that could be taken away: there is no second controller yet. */
const WITHOUT_GUARD = ['S13', 'S19']

/** `npm run mutations` is slow and run by hand; that it still can be run is held here. */
describe('the tables of mutations', () => {
  test.each(MUTATIONS)('find what they take away: $name', (mutation: Mutation) => {
    for (const { file, find, replace } of editsOf(mutation)) {
      expect([find, occurrences(read(file), find)]).toEqual([find, 1])
      expect(replace).not.toBe(find)
    }
  })

  test('name tests that are there', () => {
    const files = new Set(MUTATIONS.flatMap(({ tests }) => tests))
    expect([...files].filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })

  test('call each mutant by a name of its own, and ask somebody about it', () => {
    const names = MUTATIONS.map(({ name }) => name)
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([])
    const unasked = MUTATIONS.filter(
      ({ tests, simulator }) => tests.length === 0 && simulator === undefined,
    )
    expect(unasked).toEqual([])
  })

  test.each([...rows('R', 20), ...rows('P', 11), ...rows('S', 31)])('have one for %s', (row) => {
    const isThere = MUTATIONS.some(({ name }) => isChosen(name, [row]))
    expect(isThere).toBe(!WITHOUT_GUARD.includes(row))
  })

  test('are at least 120, and those that the documentation shows', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(120)
    const shown = read('docs/mutations.md')
    const missing = MUTATIONS.filter(({ name }) => !shown.includes(`| ${name} |`))
    expect(missing.map(({ name }) => name)).toEqual([])
  })
})

describe('what Jest printed', () => {
  test.each([
    ['Tests:       4 passed, 4 total', 0, { is: 'survived' }],
    [
      '  ● a › b\n\nTests:       1 failed, 4 passed, 5 total',
      1,
      { is: 'killed', by: ['b'], with: 'tests' },
    ],
    [
      '  ● Test suite failed to run\n\n    SyntaxError: x',
      1,
      { is: 'broken', message: 'no test ran: SyntaxError: x' },
    ],
    ['No tests found', 1, { is: 'broken', message: 'no test ran: No tests found' }],
    ['Tests:       4 skipped, 4 total', 0, expect.objectContaining({ is: 'broken' })],
  ])('%j means what it means', (output, code, ending) => {
    expect(endingOf(code, output)).toEqual(ending)
  })
})
