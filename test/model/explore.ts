import type { Edge, Moves } from './moves.ts'
import { keyOf, type State } from './states.ts'

/** Everything that can happen from a state, or as much of it as comes before the first broken law. */
export interface Explored {
  readonly states: number
  readonly edges: number
  /** Laws that were broken, each by a shortest path. */
  readonly broken: readonly Broken[]
  readonly all: readonly State[]
  /** What happened until the n-th of them. */
  pathTo(at: number): Promise<readonly string[]>
}

export interface Broken {
  readonly law: string
  readonly path: readonly string[]
}

/** Breadth first, every state once; stops at `most` states, for a model that has grown is to be seen and not waited for. */
export async function explore(
  moves: Moves,
  first: State,
  { most = 2_000_000, stopsAtFirst = false } = {},
): Promise<Explored> {
  const found = new Map<string, number>([[keyOf(first), 0]])
  const all: State[] = [first]
  const from: number[] = [0]
  const broken = new Map<string, Broken>()
  let edges = 0
  for (let at = 0; at < all.length; at += 1) {
    const state = all[at] as State
    for (const edge of await moves.edges(state)) {
      edges += 1
      for (const said of edge.broken) {
        const law = said.slice(0, said.indexOf(':'))
        if (broken.has(law)) continue
        const path = [...(await pathTo(moves, { all, from }, at)), edge.label]
        broken.set(law, { law: said, path })
      }
      const key = keyOf(edge.to)
      if (found.has(key)) continue
      if (all.length >= most) throw new Error(`more than ${most} states`)
      found.set(key, all.length)
      all.push(edge.to)
      from.push(at)
    }
    if (stopsAtFirst && broken.size > 0) break
  }
  return { states: all.length, edges, broken: [...broken.values()], all, pathTo: (at) => pathTo(moves, { all, from }, at) }
}

async function pathTo(
  moves: Moves,
  { all, from }: { readonly all: readonly State[]; readonly from: readonly number[] },
  at: number,
): Promise<readonly string[]> {
  const labels: string[] = []
  for (let here = at; here !== 0; here = from[here] ?? 0) {
    const key = keyOf(all[here] as State)
    const edges: readonly Edge[] = await moves.edges(all[from[here] ?? 0] as State)
    labels.unshift(edges.find(({ to }) => keyOf(to) === key)?.label ?? '?')
  }
  return labels
}
