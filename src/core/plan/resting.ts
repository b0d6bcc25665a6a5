import { KINDS } from '../kinds/index.ts'
import type { Desired } from '../model/desired.ts'
import type { Live, World } from '../model/live.ts'
import type { KeyMemory, Memory } from '../model/memory.ts'
import type { Finding } from '../model/plan.ts'
import { once } from '../model/values/once.ts'
import type { RolloutRecord } from '../rollout/record.ts'
import { type Assessment, declaredAt } from './assess.ts'
import type { PlanContext } from './context.ts'
import { ownershipOf } from './ownership/ownership.ts'
import { placeOf } from './ownership/place.ts'
import { isComplete, type RolloutPlan } from './rollouts/rollout-plan.ts'

/**
 * A scope at rest: everything in it is as Git says, and nothing of it waits, is dated or is on its way. As long as all that
 * it was planned from is there, object by object, planning it again would find the same, so that is not done. What can
 * change with the clock alone is never at rest.
 */
interface Rest {
  readonly frame: Frame
  readonly grounds: readonly unknown[]
  readonly things: readonly Resting[]
}

/** One thing of such a scope, as it was found. */
export interface Resting {
  readonly assessment: Assessment
  readonly finding: Finding
}

/** By key. */
export type UnchangedScopes = ReadonlyMap<string, Resting>

/** What a scope at rest is planned from beside what is its own: the same for all scopes of a plan. */
interface Frame {
  readonly application: string
  readonly revision: string
  readonly sync: PlanContext['sync']
  readonly workspace: World['workspace']
  readonly labels: World['labels']
  /** Rules end with the time; those that hold at a time are told by their number. */
  readonly rules: number
}

const rests = new WeakMap<Live, Rest>()
const frames = new WeakMap<PlanContext['sync'], Frame>()

/** What need not be planned again. */
export const unchangedScopes = once(lookedUp)

function lookedUp(context: PlanContext): UnchangedScopes {
  if (!isOrdinary(context)) return new Map()
  const frame = frameOf(context)
  const scopes = [...scopesOf(context)].flatMap(([, scope]) => {
    const known = restOf(scope)
    const isAsThen = known?.frame === frame && isSame(known.grounds, groundsOf(scope, context))
    return isAsThen ? known.things : []
  })
  return new Map(scopes.map((thing) => [thing.assessment.key, thing]))
}

/** Remembers the scopes in which this plan has found nothing to do or to wait for. */
export function keepAtRest(
  context: PlanContext,
  made: {
    /** Of what was not at rest. */
    readonly assessments: readonly Assessment[]
    readonly findings: readonly Finding[]
    /** Scopes of which the plan says more than how they stand. */
    readonly concerned: ReadonlySet<string>
    readonly memory: Memory
    /** What was at rest before. */
    readonly resting: UnchangedScopes
  },
): void {
  if (!isOrdinary(context)) return
  const frame = frameOf(context)
  const found = new Map(made.assessments.map((one) => [one.key, one]))
  const findings = new Map(made.findings.map((one) => [one.key, one]))
  for (const [name, scope] of scopesOf(context)) {
    const [first] = scope.lives
    if (first === undefined || made.concerned.has(name)) continue
    if (made.resting.has(placeOf(first).key)) continue
    const keys = keysOf(scope, found.get(name)?.rolloutPlan)
    const isKept = keys.every((key) => isUndated(context.memory[key], made.memory[key]))
    const things = keys.flatMap((key) => restingOf(found.get(key), findings.get(key)) ?? [])
    if (isKept && things.length === keys.length)
      rests.set(first, { frame, grounds: groundsOf(scope, context), things })
  }
}

/** Nobody has asked for anything, and nothing is frozen: then what is said of a thing may not be its own. */
function isOrdinary({ intents, approvals, freezes }: PlanContext): boolean {
  return intents.length === 0 && approvals.length === 0 && freezes.length === 0
}

function restingOf(
  assessment: Assessment | undefined,
  finding: Finding | undefined,
): Resting | undefined {
  if (assessment === undefined || finding === undefined) return undefined
  const { desired, live, rolloutPlan, reason, unresolved } = assessment
  const isMoved = rolloutPlan === undefined ? desired?.rollout !== undefined : !isOver(rolloutPlan)
  const isUntimed = desired !== undefined && desired.policy.suspendUntil === undefined
  const isThere = live?.phase === 'Ready' && live.restored === undefined
  const isAsDeclared = reason === undefined && unresolved.length === 0
  return isUntimed && isThere && isAsDeclared && !isMoved ? { assessment, finding } : undefined
}

/** Nothing of a rollout is under way, wanted or open to be taken back, so that no time counts for it. */
function isOver(rolloutPlan: RolloutPlan): boolean {
  const { decision, judgements, queries, states: facts } = rolloutPlan
  const { transition, stalled, isUrgent, answers, needs } = decision
  const isQuiet = transition === undefined && !stalled && !isUrgent && answers.length === 0
  const isAsked = queries.length + judgements.length + Object.keys(needs).length > 0
  const isTimed = rolloutPlan.wakeAt !== undefined || rolloutPlan.isWatched || rolloutPlan.isBlind
  const isSeen = rolloutPlan.isArrived && rolloutPlan.isRecordKept && isComplete(rolloutPlan)
  const isMadeAgain = [...facts.values()].some(({ making }) => making !== undefined)
  return isSeen && isAlone(decision.record) && isQuiet && !isAsked && !isTimed && !isMadeAgain
}

/** Nobody else is named: no revision to go back to, and none that was aborted or withdrawn. */
function isAlone(record: RolloutRecord | undefined): boolean {
  if (record?.phase !== 'stable' || record.isPaused) return false
  const { candidate, withdrawn, previous, untilMs } = record
  return [candidate, withdrawn, previous, untilMs].every((one) => one === undefined)
}

/** What is remembered of it stays as it is, however much time passes. */
function isUndated(before: KeyMemory | undefined, after: KeyMemory | undefined): boolean {
  return before === after && Object.keys(after ?? {}).every((field) => UNDATED.has(field))
}

const UNDATED: ReadonlySet<string> = new Set<keyof KeyMemory>([
  'hasServed',
  'idleSince',
  'idleAfter',
  // Of a rollout that is over they are the objects of before.
  'arrived',
  'seen',
  'record',
  'judged',
])

interface Scope {
  readonly desired: readonly Desired[]
  readonly lives: readonly Live[]
}

const declaredByScope = once((desired: readonly Desired[]) =>
  Map.groupBy(desired, (one) => placeOf(one).scope),
)

/** Every scope in which something is live. */
const scopesOf = once(({ desired, world }: PlanContext): ReadonlyMap<string, Scope> => {
  const declared = declaredByScope(desired)
  const live = Map.groupBy(world.resources, (one) => placeOf(one).scope)
  return new Map(
    [...live].map(([scope, lives]) => [scope, { lives, desired: declared.get(scope) ?? [] }]),
  )
})

function keysOf(
  { desired, lives }: Scope,
  rolloutPlan: RolloutPlan | undefined,
): readonly string[] {
  const placed = rolloutPlan?.deployments ?? []
  return [...new Set([...lives, ...desired, ...placed].map((one) => placeOf(one).key))]
}

function restOf({ lives: [first] }: Scope): Rest | undefined {
  return first && rests.get(first)
}

/** Everything of its own that a scope is planned from. */
function groundsOf({ desired, lives }: Scope, context: PlanContext): readonly unknown[] {
  const { memory, application, world } = context
  const grounds: unknown[] = []
  for (const live of lives) {
    const { key, scope } = placeOf(live)
    const owner = ownershipOf(KINDS[live.ref.kind], live, application)
    const isUnread = world.unread.has(scope)
    grounds.push(live, declaredAt(context, owner, live.ref), memory[key], isUnread)
  }
  for (const one of desired) grounds.push(one, memory[placeOf(one).key])
  return grounds
}

function frameOf({ application, revision, sync, world, now }: PlanContext): Frame {
  const { workspace, labels } = world
  const { length: rules } = sync.ignoreDifferences.filter(({ untilMs = now + 1 }) => untilMs > now)
  const frame: Frame = { application, revision, sync, workspace, labels, rules }
  const before = frames.get(sync)
  if (before !== undefined && isSameFrame(before, frame)) return before
  frames.set(sync, frame)
  return frame
}

function isSameFrame(one: Frame, other: Frame): boolean {
  return (
    one.application === other.application &&
    one.revision === other.revision &&
    one.rules === other.rules &&
    isSameFlat(one.workspace, other.workspace) &&
    isSameFlat(one.labels, other.labels)
  )
}

function isSameFlat(one: object, other: object): boolean {
  return isSame(Object.entries(one).flat(), Object.entries(other).flat())
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, place) => item === other[place])
}
