import type { ArmContext } from '../kinds/kind.ts'
import { type LabelRef, labelKey } from '../model/desired.ts'
import type { World } from '../model/live.ts'
import { keyOf, type Ref } from '../model/ref.ts'

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

/** What is declared and not there yet of what `latest` will mean: it means the newest version, whoever registers it. */
export function versionsAwaited(
  label: LabelRef,
  declared: Iterable<{ readonly ref: Ref; readonly isThere: boolean }>,
): readonly Ref[] {
  if (label.label !== 'latest') return []
  const isOfIt = ({ kind, name }: Ref): boolean =>
    kind === label.kind && name.toLowerCase() === label.name.toLowerCase()
  return [...declared].flatMap(({ ref, isThere }) => (!isThere && isOfIt(ref) ? [ref] : []))
}

/** A label that waits for a version of the same commit means nothing until it is there: it would not mean the one before. */
export function withoutAwaited(
  labels: World['labels'],
  asked: readonly LabelRef[],
  declared: readonly { readonly ref: Ref; readonly isThere: boolean }[],
): World['labels'] {
  const early = asked.filter((label) => versionsAwaited(label, declared).length > 0).map(labelKey)
  if (early.length === 0) return labels
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !early.includes(key)))
}

/** What is said of a label that waits for these. */
export function notThereYet(awaited: readonly Ref[]): {
  readonly reason: 'DependencyNotReady'
  readonly message: string
} {
  const names = awaited.map(keyOf).join(', ')
  return { reason: 'DependencyNotReady', message: `It needs ${names}, which @latest is to mean.` }
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
