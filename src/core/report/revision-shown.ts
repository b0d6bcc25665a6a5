import type { Intent, RolloutStatus } from '../model/rollout.ts'

/** The revision that a lever is about, as status shows the rollout. */
export function revisionShown(
  { stable, candidate, aborted, deadlineAt }: RolloutStatus,
  verb: Intent['verb'],
): string | undefined {
  const isAtRest = aborted === undefined && deadlineAt === undefined
  return (verb === 'undo' && isAtRest ? stable : (candidate ?? stable))?.revision
}
