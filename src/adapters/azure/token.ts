import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { type AzureCloud, scopeOf } from '../../core/model/azure-cloud.ts'
import { cleanText } from '../../core/model/redact.ts'
import { monotonic } from '../../lib/monotonic.ts'
import { urlOf } from '../../lib/url.ts'
import { type Clock, CloudError } from '../../reconcile/ports.ts'
import { foreignAddress } from './origin.ts'

/** A credential that can be told to forget what it holds: Azure refused its token before its time was up. */
export interface RenewableCredential extends TokenCredential {
  renew?(): void
  /** Who it is, for people; of a chain whoever gave the last token. */
  identity?(): string
}

const EARLY_MS = 120_000
const REFUSED_MS = 60_000
const IDENTITY_DOWN_MS = 30_000

interface Holder {
  /** By which it is counted until when it is closed. */
  readonly now: () => number
  held: AccessToken | undefined
  pending: Promise<AccessToken> | undefined
  /** No request before this instant: Azure refused a fresh token, or no token could be had. */
  closed: { readonly until: number; readonly error: CloudError } | undefined
}

interface Options {
  readonly credential: RenewableCredential
  /** Whose ARM it is: a token for it opens nothing else (INVARIANTS 3). */
  readonly cloud: Pick<AzureCloud, 'resourceManagerAudience'>
  /** The only origin that ever gets the token (ATTACKS 64). */
  readonly origin: string
  readonly clock: Clock
}

/**
 * Puts the token on each request. After a 401 it renews the token once and asks again; refused once more, it stays
 * away for a minute (ATTACKS 68). A 401 means that nothing was done, so a write may be sent again too.
 */
export function tokenPolicy(options: Options): PipelinePolicy {
  const now = monotonic(options.clock)
  const holder: Holder = { now, held: undefined, pending: undefined, closed: undefined }
  return {
    name: 'tokenPolicy',
    async sendRequest(request, next) {
      if (urlOf(request.url).origin !== options.origin) throw foreignAddress()
      const first = await tokenOf(holder, options)
      request.headers.set('Authorization', `Bearer ${first.token}`)
      const answer = await next(request)
      if (answer.status !== 401) return answer
      const second = await renewed(holder, options, first, answer.headers.get('www-authenticate'))
      request.headers.set('Authorization', `Bearer ${second.token}`)
      const repeated = await next(request)
      if (repeated.status === 401) close(holder, refused())
      return repeated
    },
  }
}

async function tokenOf(holder: Holder, options: Options): Promise<AccessToken> {
  const { held, closed } = holder
  if (closed && holder.now() < closed.until) throw closed.error
  if (held && held.expiresOnTimestamp - EARLY_MS > options.clock.now()) return held
  return fetched(holder, options, {})
}

/** Many requests meet the same 401: whoever comes first renews, the others take the new token. */
async function renewed(
  holder: Holder,
  options: Options,
  refusedToken: AccessToken,
  challenge: string | undefined,
): Promise<AccessToken> {
  if (holder.pending) return holder.pending
  if (holder.held && holder.held.token !== refusedToken.token) return holder.held
  options.credential.renew?.()
  return fetched(holder, options, claimsOf(challenge))
}

function fetched(holder: Holder, options: Options, how: GetTokenOptions): Promise<AccessToken> {
  holder.pending ??= ask(holder, options, how).finally(() => {
    holder.pending = undefined
  })
  return holder.pending
}

async function ask(holder: Holder, options: Options, how: GetTokenOptions): Promise<AccessToken> {
  const scope = scopeOf(options.cloud.resourceManagerAudience)
  try {
    const token = await options.credential.getToken(scope, how)
    if (token === null) throw new Error('The credential gave no token.')
    holder.held = token
    holder.closed = undefined
    return token
  } catch (error) {
    throw close(holder, noToken(error))
  }
}

function close(holder: Holder, error: CloudError): CloudError {
  holder.held = undefined
  holder.closed = { until: holder.now() + (error.retryAfterMs ?? REFUSED_MS), error }
  return error
}

/** A token for what Entra authorisation opens: endpoints, and Azure ML's own services. Throws a CloudError. */
export async function mlTokenOf({
  credential,
  cloud,
}: {
  readonly credential: TokenCredential
  readonly cloud: Pick<AzureCloud, 'mlAudience'>
}): Promise<AccessToken> {
  const token = await credential.getToken(scopeOf(cloud.mlAudience)).catch(() => null)
  if (token !== null) return token
  throw new CloudError({
    reason: 'Unauthorized',
    message: `No identity gave a token for scoring (${cloud.mlAudience}).`,
    errorClass: 'service',
    retry: 'Later',
  })
}

/** A claims challenge of continuous access evaluation: base64 in the header. */
function claimsOf(challenge: string | undefined): GetTokenOptions {
  const encoded = /\bclaims="([A-Za-z0-9+/=_-]{1,4096})"/.exec(challenge ?? '')?.[1]
  if (encoded === undefined) return {}
  return { claims: Buffer.from(encoded, 'base64').toString('utf8') }
}

function refused(): CloudError {
  return new CloudError({
    reason: 'Unauthorized',
    message: 'Azure refused a fresh token: wrong tenant, wrong audience, or a clock that is off.',
    errorClass: 'auth',
    retry: 'Later',
    retryAfterMs: REFUSED_MS,
  })
}

function noToken(error: unknown): CloudError {
  const told = error instanceof Error ? error.message : ''
  // What MSAL says of a login host that gives no usable answer.
  const text = told.replace(
    /endpoints_resolution_error.*/s,
    'the login host gave no usable answer (endpoints_resolution_error).',
  )
  const isRefusal = /AADSTS\d|invalid_(?:client|grant)|unauthorized_client/.test(text)
  return new CloudError({
    reason: isRefusal ? 'CredentialRefused' : 'IdentityUnavailable',
    // Each credential that was tried says so on a line of its own.
    message: cleanText(`No token could be had: ${text.trim().replace(/\s*\n\s*/g, '; ')}`),
    errorClass: 'auth',
    retry: 'Later',
    retryAfterMs: isRefusal ? REFUSED_MS : IDENTITY_DOWN_MS,
  })
}
