export const RETRY_AFTER_MIN_MS = 1_000
export const RETRY_AFTER_MAX_MS = 600_000

type Headers = Readonly<Record<string, string>>

/**
 * How long an answer asks us to stay away, ms, clamped to 1 s … 10 min; undefined when it says nothing that can be
 * understood. Header names are lower-case. ARM repeats the number in the message, and some services only there.
 */
export function retryAfterMs(headers: Headers, message: string, now: number): number | undefined {
  const asked =
    decimal(headers['retry-after-ms'] ?? headers['x-ms-retry-after-ms'], 1) ??
    decimal(headers['retry-after'], 1_000) ??
    untilDate(headers['retry-after'], now) ??
    decimal(/try again after '?(\d{1,9})'? seconds/i.exec(message)?.[1], 1_000)
  return asked === undefined ? undefined : clampRetryAfter(asked)
}

/** The wait, ms, brought between 1 s and 10 min. */
export function clampRetryAfter(ms: number): number {
  return Math.min(RETRY_AFTER_MAX_MS, Math.max(RETRY_AFTER_MIN_MS, Math.ceil(ms)))
}

function decimal(text: string | undefined, unitMs: number): number | undefined {
  return text !== undefined && /^\s*-?\d{1,15}(\.\d{1,6})?\s*$/.test(text)
    ? Number(text) * unitMs
    : undefined
}

/** Only the HTTP date form: `Date.parse` alone would read many a garbage as a date. */
function untilDate(text: string | undefined, now: number): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} /.test(text))
    return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at - now
}
