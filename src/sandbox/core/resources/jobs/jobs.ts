import { page } from '../../answers/paging.ts'
import { type Answer, type Call, locationId, param, requestBody } from '../../call.ts'
import { badArgument, gatewayError, jobIsOver, noSuchJob, notImplemented } from '../../errors.ts'
import { isOver, jobTimes, recordOf } from '../../jobs/jobs.ts'
import { runOfJob } from '../../jobs/runs.ts'
import { objectOf } from '../../json.ts'
import { find, list, newestFirst } from '../../store.ts'
import { isInView } from '../assets.ts'
import { renderJob } from './job-body.ts'

const pathOf = (call: Call) => `jobs/${param(call, 'job')}`

/** GET jobs/{job}. The child that scores has no properties here (azure-ai-ml goes to run history for them then). */
export function getJob(call: Call): Answer {
  const job = find(call.state, pathOf(call))
  if (job !== undefined) return { status: 200, body: renderJob(call, job) }
  const parent = runOfJob(call.state, param(call, 'job'))
  if (parent === undefined) return noSuchJob(call, param(call, 'job'))
  const { childRunId } = recordOf(parent)
  const id = parent.id.replace(/[^/]+$/, childRunId)
  return {
    status: 200,
    body: { ...renderJob(call, parent), id, name: childRunId, properties: null },
  }
}

/** GET jobs by `jobType` and `tag`: newest first. All of this workspace are pipelines (FACTS 7). */
export function listJobs(call: Call): Answer {
  const { query } = call.address
  const type = query.get('jobtype')?.toLowerCase() ?? 'pipeline'
  const tag = query.get('tag')
  const jobs = type === 'pipeline' ? list(call.state, 'jobs') : []
  const shown = newestFirst(jobs.filter((job) => isInView(call, job))).filter((job) => {
    const tags = objectOf(objectOf(job.body.properties).tags)
    return tag === undefined || tag in tags
  })
  return page(
    call,
    shown.map((job) => renderJob(call, job)),
    { sizeFrom: 'count' },
  )
}

/** What a job that is there may be given by a PUT; all else about it is the service's, or was said when it began. */
const CHANGEABLE = ['description', 'tags', 'displayName', 'isArchived']

/**
 * PUT of a job that is there, as clients archive it: 200 with the job. A job of one's own cannot be started here, as
 * nothing could run it.
 */
export function putJob(call: Call): Answer {
  const job = find(call.state, pathOf(call))
  if (job === undefined) return notImplemented('PUT jobs/{job} (a new job)')
  const { properties } = requestBody(call)
  const given = Object.entries(objectOf(properties)).filter(
    ([name, value]) => CHANGEABLE.includes(name) && value !== null,
  )
  if (!['boolean', 'undefined'].includes(typeof objectOf(properties).isArchived)) {
    return badArgument(call, "'isArchived' must be true or false.")
  }
  job.body = {
    properties: { ...objectOf(job.body.properties), ...Object.fromEntries(given) },
  }
  return { status: 200, body: renderJob(call, job) }
}

/** POST cancel: 202 with a Location that is polled; a job that is over is a 400 (FACTS 1.7). */
export function cancelJob(call: Call): Answer {
  const job = find(call.state, pathOf(call))
  if (job === undefined) return noSuchJob(call, param(call, 'job'))
  const times = jobTimes(call.state, job, call.now)
  if (isOver(times)) return jobIsOver(call, job.name, times.status)
  recordOf(job).canceledAtMs ??= call.now
  const id = `${locationId(call.state)}/mfeOperationResults/${cancellation(call, job.name)}`
  const headers = {
    Location: `${call.address.origin}${id}?api-version=${call.apiVersion}`,
    'x-ms-async-operation-timeout': 'PT1H',
  }
  return call.build.nullBody ? { status: 202, headers, body: null } : { status: 202, headers }
}

function cancellation(call: Call, job: string): string {
  return `jc:${call.state.settings.workspaceId}:${job}`
}

/** GET mfeOperationResults/jc:...: 202 `{}` until the job is over, then 200 without a body (recorded). */
export function cancellationResult(call: Call): Answer {
  const name = param(call, 'operation')
  const job = find(call.state, `jobs/${name.slice(name.lastIndexOf(':') + 1)}`)
  const isKnown =
    job !== undefined && cancellation(call, job.name).toLowerCase() === name.toLowerCase()
  if (!isKnown || recordOf(job).canceledAtMs === undefined) {
    return gatewayError(404, 'NotFound', `Operation ${name} was not found.`)
  }
  if (isOver(jobTimes(call.state, job, call.now))) return { status: 200 }
  return { status: 202, body: {}, headers: { Location: call.request.url } }
}
