import { describe, expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import type { Check, Step } from '../../../src/core/model/rollout.ts'
import { advance } from '../../../src/core/rollout/decide/advance.ts'
import { isJudgedAnew, markOf } from '../../../src/core/rollout/decide/tried.ts'
import type { RolloutRecord } from '../../../src/core/rollout/record.ts'
import { ERRORS } from './play.ts'
import {
  AT,
  aborted,
  BLUE,
  lever,
  moving,
  next,
  probed,
  rollout,
  STEPS,
  situation,
  there,
} from './situations.ts'

const STRICTER: Check = {
  ...ERRORS,
  id: 'errors/errors.000002',
  rule: { judge: 'threshold', max: 0.01, minRequests: 0, failureLimit: 0 },
}
const DRY: Check = { ...ERRORS, id: 'errors/errors.000003', dryRun: true }
const RENAMED: Check = { ...ERRORS, id: 'web/failures.000001', name: 'failures' }
const AGAIN = 'stable 0 {"blue":100} retried'
const STAYS = 'aborted 0 {"blue":100} stays: RolloutAborted'

/** The steps with other golden requests, or other checks. */
function steps(change: (step: Step) => Step): Pick<Rollout, 'steps'> {
  return { steps: STEPS.map(change) }
}

const OTHER_GOLDEN = steps((step) =>
  step.type === 'verify'
    ? { ...step, golden: step.golden.map((one) => ({ ...one, request: { amount: 2 } })) }
    : step,
)
/** The analysis step with these checks. */
function checked(...checks: readonly Check[]): Pick<Rollout, 'steps'> {
  return steps((step) => (step.type === 'analysis' ? { ...step, checks } : step))
}

const OTHER_CHECKS = checked(STRICTER)
/** The analysis step sends these requests. */
function probing(...amounts: readonly number[]): Pick<Rollout, 'steps'> {
  const requests = amounts.map((amount) => ({
    ...{ name: `${amount}.json`, request: { amount }, status: 200, maxLatencyMs: 5000 },
    expect: { is: 'anything' } as const,
  }))
  return steps((step) =>
    step.type === 'analysis' ? { ...step, probe: { requests, perMinute: 60 } } : step,
  )
}
const OTHER_WEIGHTS = steps((step) =>
  step.type === 'setWeight' ? { ...step, percent: step.percent + 1 } : step,
)

/** The record that an abort leaves. */
function recordAfter(changes: Parameters<typeof situation>[0]): RolloutRecord {
  const { record, transition: turn } = advance(situation(changes))
  expect([turn?.result, record?.phase]).toEqual(['aborted', 'aborted'])
  return record ?? aborted()
}

const BY_GOLDEN = () => recordAfter({ probes: probed(0.9) })
const BY_CHECKS = () => recordAfter({ record: moving(AT.analysis), outcome: 'fail' })
const BY_HAND = () => recordAfter({ intents: lever('abort') })
const BY_HAND_BESIDE = () =>
  recordAfter({ record: moving(AT.analysis), outcome: 'fail', intents: lever('abort') })
const BY_DEADLINE = () => recordAfter({ record: moving(AT.weight5), spentMs: rollout().deadlineMs })
const BY_HEALTH = () => recordAfter({ record: moving(AT.weight5), deployments: there('blue') })

describe('aborted content whose judges change in Git', () => {
  test.each([
    ['golden requests, by others', BY_GOLDEN, OTHER_GOLDEN, true],
    ['golden requests, and other checks come', BY_GOLDEN, OTHER_CHECKS, false],
    ['golden requests, and other weights come', BY_GOLDEN, OTHER_WEIGHTS, false],
    ['golden requests, and all of them are left out', BY_GOLDEN, { steps: STEPS.slice(1) }, true],
    ['checks, by others', BY_CHECKS, OTHER_CHECKS, true],
    ['checks, and one more is watched', BY_CHECKS, { analysis: [STRICTER] }, false],
    ['checks, and one is only tried out', BY_CHECKS, { analysis: [DRY] }, false],
    ['checks, and they are called otherwise', BY_CHECKS, checked(RENAMED), false],
    ['checks, and another one stands before it', BY_CHECKS, checked(STRICTER, ERRORS), false],
    ['checks, and that one decides nothing any more', BY_CHECKS, checked(DRY), true],
    ['checks, and that one is left out', BY_CHECKS, checked(), true],
    ['checks, and other golden requests come', BY_CHECKS, OTHER_GOLDEN, false],
    ['checks, and other requests are sent for them', BY_CHECKS, probing(2), true],
    ['somebody', BY_HAND, OTHER_GOLDEN, false],
    ['somebody, while a check fails, too', BY_HAND_BESIDE, OTHER_CHECKS, false],
    ['its deadline', BY_DEADLINE, OTHER_CHECKS, false],
    ['its own end', BY_HEALTH, OTHER_CHECKS, false],
  ] as const)('and that was refused by %s', (_, by, changes, isTried) => {
    const after = by()
    const same = next({ record: after })
    const other = next({ record: after, rollout: rollout(changes) })
    expect([same.includes('RolloutAborted'), other.includes('retried')]).toEqual([true, isTried])
  })

  test('is known by the one check of several that said no', () => {
    const [first, second] = [STRICTER, { ...ERRORS, id: 'errors/errors.000004' }]
    const both = rollout({ analysis: [first, second], steps: [] })
    const failing = (failed: Check) => (check: Check) => ({
      ...situation().judgementOf(check),
      outcome: check.id === failed.id ? ('fail' as const) : ('pass' as const),
    })
    const marks = [first, second].map((failed) =>
      markOf({ rollout: both, judgementOf: failing(failed) }, 'Threshold'),
    )
    const tried = { ...aborted(), tried: marks[1] ?? '' }
    expect(isJudgedAnew(tried, rollout({ analysis: [second], steps: [] }))).toBe(false)
    expect(isJudgedAnew(tried, rollout({ analysis: [first], steps: [] }))).toBe(true)
    expect(marks[0]).not.toBe(marks[1])
  })

  const anew = { rollout: rollout(OTHER_GOLDEN) }

  test('begins again from its first step', () => {
    const progress = advance(situation({ record: BY_GOLDEN(), ...anew }))
    expect(progress).toMatchObject({
      transition: {
        result: 'retried',
        trigger: 'commit',
        message: 'The golden requests that it failed changed in Git; it is tried again.',
      },
      retries: 'green',
    })
    const { record } = progress
    expect(next({ record, probes: probed(0.5), ...anew })).toMatch(/^progressing /)
  })

  test('is refused again where they say no, and then stays so', () => {
    const again = recordAfter({ probes: probed(0.9), ...anew })
    expect(next({ record: again, ...anew })).toBe(STAYS)
    expect(next({ record: again })).toBe(AGAIN)
  })

  test.each([
    ['its users are not back yet', { isArrived: false }, 'stays: RollingBack'],
    ['Git is frozen', { isHeld: true }, 'stays: RolloutAborted'],
    ['stable is gone', { deployments: there('green') }, 'stays: StableGone'],
    ['Git wants the stable revision', { wanted: BLUE }, 'released'],
    ['Git wants other content', { wanted: { slot: 'green', rev: '44444444' } }, 'released'],
  ] as const)('waits, or is left, while %s', (_, changes, expected) => {
    expect(next({ record: BY_GOLDEN(), ...anew, ...changes })).toContain(expected)
  })

  test('is told what else than its content leads on', () => {
    const said = (record: RolloutRecord) => advance(situation({ record })).message
    expect(said(BY_GOLDEN())).toContain('until its content or its golden requests change or')
    expect(said(BY_CHECKS())).toContain('until its content or its checks change or')
    expect(said(BY_HAND())).toContain('until its content changes or')
  })
})

test('a trial job that said no is judged anew when Git tries another one', () => {
  const trial = (tolerance: number): Step => ({
    type: 'trial',
    trial: { input: 'azureml:rows:1', tolerance, mismatches: 0 },
  })
  const strict = { rollout: rollout({ strategy: 'switch', steps: [trial(0)] }) }
  const trials = new Map([['green', { is: 'different', message: 'x' } as const]])
  const record = recordAfter({ ...strict, trials })
  const lax = { rollout: rollout({ strategy: 'switch', steps: [trial(1)] }) }
  expect([next({ ...strict, record }), next({ ...lax, record })]).toEqual([STAYS, AGAIN])
})
