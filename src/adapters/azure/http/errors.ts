import { cleanText } from '../../../core/model/redact/redact.ts'
import { CloudError } from '../../../reconcile/ports.ts'
import { readErrorBody } from './error-body.ts'
import { clampRetryAfter, retryAfterMs } from './retry-after.ts'
import { verdictOn } from './taxonomy.ts'
import type { RawResponse } from './whole-body.ts'

/** The error that an answer other than the wanted one is. `what` says what was asked, for the message. */
export function cloudErrorOf(response: RawResponse, what: string, now: number): CloudError {
  const facts = readErrorBody(response.text)
  const verdict = verdictOn(response.status, facts)
  const asked = retryAfterMs(response.headers, facts.message, now)
  const isLater = verdict.retry === 'Later'
  const codes = facts.codes.length === 0 ? '' : ` (${facts.codes.join(', ')})`
  return new CloudError({
    reason: verdict.reason,
    message: cleanText(`${what}: Azure answered ${response.status}${codes}. ${facts.message}`),
    errorClass: verdict.errorClass,
    retry: verdict.retry,
    ...(isLater && asked !== undefined && { retryAfterMs: clampRetryAfter(asked) }),
    ...(isLater && verdict.usualMs !== undefined && { usualMs: verdict.usualMs }),
  })
}

/** The same, of what is read before a write: whatever Azure answers to that, it has not refused the write. */
export function groundErrorOf(response: RawResponse, what: string, now: number): CloudError {
  const error = cloudErrorOf(response, what, now)
  const { reason, message, errorClass } = error
  return error.retry === 'Later'
    ? error
    : new CloudError({ reason, message, errorClass, retry: 'Later' })
}

/** The error that an exception of the pipeline is: a lost connection, a time-out, or a CloudError already. */
export function cloudErrorFrom(error: unknown, what: string): CloudError {
  if (error instanceof CloudError) return error
  const { name, code, message } = errorFields(error)
  const { reason, said = message } = FAULTS[code] ?? FAULTS[name] ?? { reason: 'Unavailable' }
  return new CloudError({
    reason,
    message: cleanText(`${what}: ${said}`),
    errorClass: reason === 'UnreadableAnswer' ? 'service' : 'retryable',
    retry: 'Later',
  })
}

/** What an exception of the pipeline means, by its code or its name. */
const FAULTS: {
  readonly [codeOrName: string]: { readonly reason: string; readonly said?: string }
} = {
  TimeoutError: { reason: 'TimedOut' },
  AbortError: { reason: 'Aborted', said: 'it was given up before the answer.' },
  // A parse error repeats the whole body: it says nothing that is fit to be shown.
  PARSE_ERROR: { reason: 'UnreadableAnswer', said: 'the answer is not JSON.' },
}

function errorFields(error: unknown): { name: string; code: string; message: string } {
  const fields: { name?: unknown; code?: unknown; message?: unknown } =
    typeof error === 'object' && error !== null ? error : {}
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return { name: text(fields.name), code: text(fields.code), message: text(fields.message) }
}
