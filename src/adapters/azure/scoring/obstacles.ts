import { cleanText } from '../../../core/model/redact/redact.ts'
import { CloudError } from '../../../reconcile/ports.ts'
import type { ScoringAnswer } from './scoring.ts'

/** Answers of the front door that never reached a model, and so say nothing about it. */
export function obstacleIn(
  { status, deployment: reached }: ScoringAnswer,
  deployment?: string,
): CloudError | undefined {
  if (status === 401) return obstacle('Unauthorized', 'The endpoint refused a fresh key or token.')
  if (status === 403)
    return obstacle(
      'Unauthorized',
      'This identity may not score: it needs the action onlineEndpoints/score.',
    )
  if (status === 429) return busy()
  if (status >= 300 && status < 400)
    return obstacle('Refused', 'The endpoint redirects; redirects are not followed.')
  if (status === 404 && reached === undefined)
    return obstacle(
      'NotRouted',
      deployment === undefined
        ? 'The endpoint has no deployment to send it to.'
        : `The endpoint does not know the deployment ${deployment} yet.`,
    )
  return undefined
}

export function busy(): CloudError {
  return obstacle('Throttled', 'The endpoint takes no more requests for now.')
}

export function obstacle(reason: string, message: string): CloudError {
  return new CloudError({ reason, message, errorClass: 'service', retry: 'Later' })
}

/** In words that are safe to show. */
export function problemOf(error: unknown): { readonly reason: string; readonly message: string } {
  if (error instanceof CloudError)
    return { reason: error.reason, message: cleanText(error.message) }
  return { reason: 'Unreachable', message: 'The endpoint could not be asked.' }
}
