import { describe, expect, test } from '@jest/globals'
import { NOW } from '../../support/world.ts'
import { HOUR_MS } from './play.ts'
import {
  aborted,
  BLUE,
  candidate,
  facts,
  GREEN,
  next,
  probed,
  record,
  rollout,
  there,
} from './situations.ts'

type Row = readonly [name: string, changes: Parameters<typeof next>[0], expected: string]

const STAYS = 'stable 0 {"blue":100} stays:'
const failure = { reason: 'ImageBuildFailure', message: 'x', isPassing: false }

describe('nothing under way', () => {
  const rows: readonly Row[] = [
    ['what serves is what Git wants', { wanted: BLUE }, `${STAYS} Stable`],
    [
      'a new revision that is not there yet',
      { deployments: candidate(undefined) },
      `${STAYS} Provisioning`,
    ],
    [
      'a new revision that Azure works on',
      { deployments: candidate({ isUp: false, isReady: false }) },
      `${STAYS} Provisioning`,
    ],
    [
      'a new revision with other content than declared',
      { deployments: candidate({ isReady: false }) },
      `${STAYS} Provisioning`,
    ],
    [
      'a new revision that Azure gave up on',
      { deployments: candidate({ isUp: false, isReady: false, failure }) },
      `${STAYS} ImageBuildFailure`,
    ],
    ['a ready one, before its golden requests are answered', {}, `${STAYS} Verifying`],
    [
      'a right answer: the first step is entered by one write',
      { probes: probed(0.5) },
      'progressing 1 {"blue":100} mirror {"green":20} started',
    ],
    [
      'a wrong answer: it is not tried again, and no user has seen it',
      { probes: probed(0.9) },
      'aborted 0 {"blue":100} aborted',
    ],
    [
      'too few instances for the first step',
      { probes: probed(0.5), deployments: candidate({ instances: 0 }) },
      `${STAYS} CapacityShort`,
    ],
    [
      'no steps at all: full traffic, and the bake begins',
      { rollout: rollout({ steps: [] }) },
      'baking 0 {"green":100} started',
    ],
    [
      'no steps and no bake: it is promoted',
      { rollout: rollout({ steps: [], bakeMs: 0 }) },
      'stable 0 {"green":100} promoted',
    ],
    [
      'no steps, and too few instances for all traffic',
      { rollout: rollout({ steps: [] }), deployments: candidate({ instances: 3 }) },
      `${STAYS} CapacityShort`,
    ],
    [
      'the serving deployment changed under its own name',
      {
        wanted: { slot: 'blue', rev: '33333333' },
        deployments: new Map([['blue', facts({ isReady: false })]]),
      },
      `${STAYS} ServesTraffic`,
    ],
    [
      'the serving deployment runs other content, and that is what Git wants',
      { wanted: { slot: 'blue', rev: '33333333' } },
      'stable 0 {"blue":100} adopted',
    ],
    [
      'the window of the revision of before is over',
      { wanted: BLUE, record: record({ previous: GREEN, untilMs: NOW }) },
      'stable 0 {"blue":100} released',
    ],
    [
      'the window of the revision of before is open',
      { wanted: BLUE, record: record({ previous: GREEN, untilMs: NOW + 1 }) },
      `${STAYS} Stable`,
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})

describe('no record yet', () => {
  const none = { record: undefined } as const
  const rows: readonly Row[] = [
    [
      'what serves all of it becomes the stable revision',
      { ...none, wanted: BLUE },
      'stable 0 {"blue":100} adopted',
    ],
    ['also when Git wants another one', none, 'stable 0 {"blue":100} adopted'],
    [
      'split traffic is touched by nobody',
      { ...none, live: { blue: 90, green: 10 } },
      'none {"blue":90,"green":10} stays: RolloutStateUnknown',
    ],
    [
      'traffic to what a GET does not find: nobody is served, and what Git wants is the first',
      { ...none, live: { grey: 100 } },
      'none {"grey":100} stays: Verifying',
    ],
    [
      'the first revision waits until it is ready',
      { ...none, live: {}, deployments: candidate({ isUp: false, isReady: false }) },
      'none {} stays: Provisioning',
    ],
    [
      'the first revision that failed',
      { ...none, live: {}, deployments: candidate({ isUp: false, isReady: false, failure }) },
      'none {} stays: ImageBuildFailure',
    ],
    [
      'the first revision is asked its golden requests',
      { ...none, live: {} },
      'none {} stays: Verifying',
    ],
    [
      'the first revision answers wrongly and gets nothing',
      { ...none, live: {}, probes: probed(0.9) },
      'none {} stays: GoldenMismatch',
    ],
    [
      'the first revision cannot carry all of it',
      { ...none, live: {}, probes: probed(0.5), deployments: candidate({ instances: 3 }) },
      'none {} stays: CapacityShort',
    ],
    [
      'the first revision gets everything at once, for there is nothing to compare it with',
      { ...none, live: {}, probes: probed(0.5) },
      'stable 0 {"green":100} promoted',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})

describe('a revert inside the window', () => {
  const warm = record({ stable: GREEN, previous: BLUE, untilMs: NOW + HOUR_MS })
  const back = { record: warm, wanted: BLUE, live: { green: 100 } }
  const right = { ...back, probes: probed(0.5, 'blue') }
  const here = 'stable 0 {"green":100} stays:'
  const rows: readonly Row[] = [
    ['asks the golden requests first', back, `${here} Verifying`],
    ['is one write, without steps or analysis', right, 'stable 0 {"blue":100} fast_rolled_back!'],
    [
      'whatever the checks say',
      { ...right, outcome: 'fail' },
      'stable 0 {"blue":100} fast_rolled_back!',
    ],
    [
      'does not go to a wrong answer',
      { ...back, probes: probed(0.9, 'blue') },
      'aborted 0 {"green":100} aborted',
    ],
    [
      'waits until it is up',
      { ...right, deployments: there('green', ['blue', { isUp: false, isReady: false }]) },
      `${here} Provisioning`,
    ],
    [
      'waits for the instances it had',
      { ...right, deployments: there('green', ['blue', { instances: 1 }]) },
      `${here} CapacityShort`,
    ],
    [
      'of other content is a rollout like any other',
      { ...right, wanted: { slot: 'blue', rev: '33333333' } },
      'progressing 1 {"green":100} mirror {"blue":20} started',
    ],
    [
      'after the window is a rollout like any other',
      { ...right, record: { ...warm, untilMs: NOW } },
      'progressing 1 {"green":100} mirror {"blue":20} started',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})

describe('after an abort', () => {
  const rows: readonly Row[] = [
    [
      'the same revision is not tried again',
      { record: aborted() },
      'aborted 3 {"blue":100} stays: RolloutAborted',
    ],
    [
      'also when its window is over',
      { record: aborted({ untilMs: NOW - 1 }) },
      'aborted 3 {"blue":100} stays: RolloutAborted',
    ],
    [
      'also when it would be in another slot',
      { record: aborted(), wanted: { slot: 'pink', rev: GREEN.rev } },
      'aborted 3 {"blue":100} stays: RolloutAborted',
    ],
    [
      'another revision is free to come',
      { record: aborted(), wanted: { slot: 'green', rev: '33333333' } },
      'stable 0 {"blue":100} released',
    ],
    [
      'Git wants the stable revision: nothing is held against anything',
      { record: aborted(), wanted: BLUE },
      'stable 0 {"blue":100} released',
    ],
    [
      'the traffic is on its way back',
      { record: aborted(), isArrived: false },
      'aborted 3 {"blue":100} stays: RollingBack',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})
