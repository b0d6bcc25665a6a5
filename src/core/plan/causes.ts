import type { Held } from '../model/plan.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../model/ref.ts'
import { isUnderWay } from '../rollout/record.ts'
import type { Assessment } from './assess.ts'
import { type Arrivals, versionsAwaited } from './compare/labels.ts'
import { reasonBehind } from './observed.ts'
import type { RolloutPlan } from './rollouts/rollout-plan.ts'
import { deploymentOf, isEndpoint } from './traffic/traffic-plan.ts'

/** What waits are looked up in. */
interface Around {
  readonly all: ReadonlyMap<string, Assessment>
  readonly declared: Arrivals
  /** Keys of the deployments of an endpoint, by its key. */
  readonly below: ReadonlyMap<string, readonly string[]>
  /** Keys of the endpoints whose rollouts are under way. */
  readonly underWay: readonly string[]
}

/**
 * What waits for a thing that only somebody can move waits for him, too: it is held with that thing, and names it and what
 * it says (INVARIANTS L11). All that still waits ends by itself.
 */
export function withCauses(
  held: readonly Held[],
  all: ReadonlyMap<string, Assessment>,
): readonly Held[] {
  const around = aroundOf(all)
  const links = held.map((one) => (one.state === 'waiting' ? awaitedBy(one, around) : []))
  let told = held
  // One more link of a chain at a time: an endpoint waits for a deployment, which waits for a model.
  for (;;) {
    const stuck = stuckIn(told)
    const next = told.map((one, place) => withCause(one, links[place] ?? [], stuck))
    if (next.every((one, place) => one === told[place])) return told
    told = next
  }
}

function aroundOf(all: ReadonlyMap<string, Assessment>): Around {
  const below = new Map<string, string[]>()
  const underWay: string[] = []
  const declared = [...all.values()].flatMap(({ ref, desired, live }) =>
    desired === undefined ? [] : [{ ref, isThere: live !== undefined }],
  )
  for (const { ref, key, rolloutPlan } of all.values()) {
    if (isEndpoint(ref) && isUnderWay(rolloutPlan?.decision.record)) underWay.push(key)
    if (!isDeployment(ref.kind)) continue
    const scope = scopeOf(ref)
    below.set(scope, [...(below.get(scope) ?? []), key])
  }
  return { all, declared, below, underWay }
}

/** By key, the first thing that keeps it for somebody. */
function stuckIn(held: readonly Held[]): ReadonlyMap<string, Held> {
  const stuck = new Map<string, Held>()
  for (const one of held) {
    const key = keyOf(one.ref)
    if (one.state !== 'waiting' && !stuck.has(key)) stuck.set(key, one)
  }
  return stuck
}

function withCause(held: Held, awaited: readonly string[], stuck: ReadonlyMap<string, Held>): Held {
  if (held.state !== 'waiting') return held
  const causes = awaited.flatMap((one) => stuck.get(one) ?? [])
  const [cause] = causes
  // Of several rollouts ahead one that moves is enough.
  const isOpen = held.reason === 'RolloutsAtLimit' && causes.length < awaited.length
  if (cause === undefined || isOpen) return held
  const { ref } = cause
  const message = `${held.message} ${keyOf(ref)}: ${cause.message}`
  return { ...held, ...reasonBehind(cause), state: 'blocked', message }
}

/** Keys of what a wait is for, other than itself. */
function awaitedBy(held: Held, around: Around): readonly string[] {
  const assessment = around.all.get(keyOf(held.ref))
  if (assessment === undefined) return []
  return keysAwaited(assessment, held, around).filter((key) => key !== assessment.key)
}

function keysAwaited(
  assessment: Assessment,
  held: Held,
  { declared, below, underWay }: Around,
): readonly string[] {
  const { ref } = assessment
  const { reason } = held
  if (reason === 'DependencyNotReady') return neededBy(assessment, declared).map(keyOf)
  if (reason === 'HasDeployments') return below.get(assessment.key) ?? []
  if (reason === 'RolloutsAtLimit') return underWay
  if (isEndpoint(ref)) {
    return slotsAwaited(assessment, held).map((name) => keyOf(deploymentOf(ref, name)))
  }
  return isDeployment(ref.kind) && leaves(assessment, reason) ? [scopeOf(ref)] : []
}

/** What it, or the first slot of its Rollout, needs by name, and what its labels are to mean. */
function neededBy(
  { desired, unresolved, ref, rolloutPlan }: Assessment,
  declared: Arrivals,
): readonly Ref[] {
  const slots = isEndpoint(ref) ? (rolloutPlan?.rollout.slots ?? []) : []
  const labels = [...unresolved, ...slots.flatMap((slot) => slot.labels)]
  const labelled = labels.flatMap((label) => versionsAwaited(label, declared))
  return [...(desired?.dependsOn ?? []), ...labelled]
}

/** Waits that end with the rollout of the endpoint, or with a move of its traffic, and with no clock. */
function leaves({ rolloutPlan }: Assessment, reason: string): boolean {
  if (reason === 'TakesTraffic') return true
  return (reason === 'WayBack' || reason === 'RollbackWindow') && rolloutPlan?.wakeAt === undefined
}

/** Names of the deployments without which the traffic does not move. */
function slotsAwaited(
  { trafficPlan, rolloutPlan }: Assessment,
  { reason, message }: Held,
): readonly string[] {
  if (reason === 'TrafficWaits') return trafficPlan?.waitingFor ?? []
  // The endpoint itself may wait for the same reason: its own last write failed like that of its deployment.
  const isOfRollout =
    rolloutPlan?.decision.reason === reason && rolloutPlan.decision.message === message
  if (rolloutPlan === undefined || !isOfRollout) return []
  const { record } = rolloutPlan.decision
  if (reason === 'StableGone') return record === undefined ? [] : [record.stable.slot]
  // Degraded: the reason is the new deployment's own failure.
  const isUnready = UNREADY.includes(reason) || rolloutPlan.decision.phase === 'degraded'
  const { awaits } = rolloutPlan.decision
  if (awaits !== undefined) return [awaits]
  return isUnready ? candidateOf(rolloutPlan) : []
}

/** Reasons for which a rollout waits until its new deployment is as it is to be. */
const UNREADY: readonly string[] = [
  'CandidateNotReady',
  'CapacityShort',
  'OperationOverdue',
  'Provisioning',
  'TargetNotUp',
]

function candidateOf({ decision: { record }, wanted }: RolloutPlan): readonly string[] {
  return [isUnderWay(record) ? (record.candidate ?? wanted).slot : wanted.slot]
}
