import { isHostOf } from '../../../core/model/azure-cloud.ts'
import { isObject, type JsonObject } from '../../../core/model/values/json.ts'
import { cloudErrorOf } from '../http/errors.ts'
import { isLoopback } from '../http/origin.ts'
import { objectOf, type RawResponse } from '../http/whole-body.ts'
import { isSegment } from '../paths.ts'
import {
  type Access,
  openContainer,
  STORAGE_SCOPE,
  type StorageOptions,
  storageOf,
} from '../write/blobs.ts'
import { DATASTORE, isEnteredByIdentity } from '../write/datastore.ts'
import { sharedKeyHeader } from '../write/shared-key.ts'
import { problem, type ServiceSender } from './http.ts'
import type { Job, TrialServices } from './jobs.ts'

export interface OutputServices extends TrialServices {
  readonly storage: StorageOptions
  /** Without our token. */
  readonly sendPlain: ServiceSender
}

const MIB = 1024 * 1024
/** Two of them are in memory while they are compared. */
const OUTPUT_BYTES_MAX = 64 * MIB
const OUTPUT_TIMEOUT_MS = 120_000
const STORAGE_VERSION = '2022-11-02'

/** The rows that a completed job wrote: its child run's file in the default datastore (FACTS 7). Throws a CloudError. */
export async function rowsOf(
  services: OutputServices,
  job: Required<Job>,
  signal: AbortSignal,
): Promise<string> {
  const [run, access] = await Promise.all([
    childRunOf(services, job, signal),
    accessOf(services, signal),
  ])
  const response = await blobAt(services, access, `azureml/${run}/score/${job.file}`, signal)
  if (response.status === 404)
    throw problem('NoOutput', `The job ${job.name} wrote no ${job.file}: nothing to compare.`)
  if (response.status !== 200) throw cloudErrorOf(response, 'GET blob', services.now())
  return response.text
}

/** The run that scores is the one child of the job's pipeline. */
async function childRunOf(
  services: OutputServices,
  { name }: Pick<Job, 'name'>,
  signal: AbortSignal,
): Promise<string> {
  const { client, send, limits, now } = services
  const url = `${await regionOf(services, signal)}/history/v1.0${client.workspacePath}/runs/${name}/children`
  const what = `GET runs of ${name}`
  const { readTimeoutMs: timeoutMs, bodyBytesMax: bytesMax } = limits
  const request = { what, api: 'data_plane', method: 'GET', url, timeoutMs, bytesMax } as const
  const response = await send(request, signal)
  if (response.status !== 200) throw cloudErrorOf(response, what, now())
  const { value } = objectOf(response, what)
  const runs = (Array.isArray(value) ? value : []).filter(isObject)
  const run = (runs.find((one) => one.name === 'batchscoring') ?? runs[0])?.runId
  if (isSegment(run)) return run
  throw problem('UnreadableAnswer', `${what}: the job has no run that scored.`)
}

/** Origin of the region's own services, as the workspace tells it: a token goes to the cloud's hosts only, or to loopback. */
async function regionOf(
  { client, cloud, now }: OutputServices,
  signal: AbortSignal,
): Promise<string> {
  const response = await client.workspace(signal)
  if (response.status !== 200) throw cloudErrorOf(response, 'GET workspace', now())
  const { properties } = objectOf(response, 'GET workspace')
  const { discoveryUrl } = isObject(properties) ? properties : {}
  const isUrl = typeof discoveryUrl === 'string' && URL.canParse(discoveryUrl)
  const url = isUrl ? new URL(discoveryUrl) : undefined
  const isPlain = url?.protocol === 'https:' && url.port === ''
  const isAzure = isPlain && isHostOf(url.hostname, cloud.mlServiceSuffix, [1, 3])
  const isLocal =
    url !== undefined && isLoopback(url) && isLoopback(new URL(client.origin)) && isHttp(url)
  if (url !== undefined && (isAzure || isLocal)) return url.origin
  throw problem(
    'Refused',
    `The workspace's discovery address is on no host of Azure ML in this cloud (${cloud.mlServiceSuffix}); no token is sent there.`,
  )
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

/** How the default datastore is reached, in the three ways that Azure has. */
async function accessOf(
  { client, cloud, now }: OutputServices,
  signal: AbortSignal,
): Promise<Exclude<Access, { readonly sasUri: string }>> {
  const response = await client.datastore(DATASTORE, signal)
  if (response.status !== 200) throw cloudErrorOf(response, 'GET datastore', now())
  const { properties } = objectOf(response, 'GET datastore')
  const store = isObject(properties) ? properties : {}
  const where = {
    accountName: textAt(store, 'accountName'),
    containerName: textAt(store, 'containerName'),
    ...storageOf(store, cloud),
  }
  if (isEnteredByIdentity(store)) return { ...where, key: undefined }
  const secrets = await client.write('POST', `datastores/${DATASTORE}/listSecrets`, {}, signal)
  if (secrets.status !== 200) throw cloudErrorOf(secrets, 'POST listSecrets', now())
  const told = objectOf(secrets, 'POST listSecrets')
  return told.secretsType === 'Sas'
    ? { ...where, sasToken: textAt(told, 'sasToken') }
    : { ...where, key: textAt(told, 'key') }
}

function textAt(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '') return value
  throw problem('UnreadableAnswer', `Azure's answer has no ${name}.`)
}

/** One blob of the container that uploads go to, under the same rules about where it may be. */
async function blobAt(
  { storage, sendPlain }: OutputServices,
  access: Exclude<Access, { readonly sasUri: string }>,
  path: string,
  signal: AbortSignal,
): Promise<RawResponse> {
  const { url: container } = openContainer(storage, access)
  const query = 'sasToken' in access ? `?${access.sasToken.replace(/^\?/, '')}` : ''
  const url = `${container}/${path.split('/').map(encodeURIComponent).join('/')}${query}`
  const headers: Record<string, string> = {
    'x-ms-version': STORAGE_VERSION,
    'x-ms-date': new Date(storage.clock.now()).toUTCString(),
  }
  if (!('sasToken' in access))
    headers.authorization = await authorizationOf(storage, access, { url, headers })
  const what = { what: 'GET blob', api: 'blob', method: 'GET' } as const
  const bounds = { timeoutMs: OUTPUT_TIMEOUT_MS, bytesMax: OUTPUT_BYTES_MAX }
  return sendPlain({ ...what, ...bounds, url, headers }, signal)
}

/** By the account's key, else by our own identity: openContainer has refused that one for hosts that are not Azure's. */
async function authorizationOf(
  { credential }: StorageOptions,
  { accountName, key }: { readonly accountName: string; readonly key: string | undefined },
  request: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
): Promise<string> {
  if (key !== undefined) return sharedKeyHeader({ accountName, key }, { method: 'GET', ...request })
  const token = await credential.getToken(STORAGE_SCOPE)
  return `Bearer ${token?.token ?? ''}`
}
