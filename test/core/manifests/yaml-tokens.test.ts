import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { LineCounter, Parser } from 'yaml'
import { LIMITS } from '../../../src/core/manifests/limits.ts'
import { tokensOf } from '../../../src/core/manifests/yaml-tokens.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures')

/** What the library's own loop makes of a text. */
function byLibrary(text: string) {
  const lines = new LineCounter()
  return { tokens: [...new Parser(lines.addNewLine).parse(text)], starts: lines.lineStarts }
}

function byUs(text: string) {
  const lines = new LineCounter()
  return { tokens: tokensOf(text, lines, LIMITS), starts: lines.lineStarts }
}

/** Lines that make YAML of every sort, and much that is none. */
const line = fc.constantFrom(
  ...['a: b', '  c: 1', '    - d', '- e', '- - f', '', ' ', '\t', '# g', 'h: # i', 'j: |', 'k: >-'],
  ...['  text', "l: 'm", "n'", 'o: "p', 'q"', 'r: { s: t, u', '  }', 'v: [1, [2', ']]', ']', '}'],
  ...[
    '? w',
    ': x',
    '&y z: *y',
    '*y',
    '!!str 1',
    '!tag',
    '%YAML 1.2',
    '---',
    '--- 1',
    '...',
    '<<: *y',
  ],
  ...['a: b: c', '@', '`', '|', ': :', '-', '?', '\u0007', '\ufeff', 'é: ü', '- { a: [ b, "c" ] }'],
)

describe('the tokens of a text', () => {
  test('are those of the library, of whatever text', () => {
    const end = fc.constantFrom('\n', '\r\n', '\n\n')
    const text = fc
      .tuple(fc.array(fc.tuple(line, end), { maxLength: 14 }), line)
      .map(([lines, last]) => `${lines.flat().join('')}${last}`)
    fc.assert(
      fc.property(text, (one) => {
        expect(byUs(one)).toEqual(byLibrary(one))
      }),
      { numRuns: 2000 },
    )
  })

  test('are those of the library, of every YAML file among the fixtures', () => {
    const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.ya?ml$/.test(path),
    )
    expect(files.length).toBeGreaterThan(100)
    for (const file of files) {
      const text = readFileSync(join(FIXTURES, file), 'utf8')
      expect([file, byUs(text)]).toEqual([file, byLibrary(text)])
    }
  })

  test.each([
    ['40 000 tokens', '40000 tokens', 'a: [ 1, 2, 3, 4 ]\n'.repeat(10_000)],
    ['500 documents', '500 documents', '---\na: 1\n'.repeat(502)],
    ['32 levels of nesting', '32 levels of nesting', `a: ${'['.repeat(70)}`],
  ])('are no more than %s', (_, limit, text) => {
    expect(byUs(text).tokens).toBe(limit)
  })
})
