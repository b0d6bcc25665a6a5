import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Answer } from './answers.ts'
import { CHECKED, SABOTAGED } from './configurations.ts'

/**
 * INVARIANTS 4.6. The real planner with its table of transitions, and the real way a write is sent, in the smallest world in
 * which they can go wrong: one endpoint with blue, green and one that somebody else has put there. All of its states are
 * visited, with every order of readings, writes, ends of operations, commits and time; a verdict is good or bad at every
 * reading anew. No sampling: what bounds it is said in the name of each test.
 */
const MAIN = join(import.meta.dirname, 'main.ts')

const answers = new Map<string, Answer>()

// In a process of its own: what Jest adds to every module would double the time.
beforeAll(async () => {
  const run = promisify(execFile)
  const options = { env: { PATH: process.env.PATH }, maxBuffer: 1e7 }
  const { stdout } = await run(process.execPath, [MAIN, '--checked'], options)
  for (const answer of JSON.parse(stdout) as Answer[]) answers.set(answer.name, answer)
}, 600_000)

function answerTo(name: string): Answer {
  const answer = answers.get(name)
  if (answer === undefined) throw new Error(`no answer to ${name}`)
  return answer
}

/** As text, so that a failing test shows the whole way. */
function waysIn({ broken }: Answer): string {
  return broken.map(({ law, path }) => [law, ...path].join('\n  ')).join('\n')
}

describe.each(Object.keys(CHECKED))('every state of %s', (name) => {
  test('keeps S1-S8, S11, S13, S21, S26 and S30', () => {
    const answer = answerTo(name)
    expect(waysIn(answer)).toBe('')
    expect(answer.states).toBeGreaterThan(5000)
  })

  test('comes to rest where Git wants it, or where a message names what leads there (L1)', () => {
    const { counts, states } = answerTo(name)
    const { home = 0, stuck, unnamed, ...led } = counts
    expect([stuck, unnamed]).toEqual([undefined, undefined])
    expect(home + Object.values(led).reduce((sum, count) => sum + count, 0)).toBe(states)
  })
})

/** The law that is broken first, and what breaks it. */
const FOUND: { readonly [name: string]: readonly [law: RegExp, event: RegExp] } = {
  'a GET right before a write that says what was read': [/^S13: update of fraud/, /^A writes/],
  'a list whose silence is taken for a 404': [/^S26: blue is gone/, /the lists hide blue/],
}

describe.each(Object.keys(SABOTAGED))('%s', (name) => {
  test('breaks a law, and is found by a short way', () => {
    const [first = { law: '', path: [] }] = answerTo(name).broken
    const [law, event] = FOUND[name] ?? [/^no law/, /^nothing/]
    expect(first.law).toMatch(law)
    expect(first.path.at(-1)).toMatch(event)
    expect(first.path.length).toBeLessThan(12)
  })
})
