import type { SyncPolicy } from '../model/application.ts'
import type { Desired, LabelRef } from '../model/desired.ts'
import type { Live, World } from '../model/live.ts'
import type { Measurement } from '../model/measurements/measurement.ts'
import type { Memory } from '../model/memory.ts'
import type { OperationsKnown } from '../model/operations.ts'
import type { ProbeAnswer } from '../model/probes/probe.ts'
import type { ProbeCounts } from '../model/probes/probe-traffic.ts'
import { isDeployment } from '../model/ref.ts'
import { type Intent, isLever } from '../model/rollout.ts'
import { once } from '../model/values/once.ts'
import type { TrialAnswer, TrialAsk } from '../rollout/trial.ts'
import type { Cores } from './capacity/cores.ts'
import { type Arrivals, withoutAwaited } from './compare/labels.ts'
import { declarationsOf } from './ownership/declarations.ts'
import type { Neighbours } from './ownership/neighbours.ts'
import { placeOf } from './ownership/place.ts'
import { withRestoredOwners } from './ownership/restore.ts'

/**
 * Why nothing may be deleted, or nothing written at all, in this tick; `remakes`: or nothing else be put where a stable deployment was.
 * What holds writes or remakes holds deletes, too.
 */
export interface Freeze {
  readonly what: 'deletes' | 'writes' | 'remakes'
  /** CamelCase, stable. */
  readonly reason: string
  readonly message: string
}

/** What the world said to the questions of this tick; a question that was not asked has no answer. */
export interface Answers {
  /** By the question's id. */
  readonly measurements: ReadonlyMap<string, Measurement>
  /** By the deployment's key. */
  readonly probes: ReadonlyMap<string, readonly ProbeAnswer[]>
  readonly trials: ReadonlyMap<string, TrialAnswer>
  /** Sizes and core quotas of the workspace's region; absent = not asked, or not to be had. */
  readonly cores?: Cores
}

export const NO_ANSWERS: Answers = { measurements: new Map(), probes: new Map(), trials: new Map() }

/** Everything a plan is made from: plain values, so that the same input gives the same plan on every machine. */
export interface PlanInput {
  readonly application: string
  readonly sync: SyncPolicy
  /** The content in force and its commit. */
  readonly desired: readonly Desired[]
  readonly revision: string
  /** Desired state at the commits recorded on live resources: proof of ownership, and the base of the three-way merge. */
  readonly bases: ReadonlyMap<string, readonly Desired[]>
  /** By key, the newest declaration in the commits before the one in force: what the manifest of a removed thing said last. */
  readonly lately: ReadonlyMap<string, Desired>
  /** What earlier commits put into the slots of Rollouts whose stable deployment is gone, the newest first. */
  readonly former?: readonly (readonly Desired[])[]
  readonly freezes: readonly Freeze[]
  readonly world: World
  readonly memory: Memory
  readonly answers: Answers
  /** What the other Applications of this process declare in the same workspace; absent when that was not asked. */
  readonly neighbours?: Neighbours
  /** The same ones by name, always, with the keys of what they declared when they were last read; absent when there is none. */
  readonly fellows?: ReadonlyMap<string, ReadonlySet<string>>
  /** What operators asked for since the last tick. */
  readonly intents: readonly Intent[]
  /** Milliseconds since the epoch. */
  readonly now: number
  /** How soon to look again while Azure works, in milliseconds. */
  readonly pollMs: number
  /** Trials whose jobs may be running; absent = none. */
  readonly runningTrials?: readonly TrialAsk[]
  /** How the probes were answered that are being sent, by the key of their endpoint; absent = none are. It is told, and decides nothing. */
  readonly probing?: ReadonlyMap<string, ProbeCounts>
  /** What is known of operations of Azure; absent = nothing. It is told, and decides nothing. */
  readonly operations?: OperationsKnown
}

/** The input with what is looked up again and again, indexed once. */
export interface PlanContext extends PlanInput {
  /** Those of the intents that approve deletions; `intents` are levers only. */
  readonly approvals: readonly Intent[]
  readonly liveAt: ReadonlyMap<string, Live>
  /** What Git declares, and whether it is there: labels may wait for it. */
  readonly declared: Arrivals
  /** What Git declares, by key. */
  readonly desiredAt: ReadonlyMap<string, Desired>
  /** Live deployments by the key of their endpoint. */
  readonly deploymentsAt: ReadonlyMap<string, readonly Live[]>
  /** Declarations by commit and key. */
  readonly declaredThen: ReadonlyMap<string, ReadonlyMap<string, Desired>>
}

/** The questions and the plan are made from the same input. */
export const contextOf = once(indexed)

function indexed(input: PlanInput): PlanContext {
  const restored = withRestoredOwners(input)
  const { resources } = restored
  const deployments = resources.filter(({ ref }) => isDeployment(ref.kind))
  const liveAt = new Map(resources.map((live) => [placeOf(live).key, live]))
  const declared = input.desired.map((one) => ({
    ref: one.ref,
    isThere: liveAt.has(placeOf(one).key),
  }))
  return {
    ...input,
    world: {
      ...restored,
      labels: withoutAwaited(restored.labels, labelsIn(input.desired), declared),
    },
    // Levers are for rollouts; who is asked to own what is settled above.
    intents: input.intents.filter(isLever),
    approvals: input.intents.filter(({ verb }) => verb === 'approve'),
    liveAt,
    declared,
    desiredAt: byKey(input.desired),
    deploymentsAt: Map.groupBy(deployments, (live) => placeOf(live).scope),
    declaredThen: new Map(
      [...input.bases].map(([revision, declared]) => [revision, declarationsOf(declared)]),
    ),
  }
}

const byKey = once(
  (desired: readonly Desired[]): ReadonlyMap<string, Desired> =>
    new Map(desired.map((one) => [placeOf(one).key, one])),
)

/** Of deployments, and of the slots of Rollouts. */
const labelsIn = once((desired: readonly Desired[]): readonly LabelRef[] =>
  desired.flatMap(({ labels, rollout }) => [
    ...labels,
    ...(rollout?.slots ?? []).flatMap((slot) => slot.labels),
  ]),
)

/** Whether nothing may be written for Git's sake: somebody must look first, or has asked for quiet. */
export function isHeld(
  { sync, freezes, now }: Pick<PlanInput, 'sync' | 'freezes' | 'now'>,
  desired: Desired | undefined,
): boolean {
  if (sync.suspend || freezes.some(({ what }) => what === 'writes')) return true
  return (desired?.policy.suspendUntil ?? 0) > now
}
