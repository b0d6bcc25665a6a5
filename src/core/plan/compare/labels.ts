import type { ArmContext } from '../../kinds/kind.ts'
import { type LabelRef, labelKey } from '../../model/desired.ts'
import type { World } from '../../model/live.ts'
import { keyOf, type Ref } from '../../model/ref.ts'
import { once } from '../../model/values/once.ts'

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

/** What Git declares, and whether it is there. */
export type Arrivals = readonly { readonly ref: Ref; readonly isThere: boolean }[]

/** What is declared and not there yet of what `latest` will mean: it means the newest version, whoever registers it. */
export function versionsAwaited(label: LabelRef, declared: Arrivals): readonly Ref[] {
  if (label.label !== 'latest') return []
  return missingIn(declared).get(nameOf(label)) ?? []
}

const missingIn = once(
  (declared: Arrivals): ReadonlyMap<string, readonly Ref[]> =>
    Map.groupBy(
      declared.flatMap(({ ref, isThere }) => (isThere ? [] : [ref])),
      nameOf,
    ),
)

function nameOf({ kind, name }: Pick<Ref, 'kind' | 'name'>): string {
  return `${kind}/${name.toLowerCase()}`
}

/** A label that waits for a version of the same commit means nothing until it is there: it would not mean the one before. */
export function withoutAwaited(
  labels: World['labels'],
  asked: readonly LabelRef[],
  declared: Arrivals,
): World['labels'] {
  const early = asked.filter((label) => versionsAwaited(label, declared).length > 0).map(labelKey)
  if (early.length === 0) return labels
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !early.includes(key)))
}

/** What is said of labels that mean nothing now: those that nobody is to register come first. */
export function saidOfUnresolved(
  unresolved: readonly LabelRef[],
  declared: Arrivals,
): {
  readonly isAwaited: boolean
  readonly reason: 'DependencyNotReady' | 'LabelNotResolved'
  readonly message: string
} {
  const lost = unresolved.filter((label) => versionsAwaited(label, declared).length === 0)
  if (lost.length > 0) return { isAwaited: false, ...notResolved(lost) }
  const awaited = unresolved.flatMap((label) => versionsAwaited(label, declared))
  const message = `It needs ${awaited.map(keyOf).join(', ')}, which @latest is to mean.`
  return { isAwaited: true, reason: 'DependencyNotReady', message }
}

function notResolved(labels: readonly LabelRef[]): {
  readonly reason: 'LabelNotResolved'
  readonly message: string
} {
  const names = labels.map((label) => labelKey(label).replace('/', ' ')).join(', ')
  return {
    reason: 'LabelNotResolved',
    message: `No version found for ${names}; register one, or name a version in a commit.`,
  }
}
