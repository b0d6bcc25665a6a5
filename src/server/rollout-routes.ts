import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { cleanText } from '../core/model/redact/redact.ts'
import { INTENT_VERBS, type Intent } from '../core/model/rollout.ts'
import { revisionShown } from '../core/report/revision-shown.ts'
import { samplesOf, samplesOr } from '../core/report/samples.ts'
import { admittedBy } from './admission.ts'
import {
  APPLICATIONS,
  applicationOf,
  type Context,
  RequestError,
  type Route,
  resourcesOf,
} from './route.ts'
import { answerView, rolloutsOf, rolloutView } from './views/rollout-views.ts'

const BASE = `${APPLICATIONS}/:name/rollouts`
const STATUSES = { accepted: 200, pending: 202, refused: 409 } as const
const SAID_MAX = 200
const WHAT_MAX = 600
const ANSWERS: Route['answers'] = {
  ...{ 200: 'Lever', 202: 'Lever', 409: 'Lever' },
  ...{ 400: 'Error', 401: 'Error', 403: 'Error', 404: 'Error', 413: 'Error', 415: 'Error' },
}
const SAYING = {
  type: 'object',
  additionalProperties: false,
  required: ['who', 'why'],
  properties: {
    who: { type: 'string', pattern: '\\S', maxLength: SAID_MAX },
    why: { type: 'string', maxLength: SAID_MAX },
  },
} as const

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
      const { key, rollout } = rolloutAt(context, request)
      return rolloutView(key, rollout)
    },
  },
  {
    url: `${BASE}/:endpoint/samples`,
    summary: 'The queries and samples behind the last verdicts of it, also when it is over',
    answers: { 200: 'Samples', 404: 'Error' },
    handle: async (context, request) => {
      const { rollout, at } = rolloutAt(context, request)
      const { lastVerdict } = applicationOf(context, request)
      return samplesOr(samplesOf(rollout, at), lastVerdict)
    },
  },
  {
    method: 'POST',
    url: `${BASE}/:endpoint/:verb`,
    summary: `A lever: ${INTENT_VERBS.join(', ')}. 200 it was pulled, 409 it was refused, 202 it waits`,
    answers: ANSWERS,
    body: {
      ...SAYING,
      properties: { ...SAYING.properties, revision: { type: 'string', pattern: '^[0-9a-f]{8}$' } },
    },
    handle: pull,
  },
  {
    method: 'POST',
    url: `${APPLICATIONS}/:name/adopt`,
    summary:
      'Takes over what the Application declares and somebody else keeps, or kept. 200 its tags are written, 409 it is refused, 202 it waits',
    answers: ANSWERS,
    body: {
      ...SAYING,
      required: [...SAYING.required, 'what'],
      properties: {
        ...SAYING.properties,
        what: { type: 'string', pattern: '\\S', maxLength: WHAT_MAX },
        force: { type: 'boolean' },
      },
    },
    handle: (context, request, reply) => answered(context, request, reply, adoption(request)),
  },
  {
    method: 'POST',
    url: `${APPLICATIONS}/:name/approve`,
    summary:
      'Approves the deletions of that id, as the plan shows it. 200 they are done, 409 it is refused, 202 they go on',
    answers: ANSWERS,
    body: {
      ...SAYING,
      required: [...SAYING.required, 'deletions'],
      properties: {
        ...SAYING.properties,
        deletions: { type: 'string', pattern: '^[0-9a-f]{8}$' },
      },
    },
    handle: (context, request, reply) => answered(context, request, reply, approval(request)),
  },
]

function rolloutAt(context: Context, request: FastifyRequest) {
  const wanted = endpointOf(request).toLowerCase()
  const report = applicationOf(context, request).journal.latest()
  for (const { key, rollout } of report?.resources ?? [])
    if (rollout?.endpoint.toLowerCase() === wanted)
      return { key, rollout, at: report?.endedAt ?? 0 }
  throw new RequestError(404, 'no rollout of that endpoint')
}

function pull(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const intent = intentOf(request, resourcesOf(applicationOf(context, request)))
  return answered(context, request, reply, intent)
}

/** Hands the word to the next tick of the Application and waits for what becomes of it. */
async function answered(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  intent: Intent,
) {
  const application = applicationOf(context, request)
  if (application.inbox === undefined)
    throw new RequestError(405, 'this Application can only be looked at')
  const timeUp = AbortSignal.timeout(context.leverWaitMs)
  const answer = await application.inbox.put(intent, timeUp)
  return reply.code(STATUSES[answer.result]).send(answerView(application.name, answer))
}

function adoption(request: FastifyRequest): Intent {
  const { what, force } = request.body as { readonly what: string; readonly force?: boolean }
  const forced = force === true ? { isForced: true as const } : {}
  return { ...saidBy(request), verb: 'adopt', endpoint: said(what), ...forced }
}

function approval(request: FastifyRequest): Intent {
  const { deletions } = request.body as { readonly deletions: string }
  return { ...saidBy(request), verb: 'approve', endpoint: deletions }
}

/** `who` is what the caller says, and with it how that caller was let in. */
function saidBy(request: FastifyRequest): Pick<Intent, 'id' | 'who' | 'actor' | 'why' | 'at'> {
  const { who, why } = request.body as { readonly who: string; readonly why: string }
  const admission = admittedBy(request.raw)
  return {
    id: randomUUID(),
    who: `${said(who)} (${admission})`,
    ...(admission === 'token' ? { actor: 'token' as const } : {}),
    why: said(why),
    at: Date.now(),
  }
}

/** Who names no revision means the one that the last report shows. */
function intentOf(request: FastifyRequest, resources: ReturnType<typeof resourcesOf>): Intent {
  const named = (request.params as { verb: string }).verb
  const verb = INTENT_VERBS.find((one) => one === named)
  if (verb === undefined)
    throw new RequestError(404, `no such lever; there are ${INTENT_VERBS.join(', ')}`)
  const wanted = endpointOf(request)
  const known = resources.find(
    ({ rollout }) => rollout?.endpoint.toLowerCase() === wanted.toLowerCase(),
  )
  const { revision = known?.rollout && revisionShown(known.rollout, verb) } = request.body as {
    readonly revision?: string
  }
  const endpoint = known?.rollout?.endpoint ?? cleanText(wanted)
  const about = revision === undefined ? {} : { about: { revision } }
  return { ...saidBy(request), verb, endpoint, ...about }
}

/** One line of text: it becomes part of tags, events and logs. */
function said(text: string): string {
  // Half of a character has no bytes that Azure would take.
  return cleanText(text.toWellFormed()).trim()
}

function endpointOf(request: FastifyRequest): string {
  return (request.params as { endpoint: string }).endpoint
}
