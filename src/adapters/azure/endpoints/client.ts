import { randomUUID } from 'node:crypto'
import type { Live } from '../../../core/model/live.ts'
import type { Ref } from '../../../core/model/ref.ts'
import { valueAt } from '../../../core/model/values/pointer.ts'
import { type AzureOptions, openConnection } from '../connection.ts'
import { scoringAddress } from '../scoring/scoring.ts'
import { tokenSender } from '../trials/http.ts'
import { startJob, startOf } from '../trials/jobs.ts'
import { containerLog, type LogContainer } from './container-log.ts'
import { bearerOf, credentialsOf, type EndpointCredentials } from './credentials.ts'
import { type EndpointTree, endpointNames, readEndpoint } from './read.ts'
import { type ScoringCall, type ScoringReply, score } from './score.ts'

export type { LogContainer } from './container-log.ts'
export type { EndpointCredentials } from './credentials.ts'
export type { EndpointTree } from './read.ts'
export type { ScoringReply } from './score.ts'

/** What people do with the endpoints of one workspace. Reconciling needs none of it. All methods throw CloudError. */
export interface EndpointClient {
  /** The online endpoint of this name, else the batch endpoint; undefined = neither is there. */
  find(name: string, signal: AbortSignal): Promise<EndpointTree | undefined>
  /** Of all endpoints, sorted. */
  names(signal: AbortSignal): Promise<readonly string[]>
  credentials(endpoint: Live, signal: AbortSignal): Promise<EndpointCredentials>
  /** Scores with an online endpoint; its key or token goes to the host of its `scoringUri` and nowhere else. */
  score(endpoint: Live, call: ScoringCall, signal: AbortSignal): Promise<ScoringReply>
  /** Starts a job of a batch endpoint on a registered data asset (`azureml:name:version`); gives the job's name. */
  startJob(
    endpoint: Live,
    job: { readonly asset: string; readonly deployment: string },
    signal: AbortSignal,
  ): Promise<string>
  /** The last `tail` lines of one container of an online deployment, with Azure's own lines before them. */
  logs(
    deployment: Ref,
    options: { readonly container: LogContainer; readonly tail: number },
    signal: AbortSignal,
  ): Promise<string>
}

/** By the same way to Azure as `openAzure`. */
export function openEndpoints(options: AzureOptions): EndpointClient {
  const connection = openConnection(options)
  const now = connection.clock.now
  const reading = { ...connection, now }
  const services = { ...connection, now, send: tokenSender(connection) }
  return {
    find: (name, signal) => readEndpoint(reading, name, signal),
    names: (signal) => endpointNames(reading, signal),
    credentials: (endpoint, signal) => credentialsOf(reading, endpoint, signal),
    async score(endpoint, call, signal) {
      const url = scoringAddress(valueAt(endpoint.body, '/properties/scoringUri'), connection)
      const secret = bearerOf(await credentialsOf(reading, endpoint, signal))
      return score(connection, { url, secret }, call, signal)
    },
    async startJob({ ref }, { asset, deployment }, signal) {
      const start = await startOf(services, ref.name, asset, signal)
      const { name } = await startJob(
        services,
        start,
        { deployment, requestId: randomUUID() },
        signal,
      )
      return name
    },
    logs: (deployment, how, signal) => containerLog(connection, deployment, how, signal),
  }
}
