import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  fastify,
} from 'fastify'
import { cleanText } from '../core/model/redact/redact.ts'
import { admit, admitReader, type Open, type Readers } from './admission.ts'
import type { ServedApplication } from './application.ts'
import { boundConnections } from './connections.ts'
import { createEventStream } from './event-stream.ts'
import { type Refusal, refusalOf } from './hardening.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { openapiOf } from './openapi.ts'
import { createReadiness } from './readiness.ts'
import type { Context, Route } from './route.ts'
import { ROUTES } from './routes.ts'
import { SCHEMAS } from './schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    readers?: Readers
  }
}

export interface ServerOptions {
  readonly applications: readonly ServedApplication[]
  /** The text of /metrics. */
  readonly metrics: () => Promise<string>
  readonly version: string
  /** Further reasons not to be ready (stopping, no identity yet); empty = none. */
  readonly notReady?: () => readonly string[]
  readonly limits?: Partial<Limits>
  /** What who pulls levers must know; read anew each time. Absent: only this machine may, by loopback. */
  readonly apiToken?: () => string
  /** What others than this machine may read without that (default: nothing but the probes). */
  readonly open?: Open
  readonly logger?: {
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  /** Hears of every answer; `route` is the pattern of the path. */
  readonly observe?: (route: string, method: string, status: number) => void
}

/**
 * The HTTP side of the controller: it shows, and takes levers for the next tick. `listen({ port })` binds loopback unless a host is named; `close()` ends
 * event streams and idle connections. Errors are JSON and name nothing of the inside.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const server = createFastify(limits, (error, request, reply) => {
    const { method, headers } = request
    const boundTo = server.server.address()
    const { status, message } =
      refusalOf({ method, headers, isTaken: false }, boundTo, limits.bodyBytes) ?? badPath(error)
    options.observe?.('other', method, status)
    return sendError(reply.headers(SAFE_HEADERS).header('connection', 'close'), status, message)
  })
  const events = createEventStream(options.applications, limits)
  const readiness = createReadiness(options.applications)
  const openapi = openapiOf(ROUTES, options.version)
  const context: Context = {
    applications: options.applications,
    events,
    reasons: () => [...readiness.reasons(), ...(options.notReady?.() ?? [])],
    metrics: options.metrics,
    openapi: () => openapi,
    leverWaitMs: limits.leverWaitMs,
  }
  boundConnections(server.server, limits.connections)
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS)
    const boundTo = server.server.address()
    const { method, headers, is404, raw, routeOptions } = request
    const isWrite = method === 'POST' && !is404
    const refusal =
      refusalOf({ method, headers, isTaken: isWrite }, boundTo, limits.bodyBytes) ??
      (isWrite
        ? admit(raw, boundTo, options.apiToken)
        : admitReader(raw, boundTo, routeOptions.config.readers, options))
    if (refusal === undefined) return
    if (refusal.status === 401 || refusal.status === 403)
      options.logger?.warn(
        { status: refusal.status, route: routeOptions.url, from: raw.socket.remoteAddress },
        'a request was not admitted',
      )
    return sendError(reply.header('connection', 'close'), refusal.status, refusal.message)
  })
  server.addHook('onResponse', async (request, reply) => {
    options.observe?.(request.routeOptions.url ?? 'other', request.method, reply.statusCode)
  })
  server.addHook('preClose', async () => {
    events.close()
    readiness.close()
  })
  server.setNotFoundHandler((_request, reply) => sendError(reply, 404, 'no such route'))
  server.setErrorHandler((error, request, reply) => answerError(options, error, request, reply))
  for (const route of ROUTES) register(server, route, context)
  return server
}

const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** What Fastify says of a path repeats it. */
function badPath({ statusCode }: { readonly statusCode?: number }): Refusal {
  return statusCode === 414
    ? { status: 414, message: `a part of a path has at most ${PATH_PART_MAX} characters here` }
    : { status: 400, message: 'the path cannot be decoded' }
}

const PATH_PART_MAX = 256

/** `answerBadPath`: to these no route, and so no hook, is found. */
function createFastify(
  limits: Limits,
  answerBadPath: NonNullable<FastifyServerOptions['frameworkErrors']>,
): FastifyInstance {
  return fastify({
    logger: false,
    frameworkErrors: answerBadPath,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.idleTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: PATH_PART_MAX },
    // What is sent is what is meant: by itself fastify makes a text of a list, and drops fields that nobody knows.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    http: {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
      maxHeaderSize: limits.headerBytes,
    },
  })
}

function register(server: FastifyInstance, route: Route, context: Context): void {
  const response = Object.fromEntries(
    Object.entries(route.answers)
      .filter(([, answer]) => answer in SCHEMAS)
      .map(([status, answer]) => [status, SCHEMAS[answer as keyof typeof SCHEMAS]]),
  )
  const { method = 'GET', url, query, body, readers } = route
  const schema = {
    response,
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
  }
  server.route({
    ...{ method, url, schema },
    config: readers === undefined ? {} : { readers },
    handler: async (request, reply) => route.handle(context, request, reply),
  })
}

function answerError(
  { logger }: ServerOptions,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { statusCode = 500, message = '' } = error as { statusCode?: number; message?: string }
  const isOurs = statusCode < 400 || statusCode === 500
  if (!isOurs) return sendError(reply, statusCode, message)
  logger?.error({ err: error, route: request.routeOptions.url }, 'a request failed')
  return sendError(reply, 500, 'an error of this process; its log says more')
}

const ERROR_NAMES: { readonly [status: number]: string } = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  413: 'ContentTooLarge',
  414: 'UriTooLong',
  415: 'UnsupportedMediaType',
  421: 'MisdirectedRequest',
  503: 'Unavailable',
}

function sendError(reply: FastifyReply, statusCode: number, message: string): FastifyReply {
  const error = ERROR_NAMES[statusCode] ?? (statusCode < 500 ? 'BadRequest' : 'InternalError')
  if (statusCode === 405) reply.header('allow', 'GET, HEAD')
  if (statusCode === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(statusCode)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ statusCode, error, message: cleanText(message) })
}
