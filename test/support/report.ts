import type { Action, Difference, Orphan, Plan } from '../../src/core/model/plan.ts'
import type { Problem } from '../../src/core/model/problem.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Condition, Outcome, Report, ResourceStatus } from '../../src/core/model/report.ts'
import type {
  Intent,
  IntentAnswer,
  Judged,
  Judgement,
  RolloutStatus,
  RolloutTransition,
} from '../../src/core/model/rollout.ts'

/** Builders of Reports: what a test does not name is an uneventful tick of the Application `fraud-prod`. */

export const START = Date.UTC(2026, 0, 15, 12, 0, 0)

export function endpoint(name: string): Ref {
  return { kind: 'OnlineEndpoint', name }
}

export function deployment(parent: string, name: string): Ref {
  return { kind: 'OnlineDeployment', parent, name }
}

export function model(name: string, version: string): Ref {
  return { kind: 'Model', name, version }
}

export function condition(fields: Partial<Condition> = {}): Condition {
  return {
    type: 'Ready',
    status: 'True',
    reason: 'Converged',
    message: 'live equals desired',
    lastTransitionTime: START,
    ...fields,
  }
}

export function resource(ref: Ref, fields: Partial<ResourceStatus> = {}): ResourceStatus {
  return {
    ref,
    key: keyOf(ref),
    sync: 'synced',
    health: 'healthy',
    drift: 'correct',
    differences: [],
    fight: false,
    conditions: [condition()],
    appliedRevision: 'c0ffee',
    ...fields,
  }
}

/** An endpoint whose traffic is as Git wants it, unless told otherwise. */
export function serving(
  name: string,
  desired: Record<string, number> = { blue: 100 },
  live: Record<string, number> = desired,
): ResourceStatus {
  return resource(endpoint(name), { traffic: { desired, live } })
}

/** What an aborted rollout looks like from the next tick on. */
export function aborted(fields: Partial<RolloutStatus> = {}): RolloutStatus {
  const message = 'Errors are worse than stable.'
  return rollout({
    phase: 'rolled_back',
    weights: { blue: 100 },
    reason: 'RolloutAborted',
    stalled: true,
    aborted: { revision: '77aa1122', reason: 'ErrorsWorse', message },
    ...fields,
  })
}

export function intent(fields: Partial<Intent> = {}): Intent {
  return {
    id: 'first',
    verb: 'abort',
    endpoint: 'fraud',
    who: 'anna (loopback)',
    why: 'scores look wrong',
    at: START,
    ...fields,
  }
}

/** A canary of `fraud` from blue to green, in its second step of four, unless told otherwise. */
export function rollout(fields: Partial<RolloutStatus> = {}): RolloutStatus {
  return {
    name: 'fraud',
    endpoint: 'fraud',
    strategy: 'canary',
    phase: 'analyzing',
    phaseSince: START,
    step: 1,
    steps: ['verify', 'setWeight', 'analysis', 'pause'],
    stable: { deployment: 'blue', revision: '3f2a9c1e', model: 'fraud:7' },
    candidate: { deployment: 'green', revision: '77aa1122', model: 'fraud:8' },
    weights: { blue: 90, green: 10 },
    mirror: {},
    judgements: [],
    reason: 'Analyzing',
    message: 'Watches for 60 s more.',
    stalled: false,
    deadlineAt: START + 86_400_000,
    canUndo: true,
    ...fields,
  }
}

/** The same with nothing on its way: blue serves. */
export function atRest(fields: Partial<RolloutStatus> = {}): RolloutStatus {
  const { candidate: _, deadlineAt: __, ...rest } = rollout()
  const idle = { phase: 'idle', reason: 'Stable', message: 'blue serves.', step: 0 } as const
  return { ...rest, ...idle, weights: { blue: 100 }, canUndo: false, ...fields }
}

/** The endpoint of a rollout; Azure holds the weights that it wants, unless told otherwise. */
export function rolling(
  status: RolloutStatus = rollout(),
  live: Record<string, number> = status.weights,
): ResourceStatus {
  const traffic = { desired: status.weights, live }
  return resource(endpoint(status.endpoint), { traffic, rollout: status })
}

/** One metric of the judge, undecided so far, unless told otherwise. */
export function judgement(fields: Partial<Judgement> = {}): Judgement {
  return {
    id: 'quality/errors',
    name: 'errors',
    provider: 'prometheus',
    outcome: 'inconclusive',
    reason: 'Undecided',
    message: '900 and 100 requests seen.',
    evidence: { logAbort: 1.5, abortAt: 4.6, logPass: 0.5, passAt: 3, phi: 1 },
    samples: { stable: { requests: 900, errors: 9 }, candidate: { requests: 100, errors: 2 } },
    ...fields,
  }
}

/** The accepted write of an endpoint that moves its rollout. */
export function turned(
  result: RolloutTransition['result'],
  fields: Partial<RolloutTransition> = {},
  name = 'fraud',
): Outcome {
  const turn: RolloutTransition = {
    endpoint: endpoint(name),
    strategy: 'canary',
    result,
    trigger: 'none',
    message: `${result}.`,
    ...fields,
  }
  return started(endpoint(name), { operation: 'set_traffic', turn })
}

/** What became of a lever that an operator pulled. */
export function answer(
  verb: Intent['verb'],
  result: IntentAnswer['result'] = 'accepted',
): IntentAnswer {
  const intent = { id: `i-${verb}`, verb, endpoint: 'fraud', who: 'ada', why: '', at: START }
  return { intent, result, message: 'Traffic goes back.' }
}

/** Somebody raised the instance count of a deployment by hand. */
export function drifted(ref: Ref, fields: Partial<ResourceStatus> = {}): ResourceStatus {
  const moved: Difference = { path: '/sku/capacity', live: 5, desired: 3 }
  return resource(ref, {
    sync: 'out_of_sync',
    differences: [moved],
    driftedSince: START - 60_000,
    conditions: [condition({ type: 'Drifted', status: 'True', reason: 'Drift', message: 'moved' })],
    ...fields,
  })
}

function action(ref: Ref, fields: Partial<Action> = {}): Action {
  return {
    ref,
    verb: 'update',
    reason: 'Update',
    differences: [],
    operation: ref.kind === 'OnlineEndpoint' ? 'update_endpoint' : 'update_online_deployment',
    basis: 'absent',
    ...fields,
  } as Action
}

export function started(ref: Ref, fields: Partial<Action> = {}): Outcome {
  return { action: action(ref, fields), result: 'Started' }
}

export function failed(
  ref: Ref,
  fields: Partial<Extract<Outcome, { result: 'Failed' }>> = {},
): Outcome {
  return {
    action: action(ref),
    result: 'Failed',
    reason: 'OutOfQuota',
    message: 'Not enough quota available.',
    errorClass: 'quota',
    retry: 'Later',
    ...fields,
  }
}

export function problem(fields: Partial<Problem> = {}): Problem {
  return {
    severity: 'error',
    reason: 'UnknownField',
    message: 'unknown field instance_cuont; did you mean instance_count?',
    at: { file: 'fraud/blue.yml', line: 7, column: 1 },
    ...fields,
  }
}

export function orphan(ref: Ref, fields: Partial<Orphan> = {}): Orphan {
  return { ref, key: keyOf(ref), owner: 'nobody', reason: 'NotOurs', message: 'x', ...fields }
}

export function plan(fields: Partial<Plan> = {}): Plan {
  return { findings: [], changes: [], actions: [], held: [], answers: [], ...fields }
}

export function report(fields: Partial<Report> = {}): Report {
  const startedAt = fields.startedAt ?? START
  const outcomes = fields.outcomes ?? []
  return {
    application: 'fraud-prod',
    tick: 1,
    startedAt,
    endedAt: startedAt + 250,
    dryRun: false,
    attemptedRevision: 'c0ffee',
    appliedRevision: 'c0ffee',
    committedAt: START - 600_000,
    problems: [],
    plan: plan({
      findings: fields.resources ?? [],
      changes: outcomes.map((outcome) => outcome.action),
      actions: outcomes.map((outcome) => outcome.action),
    }),
    outcomes,
    answers: [],
    resources: [],
    conditions: [condition()],
    converged: true,
    ...fields,
  }
}

/** What ended a canary of `fraud`, with two samples of each side. */
export function judged(fields: Partial<Judged> = {}): Judged {
  const at = [START, START + 10_000]
  const measured = {
    ...{ query: 'up', fromMs: START, toMs: START + 10_000, windowMs: 10_000, left: 0 },
    stable: { at, requests: [0, 450], errors: [0, 5] },
    candidate: { at, requests: [0, 50], errors: [0, 12] },
  }
  const fail = { outcome: 'fail', reason: 'ErrorsHigher', measured } as const
  return {
    ...{ deployment: 'green', revision: '77aa1122', at: START + 10_000 },
    judgements: [judgement(fail)],
    ...fields,
  }
}
