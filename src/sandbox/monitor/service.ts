import type { Audiences } from '../core/cloud.ts'
import type { EndpointView, JsonObject, Principal } from '../core/contract.ts'
import {
  type History,
  refuseSeries,
  type SeriesAnswer,
  type SeriesQuery,
  seriesOf,
} from '../scoring/counters/history.ts'

export interface MonitorOptions {
  /** Where the workspace is; its GUID is also the one that its logs are asked for by. */
  readonly where: {
    readonly subscriptionId: string
    readonly resourceGroup: string
    readonly workspace: string
    readonly workspaceId: string
  }
  /** Of the tokens that open it. */
  readonly audiences: Pick<Audiences, 'isMetrics' | 'isLogs'>
  readonly views: () => readonly EndpointView[]
  readonly history: History
  readonly now: () => number
  /** Who a bearer token speaks for; undefined = not one of ours, or not for an audience that is accepted. */
  readonly principalOf: (
    token: string,
    accepts: (audience: string) => boolean,
  ) => Promise<Principal | undefined>
}

/** What a service of Azure Monitor is asked: its own part of the path, the query and the body. */
export interface Asked {
  readonly id: string
  readonly parameters: URLSearchParams
  readonly body: JsonObject
}

/** What a request ends in that is not answered. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
  }
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message)
}

/** For what the service can do and this one cannot. */
export function notImplemented(what: string): Refusal {
  return new Refusal(501, 'NotImplemented', `The sandbox does not know ${what}.`)
}

/** The ARM id below which the workspace's endpoints are. */
export function endpointsId({ where }: MonitorOptions): string {
  const { subscriptionId, resourceGroup, workspace } = where
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}/onlineEndpoints`
}

/** The counters of an endpoint on a grid; throws a Refusal for a grid that is too fine or none. */
export function seriesFor(options: MonitorOptions, query: SeriesQuery): SeriesAnswer {
  const refusal = refuseSeries(query)
  if (refusal !== undefined) throw badRequest(refusal)
  const wanted = query.endpoint.toLowerCase()
  const endpoint = options.views().find(({ name }) => name.toLowerCase() === wanted)
  const existing = endpoint?.deployments.map(({ name }) => name) ?? []
  return seriesOf(options.history, query, existing, options.now())
}
