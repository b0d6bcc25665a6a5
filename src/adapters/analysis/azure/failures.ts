/**
 * Whether a status counts against the model: it answered badly (424), too late (408), could not take the request (429),
 * or the platform failed (5xx). Other 4xx are the caller's: a wrong key says nothing about a revision.
 */
export function isFailure(status: number): boolean {
  return FAILURES.includes(status) || status >= 500
}

/** Those below 500. */
export const FAILURES: readonly number[] = [408, 424, 429]
