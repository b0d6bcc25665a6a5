import type { FaultOf } from '../../../core/model/probes/probe.ts'
import { probeRound } from '../../../core/model/probes/probe-order.ts'
import {
  NO_PROBES_SENT,
  type ProbeCounts,
  type ProbeTraffic,
} from '../../../core/model/probes/probe-traffic.ts'
import type { GoldenRequest } from '../../../core/model/rollout.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import { CloudError, type Meter, type ProbeSender } from '../../../reconcile/ports.ts'
import { type AzureOptions, openConnection } from '../connection.ts'
import { type AccessReading, accessTo, type EndpointAccess } from './access.ts'
import { obstacleIn, problemOf } from './obstacles.ts'
import { type ScoringAnswer, type ScoringRequest, scoringSender } from './scoring.ts'

/** Under way at once, of one endpoint: one that is slower than the rate gets fewer requests, and no heap of them. */
const AT_ONCE = 20
/** Who may not get in, or is led elsewhere, asks again after that. */
const REFUSED_MS = 60_000
/** Who reaches nobody, or is too much, asks again after that, unless the endpoint says when. */
const UNREACHED_MS = 5000
const MINUTE_MS = 60_000

export interface ProbeSenderOptions extends AzureOptions {
  readonly faultOf: FaultOf
}

/**
 * Sends probes by the traffic split of their endpoints, by the same way to Azure as `openAzure`. A secret goes to the
 * endpoint's own host, lives as long as its step is sent for, and is in no message.
 */
export function openProbeSender(options: ProbeSenderOptions): ProbeSender {
  const connection = openConnection(options)
  const { clock, meter } = connection
  const around: Around = {
    ...{ reading: { ...connection, now: clock.now }, score: scoringSender(connection) },
    ...{ now: monotonic(clock), sleep: clock.sleep, meter, faultOf: options.faultOf },
  }
  const streams = new Map<string, Stream>()
  const ending = new Set<Promise<void>>()
  function end(id: string, stream: Stream): void {
    streams.delete(id)
    stream.stop()
  }
  return {
    keep(wanted, forMs) {
      const ids = new Set(wanted.map(idOf))
      for (const [id, stream] of streams) if (!ids.has(id) || stream.isOver()) end(id, stream)
      for (const probe of wanted) {
        const known = streams.get(idOf(probe))
        const stream = known ?? startStream(probe, forMs, around)
        stream.renew(forMs)
        if (known !== undefined) continue
        streams.set(idOf(probe), stream)
        ending.add(stream.ended)
        stream.ended.then(() => ending.delete(stream.ended))
      }
    },
    counts: () => new Map([...streams.values()].map(({ key, counts }) => [key, counts()])),
    async close() {
      for (const [id, stream] of streams) end(id, stream)
      await Promise.all(ending)
    },
  }
}

function idOf({ key, step }: ProbeTraffic): string {
  return `${key}\n${step}`
}

interface Around {
  readonly reading: AccessReading
  readonly score: (request: ScoringRequest) => Promise<ScoringAnswer>
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly meter: Meter
  readonly faultOf: FaultOf
}

/** The probes of one step. */
interface Stream {
  readonly key: string
  readonly counts: () => ProbeCounts
  readonly isOver: () => boolean
  /** Goes on for so long from now: who does not renew it, has it end by itself. */
  renew(forMs: number): void
  /** Nothing is sent any more, and what is under way is given up. */
  stop(): void
  /** When nothing of it is under way any more; never rejects. */
  readonly ended: Promise<void>
}

function startStream(probe: ProbeTraffic, forMs: number, around: Around): Stream {
  const { now, sleep } = around
  const stopped = new AbortController()
  const { signal } = stopped
  let untilMs = now() + forMs
  let counts = NO_PROBES_SENT
  const count = (answered: Answered): void => {
    counts = counted(counts, answered)
    around.meter.probe(answered.is)
  }
  const caller = callerOf(probe.endpoint, around, signal)
  const requests = endless(probe)
  const underWay = new Set<Promise<void>>()

  async function send(): Promise<void> {
    const answered = await caller.ask(requests.next().value)
    if (!signal.aborted) count(answered)
  }

  async function run(): Promise<void> {
    let dueAt = now()
    for (;;) {
      // What could not be sent in time is left out: it never comes in a burst.
      dueAt = Math.max(dueAt + MINUTE_MS / probe.perMinute, now())
      await sleep(dueAt - now(), signal)
      if (signal.aborted || now() >= untilMs) break
      if (caller.isQuiet() || underWay.size >= AT_ONCE) continue
      const sending = send()
      underWay.add(sending)
      sending.then(() => underWay.delete(sending))
    }
    stopped.abort()
    await Promise.all(underWay)
  }

  return {
    key: probe.key,
    counts: () => counts,
    isOver: () => signal.aborted,
    renew(ms) {
      untilMs = now() + ms
    },
    stop: () => stopped.abort(),
    ended: run(),
  }
}

/** Every request once, then every one once more in another order. */
function* endless({ requests, step }: ProbeTraffic): Generator<GoldenRequest, never> {
  for (let round = 0; ; round += 1) yield* probeRound(requests, step, round)
}

/** What became of one request. */
type Answered =
  | { readonly is: 'passed' | 'failed' }
  | {
      readonly is: 'unanswered'
      readonly problem: { readonly reason: string; readonly message: string }
    }

function counted({ problem, ...before }: ProbeCounts, answered: Answered): ProbeCounts {
  const last = answered.is === 'unanswered' ? answered.problem : problem
  return {
    sent: before.sent + 1,
    failed: before.failed + Number(answered.is === 'failed'),
    unanswered: before.unanswered + Number(answered.is === 'unanswered'),
    ...(last === undefined ? {} : { problem: last }),
  }
}

interface Caller {
  /** Never rejects. */
  ask(request: GoldenRequest): Promise<Answered>
  /** Whether the endpoint is to be left alone for now. */
  isQuiet(): boolean
}

interface WayIn {
  readonly access: EndpointAccess
  readonly secret: string
  readonly since: number
}

/** Asks one endpoint, by its traffic split. The way in is looked up once, and again when it is refused. */
function callerOf(
  endpoint: string,
  { reading, score, now, faultOf }: Around,
  signal: AbortSignal,
): Caller {
  let quietUntil = Number.NEGATIVE_INFINITY
  let way: Promise<WayIn> | undefined
  const beQuiet = (ms: number): void => {
    quietUntil = Math.max(quietUntil, now() + ms)
  }

  async function wayIn(): Promise<WayIn> {
    const access = await accessTo(reading, endpoint, signal)
    return { access, secret: await access.secret(), since: now() }
  }

  /** Whether a refused request may be sent again: keys are renewed and tokens end, but a fresh one is asked for rarely. */
  function renew(refused: Promise<WayIn>, { access, since }: WayIn): boolean {
    if (way !== refused) return now() >= quietUntil
    access.renew()
    way = undefined
    const isFresh = now() - since < REFUSED_MS
    if (isFresh) beQuiet(REFUSED_MS)
    return !isFresh
  }

  async function answerTo(request: GoldenRequest): Promise<Answered> {
    way ??= wayIn()
    const used = way
    const known = await used
    const { access, secret } = known
    const timeoutMs = Math.max(2 * request.maxLatencyMs, LEAST_TIMEOUT_MS)
    const body = request.request
    const answer = await score({ url: access.url, body, timeoutMs, secret, signal })
    if (answer.retryAfterMs !== undefined) beQuiet(answer.retryAfterMs)
    const obstacle = obstacleIn(answer)
    if (answer.status === 401) {
      if (renew(used, known)) return answerTo(request)
      return { is: 'unanswered', problem: problemOf(obstacle) }
    }
    if (obstacle !== undefined) throw obstacle
    return { is: faultOf(request, answer) === undefined ? 'passed' : 'failed' }
  }

  return {
    async ask(request) {
      try {
        return await answerTo(request)
      } catch (error) {
        const problem = problemOf(error)
        beQuiet(quietAfter(problem.reason, error))
        // What could not be looked up is looked up again.
        way = way && (await isOpen(way)) ? way : undefined
        return { is: 'unanswered', problem }
      }
    },
    isQuiet: () => now() < quietUntil,
  }
}

const LEAST_TIMEOUT_MS = 1000

function isOpen(way: Promise<WayIn>): Promise<boolean> {
  return way.then(
    () => true,
    () => false,
  )
}

/** A lost request says nothing of the next one; who is refused, or reaches nobody, does not hammer. */
function quietAfter(reason: string, error: unknown): number {
  if (reason === 'TimedOut') return 0
  const isPassing = ['Throttled', 'Unreachable', 'NotRouted'].includes(reason)
  const asked = error instanceof CloudError ? (error.retryAfterMs ?? 0) : 0
  return Math.max(asked, isPassing ? UNREACHED_MS : REFUSED_MS)
}
