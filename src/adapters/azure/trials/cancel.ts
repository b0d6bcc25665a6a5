import { CloudError, type StartedJob, type TrialCancellation } from '../../../reconcile/ports.ts'
import { readErrorBody } from '../http/error-body.ts'
import { cloudErrorOf } from '../http/errors.ts'
import type { RawResponse } from '../http/whole-body.ts'
import { isOver, jobOf, type TrialServices } from './jobs.ts'

/** What a request to cancel a job came to. `over`: nothing was sent, for nothing runs. `later`: it may be sent again. */
export interface Cancelled {
  readonly is: TrialCancellation['result'] | 'over' | 'later'
  readonly message: string
}

const ACTION = 'Microsoft.MachineLearningServices/workspaces/jobs/cancel/action'
/** Recorded of a job that was over (FACTS 2.4). */
const IS_OVER = 'CancelPipelineRunInTerminalStatus'

/**
 * Asks Azure to cancel a job that was started for a trial. Its name is the one that Azure gave to our own start; beside that,
 * what Azure tells of it must be a job of that endpoint and deployment. Throws nothing.
 */
export async function cancelJob(
  services: TrialServices,
  endpoint: string,
  started: StartedJob,
  signal: AbortSignal,
): Promise<Cancelled> {
  const { client, now } = services
  const { name } = started
  try {
    const job = await jobOf(services, name, signal)
    if (job === undefined || isOver(job.status) || job.status === 'CancelRequested')
      return { is: 'over', message: '' }
    if (!isSame(job.endpoint, endpoint) || !isSame(job.deployment, started.deployment))
      return said('refused', started, 'is no job of that deployment any more, and is left alone.')
    const response = await client.write('POST', `jobs/${name}/cancel`, undefined, signal)
    return answerOf(response, started, now())
  } catch (error) {
    return failureOf(error, started)
  }
}

function isSame(told: string | undefined, name: string): boolean {
  return told?.toLowerCase() === name.toLowerCase()
}

function answerOf(response: RawResponse, started: StartedJob, now: number): Cancelled {
  const { status, text } = response
  if (status >= 200 && status < 300)
    return said('cancelled', started, 'is cancelled: nobody waits for it.')
  if (status === 404 || status === 409 || readErrorBody(text).codes.includes(IS_OVER))
    return said('ended', started, 'had ended before it could be cancelled.')
  if (status === 401 || status === 403)
    return said(
      'refused',
      started,
      `runs to its end: this identity may not cancel jobs, which needs ${ACTION}.`,
    )
  return failureOf(cloudErrorOf(response, 'POST cancel', now), started)
}

function failureOf(error: unknown, started: StartedJob): Cancelled {
  const why = error instanceof CloudError ? error.message : 'it could not be cancelled.'
  const is = error instanceof CloudError && error.retry === 'Later' ? 'later' : 'refused'
  return said(is, started, `runs to its end: ${why}`)
}

function said(is: Cancelled['is'], { name, deployment }: StartedJob, what: string): Cancelled {
  return { is, message: `The trial job ${name} of ${deployment} ${what}` }
}
