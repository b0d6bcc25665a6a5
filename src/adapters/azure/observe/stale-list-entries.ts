import { DEPLOYMENT_OF, type KindName, keyOf, type Ref } from '../../../core/model/ref.ts'

/**
 * Things that a list showed otherwise than a GET did. They are read by GET from then on: a write planned from the list
 * would be refused for ever as Moved, or lose the fields that the list leaves out (INVARIANTS 1.3: lists lag by minutes).
 */
export interface StaleListEntries {
  add(ref: Ref): void
  /** List and GET agree again. */
  drop(ref: Ref): void
  about(kind: KindName, parent: string | undefined): readonly Ref[]
  /** A whole list shows these. What the one before showed, and this does not, is read by GET: a list may leave out what is there. */
  listed(kind: KindName, parent: string | undefined, names: readonly string[]): void
  /** A GET shows this: so will the next list, or leave it out. */
  shown(ref: Ref): void
}

const ENTRIES_MAX = 500

/** Bounded: the oldest entry is dropped first, and comes back when it was right. */
export function createStaleListEntries(): StaleListEntries {
  const refs = new Map<string, Ref>()
  const lists = new Map<string, Set<string>>()
  function add(ref: Ref): void {
    const [oldest] = refs.keys()
    if (refs.size >= ENTRIES_MAX && oldest !== undefined) refs.delete(oldest)
    refs.set(keyOf(ref), ref)
  }
  return {
    add,
    drop(ref) {
      refs.delete(keyOf(ref))
    },
    about(kind, parent) {
      const ofParent = parent?.toLowerCase()
      return [...refs.values()].filter(
        (ref) => ref.kind === kind && ref.parent?.toLowerCase() === ofParent,
      )
    },
    listed(kind, parent, names) {
      const list = collectionOf(kind, parent)
      const shown = new Set(names.map((name) => name.toLowerCase()))
      for (const name of lists.get(list) ?? []) {
        if (shown.has(name)) continue
        add({ kind, name, ...(parent !== undefined && { parent }) })
        if (kind === 'OnlineEndpoint' || kind === 'BatchEndpoint')
          lists.delete(collectionOf(DEPLOYMENT_OF[kind], name))
      }
      lists.set(list, shown)
    },
    shown({ kind, parent, name }) {
      lists.get(collectionOf(kind, parent))?.add(name.toLowerCase())
    },
  }
}

function collectionOf(kind: KindName, parent = ''): string {
  return `${kind}/${parent.toLowerCase()}`
}
