import { type Address, addressOf, workspaceId } from '../call.ts'
import { CLOUDS } from '../cloud.ts'
import type { ArmRequest, ArmResponse, Json } from '../contract.ts'
import { drawHex, guidOf } from '../ids.ts'
import { buildOf } from '../operations/builds.ts'
import { settle } from '../operations/operations.ts'
import { renderBatchJob, serviceOrigin } from '../resources/jobs/job-body.ts'
import type { Resource, State } from '../state.ts'
import { find, list } from '../store.ts'
import { httpTime } from '../time.ts'
import { childRun, runData, runDetails, runOfJob } from './runs.ts'

/** Where a request lies that goes to the region's own services, around ARM. */
export function isRegional(url: string): boolean {
  return /^\/(history\/v1\.0|mferp\/managementfrontend)\/|^\/discovery\/?$/i.test(
    new URL(url).pathname,
  )
}

/**
 * Answers what clients ask of the region's services: which there are, the runs of batch jobs, and the lists of jobs of
 * batch endpoints (FACTS 7). Changes `state` only as any request does.
 */
export function respondRegional(state: State, request: ArmRequest, now: number): ArmResponse {
  settle(state, now)
  const address = addressOf(request.url)
  if (address.path.toLowerCase() === '/discovery') {
    const parent = `00-${drawHex(state, 32)}-${drawHex(state, 16)}-00`
    const timing = { 'Server-Timing': `traceparent;desc="${parent}"` }
    return answer(state, now, 200, discovery(state), { ...PUBLIC, ...timing })
  }
  if (request.principal === undefined) {
    return answer(state, now, 401, userError('Bearer token not provided or not valid.'))
  }
  const rest = belowWorkspace(state, address)
  const body = rest === undefined ? undefined : route(state, request, rest, now)
  if (body !== undefined) return answer(state, now, 200, body)
  return answer(state, now, 404, userError(`${address.path} was not found.`))
}

const PUBLIC = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Credentials': 'false',
  'Access-Control-Expose-Headers':
    'Content-Length, Content-Range, Content-Type, Retry-After, Location, x-request-time, x-ms-client-request-id',
  'Access-Control-Max-Age': '2520',
}

function userError(message: string): Json {
  return { error: { code: 'UserError', message, details: [], innerError: null } }
}

/** Services without a stand-in here keep the names that the public cloud tells of them (recorded). */
function discovery(state: State): Json {
  const { location } = state.settings
  const api = serviceOrigin(state)
  const experiments = `https://${location}.experiments.azureml.net`
  return {
    api,
    catalog: 'https://catalog.cortanaanalytics.com',
    experimentation: experiments,
    gallery: 'https://gallery.cortanaintelligence.com/project',
    history: experiments,
    hyperdrive: experiments,
    labeling: experiments,
    modelmanagement: `https://${location}.modelmanagement.azureml.net`,
    pipelines: `https://${location}.aether.ms`,
    studio: CLOUDS[state.settings.cloud].studio,
  }
}

/** The segments after the workspace's id, the service's name first; undefined = it is not of this workspace. */
function belowWorkspace(state: State, { path }: Address): string[] | undefined {
  const id = workspaceId(state)
  const at = path.toLowerCase().indexOf(`${id.toLowerCase()}/`)
  if (at < 0) return undefined
  const service = path.slice(1, at).split('/')[0]?.toLowerCase() ?? ''
  return [service, ...path.slice(at + id.length + 1).split('/')]
}

function route(
  state: State,
  request: ArmRequest,
  segments: readonly string[],
  now: number,
): Json | undefined {
  const [service, collection = '', name = '', ...rest] = segments
  const what = `${request.method} ${service} ${collection.toLowerCase()} ${rest.length}`
  switch (what) {
    case 'GET history runs 0':
    case 'GET history runs 1':
      return runRoute(state, name, rest[0], now)
    case 'POST history rundata 0':
      return runData(state, request.body ?? null, now)
    case 'GET mferp batchendpoints 1':
      return rest[0] === 'jobs' ? jobsOf(state, now, name) : undefined
    case 'GET mferp batchendpoints 3':
      return rest[2] === 'jobs' ? jobsOf(state, now, name, rest[1]) : undefined
    default:
      return undefined
  }
}

function runRoute(state: State, run: string, part: string | undefined, now: number) {
  const job = runOfJob(state, run)
  if (job === undefined) return undefined
  if (part === 'details') return runDetails(state, job, run, now)
  if (part === 'children') {
    return { value: run === job.name ? [childRun(state, job, now)] : [] }
  }
  return part === undefined ? childRun(state, job, now) : undefined
}

/** The jobs of an endpoint or of one of its deployments, the newest first. */
function jobsOf(
  state: State,
  now: number,
  endpoint: string,
  deployment?: string,
): Json | undefined {
  if (find(state, `batchEndpoints/${endpoint}`) === undefined) return undefined
  const isWanted = ({ job }: Resource) =>
    job?.endpoint.toLowerCase() === endpoint.toLowerCase() &&
    (deployment === undefined || job.deployment.toLowerCase() === deployment.toLowerCase())
  const jobs = list(state, 'jobs').filter(isWanted).reverse()
  const call = { state, now, build: buildOf(state.settings) }
  return { value: jobs.map((job) => renderBatchJob(call, job)) }
}

function answer(
  state: State,
  now: number,
  status: number,
  body: Json,
  more: Readonly<Record<string, string>> = {},
): ArmResponse {
  return {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      Date: httpTime(now),
      'Request-Context': `appId=cid-v1:${guidOf(state, 'services')}`,
      'Strict-Transport-Security': 'max-age=15724800; includeSubDomains; preload',
      [buildOf(state.settings).clusterHeader]: `vienna-${state.settings.location}-01`,
      'X-Content-Type-Options': 'nosniff',
      'x-ms-response-type': status >= 400 ? 'error' : 'standard',
      'x-request-time': '0.035',
      ...more,
    },
    body: structuredClone(body),
  }
}
