import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { INTENT_VERBS, type Intent } from '../core/model/rollout.ts'
import { cleanText } from '../lib/redact.ts'
import { admittedBy } from './admission.ts'
import { answerView, rolloutsOf } from './rollout-views.ts'
import {
  APPLICATIONS,
  applicationOf,
  type Context,
  RequestError,
  type Route,
  resourcesOf,
} from './route.ts'

const BASE = `${APPLICATIONS}/:name/rollouts`
const STATUSES = { accepted: 200, pending: 202, refused: 409 } as const
const SAID_MAX = 200

/** How rollouts stand, and the levers that move them. A lever is an input of the next tick, never an act by itself. */
export const ROLLOUT_ROUTES: readonly Route[] = [
  {
    url: BASE,
    summary: 'The rollouts of an Application, with what they are judged by',
    answers: { 200: 'Rollouts', 404: 'Error' },
    handle: (context, request) => ({ items: rolloutsOf(applicationOf(context, request)) }),
  },
  {
    url: `${BASE}/:endpoint`,
    summary: 'The rollout of one endpoint',
    answers: { 200: 'Rollout', 404: 'Error' },
    handle: (context, request) => {
      const wanted = endpointOf(request).toLowerCase()
      const all = rolloutsOf(applicationOf(context, request))
      const found = all.find(({ endpoint }) => endpoint.toLowerCase() === wanted)
      if (found === undefined) throw new RequestError(404, 'no rollout of that endpoint')
      return found
    },
  },
  {
    method: 'POST',
    url: `${BASE}/:endpoint/:verb`,
    summary: `A lever: ${INTENT_VERBS.join(', ')}. 200 it was pulled, 409 it was refused, 202 it waits`,
    answers: {
      ...{ 200: 'Lever', 202: 'Lever', 409: 'Lever' },
      ...{ 400: 'Error', 401: 'Error', 403: 'Error', 404: 'Error', 413: 'Error', 415: 'Error' },
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['who', 'why'],
      properties: {
        who: { type: 'string', pattern: '\\S', maxLength: SAID_MAX },
        why: { type: 'string', maxLength: SAID_MAX },
      },
    },
    handle: pull,
  },
]

/** Hands the word to the next tick of the Application and waits for what becomes of it. */
async function pull(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const application = applicationOf(context, request)
  if (application.inbox === undefined)
    throw new RequestError(405, 'this Application can only be looked at')
  const intent = intentOf(request, resourcesOf(application))
  const timeUp = AbortSignal.timeout(context.leverWaitMs)
  const answer = await application.inbox.put(intent, timeUp)
  return reply.code(STATUSES[answer.result]).send(answerView(application.name, answer))
}

/** `who` is what the caller says, and with it how that caller was let in. */
function intentOf(request: FastifyRequest, resources: ReturnType<typeof resourcesOf>): Intent {
  const named = (request.params as { verb: string }).verb
  const verb = INTENT_VERBS.find((one) => one === named)
  if (verb === undefined)
    throw new RequestError(404, `no such lever; there are ${INTENT_VERBS.join(', ')}`)
  const { who, why } = request.body as { readonly who: string; readonly why: string }
  const wanted = endpointOf(request)
  const known = resources.find(
    ({ rollout }) => rollout?.endpoint.toLowerCase() === wanted.toLowerCase(),
  )
  return {
    id: randomUUID(),
    verb,
    endpoint: known?.rollout?.endpoint ?? cleanText(wanted),
    who: `${said(who)} (${admittedBy(request.raw)})`,
    ...(admittedBy(request.raw) === 'token' ? { actor: 'token' as const } : {}),
    why: said(why),
    at: Date.now(),
  }
}

/** One line of text: it becomes part of tags, events and logs. */
function said(text: string): string {
  return cleanText(text).trim()
}

function endpointOf(request: FastifyRequest): string {
  return (request.params as { endpoint: string }).endpoint
}
