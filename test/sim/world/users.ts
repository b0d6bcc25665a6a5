import type { DeploymentView, EndpointView } from '../../../src/sandbox/core/contract.ts'
import type { Counters } from '../../../src/sandbox/scoring/counters.ts'
import { bucketOf } from '../../../src/sandbox/scoring/latency.ts'
import { declaredOf } from '../../../src/sandbox/scoring/play.ts'
import type { Random } from '../../../src/sandbox/scoring/random.ts'
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

  function second(
    endpoint: EndpointView | undefined,
    { perSecond, atMs, share }: { perSecond: number; atMs: number; share: number },
    tallies: Map<string, Tally>,
  ): void {
    const sides = sidesOf(endpoint)
    for (const side of sides) {
      const mean = perSecond * side.weight * share
      if (mean <= 0) continue
      const sent = countOf(mean, random)
      if (sent === 0) continue
      const name = side.view?.name ?? side.name
      const tally = tallyOf(tallies, name)
      tally.sent += sent
      const { view } = side
      if (view === undefined || endpoint === undefined) {
        add(tally, side.name === undefined ? 'noRoute' : 'notUp', sent)
        continue
      }
      const room = Math.ceil(view.instanceCount * PER_INSTANCE * share)
      const refused = Math.max(0, sent - room)
      const failed = answer(view, endpoint.name, atMs, sent - refused)
      if (refused > 0) add(tally, 'overloaded', refused)
      if (failed > 0) add(tally, 'model', failed)
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

  function chunk(views: readonly EndpointView[], fromMs: number, toMs: number): void {
    for (const [name, perSecond] of rates) {
      const endpoint = views.find((one) => one.name === name)
      if (!launched.has(name)) {
        if (!sidesOf(endpoint).some(({ view }) => view !== undefined)) continue
        launched.add(name)
      }
      const tallies = new Map<string, Tally>()
      for (let atMs = fromMs; atMs < toMs; ) {
        const untilMs = Math.min((Math.floor(atMs / 1000) + 1) * 1000, toMs)
        second(endpoint, { perSecond, atMs, share: (untilMs - atMs) / 1000 }, tallies)
        atMs = untilMs
      }
      for (const tally of tallies.values()) tell(name, tally, toMs, emit)
    }
  }

  return {
    set(endpoint, perSecond) {
      rates.set(endpoint, perSecond)
      if (perSecond === 0) launched.delete(endpoint)
    },
    pass(views, fromMs, toMs) {
      for (let atMs = fromMs; atMs < toMs; atMs += CHUNK_MS)
        chunk(views, atMs, Math.min(atMs + CHUNK_MS, toMs))
    },
  }
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

function add({ failed }: Tally, cause: RequestFailure, count: number): void {
  failed.set(cause, (failed.get(cause) ?? 0) + count)
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
