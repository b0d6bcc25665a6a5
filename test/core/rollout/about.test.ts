import { describe, expect, test } from '@jest/globals'
import type { About, IntentVerb } from '../../../src/core/model/rollout.ts'
import { abortPlan } from '../../../src/core/plan/rollouts/abort-plan.ts'
import { expired, isExpired, withExpiry } from '../../../src/core/report/expiry.ts'
import { advance } from '../../../src/core/rollout/decide/advance.ts'
import { NOW } from '../../support/world.ts'
import { HOUR_MS, intent, opened, recordIn, template, untilPhase } from './play.ts'
import {
  AT,
  aborted,
  BLUE,
  baking,
  candidate,
  GREEN,
  lever,
  moving,
  record,
  situation,
} from './situations.ts'

const GREY = { slot: 'grey', rev: '33333333' } as const
const BEGAN = NOW - HOUR_MS

/** What is said of what somebody saw, and what comes of it. */
function said(verb: IntentVerb, about: About, changes: Parameters<typeof situation>[0] = {}) {
  const intents = [{ ...intent(verb), about }]
  const { answers, record: after, transition: turn } = advance(situation({ ...changes, intents }))
  const [answer] = answers
  return { result: answer?.result, message: answer?.message, after, turn, count: answers.length }
}

describe('a lever that was said of another revision than the one that is there (S31)', () => {
  const replaced = { record: moving(AT.pause) }
  const old = { revision: GREY.rev }

  test.each([
    ['promote', replaced],
    ['promote', { record: baking(), inForceMs: 0 }],
    ['promote', { record: undefined, live: { blue: 90, green: 10 } }],
    ['pause', replaced],
    ['resume', { record: moving(AT.pause, { isPaused: true }) }],
    ['abort', replaced],
    ['abort', {}],
    ['undo', replaced],
    ['undo', { wanted: BLUE, record: record({ previous: GREEN, untilMs: NOW + HOUR_MS }) }],
    ['retry', { record: aborted() }],
    ['retry', { deployments: candidate({ failure: failure() }) }],
  ] as const)('%s moves nothing and says so', (verb, changes) => {
    const without = advance(situation(changes))
    const { result, message, after, turn, count } = said(verb, old, changes)
    expect([result, count, after, turn?.result]).toEqual([
      ...['refused', 1, without.record, without.transition?.result],
    ])
    expect(message).toContain('revision 33333333')
    expect(message).toContain('verdigris rollout status')
  })

  test('undo of a release at rest does not abort the next one, which has begun meanwhile', () => {
    expect(said('undo', { revision: BLUE.rev }, replaced)).toMatchObject({
      result: 'refused',
      after: { phase: 'progressing' },
    })
  })

  test('of the same revision that has begun anew: it is another rollout', () => {
    const about = { revision: GREEN.rev, beganAt: BEGAN - HOUR_MS }
    const { result, message } = said('promote', about, replaced)
    expect([result, message]).toEqual(['refused', expect.stringContaining('begun anew')])
  })

  test.each(['abort', 'undo', 'pause', 'promote'] as const)(
    '%s of what is there counts',
    (verb) => {
      const about = { revision: GREEN.rev, beganAt: BEGAN }
      expect(said(verb, about, replaced).result).toBe('accepted')
    },
  )

  test('abort counts where no record says what is there', () => {
    const lost = { record: undefined, live: { blue: 90, green: 10 } }
    expect(said('abort', { revision: GREY.rev }, lost).result).toBe('accepted')
  })

  test('undo at rest is of what serves, also when a newer revision is about to begin', () => {
    const warm = record({ stable: GREEN, previous: BLUE, untilMs: NOW + HOUR_MS })
    const coming = { record: warm, wanted: GREY, live: { green: 100 } }
    expect(said('undo', { revision: GREEN.rev }, coming).result).toBe('accepted')
    expect(said('undo', { revision: GREY.rev }, coming).result).toBe('refused')
  })

  test('retry of what was aborted does not begin what Git wants since', () => {
    const newer = { record: aborted(), wanted: GREY }
    const { result, turn } = said('retry', { revision: GREEN.rev, beganAt: BEGAN }, newer)
    expect([result, turn?.result]).toEqual(['refused', 'released'])
    expect(said('retry', { revision: GREY.rev, beganAt: BEGAN }, newer).result).toBe('accepted')
  })

  test('retry is of what was aborted where it cannot be told what Git wants', () => {
    const unresolved = { record: aborted(), wanted: { slot: '', rev: '' } }
    const { message } = said('retry', { revision: GREEN.rev, beganAt: BEGAN }, unresolved)
    expect(message).not.toContain('stands there now')
  })

  test('what it is about stays what it was about when it is heard again', () => {
    const warm = record({ stable: GREEN, previous: BLUE, untilMs: NOW + HOUR_MS })
    const about = { revision: GREEN.rev, beganAt: BEGAN }
    const intents = [{ ...intent('undo'), about }]
    const { answers } = advance(situation({ record: warm, wanted: GREEN, intents }))
    expect(answers[0]?.intent.about).toEqual(about)
  })

  test('undo that was said of a bake goes back though the bake has ended', () => {
    const warm = record({ stable: GREEN, previous: BLUE, untilMs: NOW + HOUR_MS })
    const { result, after } = said(
      'undo',
      { revision: GREEN.rev, beganAt: BEGAN },
      { record: warm },
    )
    expect([result, after?.stable]).toEqual(['accepted', BLUE])
  })
})

describe('a lever that waits', () => {
  const short = { record: moving(AT.pause), deployments: candidate({ instances: 2 }) }

  test('is bound to what is there when it is heard first', () => {
    const [answer] = advance(situation({ ...short, intents: lever('promote') })).answers
    expect(answer?.result).toBe('pending')
    expect(answer?.intent.about).toEqual({ revision: GREEN.rev, beganAt: BEGAN, step: AT.pause })
  })

  test.each([
    ['its weights are on their way', { isArrived: false }],
    [
      'somebody took instances of the candidate away',
      { deployments: candidate({ isReady: false }) },
    ],
    ['the bake has not begun', { record: baking(), isArrived: false }],
  ] as const)('promote waits while %s', (_, changes) => {
    const about = { revision: GREEN.rev }
    expect(said('promote', about, { record: moving(AT.pause), ...changes }).result).toBe('pending')
  })

  test('ends no second wait when its own was ended by a write whose answer was lost', () => {
    const about = { revision: GREEN.rev, beganAt: BEGAN, step: AT.analysis }
    const { result, after, turn } = said('promote', about, { record: moving(AT.pause) })
    expect([result, after?.step, turn]).toEqual(['accepted', AT.pause, undefined])
  })

  test('has done its work when the bake that it was to end has ended', () => {
    const about = { revision: GREEN.rev, beganAt: BEGAN, step: 7 }
    const home = { wanted: GREEN, record: record({ stable: GREEN }), live: { green: 100 } }
    expect(said('promote', about, home).result).toBe('accepted')
  })

  test.each([
    ['promote', HOUR_MS],
    ['resume', HOUR_MS],
    ['retry', HOUR_MS],
    ['pause', 24 * HOUR_MS],
    ['abort', 24 * HOUR_MS],
    ['undo', 24 * HOUR_MS],
  ] as const)('%s is given up in the end', (verb, lasts) => {
    const once = withExpiry(intent(verb), NOW, 0)
    const again = withExpiry(once, NOW + 1, 0)
    expect([isExpired(again, NOW + lasts - 1), isExpired(again, NOW + lasts)]).toEqual([
      false,
      true,
    ])
    expect(expired(again)).toMatchObject({ result: 'refused', intent: again })
  })

  test('waits on when the clock of its process was set to another time', () => {
    const once = withExpiry(intent('promote'), NOW, 0)
    const set = withExpiry(once, NOW + 5 * HOUR_MS, 1)
    expect(isExpired(set, NOW + 5 * HOUR_MS)).toBe(false)
  })
})

describe('an abort without Git', () => {
  function underWay() {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    untilPhase(turns, 'progressing')
    return turns
  }

  test('of another revision takes nothing back', () => {
    const { world, now } = underWay()
    const stray = { ...intent('abort'), about: { revision: GREY.rev } }
    const { actions, answers } = abortPlan(world, {
      application: 'app',
      intents: [stray],
      memory: {},
      now,
    }).plan
    expect([actions, answers[0]?.result]).toEqual([[], 'refused'])
  })

  test('that waits is bound to what is there', () => {
    const turns = underWay()
    const resources = turns.world.resources.map((one) => ({
      ...one,
      phase: 'Provisioning' as const,
    }))
    const [answer] = abortPlan(
      { ...turns.world, resources },
      { application: 'app', intents: [intent('abort')], memory: {}, now: 0 },
    ).plan.answers
    const { candidate: green, beganMs } = recordIn(turns) ?? {}
    expect(answer).toMatchObject({
      result: 'pending',
      intent: { about: { revision: green?.rev, beganAt: beganMs } },
    })
  })
})

function failure() {
  return { reason: 'OutOfQuota', message: 'no cores', isPassing: false }
}
