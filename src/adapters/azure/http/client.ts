import type { HttpMethods } from '@azure/core-rest-pipeline'
import type { LabelRef } from '../../../core/model/desired.ts'
import type { KindName, Ref } from '../../../core/model/ref.ts'
import type { JsonObject } from '../../../core/model/values/json.ts'
import { pathOf, type WorkspaceAddress, workspacePath } from '../paths.ts'
import { cloudErrorFrom } from './errors.ts'
import { foreignAddress, linkWithin } from './origin.ts'
import { createPipeline, markUrgent, type PipelineOptions } from './pipeline.ts'
import { createPipelineRequest } from './sdk.ts'
import { type RawResponse, rawResponse } from './whole-body.ts'

/** The endpoints of one sort, the deployments of one endpoint, or the versions of one environment. */
export interface Collection {
  readonly kind: Exclude<KindName, 'Model' | 'Data' | 'Code'>
  /** The endpoint that deployments belong to, or the environment's name. */
  readonly parent?: string
}

/**
 * One workspace, as raw answers. Any status is an answer; a CloudError is thrown when there is none. Every call sends
 * one request, apart from the immediate retries of reads.
 */
export interface ArmClient {
  readonly origin: string
  readonly workspacePath: string
  workspace(signal: AbortSignal): Promise<RawResponse>
  /** First page of a collection. */
  list(collection: Collection, signal: AbortSignal): Promise<RawResponse>
  /** The newest version, as the CLI finds it: by creation time, not by number (FACTS 1.6). */
  newest(label: LabelRef, signal: AbortSignal): Promise<RawResponse>
  get(ref: Ref, signal: AbortSignal, isUrgent?: boolean): Promise<RawResponse>
  datastore(name: string, signal: AbortSignal): Promise<RawResponse>
  /** GET of a link that the service gave, as it is; refused unless it stays on this origin. */
  follow(link: string, signal: AbortSignal): Promise<RawResponse>
  /** PUT, POST or DELETE below the workspace, with the whole body as given. */
  write(
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    body: JsonObject | undefined,
    signal: AbortSignal,
    isUrgent?: boolean,
  ): Promise<RawResponse>
}

/** One workspace by the pipeline of Microsoft's client, with whole bodies in and out. */
export function openClient(
  workspace: WorkspaceAddress,
  options: Omit<PipelineOptions, 'subscriptionId'>,
): ArmClient {
  const { origin, apiVersion } = options
  const root = workspacePath(workspace)
  const send = senderOf({ ...options, subscriptionId: workspace.subscriptionId })
  const urlOf = (path: string, query = ''): string =>
    `${origin}${root}${path}?api-version=${apiVersion}${query}`
  const read = (
    what: string,
    signal: AbortSignal,
    path: string,
    query?: string,
    isUrgent = false,
  ): Promise<RawResponse> =>
    send({ method: 'GET', what, url: urlOf(path, query), body: undefined, signal, isUrgent })
  return {
    origin,
    workspacePath: root,
    workspace: (signal) => read('GET workspace', signal, ''),
    list: listerOf((path, query, signal) => read('LIST', signal, path, query)),
    newest: async ({ kind, name, label }, signal) => {
      const what = `LIST ${pathOf({ kind, name, version: label })}`
      return read(what, signal, `/${versionsPath(kind, name)}`, NEWEST)
    },
    get: async (ref, signal, isUrgent = false) => {
      const path = pathOf(ref)
      return read(`GET ${path}`, signal, `/${path}`, '', isUrgent)
    },
    datastore: (store, signal) =>
      read('GET datastore', signal, `/datastores/${encodeURIComponent(store)}`),
    async follow(link, signal) {
      const url = linkWithin(origin, link)
      if (url === undefined) throw foreignAddress()
      return send({ method: 'GET', what: 'GET', url, body: undefined, signal })
    },
    write: (method, path, body, signal, isUrgent = false) =>
      send({ method, what: method, url: urlOf(`/${path}`), body, signal, isUrgent }),
  }
}

/** As many endpoints as a region has room for, unless somebody asked for more; the service may send fewer on a page. */
const LONG_PAGES = '&count=100'

/** Where the service does not take the number it is not asked for again: its pages are then as long as it likes. */
function listerOf(
  read: (path: string, query: string, signal: AbortSignal) => Promise<RawResponse>,
): ArmClient['list'] {
  let isRefused = false
  return async (collection, signal) => {
    const path = `/${collectionPath(collection)}`
    if (collection.parent !== undefined || isRefused) return read(path, '', signal)
    const page = await read(path, LONG_PAGES, signal)
    if (page.status !== 400) return page
    isRefused = true
    return read(path, '', signal)
  }
}

const NEWEST = '&$orderBy=createdtime%20desc&$top=1'

interface Sent {
  readonly method: HttpMethods
  /** As messages name it. */
  readonly what: string
  readonly url: string
  readonly body: JsonObject | undefined
  readonly signal: AbortSignal
  readonly isUrgent?: boolean
}

/**
 * Straight into the client's pipeline: its operations would serialise a body by models that lose fields, poll once
 * after a PUT, and rebuild a link whose signature covers every byte; and to read by them takes longer than all the rest of
 * a read.
 */
function senderOf(options: PipelineOptions): (sent: Sent) => Promise<RawResponse> {
  const { httpClient, limits, origin } = options
  const pipeline = createPipeline(options)
  return async ({ method, what, url, body, signal, isUrgent }) => {
    const request = createPipelineRequest({
      method,
      url,
      timeout: method === 'GET' ? limits.readTimeoutMs : limits.writeTimeoutMs,
      abortSignal: signal,
      allowInsecureConnection: origin.startsWith('http:'),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (isUrgent === true) markUrgent(request)
    request.headers.set('Accept', 'application/json')
    if (body !== undefined) request.headers.set('Content-Type', 'application/json; charset=utf-8')
    try {
      return rawResponse(await pipeline.sendRequest(httpClient, request))
    } catch (error) {
      throw cloudErrorFrom(error, what)
    }
  }
}

function collectionPath({ kind, parent = '' }: Collection): string {
  switch (kind) {
    case 'OnlineEndpoint':
      return 'onlineEndpoints'
    case 'OnlineDeployment':
      return `onlineEndpoints/${encodeURIComponent(parent)}/deployments`
    case 'BatchEndpoint':
      return 'batchEndpoints'
    case 'BatchDeployment':
      return `batchEndpoints/${encodeURIComponent(parent)}/deployments`
    case 'Environment':
      return versionsPath(kind, parent)
  }
}

function versionsPath(kind: LabelRef['kind'], name: string): string {
  return `${{ Model: 'models', Environment: 'environments' }[kind]}/${encodeURIComponent(name)}/versions`
}
