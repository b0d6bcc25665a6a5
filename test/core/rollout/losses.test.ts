import { describe, expect, test } from '@jest/globals'
import { advance } from '../../../src/core/rollout/decide/advance.ts'
import { NOW } from '../../support/world.ts'
import { HOUR_MS, MINUTE_MS } from './play.ts'
import {
  AT,
  aborted,
  BLUE,
  baking,
  candidate,
  GREEN,
  lever,
  moving,
  next,
  record,
  rollout,
  STEPS,
  situation,
  there,
} from './situations.ts'

type Row = readonly [name: string, changes: Parameters<typeof next>[0], expected: string]

const GREY = { slot: 'grey', rev: '33333333' } as const
const THIRD = { slot: 'green', rev: '44444444' } as const
const WARM = { previous: GREY, untilMs: NOW + HOUR_MS } as const
const FAILURE = { reason: 'ImageBuildFailure', message: 'x', isPassing: false }
const DOWN = { isUp: false, isReady: false, failure: FAILURE }
const PASSING = { ...DOWN, failure: { ...FAILURE, isPassing: true } }

/** Nothing is gone: what is not there was only left out by a list. */
const UNSEEN = { absent: new Set<string>() } as const

describe('what ends a rollout', () => {
  const at = { record: moving(AT.analysis), live: { blue: 95, green: 5 } } as const
  const rows: readonly Row[] = [
    [
      'a failed check takes traffic back',
      { ...at, outcome: 'fail' },
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'also to a stable deployment of which a change failed',
      {
        ...at,
        outcome: 'fail',
        deployments: there(['blue', { ...DOWN, hasServed: true }], 'green'),
      },
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'to the revision of before where the stable one is gone',
      {
        ...at,
        record: moving(AT.analysis, WARM),
        outcome: 'fail',
        deployments: there('green', 'grey'),
      },
      'aborted 3 {"grey":100} aborted!',
    ],
    [
      'with nothing better all users get answers of it',
      { ...at, outcome: 'fail', deployments: there('green') },
      'baking 7 {"green":100} adopted!',
    ],
    [
      'with neither side what Git wants is the first revision',
      { ...at, outcome: 'fail', deployments: there() },
      'progressing 3 {"blue":95,"green":5} stays: Provisioning',
    ],
    [
      'a passing failure of a change of the candidate is waited for',
      { ...at, deployments: candidate({ ...PASSING, hasServed: true }) },
      'progressing 3 {"blue":95,"green":5} stays: ImageBuildFailure',
    ],
    [
      'a lasting failure of a change of the candidate ends it',
      { ...at, deployments: candidate({ ...DOWN, hasServed: true }) },
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'a candidate that never came up ends it',
      { ...at, deployments: candidate({ ...PASSING }) },
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'half an hour without an answer of a provider takes users back',
      { ...at, blindMs: 30 * MINUTE_MS },
      'stable 0 {"blue":100} superseded!',
    ],
    [
      'and leaves them where there is nothing to go back to',
      { ...at, blindMs: 30 * MINUTE_MS, deployments: there('green') },
      'baking 7 {"green":100} adopted!',
    ],
    [
      'the deadline takes traffic back',
      { ...at, spentMs: 6 * HOUR_MS },
      'aborted 3 {"blue":100} aborted!',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})

describe('as time passes', () => {
  const at = { record: moving(AT.analysis), live: { blue: 95, green: 5 }, inForceMs: 0 } as const
  const rows: readonly Row[] = [
    [
      'a stable deployment that no list shows holds the steps',
      { ...at, ...UNSEEN, deployments: there('green') },
      'progressing 3 {"blue":95,"green":5} stays: Confirming',
    ],
    [
      'so does a candidate',
      { ...at, ...UNSEEN, deployments: there('blue') },
      'progressing 3 {"blue":95,"green":5} stays: Confirming',
    ],
    [
      'a stable deployment that is gone gives way to the revision of before',
      { ...at, record: moving(AT.analysis, WARM), deployments: there('green', 'grey') },
      'stable 0 {"grey":100} rolled_back!',
    ],
    [
      'or else to the candidate, which is judged as in a bake',
      { ...at, deployments: there('green') },
      'baking 7 {"green":100} adopted!',
    ],
    [
      'so does one that never came up',
      { ...at, deployments: there(['blue', DOWN], 'green') },
      'baking 7 {"green":100} adopted!',
    ],
    [
      'and not one of which a change failed',
      { ...at, deployments: there(['blue', { ...DOWN, hasServed: true }], 'green') },
      'progressing 3 {"blue":95,"green":5} stays: Analyzing',
    ],
    [
      'with both gone, who serves is the stable one',
      { ...at, live: { grey: 100 }, deployments: there('grey') },
      'stable 0 {"grey":100} adopted',
    ],
    [
      'a bake is no step',
      { record: baking(), inForceMs: 0 },
      'baking 7 {"green":100} stays: Baking',
    ],
    [
      'a bake with a control group leaves it its share',
      { record: baking(), inForceMs: 0, rollout: rollout({ bakeControl: 10 }) },
      'baking 7 {"blue":10,"green":90} stays: Baking',
    ],
    [
      'a control group that nobody serves goes to the candidate',
      {
        record: baking(),
        inForceMs: 0,
        rollout: rollout({ bakeControl: 10 }),
        isAsRecorded: false,
        live: { green: 90 },
        deployments: there('green'),
      },
      'baking 7 {"green":100} adopted!',
    ],
    [
      'a bake ends where the stable deployment is gone',
      { record: baking(), deployments: there('green') },
      'stable 0 {"green":100} promoted',
    ],
    [
      'at rest, users stay on what serves them while the stable one is made again',
      { wanted: BLUE, live: { grey: 100 }, isAsRecorded: false, deployments: there('grey') },
      'stable 0 {"grey":100} stays: StableGone',
    ],
    [
      'at rest, users go to the revision of before',
      { record: record(WARM), wanted: BLUE, deployments: there('grey') },
      'stable 0 {"grey":100} rolled_back!',
    ],
    [
      'and not to a slot that runs something else by now',
      { record: record(WARM), wanted: BLUE, deployments: there(['grey', { rev: '55555555' }]) },
      'stable 0 {"blue":100} stays: StableGone',
    ],
    [
      'at rest, a stable deployment that is gone is made again',
      { wanted: BLUE, deployments: there() },
      'stable 0 {"blue":100} stays: StableGone',
    ],
    [
      'a newer revision need not wait for it, and is judged as in a bake',
      { deployments: there('green'), rollout: rollout({ steps: [] }) },
      'baking 0 {"green":100} adopted',
    ],
    [
      'which is over at once where none is declared',
      { deployments: there('green'), rollout: rollout({ steps: [], bakeMs: 0 }) },
      'stable 0 {"green":100} promoted',
    ],
    [
      'with a control group declared all traffic is on it all the same',
      { deployments: there('green'), rollout: rollout({ steps: [], bakeControl: 10 }) },
      'baking 0 {"green":100} adopted',
    ],
    [
      'of two that serve instead the larger takes all',
      {
        live: { grey: 60, green: 40 },
        isAsRecorded: false,
        wanted: THIRD,
        deployments: there('green', 'grey'),
      },
      'stable 0 {"grey":100} adopted!',
    ],
    [
      'a newer revision waits for a GET of a stable one that no list shows',
      { ...UNSEEN, deployments: there('green') },
      'stable 0 {"blue":100} stays: Confirming',
    ],
    [
      'after an abort the revision of before takes over, and what was aborted stays so',
      { record: aborted(WARM), deployments: there('green', 'grey') },
      'aborted 3 {"grey":100} rolled_back!',
    ],
    [
      'after an abort a stable deployment that is gone is made again',
      { record: aborted(), deployments: there('green') },
      'aborted 3 {"blue":100} stays: StableGone',
    ],
    [
      'what serves is not changed in place',
      {
        wanted: { slot: 'blue', rev: '66666666' },
        deployments: there(['blue', { isReady: false }]),
      },
      'stable 0 {"blue":100} stays: ServesTraffic',
    ],
    [
      'a revert in the window is one write',
      {
        record: record({ stable: GREEN, previous: BLUE, untilMs: NOW + HOUR_MS }),
        wanted: BLUE,
        live: { green: 100 },
        rollout: rollout({ steps: STEPS.slice(1) }),
      },
      'stable 0 {"blue":100} fast_rolled_back!',
    ],
    [
      'while it cannot be told what Git wants, nothing begins',
      { wanted: { slot: '', rev: '' } },
      'stable 0 {"blue":100} stays: RolloutHasNoTarget',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})

describe('traffic that is to leave a revision and has not yet', () => {
  const left = { isAsRecorded: false, isArrived: false, wanted: BLUE }
  const withdrawn = { ...left, record: record({ withdrawn: GREEN }), live: { blue: 90, green: 10 } }
  const gone = { ...left, record: aborted(), wanted: GREEN, live: { blue: 100 } }
  test.each<[string, Parameters<typeof situation>[0], boolean]>([
    ['of an aborted one', { ...gone, live: { blue: 95, green: 5 } }, true],
    ['mirrored to an aborted one', { ...gone, mirror: { green: 5 } }, true],
    ['of one that gave it back', { ...withdrawn, wasInForce: false }, true],
    ['of one that had given it back before: that is somebody else’s', withdrawn, false],
    ['that has left', gone, false],
  ])('%s is urgent or not', (_, changes, isUrgent) => {
    expect(advance(situation(changes)).isUrgent).toBe(isUrgent)
  })

  test('of a revision that lost its stable deployment goes out first', () => {
    const lost = { record: record(WARM), wanted: BLUE, deployments: there('grey') }
    expect(advance(situation(lost))).toMatchObject({ isUrgent: true, record: { stable: GREY } })
  })
})

describe('what a record carries on', () => {
  test('the time that was watched, into each step and the bake', () => {
    const at = (step: number) => moving(step, { spentMs: 1 })
    const spent = (step: number) =>
      advance(situation({ record: at(step), spentMs: 7.5 * MINUTE_MS, intents: lever('promote') }))
        .record?.spentMs
    expect([spent(AT.analysis), spent(AT.pause)]).toEqual([7.5 * MINUTE_MS, 7.5 * MINUTE_MS])
  })

  test('the revision of before, into an undo, with a window of its own', () => {
    const warm = { record: record(WARM), wanted: BLUE, deployments: there('blue', 'grey') }
    expect(advance(situation({ ...warm, intents: lever('undo') })).record).toMatchObject({
      candidate: BLUE,
      untilMs: NOW + 24 * HOUR_MS,
    })
  })

  test('no revision of before that is gone', () => {
    const { record: after } = advance(situation({ record: baking(), deployments: there('green') }))
    expect(after).not.toHaveProperty('previous')
  })

  test('mirroring of others, and none to what was on its way', () => {
    const mirror = { green: 10, pink: 5 }
    expect(advance(situation({ record: aborted(), mirror })).mirror).toEqual({ pink: 5 })
  })
})
