import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ResourceStatus } from '../core/model/report.ts'
import { ROLLOUT_ROUTES } from './rollout-routes.ts'
import {
  APPLICATIONS,
  applicationOf,
  type Context,
  RequestError,
  type Route,
  resourcesOf,
} from './route.ts'
import * as views from './views/views.ts'

/** The table of routes: all of them read but the levers of rollouts. */
export const ROUTES: readonly Route[] = [
  {
    url: '/metrics',
    readers: 'metrics',
    summary: 'Metrics in the Prometheus text format',
    answers: { 200: 'text' },
    handle: async ({ metrics }, _request, reply) => {
      const shown = await metrics()
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(shown)
    },
  },
  {
    url: '/healthz',
    readers: 'everybody',
    summary: 'Whether the process answers',
    answers: { 200: 'Health' },
    handle: () => ({ status: 'ok' }),
  },
  {
    url: '/readyz',
    readers: 'everybody',
    summary: 'Whether every Application has had its first good tick',
    answers: { 200: 'Ready', 503: 'Ready' },
    handle: ({ reasons }, _request, reply) => {
      const missing = reasons()
      if (missing.length === 0) return { status: 'ready', reasons: [] }
      return reply.code(503).send({ status: 'not ready', reasons: missing })
    },
  },
  {
    url: '/api/v1/openapi.json',
    summary: 'This document',
    answers: { 200: 'any' },
    handle: ({ openapi }) => openapi(),
  },
  {
    url: APPLICATIONS,
    summary: 'All Applications',
    answers: { 200: 'Applications' },
    handle: ({ applications }) => ({ items: applications.map(views.summaryView) }),
  },
  {
    url: `${APPLICATIONS}/:name`,
    summary: 'One Application and its last ticks',
    answers: { 200: 'Application', 404: 'Error' },
    handle: (context, request) => views.applicationView(applicationOf(context, request)),
  },
  {
    url: `${APPLICATIONS}/:name/resources`,
    summary: 'The things an Application keeps in step',
    answers: { 200: 'Resources', 404: 'Error' },
    handle: (context, request) => ({
      items: resourcesOf(applicationOf(context, request)).map(views.resourceView),
    }),
  },
  {
    url: `${APPLICATIONS}/:name/resources/*`,
    summary: 'One thing by its key (OnlineDeployment/fraud/blue), with its differences',
    answers: { 200: 'Resource', 404: 'Error' },
    handle: (context, request) => {
      const application = applicationOf(context, request)
      const wanted = (request.params as { '*': string })['*'].toLowerCase()
      const found = resourcesOf(application).find(({ key }) => key.toLowerCase() === wanted)
      if (found === undefined) throw new RequestError(404, 'no such resource')
      return views.resourceDetailView(found, application.journal.events())
    },
  },
  {
    url: `${APPLICATIONS}/:name/drift`,
    summary: 'What somebody else moved, field by field',
    answers: { 200: 'Drift', 404: 'Error' },
    handle: (context, request) => ({
      items: resourcesOf(applicationOf(context, request)).filter(isDrifted).map(views.driftView),
    }),
  },
  {
    url: `${APPLICATIONS}/:name/plan`,
    summary: 'What the last tick planned, started and held back, and what is in no Git',
    answers: { 200: 'Plan', 404: 'Error' },
    handle: (context, request) => views.planView(applicationOf(context, request).journal.latest()),
  },
  {
    url: `${APPLICATIONS}/:name/problems`,
    summary: 'What is wrong with the newest commit, with file and line',
    answers: { 200: 'Problems', 404: 'Error' },
    handle: (context, request) => {
      const { journal } = applicationOf(context, request)
      return { items: (journal.latest()?.problems ?? []).map(views.problemView) }
    },
  },
  ...ROLLOUT_ROUTES,
  {
    url: '/api/v1/events',
    summary: 'What happens, as server-sent events (resumes after Last-Event-ID), or as JSON',
    answers: { 200: 'Events', 503: 'Error' },
    query: {
      type: 'object',
      properties: {
        format: { type: 'string', enum: ['json', 'stream'], default: 'stream' },
        application: { type: 'string', maxLength: 63 },
      },
    },
    handle: sendEvents,
  },
]

function sendEvents({ events }: Context, request: FastifyRequest, reply: FastifyReply): unknown {
  const { format, application } = request.query as { format: string; application?: string }
  const header = request.headers['last-event-id']
  const lastId = typeof header === 'string' ? header : undefined
  if (format === 'json') {
    const items = events
      .since(lastId)
      .filter(({ event }) => application === undefined || event.application === application)
      .map(({ id, event }) => ({ id, ...views.eventView(event) }))
    return { items }
  }
  if (request.method === 'HEAD') {
    reply.hijack()
    events.head(reply.raw)
    return reply
  }
  if (!events.hasRoom()) {
    reply.header('retry-after', '10')
    throw new RequestError(503, 'too many event streams are open')
  }
  reply.hijack()
  events.open(reply.raw, { lastId, ...(application === undefined ? {} : { application }) })
  return reply
}

function isDrifted(
  resource: ResourceStatus,
): resource is ResourceStatus & { readonly driftedSince: number } {
  return resource.driftedSince !== undefined
}
