import { runsWith } from '../answers/asset-views.ts'
import type { Json, JsonObject, RunsWith } from '../contract.ts'
import { isObject, objectOf, textOf } from '../json.ts'
import { fold } from '../names.ts'
import { componentOf } from '../resources/batch/batch-deployment-body.ts'
import type { Resource, State } from '../state.ts'
import { find, findById, list } from '../store.ts'
import { durationMs } from '../time.ts'
import { isOver, jobTimes, recordOf } from './jobs.ts'

/** A batch job that is to be run or is running, with all that it needs. */
export interface JobView extends RunsWith {
  readonly name: string
  /** The run that scores: its output lies under `azureml/{childRunId}/score/` in the default datastore. */
  readonly childRunId: string
  readonly endpoint: string
  readonly deployment: string
  readonly isCanceled: boolean
  /** Where the input lies: azureml:// and https:// URIs; registered data assets are resolved. */
  readonly inputs: readonly JobInput[]
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly miniBatchSize: number
  /** How many workers: instances times concurrency on each. */
  readonly workers: number
  readonly maxRetries: number
  /** Of one mini-batch. */
  readonly timeoutMs: number
  /** How many files may fail; -1 = any number. */
  readonly errorThreshold: number
  readonly output: 'AppendRow' | 'SummaryOnly'
  readonly outputFileName: string
  readonly loggingLevel: 'Info' | 'Warning' | 'Debug'
  /** It runs a pipeline component, which nothing here can. */
  readonly isPipeline: boolean
}

export interface JobInput {
  readonly name: string
  readonly uri: string
  readonly type: 'UriFile' | 'UriFolder'
}

const TIMEOUT_MS = 30_000

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
    ...runsWith(state, plan),
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
