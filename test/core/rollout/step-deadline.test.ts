import { describe, expect, test } from '@jest/globals'
import type { Plan } from '../../../src/core/model/plan.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { Step, StepDeadline } from '../../../src/core/model/rollout.ts'
import { advance } from '../../../src/core/rollout/decide/advance.ts'
import { stepsHash } from '../../../src/core/rollout/record.ts'
import { NOW, type Turns } from '../../support/world.ts'
import {
  ERRORS,
  FRAUD,
  HOUR_MS,
  MINUTE_MS,
  measure,
  opened,
  pass,
  recordIn,
  say,
  template,
  traffic,
  until,
  untilPhase,
} from './play.ts'
import {
  AT,
  candidate,
  facts,
  lever,
  moving,
  next,
  rollout,
  STEPS,
  situation,
} from './situations.ts'

const HERE = 'progressing 3 {"blue":95,"green":5}'

/** At the analysis, whose deadline is an hour, so much of it gone; the rollout itself had been watched for two hours. */
function at(
  policy: StepDeadline['policy'],
  inStepMs: number,
  changes: Parameters<typeof next>[0] = {},
): NonNullable<Parameters<typeof next>[0]> {
  const stepDeadlines = [{ step: AT.analysis, ms: HOUR_MS, policy }]
  return {
    record: moving(AT.analysis, { spentMs: 2 * HOUR_MS }),
    rollout: rollout({ stepDeadlines }),
    spentMs: 2 * HOUR_MS + inStepMs,
    outcome: 'inconclusive',
    ...changes,
  }
}

describe('the deadline of a step', () => {
  test.each<[string, Parameters<typeof next>[0], string]>([
    ['is not over before its time', at('fail', HOUR_MS - 1), `${HERE} stays: Inconclusive`],
    ['counts as a failure', at('fail', HOUR_MS), 'aborted 3 {"blue":100} aborted!'],
    [
      'goes by the policy for failures',
      at('fail', HOUR_MS, {
        rollout: rollout({
          onFailure: 'hold',
          stepDeadlines: [{ step: AT.analysis, ms: HOUR_MS, policy: 'fail' }],
        }),
      }),
      `${HERE} stays: StepDeadlineExceeded`,
    ],
    ['or pauses the rollout', at('pause', HOUR_MS), `${HERE} paused`],
    [
      'which is not over before its time, either',
      at('pause', HOUR_MS - 1),
      `${HERE} stays: Inconclusive`,
    ],
    [
      'is that of its own step',
      at('fail', HOUR_MS, { record: moving(AT.weight50, { spentMs: 2 * HOUR_MS }) }),
      'progressing 6 {"blue":50,"green":50} step',
    ],
    [
      'leaves the time of earlier steps out',
      at('fail', HOUR_MS, { record: moving(AT.analysis, { spentMs: 2 * HOUR_MS + 1 }) }),
      `${HERE} stays: Inconclusive`,
    ],
    [
      'is not held against who says promote',
      at('fail', HOUR_MS, { intents: lever('promote') }),
      'progressing 6 {"blue":50,"green":50} step',
    ],
    [
      'nor against who says pause',
      at('fail', HOUR_MS, { intents: lever('pause') }),
      `${HERE} paused`,
    ],
    [
      'comes after what the checks say',
      at('pause', HOUR_MS, { outcome: 'fail' }),
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'comes after the deadline of the rollout',
      at('pause', 4 * HOUR_MS),
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'pauses nothing where Git holds all writes',
      at('pause', HOUR_MS, { isHeld: true }),
      `${HERE} stays: Inconclusive`,
    ],
    [
      'takes traffic back where Git holds all writes',
      at('fail', HOUR_MS, { isHeld: true }),
      'aborted 3 {"blue":100} aborted!',
    ],
    [
      'is that of no pause for a person',
      {
        record: moving(AT.pause),
        rollout: rollout({ stepDeadlines: [{ step: AT.pause, ms: HOUR_MS, policy: 'fail' }] }),
        spentMs: HOUR_MS,
      },
      'progressing 6 {"blue":50,"green":50} stays: WaitsForPromote',
    ],
  ])('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))

  test('pauses no rollout whose stable deployment is lost: users go to what serves', () => {
    const deployments = new Map([['green', facts()]])
    const { reason } = advance(situation(at('pause', HOUR_MS, { deployments })))
    expect(reason).toBe('StableGone')
  })

  test('is no part of the road: another one begins nothing anew', () => {
    const changed = at('fail', MINUTE_MS, {
      rollout: rollout({
        stepDeadlines: [{ step: AT.analysis, ms: 2 * HOUR_MS, policy: 'pause' }],
      }),
    })
    expect(stepsHash(STEPS)).toBe(moving(AT.analysis).stepsHash)
    expect(next(changed)).toBe(`${HERE} stays: Inconclusive`)
  })
})

describe('a rollout that a step’s deadline paused', () => {
  const paused = moving(AT.analysis, { isPaused: true, isOverdue: true, spentMs: 3 * HOUR_MS })
  const there = at('pause', 5 * HOUR_MS, { record: paused, spentMs: 3 * HOUR_MS })

  test('stays, and says why and what leads on', () => {
    const { reason, message, stalled, phase } = advance(situation(there))
    expect({ reason, stalled, phase }).toEqual({
      ...{ reason: 'StepDeadlineExceeded', stalled: true, phase: 'paused' },
    })
    expect(message).toMatch(
      /^Step 4 of 7 \(analysis\) did not end within its deadline of 60 minutes\. It is paused: .*resume.*abort/,
    )
  })

  test('says it where another commit has taken the deadline away', () => {
    const { message } = advance(situation({ ...there, rollout: rollout() }))
    expect(message).toMatch(/^A step did not end within its deadline\. It is paused/)
  })

  test('has the time of the step once more after resume', () => {
    const { record } = advance(situation({ ...there, intents: lever('resume') }))
    expect(record).toMatchObject({ isPaused: false, sinceMs: NOW, spentMs: 3 * HOUR_MS })
    expect(record).not.toHaveProperty('isOverdue')
  })

  test.each(['abort', 'undo'] as const)('is not overdue any more after %s', (verb) => {
    const { record } = advance(situation({ ...there, intents: lever(verb) }))
    expect(record).toMatchObject({ phase: 'aborted', isPaused: false })
    expect(record).not.toHaveProperty('isOverdue')
  })

  test('is judged still', () => {
    expect(next({ ...there, outcome: 'fail' })).toBe('aborted 3 {"blue":100} aborted!')
    const failure = { reason: 'X', message: 'x', isPassing: false }
    const deployments = candidate({ isUp: false, isReady: false, failure })
    expect(next({ ...there, deployments })).toBe('aborted 3 {"blue":100} aborted!')
  })
})

const ROAD: readonly Step[] = [
  { type: 'setWeight', percent: 10 },
  { type: 'analysis', checks: [ERRORS], forMs: 5 * MINUTE_MS },
]

/** Of two steps the second, an analysis of five minutes, has ten. */
function analyzing(policy: StepDeadline['policy']): Turns {
  const turns = opened(template(1))
  measure(turns, 0)
  const stepDeadlines = [{ step: 1, ms: 10 * MINUTE_MS, policy }]
  turns.commit(template(2, { policy: { steps: ROAD, stepDeadlines } }), 'c2')
  untilPhase(turns, 'progressing')
  measure(turns, 0)
  return turns
}

const standing = ({ findings }: Plan) => findings.find(({ rollout: one }) => one)?.rollout

/** As if another process had come in its place: nothing is remembered. */
function restart(turns: Turns): void {
  turns.memory = {}
}

describe('turn by turn', () => {
  test('a step that needs no more than its time is passed', () => {
    const turns = analyzing('fail')
    untilPhase(turns, 'baking')
    expect(recordIn(turns)?.phase).toBe('baking')
  })

  test('what is left of it is told, beside what is left of the rollout', () => {
    const turns = analyzing('fail')
    pass(turns, 2)
    const before = standing(turns.plan())
    pass(turns, 1)
    const after = standing(turns.plan())
    expect(before?.stepDeadlineAt).toBeDefined()
    expect(after?.stepDeadlineAt).toBe(before?.stepDeadlineAt)
    expect((after?.deadlineAt ?? 0) > (after?.stepDeadlineAt ?? 0)).toBe(true)
  })

  test('time in which a provider does not answer does not count', () => {
    const turns = analyzing('pause')
    pass(turns, 1)
    measure(turns, undefined)
    pass(turns, 20)
    expect(recordIn(turns)?.isPaused).toBe(false)
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
  })

  test('a gap of a controller that was not there counts two minutes at most', () => {
    const turns = analyzing('pause')
    pass(turns, 1)
    turns.now += 24 * HOUR_MS
    pass(turns, 1)
    expect(recordIn(turns)?.isPaused).toBe(false)
  })
})

const SLOW: readonly Step[] = [
  { type: 'setWeight', percent: 10 },
  { type: 'pause', durationMs: 5 * MINUTE_MS },
]

describe('a step that Azure keeps waiting', () => {
  function waiting(policy: StepDeadline['policy']): Turns {
    const turns = opened(template(1))
    const stepDeadlines = [{ step: 1, ms: 8 * MINUTE_MS, policy }]
    turns.commit(template(2, { policy: { steps: SLOW, stepDeadlines } }), 'c2')
    untilPhase(turns, 'progressing')
    // Somebody else's writes keep the endpoint busy at every look but the last.
    phase(turns, 'Provisioning')
    pass(turns, 12)
    phase(turns, 'Ready')
    return turns
  }

  function phase(turns: Turns, name: 'Ready' | 'Provisioning'): void {
    const resources = turns.world.resources.map((one) =>
      keyOf(one.ref) === keyOf(FRAUD) ? { ...one, phase: name } : one,
    )
    turns.world = { ...turns.world, resources }
  }

  test('ends in the way back', () => {
    const turns = waiting('fail')
    untilPhase(turns, 'aborted')
    expect(traffic(turns)).toEqual({ blue: 100 })
    expect(standing(turns.plan())?.aborted?.reason).toBe('StepDeadlineExceeded')
  })

  test('is paused, also for a process that knows nothing, and goes on after resume', () => {
    const turns = waiting('pause')
    until(turns, () => recordIn(turns)?.isPaused === true)
    restart(turns)
    pass(turns, 60)
    expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
    expect(standing(turns.plan())).toMatchObject({
      ...{ phase: 'paused', reason: 'StepDeadlineExceeded', stalled: true },
    })
    expect(standing(turns.plan())?.stepDeadlineAt).toBeUndefined()
    say(turns, 'resume')
    untilPhase(turns, 'stable')
    expect(traffic(turns)).toEqual({ green: 100 })
  })

  test('a pause that somebody says later is not told as that of a deadline', () => {
    const turns = waiting('pause')
    until(turns, () => recordIn(turns)?.isPaused === true)
    say(turns, 'resume')
    pass(turns, 1)
    say(turns, 'pause')
    expect(recordIn(turns)).toMatchObject({ isPaused: true })
    expect(standing(turns.plan())?.reason).toBe('Paused')
  })
})
