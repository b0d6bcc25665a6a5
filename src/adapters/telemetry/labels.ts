import { PROVIDER_NAMES } from '../../core/model/measurements/measurement.ts'
import { KIND_NAMES } from '../../core/model/ref.ts'
import { INTENT_VERBS, REQUEST_VERBS, ROLLOUT_PHASES } from '../../core/model/rollout.ts'
import { OTHER } from './family.ts'
import { snakeCase } from './snake-case.ts'

/** The closed sets of METRICS 2.1, as far as their features exist. */

/** Application names are DNS labels. */
export const TARGET = { shape: /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/, bound: 'Applications' }

/** Azure's rule for endpoint names. */
export const ENDPOINT = {
  shape: /^[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]$/,
  bound: 'online endpoints of the Application, 1000 at most',
}

/** More endpoints than this in one Application have no series of their own (Azure allows 100 per region). */
export const ENDPOINTS_MAX = 1000

export const VERSION = { shape: /^[\w.+-]{1,64}$/, bound: 'one per process' }

export const KIND = [...KIND_NAMES, OTHER] as const

/** `Application` stands for a tick as a whole. */
export const RECONCILED_KIND = ['Application', ...KIND_NAMES, OTHER] as const

export const RESULT = ['success', 'error'] as const
export const RECONCILE_RESULT = ['success', 'error', 'requeue', 'skipped'] as const
export const ERROR_CLASS = [
  'retryable',
  'user',
  'quota',
  'capacity',
  'auth',
  'conflict',
  'service',
  'bug',
] as const
export const TRIGGER = ['commit', 'drift', 'manual'] as const
export const PLAN_RESULT = ['changes', 'no_changes', 'error'] as const
export const ACTION = ['create', 'update', 'replace', 'delete', 'archive', 'detach'] as const
export const POLICY = ['ignore', 'report', 'correct'] as const
export const SYNC = ['synced', 'out_of_sync', 'unknown'] as const
export const HEALTH = ['healthy', 'progressing', 'degraded', 'suspended', 'missing'] as const
export const ROLE = ['stable', 'candidate', 'shadow', 'retired'] as const
export const WEIGHT_SOURCE = ['desired', 'configured'] as const

export const PHASE = ROLLOUT_PHASES
export const STRATEGY = ['canary', 'blue_green', 'switch'] as const
export const ROLLOUT_RESULT = [
  'promoted',
  'fast_promoted',
  'aborted',
  'superseded',
  'rolled_back',
  'fast_rolled_back',
] as const
export const WAIT_REASON = ['approval', 'manual', 'no_data', 'quota'] as const
export const ROLLBACK_TRIGGER = [
  'analysis',
  'manual',
  'deadline',
  'health',
  'commit',
  OTHER,
] as const

/** Azure's rule for deployment names; they stand in `rollout_info` only. */
export const DEPLOYMENT = { shape: /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, bound: 'three an endpoint' }

/** `fraud:8`, or an id; what has another shape is not shown. */
export const MODEL = { shape: /^[A-Za-z0-9][\w.:@/-]{0,199}$/, bound: 'three an endpoint' }

/** Names of metrics in analysis templates. */
export const METRIC = { shape: /^[A-Za-z0-9][\w.-]{0,62}$/, bound: 'eight an endpoint' }

/** More checks of a rollout than this have no series of their own. */
export const CHECKS_MAX = 8

export const SIDE = ['stable', 'candidate'] as const
export const PROVIDER = [...PROVIDER_NAMES.map(snakeCase), OTHER] as const
/** How analyses of whole rollouts end. */
export const OPERATOR = ['user', 'token'] as const
export const GOLDEN_RESULT = ['passed', 'failed', 'unanswered'] as const
export const RUN_VERDICT = ['pass', 'fail', 'undecided', 'error'] as const
/** What one look at one metric says. */
export const LOOK_VERDICT = ['pass', 'fail', 'undecided', 'no_data'] as const

/** Why a provider could not be asked, in snake case. */
export const PROVIDER_REASON = [
  'address_refused',
  'not_found',
  'provider_not_configured',
  'query_refused',
  'redirect_refused',
  'throttled',
  'timed_out',
  'unauthorized',
  'unavailable',
  'unreachable',
  OTHER,
] as const

/** Levers of operators, and how they were answered for good. */
export const ROLLOUT_LEVER = INTENT_VERBS
export const LEVER = [...ROLLOUT_LEVER, ...REQUEST_VERBS] as const
export const LEVER_RESULT = ['accepted', 'refused'] as const

export const PRUNE_RESULT = ['deleted', 'archived', 'detached', 'blocked'] as const
export const API = ['arm', 'data_plane', 'login', 'blob', OTHER] as const
export const METHOD = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', OTHER] as const
export const STATUS_CLASS = ['1xx', '2xx', '3xx', '4xx', '5xx', OTHER] as const
export const LIMIT = ['reads', 'writes', 'deletes'] as const
export const OPERATION = [
  'create_endpoint',
  'update_endpoint',
  'set_traffic',
  'delete_endpoint',
  'create_online_deployment',
  'update_online_deployment',
  'delete_online_deployment',
  'register_model',
  'register_environment',
  'upload_code',
  'create_batch_deployment',
  'set_default_deployment',
  OTHER,
] as const

export const RESOURCE_TYPE = [
  'workspaces',
  'onlineEndpoints',
  'onlineEndpoints/deployments',
  'models',
  'environments',
  'codes',
  'datastores',
  'operations',
  'usages',
  OTHER,
] as const

/** How the adapters name the reasons of a further attempt. */
export const RETRY_REASON = [
  'throttled',
  'conflict',
  'server_error',
  'network',
  'timeout',
  'not_ready',
  OTHER,
] as const

/** Reasons of Held things, in snake case. */
export const BLOCKED_REASON = [
  'suspended',
  'label_not_resolved',
  'not_ours',
  'owned_by_another',
  'cannot_change_in_place',
  'drift_reported',
  'drift_fight',
  'out_of_quota',
  'out_of_capacity',
  'prune_disabled',
  'nothing_desired',
  'too_many_deletions',
  'not_proven',
  'history_rewritten',
  'manifest_problems',
  OTHER,
] as const

/** Reasons of Problems, in snake case. */
export const PROBLEM_REASON = [
  'yaml_syntax',
  'duplicate_key',
  'unknown_field',
  'missing_field',
  'conflicting_fields',
  'field_not_supported',
  'kind_not_supported',
  'duplicate_identity',
  'undefined_variable',
  'invalid_value',
  'invalid_name',
  'invalid_reference',
  'invalid_traffic',
  'invalid_path',
  'file_not_found',
  OTHER,
] as const

export const ROUTE = [
  '/metrics',
  '/healthz',
  '/readyz',
  '/api/v1/openapi.json',
  '/api/v1/applications',
  '/api/v1/applications/:name',
  '/api/v1/applications/:name/resources',
  '/api/v1/applications/:name/resources/*',
  '/api/v1/applications/:name/drift',
  '/api/v1/applications/:name/plan',
  '/api/v1/applications/:name/problems',
  '/api/v1/applications/:name/rollouts',
  '/api/v1/applications/:name/rollouts/:endpoint',
  '/api/v1/applications/:name/rollouts/:endpoint/:verb',
  '/api/v1/events',
  OTHER,
] as const
