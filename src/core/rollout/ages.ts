import type { RolloutRecord, Slot } from './record.ts'
import type { Facts, Situation } from './situation.ts'
import { positive } from './weights.ts'

/** What the ages of deployments tell where the record of a rollout was lost: they outlive every tag of the endpoint. */
type Ages = Pick<Situation, 'rollout' | 'wanted' | 'live' | 'deployments'>

/**
 * The revision of a slot that stood before the one that serves everybody, and that is up: what serves may be a candidate
 * in its bake, and this is the way back. Undefined where there is none, or a template fills no slots.
 */
export function earlierThanServing(ages: Ages): Slot | undefined {
  const [server = '', ...others] = Object.keys(positive(ages.live))
  const serving = ages.deployments.get(server)
  if (ages.rollout.slots === undefined || others.length > 0 || serving?.rev === undefined)
    return undefined
  const earlier = [...ages.deployments]
    .filter(([slot, { isUp, rev }]) => slot !== server && isUp && rev !== serving.rev)
    .filter(([slot]) => isLater(ages, server, slot))
    .sort(([one], [other]) => (isLater(ages, one, other) ? -1 : 1))
    .flatMap(([slot, { rev }]) => (rev === undefined ? [] : [{ slot, rev }]))
  return earlier[0]
}

/**
 * Stable and candidate of a split that nobody recorded: two slots of a template, of which the later one is what Git wants.
 * Undefined where the ages do not say so.
 */
export function sidesOfSplit(
  ages: Ages,
): (Pick<RolloutRecord, 'stable'> & { readonly candidate: Slot }) | undefined {
  const { rollout, live, wanted, deployments } = ages
  const serving = Object.keys(positive(live))
  const home = earliestServing(ages)
  const rev = home === undefined ? undefined : deployments.get(home)?.rev
  if (
    rollout.slots === undefined ||
    serving.length !== 2 ||
    home === undefined ||
    rev === undefined
  )
    return undefined
  const isCandidate = serving.includes(wanted.slot) && wanted.slot !== home
  return isCandidate && deployments.get(wanted.slot)?.isReady === true
    ? { stable: { slot: home, rev }, candidate: wanted }
    : undefined
}

/** Of the deployments with traffic that answer, the one than which none is earlier; undefined where that cannot be told. */
export function earliestServing(ages: Ages): string | undefined {
  const serving = Object.keys(positive(ages.live)).filter((name) =>
    answers(ages.deployments.get(name)),
  )
  return serving.find((one) => serving.every((other) => other === one || isLater(ages, other, one)))
}

export function answers(facts: Facts | undefined): boolean {
  return facts !== undefined && (facts.isUp || facts.hasServed)
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
