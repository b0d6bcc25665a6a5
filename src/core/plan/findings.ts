import type { Finding, Held } from '../model/plan.ts'
import { keyOf } from '../model/ref.ts'
import { mapped, type Parts } from '../model/values/parts.ts'
import type { Assessment, CheckContext } from './assess.ts'
import { about } from './bug.ts'
import { checkStopped } from './checks.ts'
import { weightsAt } from './compare/body.ts'
import { driftPolicyOf } from './compare/drift-policy.ts'
import { ignoredDifferences } from './compare/ignored.ts'
import { undeclaredFields } from './compare/undeclared-fields.ts'
import { FIGHT_LIMIT } from './memory/next-memory.ts'
import type { UnchangedScopes } from './resting.ts'
import { isComplete } from './rollouts/rollout-plan.ts'
import { rolloutStatus } from './status/rollout-status.ts'
import { isEndpoint, isUnmirrored } from './traffic/traffic-plan.ts'

/** How everything stands that is declared or ours. */
export function* findingsOf(
  assessments: readonly Assessment[],
  around: CheckContext,
  { held, resting }: { readonly held: readonly Held[]; readonly resting: UnchangedScopes },
): Parts<readonly Finding[]> {
  const heldAt = Map.groupBy(held, ({ ref }) => keyOf(ref))
  const found = yield* mapped(
    assessments,
    (one) =>
      resting.get(one.key)?.finding ??
      about(one.ref, () => findingOf(one, around, heldAt.get(one.key) ?? [])),
  )
  return found.filter((finding) => finding !== undefined)
}

function findingOf(
  assessment: Assessment,
  around: CheckContext,
  held: readonly Held[],
): Finding | undefined {
  const { ref, key, desired, owner, differences } = assessment
  const isOurs = owner.ownership === 'ours' && assessment.kind.operations.delete !== undefined
  if (desired === undefined && !isOurs) return undefined
  const known = around.input.memory[key]
  const undeclared = undeclaredFields(assessment, around.input)
  const ignored = ignoredDifferences(assessment, around.input)
  const isSuspended = held.some(({ reason }) => reason === 'Suspended')
  return {
    ref,
    key,
    sync: syncOf(assessment),
    health: isSuspended ? 'suspended' : healthOf(assessment),
    drift: driftPolicyOf(ref, desired, around.input.sync),
    differences,
    ...(assessment.notTakenOver === undefined ? {} : { notTakenOver: assessment.notTakenOver }),
    ...(ignored.length === 0 ? {} : { ignored }),
    ...(known?.driftedSince === undefined ? {} : { driftedSince: known.driftedSince }),
    fight: (known?.corrections?.count ?? 0) >= FIGHT_LIMIT,
    ...(owner.revision === undefined ? {} : { appliedRevision: owner.revision }),
    ...(undeclared.length === 0 ? {} : { undeclared }),
    ...(assessment.pins === undefined ? {} : { pins: assessment.pins }),
    ...servingOf(assessment, around, held),
  }
}

/** Of an endpoint, who serves and where that goes. */
function servingOf(
  assessment: Assessment,
  around: CheckContext,
  held: readonly Held[],
): Pick<Finding, 'traffic' | 'rollout'> {
  const { ref, live, trafficPlan, rolloutPlan } = assessment
  if (!isEndpoint(ref) || live === undefined || trafficPlan === undefined) return {}
  const standing = rolloutPlan && rolloutStatus(assessment, rolloutPlan, around)
  // What the rollout waits for may wait for somebody.
  const stopped = checkStopped(assessment, around)
  const observed = held.find(({ reason }) => reason === 'Observed')
  const cause =
    observed ??
    held.find(
      ({ reason, state }) =>
        state === 'blocked' && (reason === standing?.reason || reason === stopped?.reason),
    )
  const isAborting = standing?.phase === 'aborting' && observed === undefined
  const isLed = cause === undefined || isAborting
  const said = isLed ? {} : { reason: cause.reason, message: cause.message, stalled: true }
  const rollout = standing && { ...standing, ...said }
  const traffic = {
    desired: trafficPlan.weights,
    live: weightsAt(live.body, '/properties/traffic'),
  }
  return {
    ...(ref.kind === 'OnlineEndpoint' ? { traffic } : {}),
    ...(rollout === undefined ? {} : { rollout }),
  }
}

function syncOf(assessment: Assessment): Finding['sync'] {
  const { desired, live, reason, trafficPlan, unresolved, isUnread, rolloutPlan } = assessment
  if (unresolved.length > 0 || isUnread) return 'unknown'
  if (desired === undefined) return 'out_of_sync'
  const isOnItsWay = (trafficPlan?.waitingFor.length ?? 0) > 0 || isUnmirrored(trafficPlan)
  const arrived = !isOnItsWay && (rolloutPlan === undefined || isComplete(rolloutPlan))
  return live !== undefined && reason === undefined && arrived ? 'synced' : 'out_of_sync'
}

function healthOf({ live, isUnread }: Assessment): Finding['health'] {
  if (live === undefined) return isUnread ? 'progressing' : 'missing'
  if (live.phase === 'Failed') return 'degraded'
  return live.phase === 'Ready' ? 'healthy' : 'progressing'
}
