import { describe, expect, test } from '@jest/globals'
import { numberIn } from '../../deploy/generate/reference/constants.ts'
import { reasonsIn } from '../../deploy/generate/reference/reason-calls.ts'
import { reasonsMarkdown } from '../../deploy/generate/reference/reasons.ts'
import { BLOCKED_REASON, PROBLEM_REASON } from '../../src/adapters/telemetry/labels.ts'
import { snakeCase } from '../../src/adapters/telemetry/snake-case.ts'

const SOURCE = `
const FAR = 'It is too far.'
function held(ref: Ref, hours: number) {
  const message = \`It waits for \${hours} hours.\`
  if (hours > 9) return blocked(ref, 'TooFar', FAR)
  if (hours > 3) return waiting(ref, 'NotYet', message)
  return { ref, state: 'blocked', reason: hours === 0 ? 'Gone' : 'Lost', message }
}
throw new SourceError('Refused', 'the host is not known')
const kind = { reason: 'lowercase', message: 'no reason' }
`

/** Azure's own codes, and what is counted together. */
const OTHERS: ReadonlySet<string> = new Set(['out_of_quota', 'out_of_capacity', 'other'])

describe('reasons in a source file', () => {
  test('are found where they are said, with their text and state', () => {
    expect(reasonsIn('x.ts', SOURCE)).toEqual([
      { reason: 'TooFar', message: 'It is too far.', state: 'blocked' },
      { reason: 'NotYet', message: 'It waits for … hours.', state: 'waiting' },
      { reason: 'Gone', message: 'It waits for … hours.', state: 'blocked' },
      { reason: 'Lost', message: 'It waits for … hours.', state: 'blocked' },
      { reason: 'Refused', message: 'the host is not known' },
    ])
  })

  test('that metrics count are on the page', () => {
    const page = reasonsMarkdown()
    const named = new Set(
      [...page.matchAll(/^\| `([A-Z]\w+)`/gm)].map(([, name = '']) => snakeCase(name)),
    )
    const counted = [...PROBLEM_REASON, ...BLOCKED_REASON].filter((name) => !OTHERS.has(name))
    expect(counted.filter((name) => !named.has(name))).toEqual([])
  })
})

describe('a constant of a source file', () => {
  test('is its number, also as a product of others', () => {
    expect(numberIn('core/plan/prune/removal.ts', 'REPLACEMENT_MS')).toBe(6 * 3_600_000)
    expect(numberIn('core/plan/memory/backoff.ts', 'OWED_MS')).toBe(120_000)
  })

  test('that is gone ends the generation', () => {
    expect(() => numberIn('core/plan/prune/gate.ts', 'NOWHERE')).toThrow('has no constant NOWHERE')
  })
})
