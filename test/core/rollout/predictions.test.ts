import { describe, expect, test } from '@jest/globals'
import { comparePredictions } from '../../../src/core/rollout/predictions.ts'
import { costRatio } from '../../support/cost.ts'

const STRICT = { tolerance: 1e-6, mismatches: 0 }

const lines = (...rows: string[]): string => rows.map((row) => `${row}\n`).join('')

/** What two outputs are: [what, the default's rows, the new one's, same or different]. */
const pairs: readonly [string, string, string, 'same' | 'different'][] = [
  ['the same text', lines('a 1'), lines('a 1'), 'same'],
  ['numbers within tolerance', lines('a 0.5'), lines('a 0.5000001'), 'same'],
  ['numbers beyond it', lines('a 0.5'), lines('a 0.50001'), 'different'],
  ['numbers written otherwise', lines('a 100 .5 -2'), lines('a 1e2 0.50 -2.0'), 'same'],
  ['another sign', lines('a 0.5'), lines('a -0.5'), 'different'],
  ['not a number in both', lines('a nan'), lines('a nan'), 'same'],
  ['not a number in one', lines('a 0.5'), lines('a nan'), 'different'],
  ['infinite in one', lines('a 1e999'), lines('a 1e998'), 'different'],
  ['another word', lines('a high'), lines('a low'), 'different'],
  ['another case', lines('a High'), lines('a high'), 'different'],
  ['a word that begins as a number', lines('a 1x'), lines('a 1y'), 'different'],
  ['a number for a word', lines('a 1'), lines('a one'), 'different'],
  ['a field more', lines('a 1'), lines('a 1 2'), 'different'],
  ['a field less', lines('a 1 2'), lines('a 1'), 'different'],
  ['an empty column', lines('a,1'), lines('a,,1'), 'different'],
  ['another separator', lines('a,1'), lines('a;1'), 'different'],
  ['padding', lines('a, [0.1 0.25]'), lines('a,[ 0.1  0.25 ]'), 'same'],
  ['a mapping of Python', lines("{'x': 0.5}"), lines("{'x': 0.50000001}"), 'same'],
  ['another key of it', lines("{'x': 0.5}"), lines("{'y': 0.5}"), 'different'],
  ['lists in quotes', lines('0,"[0.1, 0.9]",a.csv'), lines('0,"[0.10, 0.9]",a.csv'), 'same'],
  ['a row less', lines('a 1', 'b 2'), lines('a 1'), 'different'],
  ['a row more', lines('a 1'), lines('a 1', 'b 2'), 'different'],
  ['no rows any more', lines('a 1'), '', 'different'],
  ['rows where there were none', '', lines('a 1'), 'different'],
  ['ends of lines of another system', 'a 1\nb 2\n', '\uFEFFa 1\r\nb 2', 'same'],
  [
    'another order, with file names',
    lines('a.json 1', 'b.json 2'),
    lines('b.json 2', 'a.json 1'),
    'same',
  ],
  [
    'values of two files swapped',
    lines('a.json 1', 'b.json 2'),
    lines('a.json 2', 'b.json 1'),
    'different',
  ],
  [
    'files in another order, their rows in the same',
    lines('0,0.1,a.csv', '1,0.2,a.csv', '0,0.3,b.csv'),
    lines('0,0.3,b.csv', '0,0.1,a.csv', '1,0.2,a.csv'),
    'same',
  ],
  [
    'rows of one file in another order',
    lines('0,0.1,a.csv', '1,0.2,a.csv'),
    lines('1,0.2,a.csv', '0,0.1,a.csv'),
    'different',
  ],
  ['another order, without file names', lines('0.1', '0.2'), lines('0.2', '0.1'), 'different'],
  [
    'another order, file names in some',
    lines('a.json 1', '2'),
    lines('2', 'a.json 1'),
    'different',
  ],
  ['other files', lines('a.json 1'), lines('b.json 1'), 'different'],
]

describe('two outputs', () => {
  test.each(pairs)('with %s', (_, before, after, is) => {
    expect(comparePredictions(before, after, STRICT).is).toBe(is)
  })

  test('without a row say nothing', () => {
    expect(comparePredictions('\n', '', STRICT).is).toBe('problem')
  })

  // [share that may differ, rows of ten that do, verdict]
  test.each([
    [0, 1, 'different'],
    [0.1, 1, 'same'],
    [0.1, 2, 'different'],
    [0.99, 10, 'different'],
    [1, 10, 'same'],
  ] as const)(
    'with a share of %d allowed and %d of 10 rows that differ',
    (mismatches, count, is) => {
      const before = Array.from({ length: 10 }, (_, at) => `f${at}.json 1`)
      const after = before.map((row, at) => (at < count ? `${row}1` : row))
      const answer = comparePredictions(lines(...before), lines(...after), {
        ...STRICT,
        mismatches,
      })
      expect(answer.is).toBe(is)
      expect(answer.message).toContain(`${count} of 10 rows`)
    },
  )

  test('of wholly other files differ in as many rows as there are', () => {
    const answer = comparePredictions(lines('a.json 1', 'b.json 1'), lines('c.json 1'), STRICT)
    expect(answer.message).toContain('2 of 2 rows')
  })

  test('a wider tolerance lets more through', () => {
    const rows = [lines('a 100'), lines('a 109')] as const
    expect(comparePredictions(...rows, { tolerance: 10, mismatches: 0 }).is).toBe('same')
    expect(comparePredictions(...rows, { tolerance: 8, mismatches: 0 }).is).toBe('different')
  })
})

describe('the message', () => {
  test('names the first row that differs, its file, and both values', () => {
    const before = lines('a.json 1', 'b.json 0.25', 'c.json 3')
    const after = lines('c.json 4', 'a.json 1', 'b.json 0.75')
    const { message } = comparePredictions(before, after, STRICT)
    for (const part of ['2 of 3', 'row 2', '"b.json"', '"0.75"', '"0.25"'])
      expect(message).toContain(part)
  })

  test.each([
    [
      'long fields',
      `file-${'n'.repeat(200)}.json ${'x'.repeat(10_000)}`,
      `y${'\u202e'.repeat(500)}`,
    ],
    ['a long row that is missing', 'z'.repeat(10_000), ''],
    ['a long row that is new', '', 'z'.repeat(10_000)],
  ])('repeats at most 100 characters of %s, and none that is not printed', (_, before, after) => {
    const { message } = comparePredictions(before, after, STRICT)
    const repeated = [...message.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text).join('')
    expect(repeated.length).toBeGreaterThan(0)
    expect(repeated.length).toBeLessThanOrEqual(100)
    expect(message).toMatch(/^[\x20-\x7e…]*$/)
  })
})

test.each(['1', '"', 'a.', ' ,'])(
  'a hostile output of many %j is compared in time that grows with its length only',
  (part) => {
    const compare = (length: number) => {
      const row = part.repeat(length)
      // To make a long text is dear on a busy machine, and no part of comparing it.
      const [before, after] = [`${row}1`, `${row}x2`]
      return () => comparePredictions(before, after, STRICT)
    }
    // Ten times as long: a hundred times the cost where it grows by the square.
    expect(costRatio(compare(400_000), compare(40_000))).toBeLessThan(40)
  },
)
