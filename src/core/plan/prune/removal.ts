import type { Held } from '../../model/plan.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../../model/ref.ts'
import { valueAt } from '../../model/values/pointer.ts'
import { recordIn } from '../../rollout/record-tag.ts'
import type { Assessment, CheckContext } from '../assess.ts'
import {
  checkAwaitingReadback,
  checkBackoff,
  checkFreeze,
  checkRejected,
  checkSuspension,
  heldBy,
  type PlanCheck,
} from '../checks.ts'
import { blocked, waiting } from '../held.ts'
import { checkBusy } from '../memory/busy.ts'
import { newcomersIn } from '../ownership/newcomers.ts'
import { howToAdopt } from '../ownership/ownership.ts'
import { keptSlots } from '../rollouts/slots-held.ts'
import { isEndpoint, servingDeployments } from '../traffic/traffic-plan.ts'
import { detachedBy, fateOf } from './fate.ts'
import { checkRetained } from './gate.ts'
import { handedOver } from './handover.ts'

/** When nothing is known of a deployment's own time-out: the longest a managed one may have (FACTS 4). */
const LONGEST_REQUEST_MS = 180_000

/** Why what Git no longer declares may not be touched now, whatever is to be done with it. */
export const LEAVING_CHECKS: readonly PlanCheck[] = [
  checkFreeze,
  checkUnread,
  checkSuspension,
  (removal, { input }) => checkRetained(removal, input),
  isRollbackTarget,
  checkBusy,
  checkAwaitingReadback,
  checkRejected,
  checkBackoff,
]

/** Why a removal may not be deleted now. Traffic is away, seen to be away, and the last request has ended. */
const DELETE_CHECKS: readonly PlanCheck[] = [
  ...LEAVING_CHECKS,
  isEndpointUnseen,
  isAwaited,
  takesTraffic,
  checkDraining,
  hasForeignDeployments,
  hasDeployments,
]

/** What is not read may need it, or be it. */
export function checkUnread({ ref }: Assessment, { input }: CheckContext): Held | undefined {
  const scope = scopeOf(ref)
  if (!input.world.unread.has(scope)) return undefined
  const message = `${scope} and what belongs to it could not be read to the end; nothing of it is deleted.`
  return waiting(ref, 'IncompleteList', message)
}

export function removalHeldBy(removal: Assessment, around: CheckContext): Held | undefined {
  return heldBy(DELETE_CHECKS, removal, around)
}

/** Whether an endpoint that is to go still sends anything anywhere: then it is silenced first. */
export function servesStill({ ref, live }: Assessment): boolean {
  return isEndpoint(ref) && live !== undefined && servingDeployments(ref.kind, live.body).size > 0
}

/** For how long a removed endpoint waits for those that come in its place. */
const REPLACEMENT_MS = 6 * 3_600_000

/** A renamed endpoint is made before the old one goes: what serves stays until all that is new in that commit serves. */
function isAwaited(removal: Assessment, { input, all }: CheckContext): Held | undefined {
  const names = servesStill(removal) ? newcomersIn(all) : []
  if (names.length === 0 || awaitedUntil(removal, input) <= input.now) return undefined
  const hours = REPLACEMENT_MS / 3_600_000
  const message = `${names.join(', ')} is new in Git and does not serve yet; this endpoint goes on serving until then, for ${hours} hours at most.`
  return waiting(removal.ref, 'ReplacementNotServing', message)
}

/** Until when a removed endpoint waits for what comes in its place. */
export function awaitedUntil({ key }: Assessment, { memory, now }: CheckContext['input']): number {
  return (memory[key]?.awaitsSince ?? now) + REPLACEMENT_MS
}

/** Until when requests that began before the traffic went may still run: the deployment's own request time-out. */
export function drainedAt({ key, kind, live }: Assessment, { input }: CheckContext): number {
  const idleSince = input.memory[key]?.idleSince ?? input.now
  const timeout =
    live && valueAt(kind.normalise(live.body), '/properties/requestSettings/requestTimeout')
  return idleSince + (typeof timeout === 'number' ? timeout : LONGEST_REQUEST_MS)
}

/** What its endpoint sends where is not known while our own last write to it is not seen. */
function isEndpointUnseen({ ref }: Assessment, { input }: CheckContext): Held | undefined {
  const isUnknown = isDeployment(ref.kind) && input.memory[scopeOf(ref)]?.written !== undefined
  if (!isUnknown) return undefined
  return waiting(ref, 'EndpointNotSeen', 'The last write to its endpoint is not seen in reads yet.')
}

function takesTraffic({ ref }: Assessment, around: CheckContext): Held | undefined {
  const endpoint = isDeployment(ref.kind) ? around.all.get(scopeOf(ref)) : undefined
  if (endpoint?.live === undefined || !isEndpoint(endpoint.ref)) return undefined
  const name = ref.name.toLowerCase()
  if (!servingDeployments(endpoint.ref.kind, endpoint.live.body).has(name)) return undefined
  if (isSentTo(endpoint, ref))
    return blocked(
      ref,
      'TakesTraffic',
      'Its manifest is gone, and that of its endpoint sends it requests: declare it again, or declare in a commit where they go instead.',
    )
  const leaves =
    endpoint.desired === undefined ? goes(endpoint, around) : endpoint.trafficPlan !== undefined
  return leaves
    ? waiting(ref, 'TakesTraffic', 'Traffic is moved away first.')
    : blocked(
        ref,
        'TakesTraffic',
        'It takes traffic and Git does not declare the endpoint’s traffic: declare in a commit where it goes, or move it away.',
      )
}

/** Whether Git wants the endpoint to send this deployment requests, or copies, in the end. */
export function isSentTo({ trafficPlan }: Assessment, { name }: Ref): boolean {
  const slot = name.toLowerCase()
  return (
    trafficPlan !== undefined &&
    (trafficPlan.target[slot] ?? 0) + (trafficPlan.mirror?.[slot] ?? 0) > 0
  )
}

/** Whether an endpoint that Git no longer declares is on its way out, and will be silenced. */
function goes(endpoint: Assessment, around: CheckContext): boolean {
  if (endpoint.owner.ownership !== 'ours') return false
  return removalHeldBy(endpoint, around)?.state !== 'blocked'
}

export function checkDraining(removal: Assessment, around: CheckContext): Held | undefined {
  const { ref } = removal
  if (ref.kind !== 'OnlineDeployment') return undefined
  if (drainedAt(removal, around) <= around.input.now) return undefined
  return waiting(ref, 'Draining', 'Requests that began before the traffic went may still run.')
}

/**
 * What serves, what is on its way, and within the window the revision of before (INVARIANTS S5); also of a rollout of
 * another Application, to which the endpoint has moved.
 */
function isRollbackTarget(
  { ref, rolloutPlan }: Assessment,
  around: CheckContext,
): Held | undefined {
  const kept = rolloutPlan?.retained ?? keptByOthers(ref, around)
  if (!kept.has(ref.name.toLowerCase())) return undefined
  return waiting(ref, 'RollbackWindow', 'The rollout keeps it as the way back.')
}

function keptByOthers(ref: Ref, { all, input }: CheckContext): ReadonlySet<string> {
  const endpoint = isDeployment(ref.kind) ? all.get(scopeOf(ref)) : undefined
  if (endpoint?.live === undefined) return new Set()
  const isOurs = endpoint.owner.ownership === 'ours' && handedOver(endpoint, input) === undefined
  const record = isOurs ? undefined : recordIn(endpoint.ref, endpoint.live.body)
  return keptSlots(record, { now: input.now, intents: [] })
}

function hasForeignDeployments({ ref }: Assessment, around: CheckContext): Held | undefined {
  const foreign = deploymentsOf(ref, around).filter(({ owner }) => owner.ownership !== 'ours')
  if (foreign.length === 0) return undefined
  const names = foreign.map((deployment) => deployment.ref.name).join(', ')
  return blocked(
    ref,
    'HasForeignDeployments',
    `Deleting it would delete ${names}, which is not ours. Declare both again in a commit, take them over (${howToAdopt(ref)}), and remove them in a later commit.${howToEndDetach(foreign, around)}`,
  )
}

/** Deployments that are detached each time keep their endpoint each time: which policy does that, and what ends it. */
function howToEndDetach(parts: readonly Assessment[], { input }: CheckContext): string {
  const told = parts.flatMap((part) => {
    const policy = detachedBy(part, input)
    return policy === undefined ? [] : [`${part.ref.name} by ${policy}`]
  })
  if (told.length === 0) return ''
  return ` Removed so, ${told.join(', ')} is detached and not deleted: where it is declared again give it verdigris.dev/on-delete: delete, or give its endpoint detach, which stays then.`
}

function hasDeployments({ ref }: Assessment, around: CheckContext): Held | undefined {
  const deployments = deploymentsOf(ref, around)
  const staying = deployments.filter((deployment) => stays(deployment, around))
  if (staying.length > 0) {
    const names = staying.map((deployment) => deployment.ref.name).join(', ')
    const detached = staying.filter(({ desired }) => desired === undefined)
    const message = `Deleting it would delete ${names}, which Git still declares or keeps: remove them in a commit, too, or declare the endpoint again.${howToEndDetach(detached, around)}`
    return blocked(ref, 'DeploymentsStay', message)
  }
  if (deployments.length === 0) return undefined
  return waiting(ref, 'HasDeployments', 'Its deployments are removed first.')
}

function stays(deployment: Assessment, around: CheckContext): boolean {
  if (deployment.desired !== undefined || checkRetained(deployment, around.input) !== undefined)
    return true
  return fateOf(deployment, around) === 'detach'
}

/** What lives in an endpoint. */
export function deploymentsOf(endpoint: Ref, { input, all }: CheckContext): readonly Assessment[] {
  const live = input.deploymentsAt.get(keyOf(endpoint)) ?? []
  return live.flatMap(({ ref }) => all.get(keyOf(ref)) ?? [])
}
