import type { Report } from '../../src/core/model/report.ts'
import type { Meter } from '../../src/reconcile/ports.ts'
import * as a from './report.ts'

/** Ticks in which everything that telemetry can show happens at least once. Three Applications, in order of time. */
export function eventfulStory(start: number): readonly Report[] {
  const at = (second: number) => ({ startedAt: start + second * 1000 })
  return [...fraudStory(at), ...churnStory(at), ...brokenStory(at)]
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
        a.drifted(red, { driftedSince: at(-7200).startedAt, fight: true, health: 'degraded' }),
      ],
    }),
    a.report({
      ...at(10),
      application,
      tick: 2,
      converged: false,
      plan: held,
      conditions: [a.condition({ status: 'False', reason: 'Suspended' })],
      resources: [
        a.serving('churn', { red: 100 }, { red: 100 }),
        a.drifted(red, { driftedSince: at(-7200).startedAt, fight: true, health: 'degraded' }),
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

/** What the adapters of an Application tell during such ticks. */
export function eventfulCalls(meter: Meter): void {
  meter.sourceFetch('success', 120)
  meter.sourceFetch('error', 5000)
  meter.azureRateLimit('reads', 11_900)
  meter.azureRateLimit('writes', 1180)
  meter.azureRetry('arm', 'throttled')
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
