import type { FaultOf, Probe, ProbeAnswer, ProbeRequest } from '../../../core/model/probes/probe.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import { CloudError, type Prober } from '../../../reconcile/ports.ts'
import { type AzureOptions, openConnection } from '../connection.ts'
import { accessTo, type EndpointAccess } from './access.ts'
import { busy, obstacleIn, problemOf } from './obstacles.ts'
import { type ScoringAnswer, type ScoringRequest, scoringSender } from './scoring.ts'

/**
 * Sends requests to one deployment of an endpoint, by the same way to Azure as `openAzure`. Keys and tokens live as long
 * as one probe, go to the endpoint's own host, and are in no message.
 */
export function openProber(options: AzureOptions & { readonly faultOf: FaultOf }): Prober {
  const { faultOf } = options
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
        const access = await accessTo(reading, probe.endpoint, signal)
        const send = async (request: ScoringRequest): Promise<ScoringAnswer> => {
          const answer = await score(request)
          const { retryAfterMs: asked } = answer
          if (asked !== undefined) quiet.set(probe.endpoint, now() + asked)
          return answer
        }
        return await askAll({ access, score: send, signal, faultOf }, probe)
      } catch (error) {
        const problem = problemOf(error)
        return probe.requests.map(({ golden: { name } }) => ({ name, problem }))
      }
    },
  }
}

interface Asking {
  readonly access: EndpointAccess
  readonly score: (request: ScoringRequest) => Promise<ScoringAnswer>
  readonly signal: AbortSignal
  readonly faultOf: FaultOf
}

/**
 * One after the other, so that a latency is of the model and not of a queue. What keeps one request from being asked,
 * other than its own time, keeps the rest too.
 */
async function askAll(asking: Asking, probe: Probe): Promise<ProbeAnswer[]> {
  const answers: ProbeAnswer[] = []
  const held: Held = { secret: await asking.access.secret(), isFresh: true }
  let obstacle: CloudError | undefined
  for (const request of probe.requests) {
    const { name } = request.golden
    if (obstacle !== undefined) {
      answers.push({ name, problem: problemOf(obstacle) })
      continue
    }
    try {
      answers.push(await askOne(asking, probe, request, held))
    } catch (error) {
      answers.push({ name, problem: problemOf(error) })
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
  { access, score, signal, faultOf }: Asking,
  { deployment }: Probe,
  { golden, timeoutMs }: ProbeRequest,
  held: Held,
): Promise<ProbeAnswer> {
  const send = () =>
    score({
      ...{ url: access.url, deployment, body: golden.request, timeoutMs },
      ...{ secret: held.secret, signal },
    })
  let answer = await send()
  if (answer.status === 401 && held.isFresh) {
    held.isFresh = false
    access.renew()
    held.secret = await access.secret()
    answer = await send()
  }
  const obstacle = obstacleIn(answer, deployment)
  if (obstacle !== undefined) throw obstacle
  const fault = faultOf(golden, answer)
  return { name: golden.name, ...(fault === undefined ? {} : { fault }) }
}
