import type { Report } from '../../src/core/model/report.ts'
import type { RolloutStatus } from '../../src/core/model/rollout.ts'
import type { Meter } from '../../src/reconcile/ports.ts'
import * as a from './report.ts'

/** Ticks in which everything that telemetry can show happens at least once. Four Applications, in order of time. */
export function eventfulStory(start: number): readonly Report[] {
  const at = (second: number) => ({ startedAt: start + second * 1000 })
  return [...fraudStory(at), ...churnStory(at), ...brokenStory(at), ...canaryStory(at)]
}

type At = (second: number) => { readonly startedAt: number }

const blue = a.deployment('fraud', 'blue')
const green = a.deployment('fraud', 'green')

/** Created, converged, drifted and corrected; blue is pruned in the end. */
function fraudStory(at: At): readonly Report[] {
  const served = [a.serving('fraud'), a.resource(blue), a.resource(a.model('fraud', '8'))]
  const drift = a.drifted(blue, { driftedSince: at(20).startedAt })
  const pruned = { verb: 'delete', reason: 'Prune', operation: 'delete_online_deployment' } as const
  return [
    a.report({
      ...at(0),
      tick: 1,
      converged: false,
      outcomes: [a.started(blue, { verb: 'create', reason: 'Create' })],
      resources: [a.serving('fraud', {}, {}), a.resource(blue, { health: 'progressing' })],
    }),
    a.report({ ...at(10), tick: 2, resources: served }),
    a.report({
      ...at(20),
      tick: 3,
      converged: false,
      outcomes: [a.started(blue, { reason: 'Drift' })],
      resources: [a.serving('fraud'), drift],
    }),
    a.report({
      ...at(30),
      tick: 4,
      attemptedRevision: 'beef',
      appliedRevision: 'beef',
      converged: false,
      outcomes: [a.started(blue, pruned)],
      resources: [
        a.serving('fraud', { green: 100 }, { blue: 90, green: 10 }),
        a.resource(blue),
        a.resource(green),
      ],
    }),
    a.report({ ...at(35), tick: 5, dryRun: true, resources: served }),
  ]
}

/** What Azure left out of an accepted write. */
const notTakenOver = [{ path: '/properties/description', live: undefined, desired: 'a' }]

/** What a rule leaves to another writer. */
const ignored = [{ path: '/sku/capacity', live: 9, desired: 2, why: 'An autoscaler sets it.' }]

/** Azure is at work on it for longer than ever. */
const overdue = a.resource(a.deployment('churn', 'grey'), {
  health: 'progressing',
  conditions: [a.condition({ type: 'Reconciling', status: 'True', reason: 'OperationOverdue' })],
})

/** Quota is short, a writer fights us, the Application of a second team is suspended. */
function churnStory(at: At): readonly Report[] {
  const application = 'churn-prod'
  const red = a.deployment('churn', 'red')
  const held = a.plan({
    held: [
      { ref: red, state: 'blocked', reason: 'DriftFight', message: 'Another writer undid it.' },
      { ref: a.model('old', '1'), state: 'refused', reason: 'Suspended', message: 'quiet' },
    ],
    changes: [{ ref: a.model('old', '1'), verb: 'delete', reason: 'Prune', differences: [] }],
  })
  return [
    a.report({
      ...at(0),
      application,
      converged: false,
      outcomes: [a.failed(red), a.started(a.endpoint('churn'))],
      resources: [
        a.serving('churn', { red: 100 }, { red: 100 }),
        a.drifted(red, {
          driftedSince: at(-7200).startedAt,
          fight: true,
          health: 'degraded',
          notTakenOver,
          ignored,
        }),
        overdue,
      ],
    }),
    a.report({
      ...at(10),
      application,
      tick: 2,
      converged: false,
      plan: held,
      conditions: [a.condition({ status: 'False', reason: 'Suspended' })],
      orphans: [a.orphan(a.endpoint('old'))],
      resources: [
        a.serving('churn', { red: 100 }, { red: 100 }),
        a.drifted(red, {
          driftedSince: at(-7200).startedAt,
          fight: true,
          health: 'degraded',
          notTakenOver,
          ignored,
        }),
        overdue,
      ],
    }),
  ]
}

/** A repository that cannot be reached, then a commit with mistakes. */
function brokenStory(at: At): readonly Report[] {
  const application = 'broken-prod'
  return [
    a.report({
      ...at(0),
      application,
      converged: false,
      failure: { reason: 'Unreachable', message: 'gone' },
      conditions: [
        a.condition({
          type: 'SourceReady',
          status: 'False',
          reason: 'Unreachable',
          message: 'gone',
        }),
      ],
    }),
    a.report({ ...at(10), application, tick: 2, converged: false, problems: [a.problem()] }),
  ]
}

/** Green is promoted, after somebody agreed; then red is aborted by the judge and stays marked. */
function canaryStory(at: At): readonly Report[] {
  return [...promotion(at), ...abortion(at)].map((report, index) => ({
    ...report,
    tick: index + 1,
  }))
}

const application = 'canary-prod'

/** A tick of the Application `canary-prod` in which the rollout stands so. */
function rolledTo(
  status: RolloutStatus,
  live: Record<string, number>,
  fields: Partial<Report>,
): Report {
  const deployments = Object.keys({ ...status.weights, ...live })
  return a.report({
    application,
    converged: false,
    resources: [
      a.rolling(status, live),
      ...deployments.map((name) => a.resource(a.deployment('fraud', name))),
    ],
    ...fields,
  })
}

const ALL_BLUE = { blue: 100 }
const MOST_BLUE = { blue: 90, green: 10 }
const LOOKS = [
  a.judgement(),
  a.judgement({ id: 'q/latency', name: 'latency', provider: 'azureMonitor', outcome: 'pass' }),
  a.judgement({ id: 'q/tried', name: 'tried', outcome: 'fail', dryRun: true }),
]

function promotion(at: At): readonly Report[] {
  const began = { beganAt: at(100).startedAt }
  const moving = (fields: Partial<RolloutStatus>) =>
    a.rollout({ judgements: LOOKS, phaseSince: began.beganAt, ...fields })
  const wait = moving({ phase: 'paused', step: 3, reason: 'WaitsForPromote', stalled: true })
  const promoted = a.atRest({
    stable: { deployment: 'green', revision: '77aa1122', model: 'fraud:8' },
    previous: { deployment: 'blue', revision: '3f2a9c1e', untilMs: at(9000).startedAt },
    weights: { green: 100 },
    canUndo: true,
  })
  return [
    rolledTo(a.rollout({ phase: 'provisioning', step: 0 }), ALL_BLUE, at(90)),
    rolledTo(moving({ phase: 'shifting' }), ALL_BLUE, {
      ...at(100),
      outcomes: [a.turned('started', began)],
    }),
    rolledTo(moving({}), MOST_BLUE, at(110)),
    rolledTo(wait, MOST_BLUE, at(120)),
    rolledTo(moving({ phase: 'promoting', step: 4, weights: { green: 100 } }), MOST_BLUE, {
      ...at(420),
      outcomes: [a.turned('step', began)],
      answers: [a.answer('promote'), a.answer('resume', 'refused')],
    }),
    rolledTo(
      moving({ phase: 'baking', step: 4, weights: { green: 100 } }),
      { green: 100 },
      at(430),
    ),
    rolledTo(promoted, { green: 100 }, { ...at(700), outcomes: [a.turned('promoted', began)] }),
  ]
}

function abortion(at: At): readonly Report[] {
  const began = { beganAt: at(800).startedAt }
  const worse = a.judgement({
    outcome: 'fail',
    reason: 'ErrorsHigher',
    evidence: { logAbort: 5.1, abortAt: 4.6, logPass: -2, passAt: 3, phi: 1.2 },
  })
  const silent = a.judgement({ id: 'q/slo', name: 'slo', outcome: 'noData', reason: 'Empty' })
  const moving = (fields: Partial<RolloutStatus>) =>
    a.rollout({ judgements: [silent], phaseSince: began.beganAt, ...fields })
  const back = { weights: ALL_BLUE, phaseSince: at(860).startedAt }
  const { deadlineAt: _, ...aborting } = moving({ ...back, phase: 'aborting', judgements: [worse] })
  const marked = { ...aborting, judgements: [], phase: 'rolled_back', stalled: true } as const
  return [
    rolledTo(moving({ phase: 'shifting', mirror: { green: 5 } }), ALL_BLUE, {
      ...at(800),
      outcomes: [a.turned('started', began)],
    }),
    rolledTo(moving({ reason: 'NoData' }), MOST_BLUE, at(810)),
    rolledTo(moving({}), MOST_BLUE, at(850)),
    rolledTo(aborting, MOST_BLUE, {
      ...at(860),
      outcomes: [a.turned('aborted', { ...began, trigger: 'analysis' })],
    }),
    rolledTo(marked, MOST_BLUE, at(870)),
    rolledTo(marked, ALL_BLUE, at(900)),
    // What is left to see at the end: a rollout that waits for somebody.
    rolledTo(
      moving({ phase: 'paused', reason: 'WaitsForPromote', judgements: LOOKS, stalled: true }),
      MOST_BLUE,
      at(960),
    ),
  ]
}

/** What the adapters of an Application tell during such ticks. */
export function eventfulCalls(meter: Meter): void {
  meter.sourceFetch('success', 120)
  meter.sourceFetch('error', 5000)
  meter.manifestsRead(80)
  meter.azureRateLimit('reads', 11_900)
  meter.azureRateLimit('writes', 1180)
  meter.azureRetry('arm', 'throttled')
  meter.probe('passed')
  meter.probe('unanswered')
  meter.analysisQuery({ provider: 'prometheus', result: 'ok', durationMs: 30 })
  meter.analysisQuery({
    provider: 'azureMonitor',
    result: 'error',
    reason: 'TimedOut',
    durationMs: 10_000,
  })
  for (const [resourceType, method, status] of CALLS) {
    meter.azureRequest({ api: 'arm', resourceType, method, status, durationMs: 180 })
  }
  meter.azureRequest({
    api: 'login',
    resourceType: 'token',
    method: 'POST',
    status: 200,
    durationMs: 40,
  })
}

const CALLS = [
  ['workspaces', 'GET', 200],
  ['onlineEndpoints', 'GET', 200],
  ['onlineEndpoints', 'PUT', 201],
  ['onlineEndpoints/deployments', 'GET', 200],
  ['onlineEndpoints/deployments', 'PUT', 201],
  ['onlineEndpoints/deployments', 'DELETE', 202],
  ['onlineEndpoints', 'PUT', 429],
  ['models', 'PUT', 500],
  ['environments', 'GET', 404],
] as const
