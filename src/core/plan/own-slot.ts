import { keyOf, scopeOf } from '../model/ref.ts'
import type { RolloutRecord } from '../rollout/record.ts'
import type { Assessment } from './assess.ts'
import type { Sight } from './context.ts'
import { provenManifest } from './proof.ts'

/**
 * Whether a deployment is one of the slots of its endpoint's Rollout, which puts revisions there and frees them: it is
 * declared as one, now or at the commit recorded on it; where nothing tells how it was declared, the record names it. What
 * stands beside the slots with a manifest of its own, now gone, is none, whatever the record has of it.
 */
export function isOwnSlot(assessment: Assessment, input: Sight): boolean {
  const { ref, key, stage, owner } = assessment
  if (stage?.rollout.slots === undefined) return false
  const newest = input.desiredAt.get(scopeOf(ref))?.rollout?.slots ?? []
  if ([...stage.rollout.slots, ...newest].some((slot) => keyOf(slot.ref) === key)) return true
  if (input.lately.has(key)) return false
  const proven = provenManifest(assessment, input)
  if (proven === undefined) return isNamed(stage.progress.record, ref.name)
  const then = input.declaredThen.get(owner.revision ?? '')?.get(scopeOf(ref))
  return then?.rollout?.slots?.includes(proven) === true
}

function isNamed(record: RolloutRecord | undefined, name: string): boolean {
  const named = [record?.stable, record?.candidate, record?.previous, record?.withdrawn]
  return named.some((one) => one?.slot === name.toLowerCase())
}
