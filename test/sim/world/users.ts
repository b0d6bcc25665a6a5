import type { DeploymentView, EndpointView } from '../../../src/sandbox/core/contract.ts'
import type { Counters } from '../../../src/sandbox/scoring/counters/counters.ts'
import { bucketOf } from '../../../src/sandbox/scoring/counters/latency.ts'
import { declaredOf } from '../../../src/sandbox/scoring/simulated/play.ts'
import type { Random } from '../../../src/sandbox/scoring/simulated/random.ts'
import type { RequestFailure, TraceEvent } from '../trace.ts'

/** Users of endpoints: so many requests a second, each answered by whom the weights say, with the cause where it was not. */
export interface Users {
  /** From now on so many requests a second come to an endpoint, once it has served for the first time. */
  set(endpoint: string, perSecond: number): void
  /** Lets a stretch of time pass in which the workspace was as the views say. */
  pass(views: readonly EndpointView[], fromMs: number, toMs: number): void
}

/** So many requests a second one instance answers; more are refused. */
const PER_INSTANCE = 30
/** Events are told at least so often. */
const CHUNK_MS = 15_000

interface Tally {
  readonly deployment: string | undefined
  sent: number
  readonly failed: Map<RequestFailure, number>
}

export function createUsers(
  counters: Counters,
  random: Random,
  emit: (event: TraceEvent) => void,
): Users {
  const rates = new Map<string, number>()
  const launched = new Set<string>()

  /** The requests of a second, or of a part of it, to one side of an endpoint. */
  function ask(side: Side, endpoint: EndpointView | undefined, { mean, atMs, share }: Asked) {
    const sent = mean > 0 ? countOf(mean, random) : 0
    const failed = new Map<RequestFailure, number>()
    const { view } = side
    if (sent === 0) return { sent, failed }
    if (view === undefined || endpoint === undefined) {
      failed.set(side.name === undefined ? 'noRoute' : 'notUp', sent)
      return { sent, failed }
    }
    const room = Math.ceil(view.instanceCount * PER_INSTANCE * share)
    const refused = Math.max(0, sent - room)
    failed.set('overloaded', refused)
    failed.set('model', answer(view, endpoint.name, atMs, sent - refused))
    return { sent, failed }
  }

  function second(
    endpoint: EndpointView | undefined,
    { perSecond, atMs, share }: { perSecond: number; atMs: number; share: number },
    tallies: Map<string, Tally>,
  ): void {
    for (const side of sidesOf(endpoint)) {
      const { sent, failed } = ask(side, endpoint, {
        ...{ atMs, share },
        mean: perSecond * side.weight * share,
      })
      if (sent > 0) enter(tallyOf(tallies, side.view?.name ?? side.name), sent, failed)
    }
  }

  /** Counts the answers of a deployment, and gives how many of them the model itself failed. */
  function answer(view: DeploymentView, endpoint: string, atMs: number, count: number): number {
    const track = counters.history.of(endpoint, view.name)
    const { latencyMs = 20, errorRatio } = declaredOf(view)
    const quick = bucketOf(latencyMs)
    let failed = 0
    for (let index = 0; index < count; index += 1) {
      const isError = errorRatio > 0 && random.uniform() < errorRatio
      const bucket = quick + Math.floor(random.uniform() * 3)
      track.add(atMs, isError ? 424 : 200, bucket)
      if (isError) failed += 1
    }
    return failed
  }

  function chunk(name: string, endpoint: EndpointView | undefined, fromMs: number, toMs: number) {
    const tallies = new Map<string, Tally>()
    const perSecond = rates.get(name) ?? 0
    for (let atMs = fromMs; atMs < toMs; ) {
      const untilMs = Math.min((Math.floor(atMs / 1000) + 1) * 1000, toMs)
      second(endpoint, { perSecond, atMs, share: (untilMs - atMs) / 1000 }, tallies)
      atMs = untilMs
    }
    for (const tally of tallies.values()) tell(name, tally, toMs, emit)
  }

  /** Nobody asks what has never answered. */
  function isLaunched(name: string, endpoint: EndpointView | undefined): boolean {
    if (launched.has(name)) return true
    if (!sidesOf(endpoint).some(({ view }) => view !== undefined)) return false
    launched.add(name)
    return true
  }

  return {
    set(endpoint, perSecond) {
      rates.set(endpoint, perSecond)
      if (perSecond === 0) launched.delete(endpoint)
    },
    pass(views, fromMs, toMs) {
      for (const name of rates.keys()) {
        const endpoint = views.find((one) => one.name === name)
        if (!isLaunched(name, endpoint)) continue
        for (let atMs = fromMs; atMs < toMs; atMs += CHUNK_MS)
          chunk(name, endpoint, atMs, Math.min(atMs + CHUNK_MS, toMs))
      }
    },
  }
}

interface Asked {
  readonly mean: number
  readonly atMs: number
  /** Of a second. */
  readonly share: number
}

interface Side {
  /** As the weights name it; undefined = the weights lead nowhere. */
  readonly name: string | undefined
  /** 0 to 1. */
  readonly weight: number
  /** Absent = nobody answers. */
  readonly view?: DeploymentView
}

function sidesOf(endpoint: EndpointView | undefined): readonly Side[] {
  const shares = Object.entries(endpoint?.traffic ?? {}).filter(([, weight]) => weight > 0)
  const total = shares.reduce((sum, [, weight]) => sum + weight, 0)
  const sides: Side[] = shares.map(([name, weight]) => {
    const view = endpoint?.deployments.find(
      (one) => one.name.toLowerCase() === name.toLowerCase() && one.inForce,
    )
    return { name, weight: weight / 100, ...(view === undefined ? {} : { view }) }
  })
  return total >= 100 ? sides : [...sides, { name: undefined, weight: (100 - total) / 100 }]
}

/** As many as come when so many are expected: nearly even, so that few numbers need be drawn. */
function countOf(mean: number, random: Random): number {
  const whole = Math.floor(mean)
  return whole + (random.uniform() < mean - whole ? 1 : 0)
}

function tallyOf(tallies: Map<string, Tally>, deployment: string | undefined): Tally {
  const key = deployment ?? ''
  const tally = tallies.get(key) ?? { deployment, sent: 0, failed: new Map() }
  tallies.set(key, tally)
  return tally
}

function enter(tally: Tally, sent: number, failed: Tally['failed']): void {
  tally.sent += sent
  for (const [cause, count] of failed)
    if (count > 0) tally.failed.set(cause, (tally.failed.get(cause) ?? 0) + count)
}

function tell(
  endpoint: string,
  { deployment, sent, failed }: Tally,
  at: number,
  emit: (event: TraceEvent) => void,
): void {
  const base = { type: 'requests', at, endpoint, deployment } as const
  const causes = [...failed]
  const [first] = causes
  emit({ ...base, sent, failed: first?.[1] ?? 0, cause: first?.[0] })
  for (const [cause, count] of causes.slice(1)) emit({ ...base, sent: 0, failed: count, cause })
}
