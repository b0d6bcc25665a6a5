import type { JsonObject, Principal } from '../core/contract.ts'
import { refuseSeries, type SeriesAnswer, type SeriesQuery } from '../scoring/history.ts'

export interface MonitorOptions {
  /** The ARM id of the workspace, and the GUID that its logs are asked for by. */
  readonly workspaceId: string
  readonly logsWorkspaceId: string
  /** What the endpoints' users have been answered so far. */
  readonly seriesOf: (query: SeriesQuery) => SeriesAnswer
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

/** The counters of an endpoint on a grid; throws a Refusal for a grid that is too fine or none. */
export function seriesFor({ seriesOf }: MonitorOptions, query: SeriesQuery): SeriesAnswer {
  const refusal = refuseSeries(query)
  if (refusal !== undefined) throw badRequest(refusal)
  return seriesOf(query)
}
