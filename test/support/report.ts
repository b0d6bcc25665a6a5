import type { Action, Difference, Plan } from '../../src/core/model/plan.ts'
import type { Problem } from '../../src/core/model/problem.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Condition, Outcome, Report, ResourceStatus } from '../../src/core/model/report.ts'
import type { Intent, Judgement, RolloutStatus } from '../../src/core/model/rollout.ts'

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

/** A canary at its second step of three: a tenth of the traffic is on green, which runs model 8. */
export function rollout(fields: Partial<RolloutStatus> = {}): RolloutStatus {
  return {
    name: 'fraud',
    endpoint: 'fraud',
    strategy: 'canary',
    phase: 'analyzing',
    phaseSince: START - 120_000,
    step: 1,
    steps: ['setWeight', 'analysis', 'setWeight'],
    stable: { deployment: 'blue', revision: '3f2a9c1e', model: 'fraud:7' },
    candidate: { deployment: 'green', revision: '77aa1122', model: 'fraud:8' },
    weights: { blue: 90, green: 10 },
    mirror: {},
    judgements: [judgement()],
    reason: 'Analyzing',
    message: 'Watches for 480 s more.',
    stalled: false,
    stepEndsAt: START + 480_000,
    deadlineAt: START + 3_600_000,
    canUndo: true,
    ...fields,
  }
}

export function judgement(fields: Partial<Judgement> = {}): Judgement {
  return {
    id: 'errors/errors',
    name: 'errors',
    provider: 'sandbox',
    outcome: 'inconclusive',
    reason: 'Undecided',
    message: 'Neither line is reached.',
    evidence: { logAbort: 1.5, abortAt: 5.3, logPass: 1.5, passAt: 3, phi: 1 },
    samples: {
      stable: { requests: 9000, errors: 90 },
      candidate: { requests: 1000, errors: 12 },
    },
    ...fields,
  }
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

export function rolling(status: RolloutStatus = rollout()): ResourceStatus {
  return resource(endpoint(status.endpoint), {
    rollout: status,
    traffic: { desired: status.weights, live: status.weights },
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
