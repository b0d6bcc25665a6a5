import type { JobInput, JobProgress, JobView, Json, JsonObject } from './contract.ts'
import { isObject, objectOf, textOf } from './json.ts'
import { fold } from './names.ts'
import { latencyMs } from './options.ts'
import { componentOf } from './resources/batch-deployment-body.ts'
import type { JobRecord, Resource, State } from './state.ts'
import { find, findById, list } from './store.ts'
import { durationMs } from './time.ts'

/** How a job does at an instant, whoever runs it. */
export interface JobTimes {
  readonly status: string
  readonly startedAtMs?: number
  readonly endedAtMs?: number
  readonly failure?: { readonly code: string; readonly message: string }
}

const OVER = ['Completed', 'Failed', 'Canceled']
const JOBS_KEPT = 1000
const TIMEOUT_MS = 30_000

export function isOver({ status }: JobTimes): boolean {
  return OVER.includes(status)
}

export function recordOf(job: Resource): JobRecord {
  if (job.job === undefined) throw new Error(`${job.id} is no job`)
  return job.job
}

export function jobTimes(state: State, job: Resource, now: number): JobTimes {
  const record = recordOf(job)
  const progress = record.isDeclared ? declared(state, job, now) : record.progress
  if (progress === undefined) {
    return { status: record.canceledAtMs === undefined ? 'Preparing' : 'CancelRequested' }
  }
  const { startedAtMs } = progress
  if (progress.state === 'Running') {
    const status = record.canceledAtMs === undefined ? 'Running' : 'CancelRequested'
    return { status, startedAtMs }
  }
  const { state: status, endedAtMs } = progress
  if (progress.state !== 'Failed') return { status, startedAtMs, endedAtMs }
  const { code, message } = progress
  return { status, startedAtMs, endedAtMs, failure: { code, message } }
}

/** What time alone makes of a job that nobody runs. */
function declared(state: State, job: Resource, now: number): JobProgress | undefined {
  const { settings } = state
  const startedAtMs = job.createdAtMs + latencyMs(settings, 'jobPrepare')
  const endsAtMs = startedAtMs + latencyMs(settings, 'jobRun')
  const canceledAtMs = recordOf(job).canceledAtMs
  if (canceledAtMs !== undefined) {
    const endedAtMs = canceledAtMs + latencyMs(settings, 'jobCancel')
    if (now >= endedAtMs) return { state: 'Canceled', startedAtMs, endedAtMs }
  } else if (now >= endsAtMs) return { state: 'Completed', startedAtMs, endedAtMs: endsAtMs }
  return now < startedAtMs ? undefined : { state: 'Running', startedAtMs }
}

/** The shell that runs a job tells how it does. Ignored for a job that is gone, over, or goes by time alone. */
export function setJob(state: State, name: string, progress: JobProgress): void {
  const record = find(state, `jobs/${name}`)?.job
  if (record === undefined || record.isDeclared) return
  if (record.progress !== undefined && OVER.includes(record.progress.state)) return
  record.progress = progress
}

/** Forgets the oldest jobs that are over when there are very many. */
export function forgetOldJobs(state: State, now: number): void {
  const jobs = list(state, 'jobs')
  const over = jobs.filter((job) => isOver(jobTimes(state, job, now)))
  for (const job of over.slice(0, Math.max(0, jobs.length - JOBS_KEPT))) {
    delete state.resources[job.id.toLowerCase()]
  }
}

/** The jobs that a shell has to run or to end; those that go by time alone are not among them. */
export function jobViews(state: State, now: number): JobView[] {
  return list(state, 'jobs')
    .filter((job) => !recordOf(job).isDeclared && !isOver(jobTimes(state, job, now)))
    .map((job) => viewOf(state, job))
}

function viewOf(state: State, job: Resource): JobView {
  const { childRunId, endpoint, deployment, plan, inputs, canceledAtMs } = recordOf(job)
  const retries = objectOf(plan.retrySettings)
  const instances = number(objectOf(plan.resources).instanceCount, 1)
  return {
    name: job.name,
    childRunId,
    endpoint,
    deployment,
    isCanceled: canceledAtMs !== undefined,
    inputs: Object.entries(inputs).flatMap(([name, input]) => inputOf(state, name, input)),
    ...codeOf(state, plan),
    ...modelOf(state, plan),
    environmentVariables: texts(objectOf(plan.environmentVariables)),
    miniBatchSize: number(plan.miniBatchSize, 10),
    workers: instances * number(plan.maxConcurrencyPerInstance, 1),
    maxRetries: number(retries.maxRetries, 3),
    timeoutMs: durationMs(retries.timeout) ?? TIMEOUT_MS,
    errorThreshold: number(plan.errorThreshold, -1),
    output: plan.outputAction === 'SummaryOnly' ? 'SummaryOnly' : 'AppendRow',
    outputFileName: textOf(plan.outputFileName) ?? 'predictions.csv',
    loggingLevel: (textOf(plan.loggingLevel) ?? 'Info') as JobView['loggingLevel'],
    isPipeline: componentOf(plan) !== undefined,
  }
}

function number(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function texts(values: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
}

/** A file or folder among the inputs; a literal is none. */
function inputOf(state: State, name: string, input: Json): JobInput[] {
  if (!isObject(input)) return []
  const given = textOf(input.jobInputType)?.replace('_', '')
  const type = fold(['UriFile', 'UriFolder'], given)
  const uri = textOf(input.uri)
  if (type === undefined || uri === undefined) return []
  return [{ name, type: type as JobInput['type'], uri: dataUriOf(state, uri) ?? uri }]
}

/** Where a registered data asset lies: `azureml:name:version`, or its ARM id with or without `azureml:`. */
function dataUriOf(state: State, uri: string): string | undefined {
  const short = /^azureml:([^:/]+):([^:/]+)$/.exec(uri)
  const version =
    short === null
      ? findById(state, uri.replace(/^azureml:(?!\/\/)/, ''))
      : find(state, `data/${short[1]}/versions/${short[2]}`)
  return textOf(objectOf(version?.body.properties).dataUri)
}

function codeOf(state: State, plan: JsonObject) {
  const configuration = objectOf(plan.codeConfiguration)
  const code = findById(state, textOf(configuration.codeId) ?? '')
  const codeUri = textOf(objectOf(code?.body.properties).codeUri)
  const scoringScript = textOf(configuration.scoringScript)
  return {
    ...(codeUri === undefined ? {} : { codeUri }),
    ...(scoringScript === undefined ? {} : { scoringScript }),
  }
}

function modelOf(state: State, plan: JsonObject) {
  const id = textOf(objectOf(plan.model).assetId)
  if (id === undefined) return {}
  const model = findById(state, id)
  const match = /\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(model?.id ?? id)
  const modelUri = textOf(objectOf(model?.body.properties).modelUri) ?? id
  if (match === null) return { modelUri }
  return { modelUri, modelName: match[1] ?? '', modelVersion: match[2] ?? '' }
}
