import type { Kind } from './kind.ts'

/** What is done with what Git no longer declares: `detach` takes our tags off and leaves it as it is. */
export const ON_DELETE = ['detach', 'archive', 'delete'] as const
export type OnDelete = (typeof ON_DELETE)[number]

/** What is done with a thing of this kind where nobody says anything else. Code is never removed. */
export function usuallyOnDelete({ operations }: Kind): OnDelete | undefined {
  if (operations.delete !== undefined) return 'delete'
  return operations.archive === undefined ? undefined : 'archive'
}

/** The word, or why it cannot be done with a thing of this kind. */
export function onDeleteOf(kind: Kind, value: unknown): OnDelete | { readonly complaint: string } {
  const usual = usuallyOnDelete(kind)
  const word = ON_DELETE.find((one) => one === value)
  if (usual === undefined)
    return { complaint: `does nothing for ${kind.kind}, which is never removed` }
  if (word === 'archive' && usual === 'delete')
    return {
      complaint: `cannot be archive for ${kind.kind}: Azure archives models, environments and data only; say detach or delete`,
    }
  if (word === 'delete' && usual === 'archive')
    return {
      complaint: `cannot be delete for ${kind.kind}: what uses it would be lost with it, so it is archived; say archive or detach`,
    }
  return word ?? { complaint: `must be ${usual} or detach` }
}
