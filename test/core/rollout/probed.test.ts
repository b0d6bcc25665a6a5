import { expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import type { Check, GoldenRequest, Step } from '../../../src/core/model/rollout.ts'
import { followed } from '../../../src/core/rollout/decide/rollout-input.ts'
import { comparisonOf, judgementOf } from '../../../src/core/rollout/judgements.ts'
import { probesFor } from '../../../src/core/rollout/probed.ts'
import { NOW } from '../../support/world.ts'
import { ERRORS } from './play.ts'
import { record, rollout } from './situations.ts'

const OTHER: Check = { ...ERRORS, id: 'errors/other.000001', name: 'other' }
const golden = (name: string): GoldenRequest => ({
  ...{ name, request: name, status: 200, maxLatencyMs: 5000, expect: { is: 'anything' } },
})
const probe = { perMinute: 60, requests: ['one', 'two'].map(golden) }
const STEPS: readonly Step[] = [
  { type: 'setWeight', percent: 5 },
  { type: 'analysis', checks: [ERRORS], forMs: 1000, probe },
  { type: 'analysis', checks: [OTHER], forMs: 1000 },
]

function messageOf(check: Check, value: number, within: Rollout): string {
  const about = comparisonOf({
    ...{ endpoint: 'fraud', stable: 'blue', candidate: 'green' },
    ...{ startMs: NOW - 1000, now: NOW },
  })
  const tallies = { startMs: about.startMs, checks: {}, failed: {} }
  const answerTo = () => ({ id: check.id, is: 'value', value, at: NOW }) as const
  const judging = { rollout: within, about, hasTraffic: true, failureCounts: tallies, answerTo }
  return judgementOf(check, judging).message
}

test('a pass of a check whose step sends requests says of how many different ones', () => {
  const within = rollout({ steps: STEPS })
  const note =
    'There are probes among these requests, of 2 different ones: of other requests they say nothing.'
  expect(messageOf(ERRORS, 0, within)).toContain(note)
  expect(messageOf(ERRORS, 1, within)).not.toContain('probes')
  expect(messageOf(OTHER, 0, within)).not.toContain('probes')
  expect(messageOf(ERRORS, 0, rollout({ steps: [], analysis: [ERRORS] }))).not.toContain('probes')
  expect(probesFor(OTHER, within)).toEqual([])
})

test('files that two steps send are counted once', () => {
  const again = { type: 'analysis', checks: [ERRORS], forMs: 1000, probe } as const
  expect(messageOf(ERRORS, 0, rollout({ steps: [...STEPS, again] }))).toContain('2 different ones')
})

test('a candidate that is alone is not held against what stable had come to by probes', () => {
  const comparing: Check = { ...ERRORS, id: 'compare', rule: { judge: 'errors' } as never }
  const step = { type: 'analysis', checks: [comparing], forMs: 1000 } as const
  const idsOf = (steps: readonly Step[]) =>
    followed(rollout({ steps, analysis: [ERRORS] }), record({ isAlone: true })).analysis.map(
      ({ id }) => id,
    )
  expect(idsOf([{ ...step, probe }])).toEqual([ERRORS.id])
  expect(idsOf([step])).toEqual([ERRORS.id, 'compare'])
})
