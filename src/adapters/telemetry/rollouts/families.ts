import { BUCKETS, counter, type Family, gauge, histogram } from '../family.ts'
import * as L from '../labels.ts'

const at = { target: L.TARGET, endpoint: L.ENDPOINT } as const
const how = { strategy: L.STRATEGY, result: L.ROLLOUT_RESULT } as const

/** METRICS 2.2, "Rollout and traffic", "Analysis" and the levers: rows of the catalogue. */
export const ROLLOUT_FAMILIES = {
  trafficWeight: gauge(
    'traffic_weight_ratio',
    'Share of traffic by role, as Git wants it and as Azure holds it.',
    { ...at, role: L.ROLE, source: L.WEIGHT_SOURCE },
  ),
  trafficWeightSum: gauge(
    'traffic_weight_sum_ratio',
    'Sum of the weights in Azure; absent for an endpoint that serves nothing yet or on purpose.',
    at,
  ),
  mirrorWeight: gauge(
    'mirror_weight_ratio',
    'Share of traffic that is copied to deployments without an answer, as the rollout wants it.',
    { ...at, source: ['desired'] },
  ),
  deployments: gauge('deployments', 'Deployments there are, by their part in the traffic.', {
    ...at,
    role: L.ROLE,
  }),

  rolloutPhase: gauge(
    'rollout_phase',
    'State set: 1 for the phase the rollout is in; aborting lasts until the traffic is seen back.',
    { ...at, phase: L.PHASE },
  ),
  rolloutInfo: gauge(
    'rollout_info',
    'Which deployment has which part, and the model it runs; always 1.',
    {
      ...at,
      strategy: L.STRATEGY,
      role: L.ROLE,
      deployment: L.DEPLOYMENT,
      model: L.MODEL,
    },
  ),
  rolloutStep: gauge('rollout_step', 'Steps passed; absent while there is no rollout.', at),
  rolloutSteps: gauge('rollout_steps', 'Steps there are; absent while there is no rollout.', at),
  rolloutPhaseStart: gauge(
    'rollout_phase_start_timestamp_seconds',
    'When the phase (or, within it, the step) began.',
    at,
  ),
  rolloutDeadline: gauge(
    'rollout_deadline_timestamp_seconds',
    'When the rollout is given up unless it has ended; absent while there is none.',
    at,
  ),
  approvalPendingSince: gauge(
    'approval_pending_since_timestamp_seconds',
    'Since when the rollout waits for somebody to say promote; absent when it does not.',
    at,
  ),
  rollbackReady: gauge(
    'rollback_ready',
    '1 while the traffic could be back on the earlier revision within one write.',
    at,
  ),
  rollouts: counter('rollouts_total', 'Rollouts that ended, and how.', {
    target: L.TARGET,
    ...how,
  }),
  rolloutDuration: histogram(
    'rollout_duration_seconds',
    'From the first write of a rollout to the write that ended it.',
    how,
    BUCKETS.rollout,
  ),
  rolloutProgressDuration: histogram(
    'rollout_progress_duration_seconds',
    'The same without its waits; of rollouts that this process saw from their beginning.',
    how,
    BUCKETS.rollout,
  ),
  rolloutWaitDuration: histogram(
    'rollout_wait_duration_seconds',
    'How long a rollout stood still for somebody, for data or for quota, by reason.',
    { reason: L.WAIT_REASON },
    BUCKETS.rollout,
  ),
  rollbackDuration: histogram(
    'rollback_duration_seconds',
    'From the decision to go back to the tick that saw all traffic on the stable revision.',
    { trigger: L.ROLLBACK_TRIGGER },
    BUCKETS.lro,
  ),

  analysisRuns: counter(
    'analysis_runs_total',
    'Rollouts that ended after their candidate was judged, by what all checks together said.',
    { target: L.TARGET, verdict: L.RUN_VERDICT },
  ),
  analysisMeasurements: counter(
    'analysis_measurements_total',
    'Looks at one metric of one rollout that decides, by what it said.',
    { provider: L.PROVIDER, verdict: L.LOOK_VERDICT },
  ),
  analysisDryRunMeasurements: counter(
    'analysis_dry_run_measurements_total',
    'Looks at one metric that decides nothing (`dryRun: true`), by what it said.',
    { provider: L.PROVIDER, verdict: L.LOOK_VERDICT },
  ),
  analysisDryRun: gauge(
    'analysis_dry_run',
    '1 for a metric of a rollout that decides nothing (`dryRun: true`); absent for others.',
    { ...at, metric: L.METRIC },
  ),
  analysisMetricValue: gauge(
    'analysis_metric_value',
    'Ratio of requests that failed or were slow, or the number of a threshold, in its own unit.',
    { ...at, metric: L.METRIC, role: L.SIDE },
  ),
  analysisSamples: gauge(
    'analysis_samples',
    'Requests that a verdict rests on; absent for numbers that come without them.',
    { ...at, metric: L.METRIC, role: L.SIDE },
  ),
  analysisLogEvidence: gauge(
    'analysis_log_evidence',
    'Log e-value of a regression; at the line of verdict fail the rollout is aborted, unless it is a dry run.',
    { ...at, metric: L.METRIC },
  ),
  analysisLogPassEvidence: gauge(
    'analysis_log_pass_evidence',
    'Log e-value of not being worse than is tolerated; at the line of verdict pass it may go on.',
    { ...at, metric: L.METRIC },
  ),
  analysisDecisionLine: gauge(
    'analysis_decision_line',
    'Log e-value at which the judge decides, for every metric of the rollout.',
    { ...at, verdict: ['fail', 'pass'] },
  ),
  analysisQueryDuration: histogram(
    'analysis_query_duration_seconds',
    'Time until a metric provider answered, or was given up.',
    { provider: L.PROVIDER },
    BUCKETS.api,
  ),
  analysisProviderErrors: counter(
    'analysis_provider_errors_total',
    'Metric providers that could not be asked.',
    { provider: L.PROVIDER, reason: L.PROVIDER_REASON },
  ),

  goldenRequests: counter(
    'golden_requests_total',
    'Golden requests to new revisions, by how they were answered.',
    { target: L.TARGET, result: L.GOLDEN_RESULT },
  ),
  probes: counter(
    'probe_requests_total',
    'Requests that analysis steps sent to their endpoints (`probe`), by how they were answered.',
    { target: L.TARGET, result: L.GOLDEN_RESULT },
  ),
  auditEvents: counter(
    'audit_events_total',
    'Levers that operators pulled, as answered for good.',
    {
      action: L.LEVER,
      actor: L.OPERATOR,
      result: L.LEVER_RESULT,
    },
  ),
} as const satisfies { readonly [key: string]: Family }
