import type { Application } from '../core/model/application.ts'
import type { Desired } from '../core/model/desired.ts'
import type { World } from '../core/model/live.ts'
import type { Memory } from '../core/model/memory.ts'
import { isObserving } from '../core/model/observe.ts'
import type { OperationsKnown } from '../core/model/operations.ts'
import { endpointsNamed, keyOf, type Ref } from '../core/model/ref.ts'
import type { Report } from '../core/model/report.ts'
import type { Intent } from '../core/model/rollout.ts'
import { NO_ANSWERS, type PlanInput } from '../core/plan/context.ts'
import { afterOutcomes } from '../core/plan/memory/next-memory.ts'
import { observedPlan } from '../core/plan/observed.ts'
import { declarationsOf } from '../core/plan/ownership/declarations.ts'
import { concernsNeighbours, type Neighbours } from '../core/plan/ownership/neighbours.ts'
import {
  commitsOn,
  folderMade,
  foreignCommits,
  notOursIn,
} from '../core/plan/ownership/ownership.ts'
import { planning } from '../core/plan/plan.ts'
import { bereftOf, unlistedIn, watchedIn } from '../core/plan/prune/unlisted.ts'
import { abortPlan } from '../core/plan/rollouts/abort-plan.ts'
import type { Planned } from '../core/plan/unplanned.ts'
import { isExpired, withExpiry } from '../core/report/expiry.ts'
import { reporting } from '../core/report/report.ts'
import { act, cancelTrials } from './act.ts'
import { aroundBugs } from './around-bugs.ts'
import { withAnswers } from './ask.ts'
import { inTurns } from './in-turns.ts'
import { fellowsOf, freezesOf, type NeighbourApplication, readNeighbours } from './neighbours.ts'
import { CloudError, type Ports, type Wanted } from './ports.ts'
import type { Reader, Reading } from './read.ts'

export interface TickOptions {
  readonly application: Application
  readonly reader: Reader
  readonly tick: number
  /** Plans, and starts nothing. */
  readonly dryRun: boolean
  /** The other Applications that this process keeps in the same workspace. */
  readonly neighbours?: readonly NeighbourApplication[]
  /** What is known of operations of Azure; absent = nothing. */
  readonly operations?: OperationsKnown
  /** How soon to look again while Azure works. */
  readonly pollMs: number
  /** Makes the plan at once; absent = in parts, with other work in between. */
  readonly planner?: (input: PlanInput) => Planned
}

/**
 * START READING HERE. One turn of the whole controller: read what Git says, observe what Azure says, plan, act, report.
 * `plan`, `sync` and `run` are this with one option changed. It waits for no long-running operation: the next turn sees
 * how it went. `memory` may be lost at any time without harm.
 */
export async function tick(
  ports: Ports,
  options: TickOptions,
  memory: Memory,
  signal: AbortSignal,
): Promise<{ readonly report: Report; readonly memory: Memory }> {
  const { application, reader } = options
  const startedAt = ports.clock.now()
  const reading = await readingOf(reader, signal)
  signal.throwIfAborted()
  const { intents, planned, failure } = await decide(ports, options, memory, reading, signal)
  if (!options.dryRun) ports.probes.keep(planned?.probes ?? [], probedMs(application))
  const done = options.dryRun ? NOTHING_DONE : await carryOut(ports, planned, signal)
  const { outcomes } = done
  const reported = reporting({
    application: application.name,
    mode: application.sync.mode,
    tick: options.tick,
    startedAt,
    endedAt: ports.clock.now(),
    dryRun: options.dryRun,
    source: reading.source,
    ...(planned === undefined ? {} : { plan: planned.plan }),
    ...(failure === undefined ? {} : { cloudFailure: failure }),
    ...done,
    intents,
    previous: ports.journal.latest(),
  })
  const report = await inTurns(reported, ports.clock)
  ports.journal.record(report)
  ports.inbox.answer(report.answers)
  return { report, memory: afterOutcomes(planned?.memory ?? memory, outcomes, ports.clock.now()) }
}

type Done = Pick<Report, 'outcomes' | 'cancellations'>

const NOTHING_DONE: Done = { outcomes: [] }

async function carryOut(
  { cloud, source, trials }: Ports,
  planned: Planned | undefined,
  signal: AbortSignal,
): Promise<Done> {
  if (planned === undefined) return NOTHING_DONE
  const outcomes = await act(cloud, planned.plan, source, signal)
  const cancellations = await cancelTrials(trials, planned.needlessTrials ?? [], signal)
  return { outcomes, ...(cancellations.length === 0 ? {} : { cancellations }) }
}

/** Probes outlive a tick that hangs, or does not come, by no more than that. */
function probedMs({ sync }: Application): number {
  return 2 * sync.intervalMs + PROBED_AT_LEAST_MS
}

const PROBED_AT_LEAST_MS = 5 * 60_000

/** A bug in reading is told as one, so that status never goes stale in silence; nothing is planned then. */
async function readingOf(reader: Reader, signal: AbortSignal): Promise<Reading> {
  try {
    return await reader.read(signal)
  } catch (error) {
    return { source: { problems: [], failure: bugOf(error) }, freezes: [] }
  }
}

/** What Git says, and what operators say. */
type Heard = Reading & { readonly intents: readonly Intent[] }

interface Decided {
  /** All that operators said until the workspace had been read. */
  readonly intents: readonly Intent[]
  /** Absent when there is nothing to plan with: no good desired state yet, or no reading of the workspace. */
  readonly planned?: Planned
  /** Why the workspace, or a part of it, could not be read. */
  readonly failure?: NonNullable<World['failure']>
}

async function decide(
  ports: Ports,
  options: TickOptions,
  memory: Memory,
  reading: Reading,
  signal: AbortSignal,
): Promise<Decided> {
  const seen = await attempted(() => observe(ports, options, reading, memory, signal), signal)
  const now = ports.clock.now()
  const setting = ports.clock.settings?.() ?? 0
  const intents = ports.inbox.take().map((intent) => withExpiry(intent, now, setting))
  if (seen.value === undefined)
    return { intents, ...(seen.failure === undefined ? {} : { failure: seen.failure }) }
  // Where the Application only observes, nothing that is asked for is done: the plan is what Git alone would have done.
  const isObserver = isObserving(options.application.sync)
  const asked = isObserver ? [] : intents.filter((one) => !isExpired(one, now))
  const heardNow = { ...reading, intents: asked }
  const world = seen.value
  const made = await attempted(() => plan(ports, options, memory, heardNow, world, signal), signal)
  const failure = made.failure ?? world.failure
  return {
    intents,
    ...(made.value === undefined ? {} : { planned: made.value }),
    ...(failure === undefined ? {} : { failure }),
  }
}

interface Attempt<Value> {
  readonly value?: Value
  readonly failure?: CloudError
}

/** A bug is shown like any other reason why nothing could be done, so that status never goes stale in silence. */
async function attempted<Value>(
  work: () => Promise<Value>,
  signal: AbortSignal,
): Promise<Attempt<Value>> {
  try {
    return { value: await work() }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CloudError) return { failure: error }
    return { failure: new CloudError({ ...bugOf(error), errorClass: 'bug', retry: 'Later' }) }
  }
}

function bugOf(error: unknown): { readonly reason: string; readonly message: string } {
  return { reason: 'Bug', message: error instanceof Error ? error.message : String(error) }
}

async function observe(
  { cloud, inbox }: Ports,
  { application, reader }: TickOptions,
  { desired = [], source }: Reading,
  memory: Memory,
  signal: AbortSignal,
): Promise<World> {
  const revision = application.sync.prune.enabled ? source.appliedRevision : undefined
  const before = revision === undefined ? [] : await reader.recentAssets(revision, signal)
  return cloud.observe(
    askedFor(wantedOf(desired, before, memory), application, inbox.take()),
    signal,
  )
}

/** What somebody asks about is read as it is when he is answered; what is taken over, or approved, may be anything. */
function askedFor(wanted: Wanted, { sync }: Application, intents: readonly Intent[]): Wanted {
  const isWhole = intents.some(({ verb }) => verb === 'adopt' || verb === 'approve')
  const closely = new Set(wanted.closely)
  for (const { endpoint } of intents)
    for (const ref of endpointsNamed(endpoint)) closely.add(keyOf(ref))
  return { ...wanted, closely, wholeAfterMs: isWhole ? 0 : sync.intervalMs * WHOLE_SHARE }
}

/** Of the interval, which is a little longer or shorter each time. */
const WHOLE_SHARE = 0.8

async function plan(
  ports: Ports,
  options: TickOptions,
  memory: Memory,
  { desired, freezes, source, intents }: Heard,
  world: World,
  signal: AbortSignal,
): Promise<Planned | undefined> {
  const { application, reader, pollMs, operations, dryRun, neighbours: others = [] } = options
  const revision = source.appliedRevision
  // Without a word of Git nothing is planned; but traffic can always be taken back.
  if (desired === undefined || revision === undefined) {
    const made = abortPlan(world, {
      ...{ application: application.name, intents, memory },
      now: Math.floor(ports.clock.now()),
    })
    return isObserving(application.sync) ? { ...made, plan: observedPlan(made.plan) } : made
  }
  const { name } = application
  const notOurs = notOursIn(world, name, desired)
  const declared = new Set(desired.map(({ ref }) => keyOf(ref)))
  const gone = world.resources.map(({ ref }) => keyOf(ref)).filter((key) => !declared.has(key))
  const asked = {
    recorded: commitsOn(world, name),
    foreign: foreignCommits(notOurs),
    unmarked: notOurs.map(({ ref }) => ref),
    gone,
    unrecorded: folderMade(world, application.name),
    bereft: bereftOf(world, memory),
    current: revision,
  }
  const history = await reader.history(asked, signal)
  const neighbours = concernsNeighbours(world, application.name, desired)
    ? await readNeighbours(application, others, signal)
    : NO_NEIGHBOURS
  const incomplete = world.complete ? [] : [INCOMPLETE]
  const input = {
    application: application.name,
    sync: application.sync,
    desired,
    revision,
    bases: history.bases,
    lately: history.lately,
    former: history.former,
    freezes: [...freezes, ...history.freezes, ...freezesOf(neighbours), ...incomplete],
    neighbours,
    fellows: await fellowsOf(others, { asLook: dryRun }, signal),
    world,
    memory,
    answers: NO_ANSWERS,
    intents,
    now: Math.floor(ports.clock.now()),
    pollMs,
    runningTrials: ports.trials.running(),
    ...(operations === undefined ? {} : { operations }),
    ...(dryRun ? {} : { probing: ports.probes.counts() }),
  }
  return aroundBugs(input, async (given) => {
    const answered = await withAnswers(ports, given, signal, { dryRun })
    const { planner } = options
    return planner?.(answered) ?? inTurns(planning(answered), ports.clock, signal)
  })
}

const NO_NEIGHBOURS: Neighbours = new Map()

const INCOMPLETE = {
  what: 'deletes',
  reason: 'IncompleteList',
  message: 'Azure’s list of resources could not be read to its end; nothing is deleted.',
} as const

function wantedOf(desired: readonly Desired[], before: readonly Ref[], memory: Memory): Wanted {
  const assets = desired.map(({ ref }) => ref).filter(({ version }) => version !== undefined)
  const keys = new Set(assets.map(keyOf))
  return {
    assets: [...assets, ...before.filter((ref) => !keys.has(keyOf(ref)))],
    labels: [...declarationsOf(desired).values()].flatMap(({ labels }) => labels),
    closely: watchedIn(memory),
    unlisted: (resources) => unlistedIn(resources, memory),
  }
}
