import type { Rollout } from '../../../src/core/model/desired.ts'
import type { GoldenRequest, IntentVerb, Judgement, Step } from '../../../src/core/model/rollout.ts'
import { advance } from '../../../src/core/rollout/decide/advance.ts'
import type { RolloutDecision } from '../../../src/core/rollout/decide/decision.ts'
import type {
  DeploymentState,
  RolloutInput,
} from '../../../src/core/rollout/decide/rollout-input.ts'
import { MOST_ATTEMPTS } from '../../../src/core/rollout/golden/golden-verdict.ts'
import { type RolloutRecord, stepsHash } from '../../../src/core/rollout/record.ts'
import { judgedAnswer } from '../../support/golden-answer.ts'
import { NOW } from '../../support/world.ts'
import { ERRORS, FRAUD, HOUR_MS, intent, MINUTE_MS } from './play.ts'

export const BLUE = { slot: 'blue', rev: '11111111' } as const
export const GREEN = { slot: 'green', rev: '22222222' } as const

const GOLDEN: GoldenRequest = {
  name: 'golden/one.json',
  request: { amount: 1 },
  status: 200,
  expect: { is: 'subset', value: { score: 0.5 }, tolerance: 0.01 },
  maxLatencyMs: 1000,
}

/** Every step that a canary knows. */
export const STEPS: readonly Step[] = [
  { type: 'verify', golden: [GOLDEN] },
  { type: 'setMirror', percent: 20, durationMs: 10 * MINUTE_MS },
  { type: 'setWeight', percent: 5 },
  { type: 'analysis', checks: [ERRORS], forMs: 30 * MINUTE_MS },
  { type: 'setScale', percent: 100 },
  { type: 'setWeight', percent: 50 },
  { type: 'pause' },
]

export const AT = { verify: 0, mirror: 1, weight5: 2, analysis: 3, scale: 4, weight50: 5, pause: 6 }

export function rollout(changes: Partial<Rollout> = {}): Rollout {
  return {
    name: 'fraud',
    endpoint: FRAUD,
    strategy: 'canary',
    steps: STEPS,
    analysis: [],
    bakeMs: 30 * MINUTE_MS,
    bakeControl: 0,
    keep: { revisions: 1, forMs: 24 * HOUR_MS },
    onFailure: 'rollback',
    onNewCommit: 'supersede',
    deadlineMs: 6 * HOUR_MS,
    at: { file: 'rollout.yml', line: 1, column: 1 },
    ...changes,
  }
}

export function facts(changes: Partial<DeploymentState> = {}): DeploymentState {
  return { isUp: true, isReady: true, hasServed: false, instances: 4, full: 4, ...changes }
}

export function record(changes: Partial<RolloutRecord> = {}): RolloutRecord {
  return {
    phase: 'stable',
    stable: BLUE,
    step: 0,
    sinceMs: NOW - HOUR_MS,
    startMs: 0,
    beganMs: 0,
    isPaused: false,
    ...changes,
  }
}

/** Green is on its way from blue, at a step of the road, since an hour. */
export function moving(step: number, changes: Partial<RolloutRecord> = {}): RolloutRecord {
  return record({
    phase: 'progressing',
    candidate: GREEN,
    step,
    stepsHash: stepsHash(STEPS),
    beganMs: NOW - HOUR_MS,
    startMs: step >= AT.weight5 ? NOW - HOUR_MS : 0,
    ...changes,
  })
}

export function baking(changes: Partial<RolloutRecord> = {}): RolloutRecord {
  return moving(STEPS.length, { phase: 'baking', ...changes })
}

export function aborted(changes: Partial<RolloutRecord> = {}): RolloutRecord {
  return moving(AT.analysis, { phase: 'aborted', untilMs: NOW + HOUR_MS, ...changes })
}

function judged(outcome: Judgement['outcome']): Judgement {
  const none = { requests: 0, errors: 0 }
  return {
    id: ERRORS.id,
    name: 'errors',
    provider: 'web',
    outcome,
    reason: 'Said',
    message: outcome,
    samples: { stable: none, candidate: none },
  }
}

/** What a golden request was answered, as often as it was asked. */
export function probed(score: number, slot = 'green'): RolloutInput['probes'] {
  const answer = judgedAnswer(GOLDEN, { status: 200, body: { score }, latencyMs: 10 })
  return new Map([[slot, Array.from({ length: MOST_ATTEMPTS }, () => answer)]])
}

/** Both deployments up, everything measured well, nothing said: what differs is given. */
export function situation(
  changes: Partial<RolloutInput> & { readonly outcome?: Judgement['outcome'] } = {},
): RolloutInput {
  const { outcome = 'pass', ...given } = changes
  return {
    rollout: rollout(),
    wanted: GREEN,
    record: record(),
    live: { blue: 100 },
    mirror: {},
    deployments: new Map([
      ['blue', facts()],
      ['green', facts()],
    ]),
    absent: new Set(['blue', 'green', 'grey']),
    isUnreadable: false,
    isAwaited: false,
    isHeld: false,
    isRemade: true,
    isAsRecorded: true,
    isArrived: true,
    inForceMs: HOUR_MS,
    wasInForce: true,
    isAtWork: false,
    spentMs: HOUR_MS,
    blindMs: 0,
    judgementOf: () => judged(outcome),
    probes: new Map(),
    trials: new Map(),
    intents: [],
    now: NOW,
    ...given,
  }
}

/** The slots of a situation, with other facts of the candidate, or without it. */
export function candidate(
  changes: Partial<DeploymentState> | undefined,
): RolloutInput['deployments'] {
  const blue = ['blue', facts()] as const
  return new Map(changes === undefined ? [blue] : [blue, ['green', facts(changes)]])
}

/** The endpoint's deployments; what is not named is gone. */
export function there(
  ...names: readonly (string | readonly [string, Partial<DeploymentState>])[]
): ReadonlyMap<string, DeploymentState> {
  return new Map(
    names.map((one) => (typeof one === 'string' ? [one, facts()] : [one[0], facts(one[1])])),
  )
}

export function lever(...verbs: readonly IntentVerb[]): RolloutInput['intents'] {
  return verbs.map((verb) => intent(verb))
}

/** `progressing 3 {"blue":95,"green":5}`, and with `!` where it goes out ahead of everything else. */
export function next(changes: Parameters<typeof situation>[0]): string {
  return told(advance(situation(changes)))
}

function told({
  record: after,
  weights,
  mirror,
  transition: turn,
  isUrgent,
  reason,
}: RolloutDecision): string {
  const where = after === undefined ? 'none' : `${after.phase} ${after.step}`
  const copies = Object.keys(mirror).length > 0 ? ` mirror ${JSON.stringify(mirror)}` : ''
  const what = turn === undefined ? `stays: ${reason}` : `${turn.result}${isUrgent ? '!' : ''}`
  return `${where} ${JSON.stringify(weights)}${copies} ${what}`
}
