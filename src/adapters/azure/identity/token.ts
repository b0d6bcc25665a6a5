import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { type AzureCloud, tokenScopeOf } from '../../../core/model/azure-cloud.ts'
import { cleanText } from '../../../core/model/redact/redact.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import { urlOf } from '../../../lib/url.ts'
import { type Clock, CloudError } from '../../../reconcile/ports.ts'
import { foreignAddress } from '../http/origin.ts'

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
  pending: Question | undefined
  /** No request before this instant: Azure refused a fresh token, or no token could be had. */
  closed: { readonly until: number; readonly error: CloudError } | undefined
}

/** A question that is on its way; when nobody waits for its answer any more, it is given up. */
interface Question {
  readonly answer: Promise<AccessToken>
  readonly gaveUp: AbortController
  waiting: number
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
      const signal =
        (request.abortSignal as AbortSignal | undefined) ?? new AbortController().signal
      const first = await tokenOf(holder, options, signal)
      request.headers.set('Authorization', `Bearer ${first.token}`)
      const answer = await next(request)
      if (answer.status !== 401) return answer
      const challenge = answer.headers.get('www-authenticate')
      const second = await renewed(holder, options, first, claimsOf(challenge), signal)
      request.headers.set('Authorization', `Bearer ${second.token}`)
      const repeated = await next(request)
      if (repeated.status === 401) close(holder, refused())
      return repeated
    },
  }
}

async function tokenOf(
  holder: Holder,
  options: Options,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { held, closed } = holder
  if (closed && holder.now() < closed.until) throw closed.error
  if (held && held.expiresOnTimestamp - EARLY_MS > options.clock.now()) return held
  return fetched(holder, options, {}, signal)
}

/** Many requests meet the same 401: whoever comes first renews, the others take the new token. */
async function renewed(
  holder: Holder,
  options: Options,
  refusedToken: AccessToken,
  claims: GetTokenOptions,
  signal: AbortSignal,
): Promise<AccessToken> {
  if (holder.pending) return answerOf(holder, holder.pending, signal)
  if (holder.held && holder.held.token !== refusedToken.token) return holder.held
  options.credential.renew?.()
  return fetched(holder, options, claims, signal)
}

function fetched(
  holder: Holder,
  options: Options,
  how: GetTokenOptions,
  signal: AbortSignal,
): Promise<AccessToken> {
  holder.pending ??= questionOf(holder, options, how)
  return answerOf(holder, holder.pending, signal)
}

function questionOf(holder: Holder, options: Options, how: GetTokenOptions): Question {
  const gaveUp = new AbortController()
  const answer = ask(holder, options, { ...how, abortSignal: gaveUp.signal }).finally(() => {
    if (holder.pending === question) holder.pending = undefined
  })
  const question: Question = { answer, gaveUp, waiting: 0 }
  return question
}

/** The answer, or an AbortError when the signal comes first. */
async function answerOf(
  holder: Holder,
  question: Question,
  signal: AbortSignal,
): Promise<AccessToken> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(new DOMException('It was given up.', 'AbortError'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort)
  question.waiting += 1
  try {
    return await Promise.race([question.answer, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    question.waiting -= 1
    if (question.waiting === 0 && holder.pending === question) {
      holder.pending = undefined
      question.gaveUp.abort()
    }
  }
}

async function ask(holder: Holder, options: Options, how: GetTokenOptions): Promise<AccessToken> {
  const scope = tokenScopeOf(options.cloud.resourceManagerAudience)
  try {
    const token = await options.credential.getToken(scope, how)
    if (token === null) throw new Error('The credential gave no token.')
    holder.held = token
    holder.closed = undefined
    return token
  } catch (error) {
    // Nobody waited for it any more: that says nothing of the identity.
    if (how.abortSignal?.aborted === true) throw error
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
  const token = await credential.getToken(tokenScopeOf(cloud.mlAudience)).catch(() => null)
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
    message: cleanText(`No token could be had: ${text.trim().replace(/(?<!\s)\s*\n\s*/g, '; ')}`),
    errorClass: 'auth',
    retry: 'Later',
    retryAfterMs: isRefusal ? REFUSED_MS : IDENTITY_DOWN_MS,
  })
}
