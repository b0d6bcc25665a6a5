import { type Answer, workspaceId } from '../call.ts'
import type { Json, JsonObject, Principal } from '../contract.ts'
import { drawGuid, drawHex, guidOf } from '../ids.ts'
import { objectOf, textOf } from '../json.ts'
import { withTexts } from '../limits/texts.ts'
import { buildOf } from '../operations/builds.ts'
import { settle } from '../operations/operations.ts'
import { componentOf } from '../resources/batch/batch-deployment-body.ts'
import { defaultInForce } from '../resources/batch/batch-endpoints.ts'
import { renderBatchJob, serviceOrigin } from '../resources/jobs/job-body.ts'
import type { JobRecord, Resource, State } from '../state.ts'
import { addAt, find, list } from '../store.ts'
import { durationMs, httpTime } from '../time.ts'
import { planOf, wrongRequest } from './batch-request.ts'
import { forgetOldJobs } from './jobs.ts'

/** A POST to a batch endpoint's scoring URI, once the shell has checked who asks. */
export interface Invocation {
  readonly endpoint: string
  /** Header `azureml-model-deployment`. */
  readonly deployment?: string
  /** Header `repeatability_request-id`. */
  readonly requestId?: string
  readonly body: Json
  readonly principal: Principal
}

export interface InvocationAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON, or plain text where the front door itself answers. */
  readonly body: Json
}

/** Makes a job of an invocation, or refuses it; the same request id gives the same job again. */
export function invokeBatch(state: State, given: Invocation, now: number): InvocationAnswer {
  settle(state, now)
  const read = withTexts(given.body, 'jobs')
  if ('refusal' in read) return jsonOf(read.refusal)
  const invocation = { ...given, body: read.body }
  const endpoint = find(state, `batchEndpoints/${invocation.endpoint}`)
  if (endpoint === undefined) return plain(404, `There is no endpoint ${invocation.endpoint}.`)
  const name = invocation.deployment ?? defaultInForce(state, endpoint)
  if (name === undefined) return plain(404, NO_ROUTE)
  const deployment = find(state, `batchEndpoints/${endpoint.name}/deployments/${name}`)
  if (deployment?.inForce === undefined) {
    return plain(404, `There is no deployment ${name} behind this endpoint.`)
  }
  const repeated = jobOfRequest(state, endpoint.name, invocation.requestId)
  if (repeated !== undefined) return created(state, repeated, now)
  const refusal = refuse(invocation.body, deployment)
  if (refusal !== undefined) return refusal
  forgetOldJobs(state, now)
  return created(state, addJob(state, invocation, endpoint, deployment, now), now)
}

/** Documented for a batch endpoint without a default deployment (ERRORS 7). */
const NO_ROUTE =
  'No valid deployments to route to. Please check that the endpoint has at least one deployment with positive weight values or use a deployment specific header to route.'

function plain(status: number, body: string): InvocationAnswer {
  return { status, headers: { 'Content-Type': 'text/plain' }, body }
}

function jsonOf({ status, body = null }: Answer): InvocationAnswer {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body }
}

function jobOfRequest(state: State, endpoint: string, requestId?: string): Resource | undefined {
  if (requestId === undefined) return undefined
  return list(state, 'jobs').find(
    ({ job }) => job?.requestId === requestId && job.endpoint === endpoint,
  )
}

function refuse(body: Json, deployment: Resource): InvocationAnswer | undefined {
  const needsData = componentOf(objectOf(deployment.inForce?.properties)) === undefined
  const message = wrongRequest(body, needsData)
  if (message === undefined) return undefined
  const error = { code: 'UserError', message, details: [], additionalInfo: [] }
  return jsonOf({ status: 400, body: { error } })
}

function addJob(
  state: State,
  { body, principal, requestId }: Invocation,
  endpoint: Resource,
  deployment: Resource,
  now: number,
): Resource {
  const build = buildOf(state.settings)
  const asked = objectOf(objectOf(body).properties)
  const plan = planOf(objectOf(deployment.inForce?.properties), asked)
  const isPipeline = componentOf(plan) !== undefined
  const guid = drawGuid(state)
  const name = build.batchTellsOperation || isPipeline ? guid : `batchjob-${guid}`
  const childRunId = drawGuid(state)
  const properties: JsonObject = {
    displayName: displayName(state),
    experimentName: experimentOf(asked) ?? endpoint.name,
    isPipeline,
    tags: tagsOf(build.batchTellsOperation, isPipeline, deployment.name, asked),
    properties: isPipeline
      ? pipelineProperties(state, deployment)
      : scoringProperties(state, build.batchTellsOperation, deployment, plan),
  }
  const job = addAt(state, 'job', `jobs/${name}`, { properties }, principal.objectId, now)
  const record: JobRecord = {
    endpoint: endpoint.name,
    deployment: deployment.name,
    childRunId,
    plan,
    inputs: inputsOnRead(objectOf(asked.inputData)),
    isDeclared: state.settings.containers === 'declared',
    ...(requestId === undefined ? {} : { requestId }),
  }
  job.job = record
  return job
}

/** azure-ai-ml says it among the properties; FACTS 7 has it beside them. */
function experimentOf(asked: JsonObject): string | undefined {
  const named = textOf(objectOf(asked.properties).experimentName) ?? textOf(asked.experimentName)
  return named === '' ? undefined : named
}

function inputsOnRead(inputs: JsonObject): JsonObject {
  const entries = Object.entries(inputs).map(([name, given]) => {
    const input = objectOf(given)
    const isData = textOf(input.uri) !== undefined
    const filled = { description: null, ...(isData ? { mode: 'ReadOnlyMount' } : {}), ...input }
    return [name, filled] as const
  })
  return Object.fromEntries(entries)
}

function tagsOf(
  isFirst: boolean,
  isPipeline: boolean,
  deployment: string,
  asked: JsonObject,
): JsonObject {
  const named = { ...objectOf(asked.tags), 'azureml.deploymentname': deployment }
  if (isPipeline) return named
  const tags = { ...named, 'azureml.batchrun': 'true' }
  if (isFirst) return tags
  const types = { outputType: 'output_data', inputType: 'input_data' }
  return { ...types, ...tags, 'azureml.jobtype': 'azureml.batchjob' }
}

function pipelineProperties(state: State, deployment: Resource): JsonObject {
  return {
    'azureml.runLineageType': 'batchDeployment',
    'azureml.runsource': 'azureml.PipelineRun',
    runSource: 'BatchDeployment',
    runType: 'HTTP',
    'azureml.parameters': '{}',
    'azureml.sourcepipelinerunid': guidOf(state, `${deployment.id}/source`),
    'azureml.continue_on_step_failure': 'False',
    'azureml.continue_on_failed_optional_input': 'True',
    'azureml.defaultDataStoreName': 'workspaceblobstore',
    'azureml.pipelineComponent': 'pipelinerun',
  }
}

function scoringProperties(
  state: State,
  isFirst: boolean,
  deployment: Resource,
  plan: JsonObject,
): JsonObject {
  const { maxRetries, timeout } = objectOf(plan.retrySettings)
  const since = isFirst ? {} : { error_threshold: String(plan.errorThreshold) }
  const workers = isFirst
    ? {}
    : {
        process_count_per_node: String(plan.maxConcurrencyPerInstance),
        legacy_model_job: 'False',
      }
  const parameters = {
    run_max_try: String(maxRetries),
    run_invocation_timeout: String((durationMs(timeout) ?? 0) / 1000),
    mini_batch_size: String(plan.miniBatchSize),
    ...since,
    logging_level: String(plan.loggingLevel).toUpperCase(),
    ...workers,
    NodeCount: String(objectOf(plan.resources).instanceCount ?? 1),
    append_row_file_name: String(plan.outputFileName),
  }
  return {
    'azureml.pipelineid': guidOf(state, `${deployment.id}/pipeline`),
    'azureml.runsource': 'azureml.PipelineRun',
    runSource: 'Unavailable',
    runType: 'HTTP',
    'azureml.parameters': JSON.stringify(parameters),
    'azureml.continue_on_step_failure': 'False',
    'azureml.continue_on_failed_optional_input': 'False',
    'azureml.pipelineComponent': 'pipelinerun',
  }
}

const ADJECTIVES = ['calm', 'careful', 'jolly', 'loyal', 'quiet', 'sad', 'silver', 'stoic']
const NOUNS = ['apple', 'bulb', 'chain', 'energy', 'fig', 'lemon', 'river', 'yacht']

/** As the service makes them up: `sad_chain_p4s0r2zx`. */
function displayName(state: State): string {
  const hex = drawHex(state, 10)
  const [first = '0', second = '0'] = hex
  const adjective = ADJECTIVES[Number.parseInt(first, 16) % ADJECTIVES.length]
  const noun = NOUNS[Number.parseInt(second, 16) % NOUNS.length]
  return `${adjective}_${noun}_${hex.slice(2)}`
}

/** The 201, its headers as recorded. Location points at the deployment, not at the job (FACTS 7). */
function created(state: State, job: Resource, now: number): InvocationAnswer {
  const build = buildOf(state.settings)
  const { endpoint = '', deployment = '' } = job.job ?? {}
  const requestId = drawGuid(state)
  const path = `${workspaceId(state)}/batchEndpoints/${endpoint}/deployments/${deployment}`
  return {
    status: 201,
    headers: {
      'azureml-model-deployment': deployment,
      'Content-Type': 'application/json; charset=utf-8',
      Date: httpTime(now),
      Location: `${serviceOrigin(state)}/mferp/managementfrontend${path}?api-version=2020-09-01-dataplanepreview`,
      'Request-Context': `appId=cid-v1:${guidOf(state, 'front end')}`,
      Server: 'azureml-frontdoor',
      'Server-Timing': `traceparent;desc="00-${drawHex(state, 32)}-${drawHex(state, 16)}-00"`,
      'Strict-Transport-Security': 'max-age=15724800; includeSubDomains; preload',
      [build.clusterHeader]: `vienna-${state.settings.location}-01`,
      'X-Content-Type-Options': 'nosniff',
      'x-envoy-upstream-service-time': '2152',
      'x-ms-response-type': 'standard',
      'X-Request-ID': requestId,
      'x-request-time': '2.146',
    },
    body: structuredClone(renderBatchJob({ state, now, build }, job)),
  }
}
