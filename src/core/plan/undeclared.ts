import type { Live } from '../model/live.ts'
import type { Action } from '../model/plan.ts'
import { isUnderWay, type RolloutRecord, withdrawn } from '../rollout/record.ts'
import { servesNobody, type Weights } from '../rollout/weights.ts'
import { backTo, homeOf, leavesUsers, recordOn } from './abort-plan.ts'
import type { Assessment } from './assess.ts'
import { type Circumstances, heldBy, OWED_CHECKS, TAKE_BACK_CHECKS, writeChecks } from './checks.ts'
import type { Sight } from './context.ts'
import { handedSinceOf } from './handover.ts'
import type { Decision } from './recreate.ts'
import { differenceOf, flowsOf, isEndpoint } from './road.ts'

/**
 * Users on the candidate of a rollout that Git no longer declares, with nobody to judge it, and users whom nobody serves while
 * the endpoint is left for another Application: they go back to the stable revision, as after a revert, for as long as that
 * serves and Git's own weights do not do it. Undefined: no such user.
 */
export function undeclaredRollout(
  assessment: Assessment,
  around: Circumstances,
): Decision | undefined {
  const { ref, live, stage } = assessment
  const { application, world } = around.input
  if (!isEndpoint(ref) || live === undefined || stage !== undefined) return undefined
  const record = recordOn(live, application)
  if (record === undefined || homeOf(world, live, record) === undefined) return undefined
  const { live: weights } = flowsOf(ref.kind, live.body)
  const isLeft = leavesUsers(live, record)
  const isConcerned = isLeft || isSilenced(assessment, around.input, weights)
  if (!isConcerned || isLeftToGit(assessment, around, record)) return undefined
  if (isBeingTakenOver(assessment, around.input)) return undefined
  const { slot } = record.stable
  const differences = differenceOf(ref, { live: weights, target: { [slot]: 100 } })
  const change = { ref, verb: 'update', reason: 'Update', differences } as const
  const held = heldBy(isLeft ? TAKE_BACK_CHECKS : OWED_CHECKS, assessment, around)
  if (held !== undefined) return { change, held }
  return { change, action: { ...sentBack(live, record, isLeft, around.input), differences } }
}

/** It is told where it ends a rollout. */
function sentBack(
  live: Live,
  record: RolloutRecord,
  isLeft: boolean,
  { application, now }: Sight,
): Action {
  const isMoving = isUnderWay(record)
  if (!isLeft && !isMoving) return backTo(live, application, record)
  return backTo(live, application, isMoving ? withdrawn(record, now) : record, {
    result: 'rolled_back',
    trigger: 'commit',
    message: `Git declares no rollout of it any more: ${record.stable.slot} serves.`,
    beganAt: record.beganMs,
  })
}

/** Somebody took everybody away, and the Application that it is left for has not taken it over. */
function isSilenced(assessment: Assessment, sight: Sight, weights: Weights): boolean {
  return servesNobody(weights) && handedSinceOf(assessment, sight) !== undefined
}

/** How long the Application that declares an endpoint now has to take its rollout over. */
const TAKE_OVER_MS = 2 * 60_000

/** It may only look, be suspended, have no rights or not run: users do not wait for that. */
function isBeingTakenOver(assessment: Assessment, sight: Sight): boolean {
  const since = handedSinceOf(assessment, sight)
  return since !== undefined && sight.now - since < TAKE_OVER_MS
}

/**
 * Whether the weights that Git declares say where these users are: they are wanted there, or the ordinary write takes them off
 * now. It does not where it is held up, by a person too, or waits for a deployment that is to serve.
 */
function isLeftToGit(
  assessment: Assessment,
  around: Circumstances,
  { phase, candidate }: RolloutRecord,
): boolean {
  const { road } = assessment
  if (road?.isDeclared !== true) return false
  // At rest, whoever is served beside the stable deployment is drift as any other.
  if (phase === 'stable' || candidate === undefined) return true
  const has = road.live[candidate.slot] ?? 0
  if (has <= (road.target[candidate.slot] ?? 0)) return true
  const isTakenOff = (road.weights[candidate.slot] ?? 0) < has
  return isTakenOff && heldBy(writeChecks(assessment), assessment, around) === undefined
}
