import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ResourceStatus } from '../core/model/report.ts'
import type { Readers } from './admission.ts'
import type { ServedApplication } from './application.ts'
import type { EventStream } from './event-stream.ts'
import type { Schema, SchemaName } from './schemas.ts'

export const APPLICATIONS = '/api/v1/applications'

/** What the handlers may look at. */
export interface Context {
  readonly applications: readonly ServedApplication[]
  readonly events: EventStream
  /** Why the process is not ready; empty = ready. */
  readonly reasons: () => readonly string[]
  readonly metrics: () => Promise<string>
  readonly openapi: () => Schema
  /** How long a lever may wait for its answer, in milliseconds. */
  readonly leverWaitMs: number
}

export interface Route {
  /** GET unless it is said: what writes is POST, and is let in by `admission`. */
  readonly method?: 'POST'
  readonly url: string
  readonly summary: string
  /** The answer's schema by status; text answers have none. */
  readonly answers: { readonly [status: number]: SchemaName | 'text' | 'any' }
  /** Who may read it from another machine without the token, where it is not all (default: nobody). */
  readonly readers?: Readers
  readonly query?: Schema
  readonly body?: Schema
  handle(context: Context, request: FastifyRequest, reply: FastifyReply): unknown
}

/** An answer that is an error of the client's. */
export class RequestError extends Error {
  readonly statusCode: number
  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

export function applicationOf(
  { applications }: Context,
  request: FastifyRequest,
): ServedApplication {
  const { name } = request.params as { name: string }
  const found = applications.find((application) => application.name === name)
  if (found === undefined) throw new RequestError(404, 'no such application')
  return found
}

export function resourcesOf({ journal }: ServedApplication): readonly ResourceStatus[] {
  return journal.latest()?.resources ?? []
}
