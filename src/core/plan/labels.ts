import type { ArmContext } from '../kinds/kind.ts'
import { type LabelRef, labelKey } from '../model/desired.ts'
import type { World } from '../model/live.ts'

/** Ids of this workspace, and what labels mean here now. */
export function armContextOf({
  workspace,
  labels,
}: Pick<World, 'workspace' | 'labels'>): ArmContext {
  return { workspace, version: (label) => labels[labelKey(label)] }
}

/** The labels that point to no version here. */
export function unresolvedIn(
  labels: readonly LabelRef[],
  { version }: ArmContext,
): readonly LabelRef[] {
  return labels.filter((label) => version(label) === undefined)
}

/** What is said of them. */
export function notResolved(labels: readonly LabelRef[]): {
  readonly reason: 'LabelNotResolved'
  readonly message: string
} {
  const names = labels.map((label) => labelKey(label).replace('/', ' ')).join(', ')
  return {
    reason: 'LabelNotResolved',
    message: `No version found for ${names}; register one, or name a version in a commit.`,
  }
}
