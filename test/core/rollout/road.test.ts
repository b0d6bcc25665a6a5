import { describe, expect, test } from '@jest/globals'
import { advance } from '../../../src/core/rollout/decide/advance.ts'
import { stepsHash } from '../../../src/core/rollout/record.ts'
import { NOW } from '../../support/world.ts'
import { ERRORS, HOUR_MS, MINUTE_MS } from './play.ts'
import {
  AT,
  BLUE,
  baking,
  candidate,
  facts,
  lever,
  moving,
  next,
  probed,
  rollout,
  STEPS,
  situation,
} from './situations.ts'

type Row = readonly [name: string, changes: Parameters<typeof next>[0], expected: string]

const failure = { reason: 'ImageBuildFailure', message: 'x', isPassing: false }

describe('every step', () => {
  const at = (step: number) => ({ record: moving(step) })
  const ago = (ms: number) => ({ inForceMs: ms })
  const rows: readonly Row[] = [
    [
      'setMirror holds for its time',
      { ...at(AT.mirror), ...ago(9 * MINUTE_MS) },
      'progressing 1 {"blue":100} mirror {"green":20} stays: Mirroring',
    ],
    [
      'after setMirror the weight and the analysis behind it begin in one write, and mirroring ends',
      { ...at(AT.mirror), ...ago(10 * MINUTE_MS) },
      'progressing 3 {"blue":95,"green":5} step',
    ],
    [
      'setWeight waits for instances',
      { ...at(AT.mirror), deployments: candidate({ instances: 0 }) },
      'progressing 1 {"blue":100} mirror {"green":20} stays: CapacityShort',
    ],
    [
      'analysis watches for its time though every check passes',
      { ...at(AT.analysis), ...ago(29 * MINUTE_MS) },
      'progressing 3 {"blue":95,"green":5} stays: Analyzing',
    ],
    [
      'analysis goes on after its time when every check passes',
      { ...at(AT.analysis), ...ago(30 * MINUTE_MS) },
      'progressing 6 {"blue":50,"green":50} step',
    ],
    [
      'analysis holds after its time while a check is inconclusive',
      { ...at(AT.analysis), outcome: 'inconclusive' },
      'progressing 3 {"blue":95,"green":5} stays: Inconclusive',
    ],
    [
      'analysis holds after its time while nothing is known',
      { ...at(AT.analysis), outcome: 'noData' },
      'progressing 3 {"blue":95,"green":5} stays: NoData',
    ],
    [
      'analysis aborts at once when a check fails',
      { ...at(AT.analysis), ...ago(MINUTE_MS), outcome: 'fail' },
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'setScale waits for its instances',
      { ...at(AT.analysis), deployments: candidate({ instances: 1 }) },
      'progressing 3 {"blue":95,"green":5} stays: Scaling',
    ],
    [
      'a pause without an end waits for somebody',
      at(AT.pause),
      'progressing 6 {"blue":50,"green":50} stays: WaitsForPromote',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))

  test.each([
    ['is over', 5, 'baking 2 {"green":100} step'],
    ['is not over', 4, 'progressing 1 {"blue":95,"green":5} stays: Pausing'],
  ])('a pause that %s', (_, minutes, expected) => {
    const steps = [STEPS[AT.weight5], { type: 'pause', durationMs: 5 * MINUTE_MS }] as typeof STEPS
    const road = { rollout: rollout({ steps }), record: moving(1, { stepsHash: stepsHash(steps) }) }
    expect(next({ ...road, inForceMs: minutes * MINUTE_MS })).toBe(expected)
  })

  test('a pause counts from when its weights were seen in force, not from when they were written', () => {
    const steps = [STEPS[AT.weight5], { type: 'pause', durationMs: 5 * MINUTE_MS }] as typeof STEPS
    const since = { sinceMs: NOW - HOUR_MS, stepsHash: stepsHash(steps) }
    const road = { rollout: rollout({ steps }), record: moving(1, since) }
    expect(next({ ...road, inForceMs: 0 })).toContain('stays: Pausing')
  })

  test('golden requests in the middle of the road are asked there, and a wrong answer ends it', () => {
    const steps = [STEPS[AT.weight5], STEPS[AT.verify]] as typeof STEPS
    const road = { rollout: rollout({ steps }), record: moving(0, { stepsHash: stepsHash(steps) }) }
    expect(advance(situation(road)).needs).toEqual({ probe: 'green' })
    expect(next({ ...road, probes: probed(0.9) })).toBe('aborted 0 {"blue":100} aborted!')
    expect(next({ ...road, probes: probed(0.5) })).toBe('baking 2 {"green":100} step')
  })

  test.each([
    ['no answer at all', { problem: { reason: 'Timeout', message: 'x' } }],
    ['an answer to another request', { name: 'other' }],
  ])('%s to a golden request holds, and says nothing about the model', (_, answer) => {
    const probes = new Map([['green', [{ name: 'golden/one.json', ...answer }]]]) as never
    expect(next({ probes })).toBe('stable 0 {"blue":100} stays: CannotVerify')
  })
})

describe('on the way', () => {
  const at = { record: moving(AT.analysis) }
  const here = 'progressing 3 {"blue":95,"green":5}'
  const rows: readonly Row[] = [
    [
      'no step is judged while the last write is not in force',
      { ...at, isArrived: false },
      `${here} stays: Shifting`,
    ],
    [
      'no step is passed while the candidate is not ready',
      { ...at, deployments: candidate({ isReady: false, isUp: false }) },
      `${here} stays: CandidateNotReady`,
    ],
    [
      'no step is passed with fewer instances than its share needs',
      { ...at, deployments: candidate({ instances: 0 }) },
      `${here} stays: CapacityShort`,
    ],
    [
      'the candidate fails',
      { ...at, deployments: candidate({ isUp: false, isReady: false, failure }) },
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'the candidate is gone',
      { ...at, deployments: candidate(undefined) },
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'the candidate is on a list that was not read to its end',
      { ...at, absent: new Set(), deployments: candidate(undefined) },
      'progressing 3 {"blue":100} stays: Confirming',
    ],
    ['the deadline is over', { ...at, spentMs: 6 * HOUR_MS }, 'aborted 3 {"blue":100} aborted!'],
    [
      'the deadline does not count a wait for people',
      { record: moving(AT.pause), spentMs: 6 * HOUR_MS },
      'progressing 6 {"blue":50,"green":50} stays: WaitsForPromote',
    ],
    [
      'the deadline is over when somebody says pause',
      { ...at, spentMs: 6 * HOUR_MS, intents: lever('pause') },
      'progressing 3 {"blue":95,"green":5} paused',
    ],
    [
      'the deadline is not over',
      { record: moving(AT.pause, { beganMs: NOW - 6 * HOUR_MS + 1 }) },
      'progressing 6 {"blue":50,"green":50} stays: WaitsForPromote',
    ],
    [
      'a check of the whole rollout fails at any step',
      { record: moving(AT.pause), rollout: rollout({ analysis: [ERRORS] }), outcome: 'fail' },
      'aborted 6 {"blue":100} aborted!',
    ],
    [
      'a check of the whole rollout that is not known holds no step',
      { record: moving(AT.mirror), rollout: rollout({ analysis: [ERRORS] }), outcome: 'noData' },
      'progressing 3 {"blue":95,"green":5} step',
    ],
    [
      'a check of an earlier step is not watched any more',
      { record: moving(AT.pause), outcome: 'fail' },
      'progressing 6 {"blue":50,"green":50} stays: WaitsForPromote',
    ],
    [
      'Git wants the stable revision again',
      { ...at, wanted: BLUE },
      'stable 0 {"blue":100} rolled_back!',
    ],
    [
      'Git wants a third revision',
      { ...at, wanted: { slot: 'green', rev: '33333333' } },
      'stable 0 {"blue":100} superseded!',
    ],
    [
      'the steps changed',
      { ...at, rollout: rollout({ steps: STEPS.slice(1) }) },
      'stable 0 {"blue":100} superseded!',
    ],
    [
      'a third revision while live requests are mirrored',
      {
        record: moving(AT.mirror),
        mirror: { green: 20 },
        wanted: { slot: 'green', rev: '33333333' },
      },
      'stable 0 {"blue":100} superseded!',
    ],
    [
      'a failure with hold: everything stays',
      { ...at, rollout: rollout({ onFailure: 'hold' }), outcome: 'fail' },
      `${here} stays: Said`,
    ],
    [
      'a failure with nothing to go back to: better some answers than none',
      { ...at, deployments: new Map([['green', facts()]]), outcome: 'fail' },
      'baking 7 {"green":100} adopted!',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))

  test('what Git says now counts more than a failure of what it said before', () => {
    expect(next({ ...at, wanted: BLUE, outcome: 'fail' })).toContain('rolled_back!')
  })

  test('evidence counts from the first weight, whatever was mirrored before', () => {
    const { record: after } = advance(situation({ record: moving(AT.mirror) }))
    expect(after).toMatchObject({ startMs: NOW, beganMs: NOW - HOUR_MS })
  })
})

describe('the bake', () => {
  const watched = { rollout: rollout({ analysis: [ERRORS] }), record: baking() }
  const here = 'baking 7 {"green":100} stays:'
  const rows: readonly Row[] = [
    ['lasts its time', { ...watched, inForceMs: 29 * MINUTE_MS }, `${here} Baking`],
    [
      'ends after its time, and the stable revision is kept',
      watched,
      'stable 0 {"green":100} promoted',
    ],
    [
      'does not end while a check is inconclusive',
      { ...watched, outcome: 'inconclusive' },
      `${here} Inconclusive`,
    ],
    ['does not end while nothing is known', { ...watched, outcome: 'noData' }, `${here} NoData`],
    [
      'ends in the way back when a check fails',
      { ...watched, outcome: 'fail' },
      'aborted 7 {"blue":100} aborted!',
    ],
    [
      'ends in the way back when the candidate fails',
      { ...watched, deployments: candidate({ isUp: false, isReady: false, failure }) },
      'aborted 7 {"blue":100} aborted!',
    ],
    [
      'ends in the way back at the deadline',
      { ...watched, spentMs: 6 * HOUR_MS },
      'aborted 7 {"blue":100} aborted!',
    ],
    [
      'does not count before full traffic is seen',
      { ...watched, isArrived: false },
      `${here} Shifting`,
    ],
    [
      'ends when Git wants the stable revision again',
      { ...watched, wanted: BLUE },
      'stable 0 {"blue":100} rolled_back!',
    ],
    [
      'ends in what there is when Git wants a third revision and the stable one is gone for good',
      {
        ...watched,
        wanted: { slot: 'green', rev: '33333333' },
        deployments: new Map([['green', facts()]]),
        isRemade: false,
      },
      'stable 0 {"green":100} adopted!',
    ],
    [
      'ends when Git wants a third revision',
      { ...watched, wanted: { slot: 'blue', rev: '33333333' } },
      'stable 0 {"blue":100} superseded!',
    ],
  ]
  test.each(rows)('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))

  test.each([
    [
      'one revision for a day',
      { revisions: 1, forMs: HOUR_MS } as const,
      { previous: BLUE, untilMs: NOW + HOUR_MS },
    ],
    ['none', { revisions: 0, forMs: HOUR_MS } as const, {}],
    ['one for no time', { revisions: 1, forMs: 0 } as const, {}],
  ])('after it, %s is kept as declared', (_, keep, kept) => {
    const { record: after } = advance(situation({ record: baking(), rollout: rollout({ keep }) }))
    const { previous, untilMs } = after ?? {}
    expect(JSON.stringify({ previous, untilMs })).toBe(JSON.stringify(kept))
  })
})
