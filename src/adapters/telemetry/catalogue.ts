import { BUCKETS, counter, type Family, gauge, histogram } from './family.ts'
import * as L from './labels.ts'
import { ROLLOUT_FAMILIES } from './rollouts/families.ts'

const target = L.TARGET
const endpoint = L.ENDPOINT
const kind = L.KIND

/** METRICS 2.2, as far as its features exist. Metrics, dashboards and alert rules are drawn from this table. */
export const CATALOGUE = {
  buildInfo: gauge('build_info', 'Version, commit and Node version of this process; always 1.', {
    version: L.VERSION,
    commit: L.VERSION,
    node_version: L.VERSION,
  }),

  sourceFetch: counter('source_fetch_total', 'Readings of a source.', {
    source: target,
    result: L.RESULT,
  }),
  sourceFetchDuration: histogram(
    'source_fetch_duration_seconds',
    'Time to read a source.',
    { source: target },
    BUCKETS.api,
  ),
  manifestsReadDuration: gauge(
    'manifests_read_duration_seconds',
    'Time to read what the files of a commit declare, the last time; with the wait while other commits are read.',
    { source: target },
  ),
  sourceLastSuccess: gauge(
    'source_last_success_timestamp_seconds',
    'When the source was last read to its end.',
    { source: target },
  ),
  unappliedCommit: gauge(
    'target_unapplied_commit_timestamp_seconds',
    'Commit time of the oldest commit seen that is not yet live; absent when there is none.',
    { target },
  ),

  manifests: gauge('manifests', 'Things that Git declares.', { target, kind }),
  manifestErrors: gauge(
    'manifest_errors',
    'Errors in the newest commit; while there are any, the last good commit stays in force.',
    { target, kind, reason: L.PROBLEM_REASON },
  ),
  plans: counter('plans_total', 'Plans made.', { trigger: L.TRIGGER, result: L.PLAN_RESULT }),
  planDuration: histogram(
    'plan_duration_seconds',
    'Time to read, observe and plan, of ticks that had nothing to start.',
    { trigger: L.TRIGGER },
    BUCKETS.api,
  ),
  planChanges: gauge('plan_changes', 'Differences found by the last plan.', {
    target,
    action: L.ACTION,
  }),
  changeLeadTime: histogram(
    'change_lead_time_seconds',
    'From the commit time of the oldest commit not live to the tick that saw everything equal the newest.',
    { target },
    BUCKETS.rollout,
  ),
  planBlocked: counter('plan_blocked_total', 'Things that became blocked or refused.', {
    target,
    reason: L.BLOCKED_REASON,
  }),

  reconcile: counter(
    'reconcile_total',
    'Things looked at by ticks, and how that went; kind Application is the tick itself.',
    { kind: L.RECONCILED_KIND, result: L.RECONCILE_RESULT },
  ),
  reconcileDuration: histogram(
    'reconcile_duration_seconds',
    'Duration of ticks (kind Application).',
    { kind: L.RECONCILED_KIND },
    BUCKETS.fast,
  ),
  reconcileErrors: counter(
    'reconcile_errors_total',
    'Errors of ticks and of the actions in them.',
    {
      kind: L.RECONCILED_KIND,
      error_class: L.ERROR_CLASS,
    },
  ),
  targetLastSuccess: gauge(
    'target_last_success_timestamp_seconds',
    'End of the last tick that observed the workspace and had no action refused.',
    { target },
  ),
  resources: gauge('resources', 'Things kept in step, by state.', {
    target,
    kind,
    sync: L.SYNC,
    health: L.HEALTH,
  }),
  endpointInfo: gauge('endpoint_info', 'One series per endpoint with its state; always 1.', {
    target,
    endpoint,
    type: ['managed'],
    sync: L.SYNC,
    health: L.HEALTH,
  }),
  suspended: gauge('suspended', '1 while a change is held back because somebody suspended it.', {
    target,
    scope: ['target', 'resource'],
  }),
  observing: gauge(
    'observing',
    '1 while the Application only observes (sync.mode: observe), and nothing is written.',
    { target },
  ),

  driftedResources: gauge('drifted_resources', 'Things that somebody else moved.', {
    target,
    kind,
    policy: L.POLICY,
  }),
  driftedFields: gauge('drifted_fields', 'Fields that somebody else moved.', {
    target,
    kind,
    policy: L.POLICY,
  }),
  driftFirstSeen: gauge(
    'drift_first_seen_timestamp_seconds',
    'When the oldest open drift was first seen, policy ignore aside; absent when there is none.',
    { target, kind },
  ),
  driftDetected: counter('drift_detected_total', 'Drifts seen for the first time.', {
    target,
    kind,
    actor: ['unknown'],
    client: ['other'],
  }),
  driftCorrections: counter('drift_corrections_total', 'Writes sent to undo drift.', {
    target,
    kind,
    result: L.RESULT,
  }),

  driftFightOpen: gauge(
    'drift_fight_open',
    '1 while another writer keeps undoing corrections, and few are still made.',
    { target, kind },
  ),

  notTakenOverFields: gauge(
    'not_taken_over_fields',
    'Declared fields that Azure left out or changed when it carried out an accepted write.',
    { target, kind },
  ),

  ignoredFields: gauge(
    'ignored_fields',
    'Declared fields that differ and are left to others, by a rule or by the policy for drift.',
    { target, kind },
  ),

  azureRequests: counter('azure_requests_total', 'Requests to Azure by status class.', {
    api: L.API,
    resource_type: L.RESOURCE_TYPE,
    method: L.METHOD,
    code: L.STATUS_CLASS,
  }),
  azureRequestDuration: histogram(
    'azure_request_duration_seconds',
    'Time until Azure answered a request.',
    { api: L.API, resource_type: L.RESOURCE_TYPE, method: L.METHOD },
    BUCKETS.api,
  ),
  azureThrottled: counter('azure_throttled_total', 'Requests answered with 429.', { api: L.API }),
  azureRateLimitRemaining: gauge(
    'azure_rate_limit_remaining',
    'Requests Azure still allows, as its last answer said.',
    { target, limit: L.LIMIT },
  ),
  azureRetries: counter('azure_retries_total', 'Requests sent once more.', {
    api: L.API,
    reason: L.RETRY_REASON,
  }),
  azureWritesSuppressed: counter(
    'azure_writes_suppressed_total',
    'Writes not sent because live equals desired.',
    { kind },
  ),

  lroInProgress: gauge('lro_in_progress', 'Operations Azure has accepted and not ended.', {
    operation: L.OPERATION,
  }),
  lroOldestStart: gauge(
    'lro_oldest_start_timestamp_seconds',
    'Start of the oldest operation in progress; absent when there is none.',
    { operation: L.OPERATION },
  ),
  lroDuration: histogram(
    'lro_duration_seconds',
    'From the acceptance of an operation to the tick that saw its end.',
    { operation: L.OPERATION, result: L.RESULT },
    BUCKETS.lro,
  ),

  overdueOperations: gauge(
    'overdue_operations',
    'Things that Azure is at work on for longer than it ever took in this workspace, by half.',
    { target, kind },
  ),

  ...ROLLOUT_FAMILIES,

  orphanedResources: gauge(
    'orphaned_resources',
    'Things that are live in the workspace and declared by no Git that is known here.',
    { target, kind },
  ),
  prunes: counter('prunes_total', 'What was done with what Git no longer declares.', {
    target,
    kind,
    result: L.PRUNE_RESULT,
  }),

  apiRequests: counter('api_requests_total', 'Requests answered by this process.', {
    route: L.ROUTE,
    method: ['GET', 'HEAD', 'POST', 'other'],
    code: L.STATUS_CLASS,
  }),
} as const satisfies { readonly [key: string]: Family }

export type Catalogue = typeof CATALOGUE
