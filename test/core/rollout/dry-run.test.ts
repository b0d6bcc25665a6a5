import { describe, expect, test } from '@jest/globals'
import type { Measurement } from '../../../src/core/model/measurements/measurement.ts'
import type { Check, Judgement, Step } from '../../../src/core/model/rollout.ts'
import {
  comparedWith,
  comparisonOf,
  isUnanswered,
  judgementOf,
  sharesOf,
  stableRate,
} from '../../../src/core/rollout/judgements.ts'
import { stepsHash } from '../../../src/core/rollout/record.ts'
import { NOW } from '../../support/world.ts'
import { ERRORS, HOUR_MS, MINUTE_MS, measure, opened, recordIn, template, until } from './play.ts'
import { baking, moving, next, rollout, there } from './situations.ts'

type Changes = NonNullable<Parameters<typeof next>[0]>

const NONE = { requests: 0, errors: 0 }
const TRIED: Check = { ...ERRORS, id: 'errors/tried.000001', name: 'tried', dryRun: true }
const JUDGED: Check = {
  ...ERRORS,
  provider: 'sandbox',
  rule: { judge: 'errors', margin: 1.1, worseBy: 1.5, minRequests: 100, tolerate: 0.2 },
}
const STEPS: readonly Step[] = [
  { type: 'setWeight', percent: 5 },
  { type: 'analysis', checks: [TRIED], forMs: MINUTE_MS },
  { type: 'setWeight', percent: 50 },
]
const WATCHED = rollout({ analysis: [TRIED], steps: STEPS })

function says(outcome: Judgement['outcome'], reason: string): Changes {
  const judgement: Judgement = {
    ...{ id: TRIED.id, name: TRIED.name, provider: 'web', outcome, reason, message: 'x' },
    samples: { stable: NONE, candidate: NONE },
    dryRun: true,
  }
  return { rollout: WATCHED, judgementOf: () => judgement }
}

const SAID = [
  ['fail', 'Threshold'],
  ['inconclusive', 'TooFewRequests'],
  ['noData', 'Unreachable'],
  ['noData', 'NoRequests'],
  ['noData', 'NoReference'],
] as const

/** Everywhere as if it had passed, or were not there. */
describe.each(SAID)('a dry run that says %s %s', (outcome, reason) => {
  const record = moving(1, { startMs: 1, stepsHash: stepsHash(STEPS) })
  const live = { blue: 95, green: 5 }
  test.each<[string, Changes, string]>([
    ['begins', {}, 'progressing 1 {"blue":95,"green":5} started'],
    ['ends a step', { record, live }, 'progressing 2 {"blue":50,"green":50} step'],
    [
      'goes to full traffic',
      { record: { ...record, step: 2 }, live: { blue: 50, green: 50 } },
      'baking 3 {"green":100} step',
    ],
    ['ends its bake', { record: baking() }, 'stable 0 {"green":100} promoted'],
    [
      'does not keep users on a candidate that is alone, when stable is up again',
      {
        record: baking({ isAlone: true }),
        inForceMs: 0,
        live: { green: 100 },
        deployments: there('blue', 'green'),
      },
      'stable 0 {"blue":100} superseded!',
    ],
  ])('%s', (_, changes, expected) =>
    expect(next({ ...says(outcome, reason), ...changes })).toBe(expected),
  )

  test('leaves nobody without a judge', () => {
    expect(isUnanswered(says(outcome, reason).judgementOf?.(TRIED) as Judgement)).toBe(false)
  })
})

const answered: Measurement = { id: 'x', is: 'value', value: 1, at: NOW }

function judged(check: Check, answer: Measurement | undefined): Judgement {
  return judgementOf(check, {
    rollout: rollout({ analysis: [check] }),
    about: comparisonOf({
      ...{ endpoint: 'fraud', stable: 'blue', candidate: 'green', startMs: NOW - HOUR_MS },
      now: NOW,
    }),
    hasTraffic: true,
    failureCounts: {
      startMs: NOW - HOUR_MS,
      checks: { [check.id]: { missed: 1, at: NOW } },
      failed: {},
    },
    answerTo: () => answer,
  })
}

test('its judgement is that of any check, and says that it is a dry run', () => {
  const { dryRun: _, ...real } = TRIED
  expect(judged(TRIED, answered)).toEqual({ ...judged(real, answered), dryRun: true })
  expect(judged(TRIED, answered).outcome).toBe('fail')
  expect(judged(real, answered)).not.toHaveProperty('dryRun')
})

test('nothing is missing where it has no data', () => {
  expect(judged(TRIED, undefined)).toMatchObject({ outcome: 'noData', dryRun: true })
  expect(judged(TRIED, undefined).missing).toBeUndefined()
})

describe('beside checks that decide', () => {
  const tried: Check = { ...JUDGED, id: 'errors/judged.000002', dryRun: true }
  const alone = rollout({ analysis: [JUDGED] })
  const both = rollout({ analysis: [tried, JUDGED] })

  test('it takes no share of their false aborts, and is held against their line', () => {
    expect(sharesOf(JUDGED, both)).toEqual(sharesOf(JUDGED, alone))
    expect(sharesOf(tried, both)).toEqual(sharesOf(JUDGED, both))
  })

  test('it says nothing of how often stable may fail, nor of what a bake is held against', () => {
    const samples = { stable: { requests: 100, errors: 50 }, candidate: NONE }
    const of = () => ({ ...judged(JUDGED, undefined), samples })
    expect(stableRate(rollout({ analysis: [tried] }), of)).toBe(0)
    expect(comparedWith(rollout({ analysis: [tried] }), of)).toEqual({})
    expect(comparedWith(both, of)).toEqual({ reference: samples.stable })
  })
})

test('a release is promoted with a check that fails, or is never answered, all the way', () => {
  for (const value of [1, undefined]) {
    const turns = opened(template(1, { policy: { analysis: [TRIED] } }))
    turns.commit(template(2, { policy: { analysis: [TRIED] } }), 'c2')
    measure(turns, value, TRIED)
    const seen: (string | undefined)[] = []
    until(turns, (plan) => {
      const [one] = plan.findings.find(({ rollout }) => rollout)?.rollout?.judgements ?? []
      if (one !== undefined) seen.push(`${one.outcome} ${one.dryRun}`)
      return recordIn(turns)?.phase === 'stable' && recordIn(turns)?.previous !== undefined
    })
    expect(new Set(seen)).toEqual(new Set([value === undefined ? 'noData true' : 'fail true']))
  }
})
