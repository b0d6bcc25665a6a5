import type { Held } from '../../model/plan.ts'
import { isDeployment, type Ref } from '../../model/ref.ts'
import { type Assessment, isFixedAt } from '../assess.ts'
import { blocked } from '../held.ts'

/** Why what Azure cannot change in place is not written; a slot that is free is made again instead. */
export function checkReplacement(assessment: Assessment): Held | undefined {
  const { ref, kind, live, reason, differences } = assessment
  // Of what failed, Azure says whether it can be changed, or has to be made again.
  const isOpen = live?.phase === 'Failed' || isFreeSlot(assessment)
  if (reason !== 'Replace' || isOpen) return undefined
  const fixed = differences.filter((one) => isFixedAt(kind, one))
  const paths = fixed.map(({ path }) => path).join(', ')
  return blocked(
    ref,
    'CannotChangeInPlace',
    `Azure cannot change ${paths} in place. ${wayOut(ref)}`,
  )
}

/** A slot that a rollout fills anew: what was in it before is not needed where the new cannot be laid over it. */
export function isFreeSlot({ ref, rolloutPlan }: Assessment): boolean {
  const { record } = rolloutPlan?.decision ?? {}
  const isTheirs = rolloutPlan?.rollout.slots !== undefined && isDeployment(ref.kind)
  const name = ref.name.toLowerCase()
  return isTheirs && name === rolloutPlan.wanted.slot && name !== record?.stable.slot
}

function wayOut({ kind, version }: Ref): string {
  if (version !== undefined) return 'Register it under another version.'
  return isDeployment(kind)
    ? 'Add a deployment under another name, move traffic to it, then remove this one.'
    : 'Put the old value back, or declare an endpoint under another name.'
}
