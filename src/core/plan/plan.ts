import { isAtRest } from '../model/live.ts'
import { isObserving } from '../model/observe.ts'
import type { Action, Change, Held, Plan } from '../model/plan.ts'
import { isDeployment, keyOf, scopeOf } from '../model/ref.ts'
import { mapped, type Parts, whole } from '../model/values/parts.ts'
import { answersOf } from './answers.ts'
import type { Assessment, CheckContext } from './assess.ts'
import { assessAll } from './assess-all.ts'
import { about } from './bug.ts'
import { withCauses } from './causes.ts'
import { checkStopped, heldBy, writeChecks } from './checks.ts'
import { contextOf, type PlanContext, type PlanInput } from './context.ts'
import { findingsOf } from './findings.ts'
import { blocked, waiting } from './held.ts'
import { againAt } from './memory/backoff.ts'
import { nextMemory, nextReconcile } from './memory/next-memory.ts'
import { withoutRepeats } from './memory/not-carried-out.ts'
import { repeatsAt } from './memory/repeats.ts'
import { observed } from './observed.ts'
import { checkOwnership, restoredHeld } from './ownership/ownership-held.ts'
import { orphansOf } from './prune/orphans.ts'
import { type Decision, madeAgain } from './prune/recreate.ts'
import { awaitedUntil, drainedAt } from './prune/removal.ts'
import { removals } from './prune/removals.ts'
import { undeclaredRollout } from './prune/undeclared.ts'
import { keepAtRest, unchangedScopes } from './resting.ts'
import { needlessTrials } from './rollouts/needless-trials.ts'
import { isComplete, type RolloutPlan } from './rollouts/rollout-plan.ts'
import { probesOf } from './status/probing.ts'
import { changeOf, writeOf } from './steps.ts'
import { isOffTrafficPlan, isOwed } from './traffic/rollback-target.ts'
import { takeBackOf } from './traffic/take-back.ts'
import { differenceOf, isEndpoint, isUnmirrored } from './traffic/traffic-plan.ts'
import type { Planned } from './unplanned.ts'

/**
 * Desired, live and the time in; what to do now, what waits and why, and what to remember out. Pure: the same input
 * gives the same plan. At most one write per scope, because Azure serialises writes per endpoint; none where the Application
 * only observes.
 */
export function makePlan(input: PlanInput): Planned {
  return whole(planning(input))
}

/** The same in parts. */
export function* planning(input: PlanInput): Parts<Planned> {
  const context = contextOf(input)
  yield undefined
  const resting = unchangedScopes(context)
  yield undefined
  const assessments = yield* assessAll(context, resting)
  // Of what is at rest nothing more can come than what was found when it came to rest.
  const moving = assessments.filter(({ key }) => !resting.has(key))
  const memory = yield* nextMemory(assessments, context, resting)
  const around: CheckContext = {
    input: { ...context, memory },
    all: new Map(assessments.map((assessment) => [assessment.key, assessment])),
  }
  const { decisions: removed, deletions } = removals(assessments, around)
  yield undefined
  const going = new Set(removed.flatMap(({ action }) => (action ? [keyOf(action.ref)] : [])))
  const staying = moving.filter(({ key }) => !going.has(key))
  const returns = staying.flatMap(
    (one) => about(one.ref, () => undeclaredRollout(one, around)) ?? [],
  )
  const moved = yield* mapped(moving, (one) =>
    about(one.ref, () => [...write(one, around), ...travelling(one, around)]),
  )
  const decided = [...removed, ...returns, ...moved.flat()].map((one) =>
    withoutRepeats(one, around),
  )
  yield undefined
  const observes = isObserving(input.sync)
  const decisions = observes ? decided.flatMap(observed) : decided
  const { actions, busy } = onePerScope(decisions, moving, around)
  const waits = [...decisions.flatMap((decision) => decision.held ?? []), ...busy]
  const held = withCauses(waits, around.all)
  const changes = decisions.flatMap((decision) => decision.change ?? [])
  yield undefined
  const findings = yield* findingsOf(assessments, around, { held, resting })
  const plan: Plan = {
    findings,
    orphans: orphansOf(
      moving,
      removed.flatMap((one) => one.held ?? []),
      around.input,
    ),
    changes,
    actions,
    held,
    answers: answersOf(assessments, { actions, held, returns, deletions }, input),
    // Nothing is done whenever it is due: who only observes looks at the interval.
    ...(observes ? {} : wakeAtOf(actions, moving, { around, held: waits })),
  }
  const concerned = concernedBy(decided)
  keepAtRest(context, { assessments: moving, findings, concerned, memory, resting })
  const probes = probesOf(moving, around)
  return { plan, memory, ...needlessOf(context), ...(probes.length === 0 ? {} : { probes }) }
}

function needlessOf(context: PlanContext): Pick<Planned, 'needlessTrials'> {
  const needless = needlessTrials(context, context.runningTrials ?? [])
  return needless.length === 0 ? {} : { needlessTrials: needless }
}

/** Scopes of which there is more to say than how they stand. */
function concernedBy(decisions: readonly Decision[]): ReadonlySet<string> {
  const refs = decisions.flatMap(({ change, action, held }) =>
    [change, action, held].flatMap((one) => one?.ref ?? []),
  )
  return new Set(refs.map(scopeOf))
}

function write(assessment: Assessment, around: CheckContext): readonly Decision[] {
  const { live, desired, unresolved, isUnread } = assessment
  if (desired === undefined || isUnread) return []
  const change = changeOf(assessment)
  const isFine =
    change === undefined && live?.phase === 'Ready' && !isUnmirrored(assessment.trafficPlan)
  if (isFine && unresolved.length === 0) return []
  const held = heldBy(writeChecks(assessment), assessment, around)
  const shown = change === undefined ? {} : { change }
  if (held !== undefined) return [{ ...shown, held }]
  const again = madeAgain(assessment, around)
  return again === undefined ? sent(assessment, change, around) : [{ ...shown, ...again }]
}

function sent(
  assessment: Assessment,
  change: Change | undefined,
  around: CheckContext,
): readonly Decision[] {
  const repaired = change ?? repairOf(assessment)
  if (repaired === undefined) return []
  const isTakenBack = assessment.trafficPlan?.isUrgent === true || isOffTrafficPlan(assessment)
  const action = isTakenBack
    ? takeBackOf(assessment, repaired, around.input)
    : writeOf(assessment, repaired, around.input)
  const told = restoredHeld(assessment)
  return [{ change: repaired, action, ...(told === undefined ? {} : { held: told }) }]
}

/** Its last write failed, and what is live says what Git says: the write is sent again. */
function repairOf({ ref, live }: Assessment): Change | undefined {
  if (live?.phase !== 'Failed') return undefined
  const differences = [
    { path: '/properties/provisioningState', live: 'Failed', desired: 'Succeeded' },
  ]
  return { ref, verb: 'update', reason: 'Update', differences }
}

/** Its traffic is not where it is going yet: shown as the change that is to come. */
function travelling(assessment: Assessment, around: CheckContext): readonly Decision[] {
  const { ref, trafficPlan, rolloutPlan } = assessment
  if (rolloutPlan !== undefined && isEndpoint(ref))
    return rollingOut(assessment, rolloutPlan, around)
  if (trafficPlan === undefined || trafficPlan.waitingFor.length === 0) return []
  const names = trafficPlan.waitingFor.join(', ')
  const change: Change = {
    ref,
    verb: 'update',
    reason: 'Update',
    differences: differenceOf(ref, trafficPlan),
  }
  return [{ change, held: waiting(ref, 'TrafficWaits', `Traffic stays until ${names} is ready.`) }]
}

/** A rollout that is not at home says what it waits for; what it moves in this turn is a change of its own. */
function rollingOut(
  assessment: Assessment,
  rolloutPlan: RolloutPlan,
  around: CheckContext,
): readonly Decision[] {
  const { ref, trafficPlan } = assessment
  const { transition, stalled, reason, message } = rolloutPlan.decision
  if (transition !== undefined || (isComplete(rolloutPlan) && !stalled)) return []
  // What it waits for would not lead on where nothing is written.
  const stopped = checkOwnership(assessment) ?? checkStopped(assessment, around)
  if (stopped !== undefined) return [{ held: stopped }]
  const held = stalled ? blocked(ref, reason, message) : waiting(ref, reason, message)
  const differences = trafficPlan === undefined ? [] : differenceOf(ref, trafficPlan)
  if (stalled || differences.length === 0) return [{ held }]
  return [{ change: { ref, verb: 'update', reason: 'Update', differences }, held }]
}

/**
 * At most one write per endpoint and its deployments, and none while Azure works on any of them. The endpoint itself goes
 * first (its traffic is what users feel), then deployments to make or change, those that serve or are to serve before the
 * others, removals last.
 */
function onePerScope(
  decisions: readonly Decision[],
  moving: readonly Assessment[],
  around: CheckContext,
): { readonly actions: readonly Action[]; readonly busy: readonly Held[] } {
  const actions = new Map<string, Action>()
  const busy: Held[] = []
  const inOrder = decisions
    .flatMap(({ action }) => action ?? [])
    .sort((a, b) => priorityOf(a, around) - priorityOf(b, around))
  const { working, unseen } = scopesAtWork(moving, around)
  for (const action of inOrder) {
    const scope = scopeOf(action.ref)
    const waits = unseen.has(scope) && action.isUrgent !== true
    if (working.has(scope) || actions.has(scope) || waits)
      busy.push(
        waiting(
          action.ref,
          'EndpointBusy',
          'One write at a time for an endpoint and its deployments.',
        ),
      )
    else actions.set(scope, action)
  }
  return { actions: [...actions.values()], busy }
}

/** Where Azure works, and where it may: our own last write is not seen yet. */
function scopesAtWork(
  assessments: readonly Assessment[],
  { input }: CheckContext,
): {
  readonly working: ReadonlySet<string>
  readonly unseen: ReadonlySet<string>
} {
  // An endpoint whose deployments could not be read: what may be written all the same says its own checklist.
  const working = assessments.filter(
    ({ key, live }) => live !== undefined && !isAtRest(live) && !input.world.unread.has(key),
  )
  const unseen = assessments.filter(({ key }) => input.memory[key]?.written !== undefined)
  const scopes = (some: readonly Assessment[]) => new Set(some.map(({ ref }) => scopeOf(ref)))
  return { working: scopes(working), unseen: scopes(unseen) }
}

function priorityOf({ ref, verb, isUrgent }: Action, { all }: CheckContext): number {
  if (isUrgent === true) return -1
  if (verb === 'delete' || verb === 'detach') return 4
  if (isEndpoint(ref)) return 0
  const { trafficPlan, rolloutPlan } = all.get(scopeOf(ref)) ?? {}
  const { target = {}, weights = {} } = trafficPlan ?? {}
  const name = ref.name.toLowerCase()
  if (rolloutPlan?.decision.record?.stable.slot === name) return 1
  return Math.max(target[name] ?? 0, weights[name] ?? 0) > 0 ? 2 : 3
}

/** When to look again before the interval is over: soon while Azure works, at the end of a pause otherwise. */
function wakeAtOf(
  actions: readonly Action[],
  moving: readonly Assessment[],
  { around, held }: { readonly around: CheckContext; readonly held: readonly Held[] },
): { readonly wakeAt?: number } {
  const { input } = around
  const waits = new Map(
    held.filter(({ state }) => state === 'waiting').map(({ ref, reason }) => [keyOf(ref), reason]),
  )
  const isSoon = actions.length > 0 || input.world.isPutOff === true
  const soon = isSoon ? [input.now + input.pollMs] : []
  const pauses = moving.flatMap((one) =>
    about(one.ref, () => pauseOf(one, around, waits.get(one.key))),
  )
  const next = [...soon, ...pauses]
  return next.length === 0 ? {} : { wakeAt: Math.min(...next) }
}

function pauseOf(
  assessment: Assessment,
  around: CheckContext,
  waits: string | undefined,
): readonly number[] {
  const { input } = around
  const known = input.memory[assessment.key]
  const isLeaving = assessment.desired === undefined && isDeployment(assessment.ref.kind)
  const leaves = waits !== undefined && isLeaving
  const { idleSince, busySince } = known ?? {}
  // A write under way is unseen too, and need not be looked at more often for that.
  const isUnseen = known?.written !== undefined && busySince === undefined
  const soon = input.now + input.pollMs
  const isSoon =
    isUnseen || assessment.trafficPlan?.isUrgent === true || (leaves && idleSince === undefined)
  const repeats = repeatsAt(assessment, input)
  const ends = [
    ...rollsAt(assessment),
    ...(busySince === undefined ? [] : [nextReconcile(busySince, input)]),
    ...(isSoon ? [soon] : []),
    ...(known?.retry === undefined ? [] : [againAt(known.retry, isOwed(assessment, input))]),
    ...(repeats === undefined ? [] : [repeats]),
    ...(waits === 'Draining' ? [drainedAt(assessment, around)] : []),
    ...(waits === 'ReplacementNotServing' ? [awaitedUntil(assessment, input)] : []),
  ]
  return ends.filter((end) => end > input.now)
}

function rollsAt({ ref, rolloutPlan }: Assessment): readonly number[] {
  const wakeAt = isEndpoint(ref) ? rolloutPlan?.wakeAt : undefined
  return wakeAt === undefined ? [] : [wakeAt]
}
