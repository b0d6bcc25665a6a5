import type { Held } from '../model/plan.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../model/ref.ts'
import { isUnderWay } from '../rollout/record.ts'
import type { Assessment } from './assess.ts'
import { isEndpoint } from './road.ts'
import type { Stage } from './stage.ts'

/**
 * What waits for a thing that only somebody can move waits for him, too: it is held with that thing, and names it and what
 * it says (INVARIANTS L11). All that still waits ends by itself.
 */
export function withCauses(
  held: readonly Held[],
  all: ReadonlyMap<string, Assessment>,
): readonly Held[] {
  let told = held
  // One more link of a chain at a time: an endpoint waits for a deployment, which waits for a model.
  for (;;) {
    const stuck = stuckIn(told)
    const next = told.map((one) => withCause(one, all, stuck))
    if (next.every((one, place) => one === told[place])) return told
    told = next
  }
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

function withCause(
  held: Held,
  all: ReadonlyMap<string, Assessment>,
  stuck: ReadonlyMap<string, Held>,
): Held {
  if (held.state !== 'waiting') return held
  const key = keyOf(held.ref)
  const awaited = awaitedBy(held, all).filter((one) => one !== key)
  const causes = awaited.flatMap((one) => stuck.get(one) ?? [])
  const [cause] = causes
  // Of several rollouts ahead one that moves is enough.
  const isOpen = held.reason === 'RolloutsAtLimit' && causes.length < awaited.length
  if (cause === undefined || isOpen) return held
  const { ref, message } = cause
  return { ...held, state: 'blocked', message: `${held.message} ${keyOf(ref)}: ${message}` }
}

/** Keys of what a wait is for. */
function awaitedBy({ ref, reason }: Held, all: ReadonlyMap<string, Assessment>): readonly string[] {
  const assessment = all.get(keyOf(ref))
  if (assessment === undefined) return []
  if (reason === 'DependencyNotReady') return (assessment.desired?.dependsOn ?? []).map(keyOf)
  if (reason === 'HasDeployments') return deploymentsOf(ref, all)
  if (reason === 'RolloutsAtLimit') return limitOf(all)
  if (isEndpoint(ref)) return slotsAwaited(assessment, reason).flatMap(keysIn(ref, all))
  return isDeployment(ref.kind) && leaves(assessment, reason) ? [scopeOf(ref)] : []
}

/** The rollouts that are under way. */
function limitOf(all: ReadonlyMap<string, Assessment>): readonly string[] {
  return [...all.values()].flatMap(({ ref, key, stage }) => {
    return isEndpoint(ref) && isUnderWay(stage?.progress.record) ? [key] : []
  })
}

/** Waits that end with the rollout of the endpoint, or with a move of its traffic, and with no clock. */
function leaves({ stage }: Assessment, reason: string): boolean {
  if (reason === 'TakesTraffic') return true
  return (reason === 'WayBack' || reason === 'RollbackWindow') && stage?.wakeAt === undefined
}

/** Names of the deployments without which the traffic does not move. */
function slotsAwaited({ road, stage }: Assessment, reason: string): readonly string[] {
  if (reason === 'TrafficWaits') return road?.waitingFor ?? []
  if (stage === undefined || stage.progress.reason !== reason) return []
  const { record } = stage.progress
  if (reason === 'StableGone') return record === undefined ? [] : [record.stable.slot]
  // Degraded: the reason is the new deployment's own failure.
  const isUnready = UNREADY.includes(reason) || stage.progress.phase === 'degraded'
  return isUnready ? candidateOf(stage) : []
}

/** Reasons for which a rollout waits until its new deployment is as it is to be. */
const UNREADY: readonly string[] = [
  'CandidateNotReady',
  'CapacityShort',
  'Provisioning',
  'TargetNotUp',
]

function candidateOf({ progress: { record }, wanted }: Stage): readonly string[] {
  return [isUnderWay(record) ? (record.candidate ?? wanted).slot : wanted.slot]
}

function keysIn(
  endpoint: Ref,
  all: ReadonlyMap<string, Assessment>,
): (name: string) => readonly string[] {
  return (name) =>
    deploymentsOf(endpoint, all).filter((key) =>
      key.toLowerCase().endsWith(`/${name.toLowerCase()}`),
    )
}

function deploymentsOf(endpoint: Ref, all: ReadonlyMap<string, Assessment>): readonly string[] {
  const scope = keyOf(endpoint)
  return [...all.values()]
    .filter(({ ref }) => isDeployment(ref.kind) && scopeOf(ref) === scope)
    .map(({ key }) => key)
}
