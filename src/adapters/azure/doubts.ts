import { type KindName, keyOf, type Ref } from '../../core/model/ref.ts'

/**
 * Things that a list showed otherwise than a GET did. They are read by GET from then on: a write planned from the list
 * would be refused for ever as Moved, or lose the fields that the list leaves out (INVARIANTS 1.3: lists lag by minutes).
 */
export interface Doubts {
  add(ref: Ref): void
  /** List and GET agree again. */
  drop(ref: Ref): void
  about(kind: KindName, parent: string | undefined): readonly Ref[]
}

const DOUBTS_MAX = 500

/** Bounded: the oldest doubt is forgotten first, and comes back when it was right. */
export function createDoubts(): Doubts {
  const refs = new Map<string, Ref>()
  return {
    add(ref) {
      const [oldest] = refs.keys()
      if (refs.size >= DOUBTS_MAX && oldest !== undefined) refs.delete(oldest)
      refs.set(keyOf(ref), ref)
    },
    drop(ref) {
      refs.delete(keyOf(ref))
    },
    about(kind, parent) {
      const ofParent = parent?.toLowerCase()
      return [...refs.values()].filter(
        (ref) => ref.kind === kind && ref.parent?.toLowerCase() === ofParent,
      )
    },
  }
}
