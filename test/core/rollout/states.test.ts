import { describe, expect, test } from '@jest/globals'
import { NOW } from '../../support/world.ts'
import { HOUR_MS } from './play.ts'
import {
  AT,
  aborted,
  BLUE,
  baking,
  candidate,
  lever,
  moving,
  next,
  record,
  there,
} from './situations.ts'

type Row = readonly [name: string, changes: Parameters<typeof next>[0], expected: string]

const GREY = { slot: 'grey', rev: '33333333' } as const
const THIRD = { slot: 'green', rev: '44444444' } as const
const WARM = { previous: GREY, untilMs: NOW + HOUR_MS } as const
const FAILURE = { reason: 'ImageBuildFailure', message: 'x', isPassing: false }
const DOWN = { isUp: false, isReady: false, failure: FAILURE }

/** Nothing is gone: what is not there was only left out by a list. */
const UNSEEN = { absent: new Set<string>() } as const

describe('without a record', () => {
  const none = { record: undefined } as const
  const rows: readonly Row[] = [
    [
      'an abort sends split traffic to what most users are on',
      { ...none, live: { blue: 10, green: 90 }, intents: lever('abort') },
      'stable 0 {"green":100} adopted!',
    ],
    [
      'an abort sends it to what answers, however few are on it',
      { ...none, live: { blue: 10, grey: 90 }, intents: lever('abort') },
      'stable 0 {"blue":100} adopted!',
    ],
    [
      'a promote sends it to what Git wants',
      { ...none, live: { blue: 90, green: 10 }, intents: lever('promote') },
      'stable 0 {"green":100} adopted!',
    ],
    [
      'a promote sends nothing to what is not up',
      {
        ...none,
        live: { blue: 90, green: 10 },
        intents: lever('promote'),
        deployments: candidate({ isUp: false, isReady: false }),
      },
      'none {"blue":90,"green":10} stays: RolloutStateUnknown',
    ],
    [
      'split traffic is left until somebody says where it goes',
      { ...none, live: { blue: 90, green: 10 } },
      'none {"blue":90,"green":10} stays: RolloutStateUnknown',
    ],
    [
      'a record that is not ours is no fresh start',
      { ...none, isUnreadable: true },
      'none {"blue":100} stays: RolloutRecordUnreadable',
    ],
    [
      'what serves and no list shows is read directly first',
      { ...none, ...UNSEEN, deployments: there('green') },
      'none {"blue":100} stays: Confirming',
    ],
    ['what serves everybody is the stable revision', none, 'stable 0 {"blue":100} adopted'],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})

describe('what somebody says', () => {
  const rows: readonly Row[] = [
    [
      'an abort of what is about to begin keeps it from beginning',
      { intents: lever('abort') },
      'aborted 0 {"blue":100} aborted',
    ],
    [
      'an undo goes to the revision of before',
      {
        record: record(WARM),
        wanted: BLUE,
        deployments: there('blue', 'grey'),
        intents: lever('undo'),
      },
      'aborted 0 {"grey":100} rolled_back!',
    ],
    [
      'an undo does not go to a slot that runs something else by now',
      {
        record: record(WARM),
        wanted: BLUE,
        deployments: there('blue', ['grey', { rev: '55555555' }]),
        intents: lever('undo'),
      },
      'stable 0 {"blue":100} stays: Stable',
    ],
    [
      'an undo does not go to what Azure is at work on',
      {
        record: record(WARM),
        wanted: BLUE,
        deployments: there('blue', ['grey', { isUp: false }]),
        intents: lever('undo'),
      },
      'stable 0 {"blue":100} stays: Stable',
    ],
    [
      'an undo after the window finds it over',
      {
        record: record({ ...WARM, untilMs: NOW }),
        wanted: BLUE,
        deployments: there('blue', 'grey'),
        intents: lever('undo'),
      },
      'stable 0 {"blue":100} released',
    ],
    [
      'a retry makes what did not come up again',
      { deployments: candidate(DOWN), intents: lever('retry') },
      'stable 0 {"blue":100} stays: Retried',
    ],
    [
      'an abort goes to the revision of before where the stable one is gone',
      {
        record: moving(AT.analysis, WARM),
        deployments: there('green', 'grey'),
        intents: lever('abort'),
      },
      'aborted 3 {"grey":100} aborted!',
    ],
    [
      'an abort with nothing to go back to leaves users on the candidate',
      { record: moving(AT.analysis), deployments: there('green'), intents: lever('abort') },
      'baking 7 {"green":100} adopted!',
    ],
    [
      'an abort goes back to what only a list does not show',
      {
        ...UNSEEN,
        record: moving(AT.analysis),
        deployments: there('green'),
        intents: lever('abort'),
      },
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'a retry on the way changes nothing in the way',
      { record: moving(AT.analysis), intents: lever('retry') },
      'progressing 6 {"blue":50,"green":50} step',
    ],
    [
      'a retry after an abort lets it begin again',
      { record: aborted(), intents: lever('retry') },
      'stable 0 {"blue":100} retried',
    ],
    [
      'an abort after an abort is none',
      { record: aborted(), intents: lever('abort') },
      'aborted 3 {"blue":100} stays: RolloutAborted',
    ],
    [
      'a pause holds the step',
      { record: moving(AT.analysis), intents: lever('pause') },
      'progressing 3 {"blue":95,"green":5} paused',
    ],
    [
      'a resume lets a step begin anew',
      { record: moving(AT.analysis, { isPaused: true }), intents: lever('resume') },
      'progressing 3 {"blue":95,"green":5} resumed',
    ],
    [
      'a promote in the bake need not wait for its weights where the stable one is gone',
      {
        record: baking(),
        isArrived: false,
        deployments: there('green'),
        intents: lever('promote'),
      },
      'stable 0 {"green":100} fast_promoted',
    ],
    [
      'a pause holds no bake',
      { record: baking(), inForceMs: 0, intents: lever('pause') },
      'baking 7 {"green":100} stays: Baking',
    ],
    [
      'a promote in the bake keeps the candidate where the stable one is gone',
      { record: baking(), inForceMs: 0, deployments: there('green'), intents: lever('promote') },
      'stable 0 {"green":100} fast_promoted',
    ],
    [
      'a promote keeps a candidate that fails where there is nothing better',
      {
        record: moving(AT.analysis),
        outcome: 'fail',
        deployments: there('green'),
        intents: lever('promote'),
      },
      'stable 0 {"green":100} adopted!',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})

describe('a commit on the way', () => {
  const at = { record: moving(AT.analysis), live: { blue: 95, green: 5 } } as const
  const rows: readonly Row[] = [
    ['a revert goes back', { ...at, wanted: BLUE }, 'stable 0 {"blue":100} rolled_back!'],
    [
      'a revert to what is gone waits until it is made again',
      { ...at, wanted: BLUE, deployments: there('green') },
      'progressing 3 {"blue":95,"green":5} stays: StableGone',
    ],
    [
      'a revert goes back to what only a list does not show',
      { ...at, ...UNSEEN, wanted: BLUE, deployments: there('green') },
      'stable 0 {"blue":100} rolled_back!',
    ],
    [
      'a third revision takes the place of the second',
      { ...at, wanted: THIRD },
      'stable 0 {"blue":100} superseded!',
    ],
    [
      'a third revision waits for a GET of a stable one that no list shows',
      { ...at, ...UNSEEN, wanted: THIRD, deployments: there('green') },
      'progressing 3 {"blue":95,"green":5} stays: Confirming',
    ],
    [
      'a third revision waits while a stable one that is gone is made again',
      { ...at, wanted: THIRD, deployments: there('green') },
      'baking 7 {"green":100} adopted!',
    ],
    [
      'and begins from the second where it cannot be',
      { ...at, wanted: THIRD, deployments: there('green'), isRemade: false },
      'stable 0 {"green":100} adopted!',
    ],
    [
      'a third revision serves first where both others are gone',
      { ...at, wanted: GREY, deployments: there('grey') },
      'progressing 3 {"blue":95,"green":5} stays: Verifying',
    ],
    [
      'in the bake, too',
      { record: baking(), wanted: THIRD, deployments: there('green'), isRemade: false },
      'stable 0 {"green":100} adopted!',
    ],
    [
      'where both others are gone, traffic goes to the revision of before',
      {
        record: moving(AT.analysis, WARM),
        live: { blue: 0 },
        wanted: { slot: 'pink', rev: '77777777' },
        deployments: there('pink', 'grey'),
      },
      'stable 0 {"grey":100} rolled_back!',
    ],
    [
      'and not while Azure is at work on that',
      {
        record: moving(AT.analysis, WARM),
        live: {},
        wanted: { slot: 'pink', rev: '77777777' },
        deployments: there('pink', ['grey', { isUp: false }]),
      },
      'progressing 3 {} stays: Verifying',
    ],
    [
      'while it cannot be told what Git wants, the steps go on',
      { ...at, wanted: { slot: '', rev: '' } },
      'progressing 6 {"blue":50,"green":50} step',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})
