import type { AzureCloud } from '../../../core/model/azure-cloud.ts'
import { isObject } from '../../../core/model/json.ts'
import type { Probe, ProbeAnswer, ProbeRequest } from '../../../core/model/probe.ts'
import { cleanText } from '../../../core/model/redact.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import { CloudError, type Prober } from '../../../reconcile/ports.ts'
import { type AzureOptions, openConnection } from '../connection.ts'
import { type SecretAction, secretIn, secretsOf } from '../endpoints/credentials.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorOf } from '../http/errors.ts'
import { objectOf } from '../http/whole-body.ts'
import { mlTokenOf, type RenewableCredential } from '../identity/token.ts'
import {
  type ScoringAnswer,
  type ScoringRequest,
  scoringAddress,
  scoringSender,
} from './scoring.ts'

/**
 * Sends requests to one deployment of an endpoint, by the same way to Azure as `openAzure`. Keys and tokens live as long
 * as one probe, go to the endpoint's own host, and are in no message.
 */
export function openProber(options: AzureOptions): Prober {
  const connection = openConnection(options)
  const { clock } = connection
  const reading = { ...connection, now: clock.now }
  const score = scoringSender(connection)
  /** By endpoint, until when it asks callers to stay away (INVARIANTS S18). */
  const quiet = new Map<string, number>()
  const now = monotonic(clock)
  return {
    async ask(probe, signal) {
      try {
        if ((quiet.get(probe.endpoint) ?? 0) > now()) throw busy()
        quiet.delete(probe.endpoint)
        const door = await doorOf(reading, probe.endpoint, signal)
        const send = async (request: ScoringRequest): Promise<ScoringAnswer> => {
          const answer = await score(request)
          const { retryAfterMs: asked } = answer
          if (asked !== undefined) quiet.set(probe.endpoint, now() + asked)
          return answer
        }
        return await askAll({ door, score: send, signal }, probe)
      } catch (error) {
        const problem = problemOf(error)
        return probe.requests.map(({ name }) => ({ name, problem }))
      }
    },
  }
}

interface Reading {
  readonly client: ArmClient
  readonly credential: RenewableCredential
  readonly now: () => number
  readonly cloud: AzureCloud
  readonly origin: string
}

/** An endpoint as its callers know it: where it is, and how to get in. */
interface Door {
  readonly url: string
  /** The bearer text; asked for again after a 401. */
  secret(): Promise<string>
  renew(): void
}

async function doorOf(reading: Reading, endpoint: string, signal: AbortSignal): Promise<Door> {
  const what = `GET ${endpoint}`
  const response = await reading.client.get({ kind: 'OnlineEndpoint', name: endpoint }, signal)
  if (response.status !== 200) throw cloudErrorOf(response, what, reading.now())
  const { properties } = objectOf(response, what)
  const { scoringUri, authMode } = isObject(properties) ? properties : {}
  const url = scoringAddress(scoringUri, reading)
  const { credential } = reading
  switch (String(authMode).toLowerCase()) {
    case 'aadtoken':
      return {
        url,
        secret: async () => (await mlTokenOf(reading)).token,
        renew: () => credential.renew?.(),
      }
    case 'amltoken':
      return { url, secret: () => secretOf(reading, endpoint, 'token', signal), renew() {} }
    case 'key':
      return { url, secret: () => secretOf(reading, endpoint, 'listKeys', signal), renew() {} }
    default:
      throw problem('Refused', 'The endpoint has a way of authorisation that is not known here.')
  }
}

async function secretOf(
  reading: Reading,
  name: string,
  action: SecretAction,
  signal: AbortSignal,
): Promise<string> {
  const body = await secretsOf(reading, { kind: 'OnlineEndpoint', name }, action, signal)
  return secretIn(action === 'token' ? body.accessToken : body.primaryKey)
}

interface Asking {
  readonly door: Door
  readonly score: (request: ScoringRequest) => Promise<ScoringAnswer>
  readonly signal: AbortSignal
}

/**
 * One after the other, so that a latency is of the model and not of a queue. What keeps one request from being asked,
 * other than its own time, keeps the rest too.
 */
async function askAll(asking: Asking, probe: Probe): Promise<ProbeAnswer[]> {
  const answers: ProbeAnswer[] = []
  const held: Held = { secret: await asking.door.secret(), isFresh: true }
  let obstacle: CloudError | undefined
  for (const request of probe.requests) {
    if (obstacle !== undefined) {
      answers.push({ name: request.name, problem: problemOf(obstacle) })
      continue
    }
    try {
      answers.push(await askOne(asking, probe, request, held))
    } catch (error) {
      answers.push({ name: request.name, problem: problemOf(error) })
      if (error instanceof CloudError && error.reason !== 'TimedOut') obstacle = error
    }
  }
  return answers
}

interface Held {
  secret: string
  /** A refused secret is replaced once in a probe: it may have been renewed between two requests. */
  isFresh: boolean
}

async function askOne(
  { door, score, signal }: Asking,
  { deployment }: Probe,
  { name, body, timeoutMs }: ProbeRequest,
  held: Held,
): Promise<ProbeAnswer> {
  const send = () =>
    score({ url: door.url, deployment, body, timeoutMs, secret: held.secret, signal })
  let answer = await send()
  if (answer.status === 401 && held.isFresh) {
    held.isFresh = false
    door.renew()
    held.secret = await door.secret()
    answer = await send()
  }
  const obstacle = obstacleIn(answer, deployment)
  if (obstacle !== undefined) throw obstacle
  const { status, latencyMs } = answer
  return { name, status, body: answer.body, latencyMs }
}

/** Answers of the front door that never reached a model, and so say nothing about it. */
function obstacleIn(
  { status, deployment: reached }: ScoringAnswer,
  deployment: string,
): CloudError | undefined {
  if (status === 401) return problem('Unauthorized', 'The endpoint refused a fresh key or token.')
  if (status === 403)
    return problem(
      'Unauthorized',
      'This identity may not score: it needs the action onlineEndpoints/score.',
    )
  if (status === 429) return busy()
  if (status >= 300 && status < 400)
    return problem('Refused', 'The endpoint redirects; redirects are not followed.')
  if (status === 404 && reached === undefined)
    return problem('NotRouted', `The endpoint does not know the deployment ${deployment} yet.`)
  return undefined
}

function busy(): CloudError {
  return problem('Throttled', 'The endpoint takes no more requests for now.')
}

function problem(reason: string, message: string): CloudError {
  return new CloudError({ reason, message, errorClass: 'service', retry: 'Later' })
}

function problemOf(error: unknown): { readonly reason: string; readonly message: string } {
  if (error instanceof CloudError)
    return { reason: error.reason, message: cleanText(error.message) }
  return { reason: 'Unreachable', message: 'The endpoint could not be asked.' }
}
