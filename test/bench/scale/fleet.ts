import type { Limits } from '../../../src/adapters/azure/limits.ts'
import { openBuckets } from '../../../src/adapters/journal/buckets.ts'
import { fleetFiles as manifestsOf, roomFor } from '../../../src/cli/sandbox/fleet.ts'
import type { Report } from '../../../src/core/model/report.ts'
import type { KeptBucket } from '../../../src/reconcile/ports.ts'
import { type Commits, createCommits, type Files } from '../../support/commits.ts'
import { type Call, type Controller, type Simulation, simulate } from '../../support/simulation.ts'

/** Many endpoints, each with one deployment that has all of its traffic, in a workspace on a virtual clock. */
export interface Fleet {
  readonly size: number
  readonly world: Simulation
  readonly commits: Commits
  /** What was asked of Azure since the start. */
  readonly asked: Asked
  /** The process dies, and another one begins. */
  restart(): void
  /** The process dies, and nothing is left of it. */
  end(): void
  /** One turn, and the clock moved to the next: when the plan asks for it, but not before or after so long. */
  turn(atLeastMs?: number, atMostMs?: number): Promise<Report>
}

export interface Asked {
  reads: number
  writes: number
  /** Of the writes, those that Azure took. */
  taken: number
  /** Answered 429. */
  refused: number
}

export interface FleetOptions {
  readonly size: number
  readonly faults?: readonly string[]
  readonly limits?: Partial<Limits>
  readonly pollMs?: number
  /** Every operation of Azure ends at once. */
  readonly isInstant?: boolean
  readonly others?: Files
  /** Where one process leaves to the next what a user's data directory holds of the bucket of deployments; absent = nowhere. */
  readonly keptIn?: string
}

/** So that a fleet is there at once. */
export const UNLIMITED = { deploymentWrites: { burst: 10_000, perSecond: 10_000 } }

const SNAPSHOTS_MAX = 20
const SHORTEST_TURN_MS = 1_000

export function nameOf(place: number): string {
  return `fleet-${place}`
}

export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { size, faults = [], others = {}, isInstant = false } = options
  const world = await simulate({
    seed: 5,
    ...roomFor(size),
    ...(isInstant ? { progress: 'immediate', rateLimits: false } : {}),
    onExchange: () => {},
  })
  for (const fault of faults) world.sandbox.injectFault(fault)
  // What is worked out of a commit goes with it, as where commits are on a disk.
  const commits = createCommits(new Map(), SNAPSHOTS_MAX)
  commits.commit({ ...fleetFiles(size), ...others })
  const { limits, pollMs, keptIn } = options
  const { now } = world.sandbox.clock
  const start = (): Controller =>
    world.startController(commits, {
      ...(keptIn === undefined ? {} : { keptBucket: bucketIn(keptIn, now) }),
      ...(limits === undefined ? {} : { limits }),
      ...(pollMs === undefined ? {} : { pollMs }),
    })
  let controller: Controller | undefined = start()
  const asked: Asked = { reads: 0, writes: 0, taken: 0, refused: 0 }
  return {
    ...{ size, world, commits, asked },
    restart() {
      controller = start()
    },
    end() {
      controller = undefined
    },
    async turn(atLeastMs = SHORTEST_TURN_MS, atMostMs) {
      controller ??= start()
      const report = await controller.tick()
      for (const call of world.calls) count(asked, call)
      world.calls.length = 0
      const { clock } = world.sandbox
      const { wakeAt = clock.now() + (atMostMs ?? 0) } = report.plan
      const wait = Math.max(atLeastMs, wakeAt - clock.now())
      clock.advance(atMostMs === undefined ? wait : Math.min(wait, atMostMs))
      return report
    },
  }
}

function bucketIn(folder: string, now: () => number): KeptBucket {
  const onError = (error: unknown): never => {
    throw error
  }
  return openBuckets({ folder, now, uptimeMs: now, onError })('fleet')
}

/** What is asked of ARM: metrics and tokens are not. */
function count(asked: Asked, { method, path, status }: Call): void {
  if (!path.startsWith('/subscriptions/')) return
  asked[method === 'GET' ? 'reads' : 'writes'] += 1
  if (method !== 'GET' && method !== 'POST' && status < 300) asked.taken += 1
  if (status === 429) asked.refused += 1
}

export function fleetFiles(size: number): Files {
  return Object.fromEntries(manifestsOf(size))
}

/** Whether an endpoint gives all of its traffic to its deployment. */
async function isServing({ world }: Pick<Fleet, 'world'>, name: string): Promise<boolean> {
  const { body } = await world.get(`onlineEndpoints/${name}`)
  const { traffic = {} } = (body.properties ?? {}) as { readonly traffic?: { blue?: number } }
  return traffic.blue === 100
}

const LONGEST_MS = 24 * 3_600_000

/** Simulated milliseconds until everything is as Git says. */
export async function converge(fleet: Fleet): Promise<number> {
  const { clock } = fleet.world.sandbox
  const startedAt = clock.now()
  for (;;) {
    const before = clock.now()
    const { converged } = await fleet.turn()
    if (converged) return before - startedAt
    if (before - startedAt > LONGEST_MS) throw new Error('the fleet did not converge within a day')
  }
}

/** The same until these serve, whatever else does not; endless where they do not within `mostMs`. */
export async function untilServing(
  fleet: Fleet,
  names: readonly string[],
  mostMs = LONGEST_MS,
): Promise<number> {
  const { clock } = fleet.world.sandbox
  const startedAt = clock.now()
  const waiting = new Set(names)
  while (waiting.size > 0) {
    await fleet.turn()
    for (const name of waiting) if (await isServing(fleet, name)) waiting.delete(name)
    if (clock.now() - startedAt > mostMs) return Number.POSITIVE_INFINITY
  }
  return clock.now() - startedAt
}

/** No schedule is faster: the operations of one endpoint one after the other, once its turn in the bucket of deployments has come. */
export function leastMs({ size, world }: Fleet): number {
  const { endpointCreate, deploymentCreate, trafficUpdate } =
    world.sandbox.state.settings.latenciesMs
  const waitMs = (Math.max(0, size - DEPLOYMENTS.burst) * 1000) / DEPLOYMENTS.perSecond
  return endpointCreate + waitMs + deploymentCreate + trafficUpdate
}

/** The sandbox's bucket of deployment PUTs. */
const DEPLOYMENTS = { burst: 25, perSecond: 25 / 300 }
