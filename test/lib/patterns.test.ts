import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import ts from 'typescript'
import { ROOT } from '../cli/program.ts'
import { cpuMsOf } from '../support/cost.ts'

/**
 * Every pattern of the program over texts that are made for it: what it may begin with, then the same again and again. One that
 * goes back and forth takes a hundred times as long as it may where the text is ten times as long.
 */

interface Pattern {
  readonly text: string
  readonly at: string
}

/** Which ones do, and why nobody makes them do it for long. */
const BOUNDED: readonly (readonly [file: string, pattern: string, why: string])[] = [
  ['src/core/model/git/repository-url.ts', '/^[^/]*@[^/]*:/', 'a repository has 2048 characters'],
  [
    'src/core/rollout/predictions.ts',
    String.raw`/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i`,
    'a number has 64 characters',
  ],
]

function isBounded({ text, at }: Pattern): boolean {
  return BOUNDED.some(([file, pattern]) => file === at && pattern === text)
}

const REPEATED = [
  ...['a', 'A', '0', ' ', '\t', '\n', '\r\n', '-', '_', '.', '/', '\\', '"', "'", '=', ':', '@'],
  ...['%', '<', '{', '$', 'a=', 'a:', 'a b', 'a.', 'a/', '0 '],
]
/** Short ones first: where each letter doubles the time, no longer one comes to an end. */
const LENGTHS = [24, 28, 32, 256, 1024, 4096, 16_384, 65_536]
/** A linear one takes a tenth of it at most, one that grows by the square ten times as much. */
const MOST_MS = 250

/** The texts of all regular expressions, each once. */
function patternsOf(file: string): readonly Pattern[] {
  const found: Pattern[] = []
  const text = readFileSync(join(ROOT, file), 'utf8')
  const walk = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push({ text: node.text, at: file })
    ts.forEachChild(node, walk)
  }
  walk(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  return found
}

function compiled(text: string): RegExp {
  const end = text.lastIndexOf('/')
  return new RegExp(text.slice(1, end), text.slice(end + 1))
}

function search(pattern: RegExp, text: string): void {
  if (pattern.global) for (const _ of text.matchAll(pattern));
  else pattern.exec(text)
}

/** The first text that takes too long, in words; undefined = none does. */
function chokesOn(pattern: RegExp): string | undefined {
  const words = pattern.source.replaceAll(/\[[^\]]*\]/g, ' ').match(/[\w:/@ =-]{2,}/g) ?? []
  const begins = ['', ...words.slice(0, 3)]
  for (const part of [...REPEATED, ...words.slice(0, 6)])
    for (const begin of begins)
      for (const length of LENGTHS) {
        const text = `${begin}${part.repeat(Math.ceil(length / part.length))}\0`
        if (isSlow(() => search(pattern, text))) return told(begin, part, length)
      }
  return undefined
}

/** Each time: a machine may be slow once. */
function isSlow(work: () => void): boolean {
  return [1, 2].every(() => cpuMsOf(work) > MOST_MS)
}

function told(begin: string, part: string, length: number): string {
  return `${JSON.stringify(begin)} and ${length} characters of ${JSON.stringify(part)}`
}

describe('no pattern of the program goes back and forth over a long text:', () => {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).sort()
  const rooms = Object.groupBy(files, (file) => file.split('/').slice(0, 2).join('/'))

  test.each(Object.entries(rooms))('%s', (_, inside = []) => {
    const patterns = inside.flatMap(patternsOf).filter((one) => !isBounded(one))
    const slow = patterns.flatMap(({ text, at }) => {
      const why = chokesOn(compiled(text))
      return why === undefined ? [] : [`${at} ${text}: ${why}`]
    })
    expect(slow).toEqual([])
  })

  test.each(BOUNDED)('%s has %s, which is bounded: %s', (file, pattern) => {
    expect(patternsOf(file).map(({ text }) => text)).toContain(pattern)
  })

  test.each([/\s+$/, /(a+)+$/, /\d+\.\d+\.\d+/, /key: .*=.*x/])('%s would be found', (pattern) => {
    expect(chokesOn(pattern)).toBeDefined()
  })
})
