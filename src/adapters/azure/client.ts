import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning'
import type { OperationOptions } from '@azure/core-client'
import type { HttpMethods } from '@azure/core-rest-pipeline'
import type { LabelRef } from '../../core/model/desired.ts'
import type { JsonObject } from '../../core/model/json.ts'
import type { KindName, Ref } from '../../core/model/ref.ts'
import { cloudErrorFrom } from './errors.ts'
import { foreignAddress, linkWithin } from './origin.ts'
import { pathOf, type WorkspaceAddress, workspacePath } from './paths.ts'
import { createClient, markUrgent, type PipelineOptions, verbatimPipeline } from './pipeline.ts'
import { createPipelineRequest } from './sdk.ts'
import { type RawResponse, rawAnswer, rawResponse } from './whole-body.ts'

/** The endpoints of one sort, the deployments of one endpoint, or the versions of one environment. */
export interface Collection {
  readonly kind: Exclude<KindName, 'Model' | 'Data' | 'Code'>
  /** The endpoint that deployments belong to, or the environment's name. */
  readonly parent?: string
}

/**
 * One workspace, as raw answers. Any status is an answer; a CloudError is thrown when there is none. Every call sends
 * one request, apart from the quick retries of reads.
 */
export interface ArmClient {
  readonly origin: string
  readonly workspacePath: string
  workspace(signal: AbortSignal): Promise<RawResponse>
  /** First page of a collection. */
  list(collection: Collection, signal: AbortSignal): Promise<RawResponse>
  /** The newest version, as the CLI finds it: by creation time, not by number (FACTS 1.6). */
  newest(label: LabelRef, signal: AbortSignal): Promise<RawResponse>
  get(ref: Ref, signal: AbortSignal): Promise<RawResponse>
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

/** Microsoft's client for one workspace, with whole bodies in and out. */
export function openClient(
  workspace: WorkspaceAddress,
  options: Omit<PipelineOptions, 'subscriptionId'>,
): ArmClient {
  const { subscriptionId, resourceGroup, name } = workspace
  const { origin, apiVersion, limits } = options
  const client = createClient({ ...options, subscriptionId })
  const root = workspacePath(workspace)
  const read = (
    what: string,
    signal: AbortSignal,
    operation: (options: OperationOptions) => Promise<unknown>,
  ): Promise<RawResponse> =>
    rawAnswer(operation, { signal, timeoutMs: limits.readTimeoutMs }).catch((error) => {
      throw cloudErrorFrom(error, what)
    })
  const send = senderOf(client, options)
  return {
    origin,
    workspacePath: root,
    workspace: (signal) =>
      read('GET workspace', signal, (o) => client.workspaces.get(resourceGroup, name, o)),
    list: (collection, signal) =>
      read('LIST', signal, (o) => listOf(client, [resourceGroup, name], collection, o)),
    newest: (label, signal) =>
      read(`LIST ${pathOf({ ...label, version: label.label })}`, signal, (o) =>
        newestOf(client, [resourceGroup, name], label, o),
      ),
    get: (ref, signal) =>
      read(`GET ${pathOf(ref)}`, signal, (o) => getOf(client, [resourceGroup, name], ref, o)),
    datastore: (store, signal) =>
      read('GET datastore', signal, (o) => client.datastores.get(resourceGroup, name, store, o)),
    async follow(link, signal) {
      const url = linkWithin(origin, link)
      if (url === undefined) throw foreignAddress()
      return send('GET', url, undefined, signal)
    },
    write: (method, path, body, signal, isUrgent) =>
      send(method, `${origin}${root}/${path}?api-version=${apiVersion}`, body, signal, isUrgent),
  }
}

type Sender = (
  method: HttpMethods,
  url: string,
  body: JsonObject | undefined,
  signal: AbortSignal,
  isUrgent?: boolean,
) => Promise<RawResponse>

/**
 * Straight into the client's pipeline: its operations would serialise a body by models that lose fields, poll once
 * after a PUT, and rebuild a link whose signature covers every byte.
 */
function senderOf(
  client: AzureMachineLearningWorkspaces,
  { httpClient, limits, origin }: Omit<PipelineOptions, 'subscriptionId'>,
): Sender {
  const pipeline = verbatimPipeline(client)
  return async (method, url, body, signal, isUrgent) => {
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
      throw cloudErrorFrom(error, method)
    }
  }
}

type Where = readonly [resourceGroup: string, workspace: string]

function listOf(
  client: AzureMachineLearningWorkspaces,
  [group, workspace]: Where,
  { kind, parent = '' }: Collection,
  options: OperationOptions,
): Promise<unknown> {
  switch (kind) {
    case 'OnlineEndpoint':
      return client.onlineEndpoints.list(group, workspace, options).byPage().next()
    case 'OnlineDeployment':
      return client.onlineDeployments.list(group, workspace, parent, options).byPage().next()
    case 'BatchEndpoint':
      return client.batchEndpoints.list(group, workspace, options).byPage().next()
    case 'BatchDeployment':
      return client.batchDeployments.list(group, workspace, parent, options).byPage().next()
    case 'Environment':
      return client.environmentVersions.list(group, workspace, parent, options).byPage().next()
  }
}

function newestOf(
  client: AzureMachineLearningWorkspaces,
  [group, workspace]: Where,
  { kind, name }: LabelRef,
  options: OperationOptions,
): Promise<unknown> {
  const newest = { ...options, orderBy: 'createdtime desc', top: 1 }
  switch (kind) {
    case 'Model':
      return client.modelVersions.list(group, workspace, name, newest).byPage().next()
    case 'Environment':
      return client.environmentVersions.list(group, workspace, name, newest).byPage().next()
  }
}

function getOf(
  client: AzureMachineLearningWorkspaces,
  [group, workspace]: Where,
  ref: Ref,
  options: OperationOptions,
): Promise<unknown> {
  const { name, parent = '', version = '' } = ref
  switch (ref.kind) {
    case 'OnlineEndpoint':
      return client.onlineEndpoints.get(group, workspace, name, options)
    case 'OnlineDeployment':
      return client.onlineDeployments.get(group, workspace, parent, name, options)
    case 'BatchEndpoint':
      return client.batchEndpoints.get(group, workspace, name, options)
    case 'BatchDeployment':
      return client.batchDeployments.get(group, workspace, parent, name, options)
    case 'Model':
      return client.modelVersions.get(group, workspace, name, version, options)
    case 'Environment':
      return client.environmentVersions.get(group, workspace, name, version, options)
    case 'Data':
      return client.dataVersions.get(group, workspace, name, version, options)
    case 'Code':
      return client.codeVersions.get(group, workspace, name, version, options)
  }
}
