import type { DeploymentState, RolloutInput } from './decide/rollout-input.ts'
import type { RolloutRecord, Slot } from './record.ts'
import { positive, soleServer } from './weights.ts'

/** What the ages of deployments tell where the record of a rollout was lost: they outlive every tag of the endpoint. */
type Ages = Pick<RolloutInput, 'rollout' | 'wanted' | 'live' | 'deployments'>

/**
 * The revision of a slot that stood before the one that serves everybody, and that is up: what serves may be a candidate
 * in its bake, and this is the way back. Undefined where there is none, or a template fills no slots.
 */
export function earlierThanServing(ages: Ages): Slot | undefined {
  const server = soleServer(ages.live)
  if (ages.rollout.slots === undefined || server === undefined) return undefined
  const serving = ages.deployments.get(server)
  if (serving?.rev === undefined) return undefined
  const earlier = [...ages.deployments]
    .filter(([slot, { isUp, rev }]) => slot !== server && isUp && rev !== serving.rev)
    .filter(([slot]) => isLater(ages, server, slot))
    .sort(([one], [other]) => (isLater(ages, one, other) ? -1 : 1))
    .flatMap(([slot, { rev }]) => (rev === undefined ? [] : [{ slot, rev }]))
  return earlier[0]
}

/**
 * Stable and candidate of a split between two slots of a template that nobody recorded. Undefined where the ages do not say
 * so: when they were made and when they were written must tell the same, unless one of them is what Git wants.
 */
export function sidesOfSplit(
  ages: Ages,
): (Pick<RolloutRecord, 'stable'> & { readonly candidate: Slot }) | undefined {
  const { rollout, live, wanted, deployments } = ages
  const home = earliestServing(ages)
  const [other, ...more] = Object.keys(positive(live)).filter((name) => name !== home)
  if (rollout.slots === undefined || home === undefined || other === undefined || more.length > 0)
    return undefined
  const [before, after] = [deployments.get(home), deployments.get(other)]
  if (before?.rev === undefined || after?.rev === undefined) return undefined
  const isWanted = [home, other].includes(wanted.slot) && deployments.get(wanted.slot)?.isReady
  const { writtenMs = 0 } = before
  if (isWanted !== true && writtenMs >= (after.writtenMs ?? 0)) return undefined
  return { stable: { slot: home, rev: before.rev }, candidate: { slot: other, rev: after.rev } }
}

/** Of the deployments with traffic that answer, the one than which none is earlier; undefined where that cannot be told. */
export function earliestServing(ages: Ages): string | undefined {
  const serving = Object.keys(positive(ages.live)).filter((name) =>
    answers(ages.deployments.get(name)),
  )
  return serving.find((one) => serving.every((other) => other === one || isLater(ages, other, one)))
}

export function answers(state: DeploymentState | undefined): boolean {
  return state !== undefined && (state.isUp || state.hasServed)
}

/**
 * Whether what one deployment runs came after what another does. A slot that was filled anew keeps the age of the
 * deployment: what Git wants now came there when it was last written.
 */
function isLater({ deployments, wanted }: Ages, one: string, other: string): boolean {
  const [a, b] = [deployments.get(one), deployments.get(other)]
  if (a === undefined || b === undefined) return false
  const isAfter = (x?: number, y?: number): boolean => x !== undefined && y !== undefined && x > y
  if (wanted.slot === one && a.isReady && isAfter(a.writtenMs, b.writtenMs)) return true
  if (wanted.slot === other && b.isReady && isAfter(b.writtenMs, a.writtenMs)) return false
  return isAfter(a.madeMs, b.madeMs)
}
