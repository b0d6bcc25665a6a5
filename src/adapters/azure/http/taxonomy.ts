import type { ErrorClass } from '../../../core/model/report.ts'
import type { ErrorFacts } from './error-body.ts'

/** What an error means for us: `Never` = the same content will fail again until somebody changes something. */
export interface Verdict {
  readonly reason: string
  readonly errorClass: ErrorClass
  readonly retry: 'Later' | 'Never'
  readonly usualMs?: number
}

const MINUTE_MS = 60_000

const user = (reason: string): Verdict => ({ reason, errorClass: 'user', retry: 'Never' })
const later =
  (errorClass: ErrorClass, usualMs?: number) =>
  (reason: string): Verdict => ({
    reason,
    errorClass,
    retry: 'Later',
    ...(usualMs !== undefined && { usualMs }),
  })

const conflict = later('conflict')
const retryable = later('retryable')
const service = later('service')
/** Role assignments take minutes to be seen everywhere: not `Never`, although a person may be needed. */
const access = later('auth', 5 * MINUTE_MS)
/** Hold and tell: quota and capacity come back by themselves or by a person, not by another manifest. */
const quota = later('quota', 10 * MINUTE_MS)
const capacity = later('capacity', 10 * MINUTE_MS)

/** Sentences that say more than the code beside them. First match wins. */
const BY_MESSAGE: readonly (readonly [RegExp, Verdict])[] = [
  [/insufficient memory/i, user('OutOfMemory')],
  [/not enough (?:subscription )?\S{0,20} ?quota|not enough quota/i, quota('OutOfQuota')],
  [
    /insufficient capacity|capacity .{0,60}\b(?:region|not available)|region .{0,60}capacity/i,
    capacity('OutOfCapacity'),
  ],
  [/unrecoverable state\. Delete and re-?create/i, user('Unrecoverable')],
  [/has not been created successfully/i, user('EndpointFailed')],
  [/in deleting provisioning state/i, conflict('EndpointDeleting')],
  [/because it is in \w+ provisioning state/i, conflict('Conflict')],
  [/Already running method|another operation on same entity/i, conflict('Conflict')],
  [/endpoint with this name|name needs to be unique/i, later('user', 5 * MINUTE_MS)('NameTaken')],
  [/version with this name and version already exists/i, user('VersionInUse')],
  [/EgressPublicNetworkAccess .{0,60}no longer supported/i, user('EgressNotSupported')],
  [/BlobContainerNotFound/i, user('ResourceNotFound')],
  [/authorization error/i, access('Forbidden')],
  [/[Dd]eployment .{0,120}not found in endpoint/, conflict('DeploymentNotFound')],
]

/** Codes of refusals and of failed operations: FACTS 2.4, 2.5, ERRORS 1 to 8, INVARIANTS 1.3. */
const BY_CODE: Readonly<Record<string, (reason: string) => Verdict>> = {
  OutOfQuota: quota,
  QuotaExceeded: quota,
  OutOfCapacity: capacity,
  PodUnschedulable: capacity,
  SubscriptionRequestsThrottled: () => retryable('Throttled'),
  TooManyRequests: () => retryable('Throttled'),
  OperationCanceled: later('retryable', MINUTE_MS),
  ACRTokenExchangeFailed: retryable,
  ACRAuthenticationChallengeFailed: retryable,
  TransientError: retryable,
  InternalServerError: service,
  ServiceError: service,
  WorkspaceManagedNetworkNotReady: later('service', 5 * MINUTE_MS),
  KubernetesUnaccessible: service,
  ScoringFeUnhealthy: service,
  OperationDuplicationConflict: () => conflict('Conflict'),
  Conflict: () => conflict('Conflict'),
  TemporaryDataReferencesForExistingAsset: conflict,
  ModelVersionInUse: () => user('VersionInUse'),
  EndpointAlreadyExists: () => later('user', 5 * MINUTE_MS)('NameTaken'),
  EndpointNotFound: conflict,
  AuthorizationFailed: () => access('Forbidden'),
  LinkedAuthorizationFailed: () => access('Forbidden'),
  UnAuthorizedRegistryAccess: () => access('Forbidden'),
  SecretsInjectionError: access,
  ACRSecretError: access,
  TokenRefreshFailed: access,
  GetAADTokenFailed: access,
  SubscriptionNotRegistered: access,
  ImageBuildFailure: user,
  InvalidInputArguments: () => user('Invalid'),
  BadArgument: user,
  ResourceNotFound: user,
  ResourceNotReady: user,
  ModelRegistryError: user,
  ImagePullLoopBackOff: user,
  DeploymentCrashLoopBackOff: user,
  KubernetesCrashLoopBackOff: user,
  NamespaceNotFound: user,
  UserScriptInitFailed: user,
  UserScriptImportError: user,
  UserScriptFunctionNotFound: user,
  ValidateScoringFailed: user,
  InvalidDeploymentSpec: user,
  PodOutOfMemory: user,
  InferencingClientCallFailed: () => user('Invalid'),
  InferencingClientCreateDeploymentFailed: () => user('Invalid'),
}

const BY_STATUS: readonly (readonly [number, number, Verdict])[] = [
  [400, 400, user('Invalid')],
  [401, 401, later('auth', MINUTE_MS)('Unauthorized')],
  [403, 403, access('Forbidden')],
  [404, 404, later('user')('NotFound')],
  [408, 408, retryable('Unavailable')],
  [409, 409, conflict('Conflict')],
  [412, 412, conflict('Conflict')],
  [413, 413, user('TooLarge')],
  [429, 429, retryable('Throttled')],
  [501, 501, { reason: 'NotImplemented', errorClass: 'bug', retry: 'Never' }],
  [500, 599, service('Unavailable')],
  [300, 399, service('Redirected')],
  [400, 499, user('Invalid')],
]

/** The verdict on an HTTP answer, or (without a status) on a failed operation's document. */
export function verdictOn(status: number | undefined, facts: ErrorFacts): Verdict {
  // Who may not ask, asks too often or too early, or meets a broken service, learns nothing from the text.
  if (status === 401 || status === 429 || status === 501) return byStatus(status)
  const said = BY_MESSAGE.find(([pattern]) => pattern.test(facts.message.slice(0, 8_192)))?.[1]
  if (said && !isServiceFault(status)) return said
  for (const code of facts.codes) {
    const verdict = Object.hasOwn(BY_CODE, code) ? BY_CODE[code]?.(code) : undefined
    if (verdict && agrees(verdict, status)) return verdict
  }
  if (status !== undefined) return byStatus(status)
  return service('OperationFailed')
}

/** A 404, 409 or 5xx may carry a user code deep inside; it still ends by itself. Only named exceptions are final. */
function agrees(verdict: Verdict, status: number | undefined): boolean {
  if (status === 404 || isServiceFault(status)) return verdict.retry === 'Later'
  return status !== 409 || verdict.errorClass !== 'user' || verdict.reason === 'VersionInUse'
}

function isServiceFault(status: number | undefined): boolean {
  return status !== undefined && status >= 500
}

function byStatus(status: number): Verdict {
  const row = BY_STATUS.find(([from, to]) => status >= from && status <= to)
  return row?.[2] ?? service('UnexpectedAnswer')
}
