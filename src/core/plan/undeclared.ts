import { isUnderWay, withdrawn } from '../rollout/record.ts'
import { backTo, homeOf, leavesUsers, recordOn } from './abort-plan.ts'
import type { Assessment } from './assess.ts'
import { type Circumstances, heldBy, TAKE_BACK_CHECKS } from './checks.ts'
import { handedOver } from './gate.ts'
import type { Decision } from './recreate.ts'
import { differenceOf, flowsOf, isEndpoint } from './road.ts'

/**
 * Users on the candidate of a rollout that Git no longer declares, with nobody to judge it: they go back to the stable
 * revision, as after a revert, for as long as their endpoint serves and nothing else says who does. Undefined: no such user.
 */
export function undeclaredRollout(
  assessment: Assessment,
  around: Circumstances,
): Decision | undefined {
  const { ref, live, stage, road } = assessment
  const { application, now } = around.input
  if (!isEndpoint(ref) || live === undefined || stage !== undefined || road?.isDeclared === true)
    return undefined
  const record = recordOn(live, application)
  if (record === undefined || !leavesUsers(live, record)) return undefined
  const { slot } = record.stable
  const isAnswering = homeOf(around.input.world, live, record) !== undefined
  if (!isAnswering || handedOver(assessment, around.input) !== undefined) return undefined
  const { live: weights } = flowsOf(ref.kind, live.body)
  const differences = differenceOf(ref, { live: weights, target: { [slot]: 100 } })
  const change = { ref, verb: 'update', reason: 'Update', differences } as const
  const held = heldBy(TAKE_BACK_CHECKS, assessment, around)
  if (held !== undefined) return { change, held }
  const action = backTo(live, application, isUnderWay(record) ? withdrawn(record, now) : record, {
    result: 'rolled_back',
    trigger: 'commit',
    message: `Git declares no rollout of it any more: ${slot} serves.`,
    beganAt: record.beganMs,
  })
  return { change, action: { ...action, differences } }
}
