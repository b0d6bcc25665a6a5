import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROOT } from '../cli/program.ts'

/** Hostile and bad input has 68 rows, which tests name in their titles: `row 12`, `rows 6 and 19`, `attack 42`, `ATTACKS 58, 59`. */
const ROWS = Array.from({ length: 68 }, (_, at) => at + 1)

const NAMED = /\b(?:rows?|attacks?) (\d+(?:(?:, | and | to )\d+)*)/gi

function numbersIn(list: string): readonly number[] {
  return list.split(/, | and /).flatMap((part) => {
    const [from = 0, to = from] = part.split(' to ').map(Number)
    return Array.from({ length: to - from + 1 }, (_, at) => from + at)
  })
}

/** The titles of a file, and the first words of rows of tables: comments name nothing. */
function namedIn(file: string): readonly number[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n')
  const titles = lines.filter((line) => /['"`]/.test(line) && !/^\s*(?:\/\/|\*|\/\*)/.test(line))
  return titles.flatMap((line) =>
    [...line.matchAll(NAMED)].flatMap(([, list = '']) => numbersIn(list)),
  )
}

test('every row of hostile and bad input is named by a test', () => {
  const files = globSync('test/**/*.test.ts', { cwd: ROOT }).filter(
    (file) => !file.endsWith('docs/attacks.test.ts'),
  )
  const named = new Set(files.flatMap(namedIn))
  expect(ROWS.filter((row) => !named.has(row))).toEqual([])
})
