import type { TokenCredential } from '@azure/core-auth'
import type { HttpClient, HttpMethods, Pipeline, PipelinePolicy } from '@azure/core-rest-pipeline'
import { type AzureCloud, isHostOf } from '../../../core/model/azure-cloud.ts'
import type { JsonObject } from '../../../core/model/values/json.ts'
import { type Clock, CloudError, type Meter } from '../../../reconcile/ports.ts'
import { cloudErrorFrom, cloudErrorOf } from '../http/errors.ts'
import { immediateRetryPolicy } from '../http/immediate-retry.ts'
import { meterPolicy } from '../http/meter-policy.ts'
import { isLoopback, isSafeScheme } from '../http/origin.ts'
import { createEmptyPipeline, createPipelineRequest } from '../http/sdk.ts'
import { type RawResponse, rawResponse, wholeAnswerPolicy } from '../http/whole-body.ts'
import type { Limits } from '../limits.ts'
import { sharedKeyHeader } from './shared-key.ts'

export interface StorageOptions {
  readonly httpClient: HttpClient
  readonly credential: TokenCredential
  readonly cloud: AzureCloud
  /** Only when the service itself is on loopback may its blobs be there too. */
  readonly allowLoopback: boolean
  readonly clock: Clock
  readonly meter: Meter
  readonly limits: Limits
}

/** How the service said that its blobs are reached. `key` undefined = by our own identity. */
export type Access =
  | { readonly sasUri: string }
  | (Account & ({ readonly sasToken: string } | { readonly key: string | undefined }))

interface Account {
  readonly accountName: string
  readonly containerName: string
  readonly endpoint: string
  readonly protocol: 'https' | 'http'
}

/** Where the storage of a datastore is, as its properties say, or as the cloud has it. */
export function storageOf(
  { endpoint, protocol }: JsonObject,
  { storageSuffix }: AzureCloud,
): Pick<Account, 'endpoint' | 'protocol'> {
  return {
    endpoint: typeof endpoint === 'string' ? endpoint : storageSuffix,
    protocol: protocol === 'http' ? 'http' : 'https',
  }
}

/** One blob container, and the three things an upload does in it. Names have `/` between their parts. */
export interface Container {
  /** Without query. */
  readonly url: string
  put(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>
  mark(name: string, signal: AbortSignal): Promise<void>
  isMarked(name: string, signal: AbortSignal): Promise<boolean>
}

const VERSION = '2022-11-02'
/** What the CLI looks for too (FACTS 5.2). */
const MARK = 'x-ms-meta-upload_status'
/** The same in every cloud. */
export const STORAGE_SCOPE = 'https://storage.azure.com/.default'

/** A container at the address and with the rights that the service gave; refuses addresses that are not https. */
export function openContainer(options: StorageOptions, access: Access): Container {
  const { url, query } = addressOf(access)
  const isRemote = url.protocol === 'https:' && !isLoopback(url)
  if (!isSafeScheme(url) || !(isRemote || options.allowLoopback)) throw unsafeAddress()
  const pipeline = pipelineOf(options, access, url)
  const base = `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, '')}`
  const send = senderOf(options, pipeline, (name) => `${base}/${encoded(name)}`, query)
  const { clock } = options
  return {
    url: base,
    async put(name, bytes, signal) {
      const blob = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' }
      const response = await send('PUT', { name, headers: blob, bytes }, signal)
      if (response.status !== 201) throw cloudErrorOf(response, 'PUT blob', clock.now())
    },
    async mark(name, signal) {
      const mark = { name, headers: { [MARK]: 'completed' }, comp: 'metadata' }
      const response = await send('PUT', mark, signal)
      if (response.status !== 200) throw cloudErrorOf(response, 'PUT metadata', clock.now())
    },
    async isMarked(name, signal) {
      const response = await send('HEAD', { name, headers: {} }, signal)
      if (response.status === 404) return false
      if (response.status !== 200) throw cloudErrorOf(response, 'HEAD blob', clock.now())
      return response.headers[MARK] === 'completed'
    },
  }
}

function addressOf(access: Access): { url: URL; query: string } {
  if ('sasUri' in access) {
    if (!URL.canParse(access.sasUri)) throw unsafeAddress()
    const url = new URL(access.sasUri)
    return { url, query: url.search.slice(1) }
  }
  const { accountName, containerName, endpoint, protocol } = access
  const isPlain = /^[a-z0-9]{3,24}$/.test(accountName) && /^[a-z0-9$-]{1,63}$/.test(containerName)
  if (!isPlain || !/^[a-z0-9.-]+(?::\d{1,5})?$|^\[::1\]:\d{1,5}$/i.test(endpoint))
    throw unsafeAddress()
  // A local storage server has the account in its path instead of its name.
  const isLocal = isLoopback(new URL(`${protocol}://${endpoint}`))
  const host = isLocal ? `${endpoint}/${accountName}` : `${accountName}.blob.${endpoint}`
  const query = 'sasToken' in access ? access.sasToken.replace(/^\?/, '') : ''
  return { url: new URL(`${protocol}://${host}/${containerName}`), query }
}

function pipelineOf(options: StorageOptions, access: Access, url: URL): Pipeline {
  const { clock, meter, limits } = options
  const pipeline = createEmptyPipeline()
  // The same bytes at the same name: a put may be repeated.
  const retry = { api: 'blob', methods: ['HEAD', 'PUT'], retries: limits.readRetries, clock, meter }
  pipeline.addPolicy(immediateRetryPolicy(retry), { phase: 'Retry' })
  const signer = signerOf(options, access, url)
  if (signer) pipeline.addPolicy(signer, { phase: 'Sign' })
  pipeline.addPolicy(meterPolicy({ api: 'blob', resourceTypeOf: () => 'other', clock, meter }), {
    afterPhase: 'Sign',
  })
  pipeline.addPolicy(wholeAnswerPolicy(limits.bodyBytesMax), {
    afterPhase: 'Sign',
    afterPolicies: ['meterPolicy'],
  })
  return pipeline
}

function signerOf(
  { credential, clock, cloud }: StorageOptions,
  access: Access,
  url: URL,
): PipelinePolicy | undefined {
  if ('sasUri' in access || 'sasToken' in access) return undefined
  const { accountName, key } = access
  // Our own token goes to the cloud's storage only, wherever a datastore points.
  const isAzure = isHostOf(url.hostname, `blob.${cloud.storageSuffix}`, [1, 1])
  if (key === undefined && !isAzure) throw unsafeAddress()
  return {
    name: 'storageSignPolicy',
    async sendRequest(request, next) {
      const { headers, method } = request
      headers.set('x-ms-date', new Date(clock.now()).toUTCString())
      if (key === undefined) {
        const token = await credential.getToken(STORAGE_SCOPE)
        headers.set('authorization', `Bearer ${token?.token ?? ''}`)
      } else {
        headers.delete('authorization')
        const signed = { method, url: request.url, headers: headers.toJSON() }
        headers.set('authorization', sharedKeyHeader({ accountName, key }, signed))
      }
      return next(request)
    },
  }
}

interface Sent {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly bytes?: Uint8Array
  readonly comp?: string
}

type Sender = (method: HttpMethods, sent: Sent, signal: AbortSignal) => Promise<RawResponse>

function senderOf(
  { httpClient, limits }: StorageOptions,
  pipeline: Pipeline,
  urlOf: (name: string) => string,
  query: string,
): Sender {
  return async (method, { name, headers, bytes, comp }, signal) => {
    const search = [comp && `comp=${comp}`, query].filter(Boolean).join('&')
    const url = `${urlOf(name)}${search === '' ? '' : `?${search}`}`
    const request = createPipelineRequest({
      method,
      url,
      timeout: limits.writeTimeoutMs + (bytes?.byteLength ?? 0) / BYTES_PER_MS_MIN,
      abortSignal: signal,
      allowInsecureConnection: url.startsWith('http:'),
      ...(bytes && { body: bytes }),
    })
    request.headers.set('x-ms-version', VERSION)
    if (method === 'PUT') request.headers.set('content-length', String(bytes?.byteLength ?? 0))
    for (const [header, value] of Object.entries(headers)) request.headers.set(header, value)
    try {
      return rawResponse(await pipeline.sendRequest(httpClient, request))
    } catch (error) {
      throw cloudErrorFrom(error, `${method} blob`)
    }
  }
}

/** Slower than 100 KB/s counts as stuck. */
const BYTES_PER_MS_MIN = 100

function encoded(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}

function unsafeAddress(): CloudError {
  return new CloudError({
    reason: 'ForeignAddress',
    message: 'The address of the storage is not one to which content may be sent.',
    errorClass: 'service',
    retry: 'Later',
  })
}
