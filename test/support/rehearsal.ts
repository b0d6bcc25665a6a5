import type { Report } from '../../src/core/model/report.ts'
import type { RolloutStatus } from '../../src/core/model/rollout.ts'
import { createTraffic, type Traffic, type TrafficFigures } from '../../src/sandbox/index.ts'
import { createCommits } from './commits.ts'
import { type Behaviour, type RolloutFiles, rolloutFiles } from './rollout-files.ts'
import { type Controller, type Simulation, simulate } from './simulation.ts'

/** What is wrong with the new revision, if anything. */
export interface Scenario {
  readonly name: string
  readonly behaviour?: Behaviour
  readonly fault?: string
  readonly files?: Partial<RolloutFiles>
  /** Fewer cores than the two revisions need. */
  readonly cores?: number
}

const LONG_BAKE = `
  analysis: [errors]
  bake: 30m
  keep: { for: 1h }
  deadline: 6h`

export const SCENARIOS: readonly Scenario[] = [
  { name: 'good model' },
  { name: '2x error rate', behaviour: { 'sandbox.error_ratio': '0.02' } },
  { name: '+20 % latency', behaviour: { 'sandbox.latency_ms': '48' } },
  { name: 'totally broken', behaviour: { 'sandbox.broken': 'true' } },
  {
    name: 'slow tail',
    behaviour: { 'sandbox.slow_ratio': '0.02', 'sandbox.slow_factor': '5' },
  },
  {
    name: 'turns bad in the bake',
    // Some minutes after all traffic is on it, on either road.
    behaviour: { 'sandbox.error_ratio_after': '0.5@25000' },
    files: { spec: LONG_BAKE },
  },
  { name: 'wrong answers', behaviour: { 'sandbox.answer': '{"score": 0.9}' } },
  { name: 'quota missing', cores: 12 },
  { name: 'image build fails', fault: 'ImageBuildFailure:deployment=green' },
]

const MINUTE_MS = 60_000
const WARM_MS = 30 * MINUTE_MS
/** How long users are counted from the moment in which the new revision is there. */
const HORIZON_MS = 45 * MINUTE_MS
const PER_SECOND = 50

export interface Rehearsal {
  readonly status: RolloutStatus | undefined
  readonly report: Report
  /** Requests that the new revision answered, and failed, within the horizon. */
  readonly candidate: { readonly requests: number; readonly failed: number }
  /** What the plan said of it before any traffic: how long a doubled error rate takes to be seen. */
  readonly power?: string
  /** From the first weight to the decision, in milliseconds; absent without an abort under traffic. */
  readonly decidedMs?: number
}

/** A world in which version 1 serves 50 requests a second and has done so for half an hour. */
async function warmWorld(scenario: Scenario, seed: number) {
  const world = await simulate({ seed })
  const commits = createCommits()
  commits.commit(rolloutFiles({ model: 1, ...scenario.files }))
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  const traffic = createTraffic(world.sandbox, { endpoint: 'fraud', seed, rate: PER_SECOND })
  world.sandbox.clock.advance(WARM_MS)
  if (scenario.cores !== undefined) world.sandbox.setQuota('standardDSv2Family', scenario.cores)
  if (scenario.fault !== undefined) world.sandbox.injectFault(scenario.fault)
  const files = { 2: { ...scenario.behaviour } }
  return { world, commits, controller, traffic, files }
}

/** Our own way with a scenario, from the merge of version 2 to where it ends. */
export async function rehearse(scenario: Scenario, seed = 1): Promise<Rehearsal> {
  const { world, commits, controller, traffic, files } = await warmWorld(scenario, seed)
  commits.commit(rolloutFiles({ model: 2, behaviours: files, ...scenario.files }))
  let firstWeightAt: number | undefined
  let decidedAt: number | undefined
  let power: string | undefined
  const report = await runUntil(world, controller, (seen) => {
    power ??= seen.resources.find(({ rollout }) => rollout !== undefined)?.rollout?.power
    const turns = seen.outcomes.flatMap(({ action }) => action.turn ?? [])
    if (turns.some(({ result }) => result === 'started')) firstWeightAt ??= seen.startedAt
    if (turns.some(({ result }) => result === 'aborted')) decidedAt ??= seen.startedAt
    const since = seen.startedAt - (firstWeightAt ?? seen.startedAt)
    return since >= HORIZON_MS || isOver(seen, firstWeightAt !== undefined)
  })
  const passedMs = report.startedAt - (firstWeightAt ?? report.startedAt)
  world.sandbox.clock.advance(Math.max(0, HORIZON_MS - passedMs))
  const status = report.resources.find(({ rollout }) => rollout !== undefined)?.rollout
  return {
    report,
    status,
    candidate: servedBy(traffic.figures(), 'green'),
    ...(power === undefined ? {} : { power }),
    ...(decidedAt === undefined || firstWeightAt === undefined
      ? {}
      : { decidedMs: decidedAt - firstWeightAt }),
  }
}

/** Nothing more will happen without somebody: over, rolled back, or blocked. */
function isOver({ resources, converged, plan }: Report, hasBegun: boolean): boolean {
  const rollout = resources.find((one) => one.rollout !== undefined)?.rollout
  if (converged && hasBegun) return true
  const isQuiet = plan.actions.length === 0
  return (
    isQuiet &&
    (rollout?.phase === 'rolled_back' || plan.held.some(({ state }) => state === 'blocked'))
  )
}

/** Ticks whenever the plan asks for it, and at the interval, until the report says so. */
export async function runUntil(
  { sandbox }: Simulation,
  controller: Controller,
  holds: (report: Report) => boolean,
  limit = 2000,
): Promise<Report> {
  for (let ticks = 0; ticks < limit; ticks += 1) {
    const report = await controller.tick()
    if (report.problems.some(({ severity }) => severity === 'error'))
      throw new Error(JSON.stringify(report.problems))
    if (holds(report)) return report
    const now = sandbox.clock.now()
    const wakeAt = Math.min(report.plan.wakeAt ?? now + MINUTE_MS, now + MINUTE_MS)
    sandbox.clock.advance(Math.max(200, wakeAt - now))
  }
  throw new Error(`no end: ${JSON.stringify(controller.journal.latest()?.plan.held)}`)
}

function servedBy({ byDeployment }: TrafficFigures, name: string): Rehearsal['candidate'] {
  const { requests = 0, failed = 0 } = byDeployment[name] ?? {}
  return { requests, failed }
}

/** A peer's documented rule: what a look, once a minute, makes of the candidate's last minute. */
export interface PeerRule {
  readonly name: string
  /** Whether this minute counts as a failed check. */
  isFailed(minute: {
    readonly requests: number
    readonly errors: number
    readonly p99Ms: number
  }): boolean
  /** So many failed checks end the rollout. */
  readonly failures: number
  readonly inARow: boolean
}

/** Rules of CANARY §1: Argo Rollouts' documentation example at one minute, and Flagger's defaults. */
export const PEERS: readonly PeerRule[] = [
  {
    name: 'Argo Rollouts (success ≥ 95 %, failureLimit 3)',
    isFailed: ({ requests, errors }) => requests > 0 && 1 - errors / requests < 0.95,
    failures: 4,
    inARow: false,
  },
  {
    name: 'Flagger (success ≥ 99 %, p99 ≤ 500 ms, threshold 5)',
    isFailed: ({ requests, errors, p99Ms }) =>
      requests === 0 || 1 - errors / requests < 0.99 || p99Ms > 500,
    failures: 5,
    inARow: false,
  },
]

/** The same road (10 % for 10 minutes, 50 % for 5, then all) under a peer's rule, in a world with the same seeds. */
export async function rehearseAs(
  peer: PeerRule,
  scenario: Scenario,
  seed = 1,
): Promise<Pick<Rehearsal, 'candidate' | 'decidedMs'>> {
  const { world, commits, controller, traffic, files } = await warmWorld(scenario, seed)
  // No golden requests, no judge: a pause at the start leaves the candidate there, without traffic.
  const waiting = { ...scenario.files, steps: '\n        - pause: {}', spec: '\n  bake: 0s' }
  commits.commit(rolloutFiles({ model: 2, behaviours: files, ...waiting }))
  const ready = await runUntil(world, controller, (seen) => {
    const rollout = seen.resources.find((one) => one.rollout !== undefined)?.rollout
    const isBlocked = seen.plan.held.some(
      ({ state, ref }) => state === 'blocked' && ref.kind !== 'OnlineEndpoint',
    )
    return rollout?.reason === 'WaitsForPromote' || isBlocked
  })
  const isReady = ready.resources.some(({ rollout }) => rollout?.reason === 'WaitsForPromote')
  if (!isReady) return { candidate: servedBy(traffic.figures(), 'green') }
  return followRule(world, traffic, peer)
}

async function followRule(
  world: Simulation,
  traffic: Traffic,
  peer: PeerRule,
): Promise<Pick<Rehearsal, 'candidate' | 'decidedMs'>> {
  const startedAt = world.sandbox.clock.now()
  let failures = 0
  for (let minute = 0; minute < LAST_CHECK && failures < peer.failures; minute += 1) {
    const percent = PEER_ROAD[minute]
    if (percent !== undefined) await setGreen(world, percent)
    world.sandbox.clock.advance(MINUTE_MS)
    if (peer.isFailed(await lastMinute(world))) failures += 1
  }
  const decidedMs = world.sandbox.clock.now() - startedAt
  const isAborted = failures >= peer.failures
  // After the promotion nobody looks any more.
  await setGreen(world, isAborted ? 0 : 100)
  world.sandbox.clock.advance(HORIZON_MS - decidedMs)
  return { candidate: servedBy(traffic.figures(), 'green'), ...(isAborted ? { decidedMs } : {}) }
}

/** Percent by the minute in which it begins; full traffic comes after the last check. */
const PEER_ROAD: { readonly [minute: number]: number } = { 0: 10, 10: 50 }
const LAST_CHECK = 15

async function setGreen(world: Simulation, percent: number): Promise<void> {
  const { body } = await world.get('onlineEndpoints/fraud')
  const properties = {
    ...(body.properties as object),
    traffic: { blue: 100 - percent, green: percent },
  }
  const status = await world.put('onlineEndpoints/fraud', { ...body, properties })
  if (status >= 300) throw new Error(`the traffic was not moved: ${status}`)
}

interface SeriesAnswer {
  readonly boundsMs: readonly number[]
  readonly deployments: {
    readonly [name: string]: {
      readonly requests: readonly number[]
      readonly errors: readonly number[]
      readonly within: readonly (readonly number[])[]
    }
  }
}

async function lastMinute({ sandbox }: Simulation) {
  const to = Math.floor(sandbox.clock.now() / 1000) * 1000
  const url = `${sandbox.arm}/sandbox/series?endpoint=fraud&from=${to - MINUTE_MS}&to=${to}&windowMs=${MINUTE_MS}`
  const answer = await sandbox.handle({ method: 'GET', url, headers: {} })
  const { boundsMs, deployments } = JSON.parse(answer.body) as SeriesAnswer
  const { requests = [], errors = [], within = [] } = deployments.green ?? {}
  const grown = (values: readonly number[]): number => (values.at(-1) ?? 0) - (values[0] ?? 0)
  const total = grown(requests)
  const counts = boundsMs.map((_, place) => grown(within.map((row) => row[place] ?? 0)))
  const place = counts.findIndex((count) => count >= total * 0.99)
  return {
    requests: total,
    errors: grown(errors),
    p99Ms: boundsMs[place] ?? Number.POSITIVE_INFINITY,
  }
}
