import type { AzureCloud } from '../../../core/model/azure-cloud.ts'
import type { Ref } from '../../../core/model/ref.ts'
import { isObject, type Json, type JsonObject, textIn } from '../../../core/model/values/json.ts'
import { CloudError } from '../../../reconcile/ports.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorOf } from '../http/errors.ts'
import { objectOf, type RawResponse } from '../http/whole-body.ts'
import type { Limits } from '../limits.ts'
import { isSegment } from '../paths.ts'
import { scoringAddress } from '../scoring/scoring.ts'
import { problem, type ServiceSender } from './http.ts'

export interface TrialServices {
  readonly cloud: AzureCloud
  readonly client: ArmClient
  readonly apiVersion: string
  readonly limits: Limits
  readonly now: () => number
  /** With our token for Azure ML's own services. */
  readonly send: ServiceSender
}

/** Where jobs of a trial are started, and on what: read once for the jobs that are started together. */
export interface Start {
  readonly endpoint: string
  readonly url: string
  readonly input: JsonObject
}

/** A job that Azure has taken. */
export interface Job {
  readonly name: string
  /** Name of the file that its rows go to, as its deployment says; absent where it gathers none. */
  readonly file?: string
}

/** Throws a CloudError: no such endpoint or data, or an address to which no token may go. */
export async function startOf(
  services: TrialServices,
  endpoint: string,
  asset: string,
  signal: AbortSignal,
): Promise<Start> {
  const [, name = '', version = ''] = /^azureml:([^:]+):([^:]+)$/.exec(asset) ?? []
  const [{ scoringUri }, { dataType }] = await Promise.all([
    propertiesOf(services, { kind: 'BatchEndpoint', name: endpoint }, signal),
    propertiesOf(services, { kind: 'Data', name, version }, signal),
  ])
  const jobInputType = INPUT_TYPES[textIn(dataType).toLowerCase()]
  if (jobInputType === undefined)
    throw problem('InvalidInput', `${asset} is neither a file nor a folder.`)
  const { client, cloud } = services
  const uri = `${client.workspacePath}/data/${name}/versions/${version}`
  const url = scoringAddress(scoringUri, { cloud, origin: client.origin })
  // A single input goes by the name of its type (FACTS 7).
  return { endpoint, url, input: { [jobInputType]: { uri, jobInputType } } }
}

const INPUT_TYPES: { readonly [dataType: string]: string } = {
  uri_file: 'UriFile',
  uri_folder: 'UriFolder',
}

async function propertiesOf(
  { client, now }: TrialServices,
  ref: Ref,
  signal: AbortSignal,
): Promise<JsonObject> {
  const response = await client.get(ref, signal)
  const what = `GET ${ref.name}`
  if (response.status !== 200) throw refused(response, what, now())
  const { properties } = objectOf(response, what)
  return isObject(properties) ? properties : {}
}

/** Starts one job, past the default, by the deployment header. The same `requestId` gives the same job again. */
export async function startJob(
  services: TrialServices,
  { endpoint, url, input }: Start,
  { deployment, requestId }: { readonly deployment: string; readonly requestId: string },
  signal: AbortSignal,
): Promise<Job> {
  const { limits, now } = services
  const what = `POST job of ${deployment}`
  const ref: Ref = { kind: 'BatchDeployment', parent: endpoint, name: deployment }
  const settings = await propertiesOf(services, ref, signal)
  const response = await services.send(
    {
      ...{ what, api: 'data_plane', method: 'POST', url },
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'azureml-model-deployment': deployment,
        'repeatability_request-id': requestId,
      },
      body: JSON.stringify({ properties: { inputData: input } }),
      timeoutMs: limits.writeTimeoutMs,
      bytesMax: limits.bodyBytesMax,
    },
    signal,
  )
  if (response.status === 401 || response.status === 403)
    throw problem(
      'Unauthorized',
      'This identity may not start batch jobs: it needs batchEndpoints/jobs/write.',
    )
  if (response.status !== 201 && response.status !== 200) throw refused(response, what, now())
  const { name } = objectOf(response, what)
  if (!isSegment(name)) throw problem('UnreadableAnswer', `${what}: the answer names no job.`)
  return { name, ...fileOf(settings) }
}

const PASSING = [408, 409, 425, 429]

/** What was asked is wrong for what is there, whatever words the service has for it: the same is answered again. */
function refused(response: RawResponse, what: string, now: number): CloudError {
  const error = cloudErrorOf(response, what, now)
  const { status } = response
  const isFinal = status >= 400 && status < 500 && !PASSING.includes(status)
  const { reason, message, errorClass } = error
  return isFinal ? new CloudError({ reason, message, errorClass, retry: 'Never' }) : error
}

/** A name is that of a file, whatever folders stand before it, and is never the way to another one. */
function fileOf({ outputAction, outputFileName }: JsonObject): Pick<Job, 'file'> {
  if (/^summary_?only$/i.test(textIn(outputAction))) return {}
  const name = typeof outputFileName === 'string' ? outputFileName.split(/[\\/]/).at(-1) : undefined
  const isOne = name !== undefined && name !== '' && name !== '.' && name !== '..'
  return { file: isOne ? name : 'predictions.csv' }
}

/** What Azure tells of a job. */
export interface JobTold {
  /** Azure's own word for how it does. */
  readonly status: string
  /** What it was started on, as the service itself notes it. */
  readonly endpoint: string | undefined
  readonly deployment: string | undefined
}

/** undefined = there is no such job. */
export async function jobOf(
  { client, apiVersion, now }: TrialServices,
  name: string,
  signal: AbortSignal,
): Promise<JobTold | undefined> {
  const { origin, workspacePath } = client
  const url = `${origin}${workspacePath}/jobs/${name}?api-version=${apiVersion}`
  const response = await client.follow(url, signal)
  if (response.status === 404) return undefined
  const what = `GET job ${name}`
  if (response.status !== 200) throw cloudErrorOf(response, what, now())
  const { properties } = objectOf(response, what)
  const { status, experimentName, tags } = isObject(properties) ? properties : {}
  if (typeof status !== 'string' || !/^[A-Za-z]{1,40}$/.test(status))
    throw problem('UnreadableAnswer', `${what}: the answer has no status.`)
  const deployment = isObject(tags) ? tags['azureml.deploymentname'] : undefined
  return { status, endpoint: textOf(experimentName), deployment: textOf(deployment) }
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** In place of a status: Azure takes no job. */
export const REFUSED = 'Refused'
const OVER = ['Completed', 'Failed', 'Canceled', 'NotResponding', REFUSED]

export function isOver(status: string): boolean {
  return OVER.includes(status)
}
