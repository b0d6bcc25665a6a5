import { Closure, type Rest } from './liveness.ts'
import type { Moves } from './moves.ts'
import type { State } from './states.ts'
import { type Broken, Ways } from './ways.ts'

/** Everything that can happen from a state. */
export interface Explored {
  readonly states: number
  readonly edges: number
  /** Laws that were broken, each by a shortest path. */
  readonly broken: readonly Broken[]
  readonly ways: Ways
}

/** Breadth first, every state once. More than `most` of them is an error: a model that has grown is seen, not waited for. */
export async function explore(
  moves: Moves,
  first: State,
  { most = 1_500_000, stopsAtFirst = false } = {},
): Promise<Explored> {
  const ways = new Ways(moves, first)
  let edges = 0
  for (let at = 0; at < ways.all.length; at += 1) {
    for (const edge of await moves.edges(ways.state(at))) {
      edges += 1
      ways.add(edge.to, at)
      await ways.judge(edge, at)
    }
    if (ways.all.length > most) throw new Error(`more than ${most} states`)
    if (stopsAtFirst && ways.broken.length > 0) break
  }
  return { states: ways.all.length, edges, broken: ways.broken, ways }
}

export interface Rested {
  /** How many states lead where. */
  readonly counts: { readonly [how: string]: number }
  /** What is not home and why, in the words that a person is told, once each. */
  readonly told: readonly string[]
  /** States from which nothing that a message names leads home, each by its path. */
  readonly broken: readonly Broken[]
}

/** L1: where each of the states leads once nothing bad happens any more. */
export async function rest(moves: Moves, { ways }: Explored): Promise<Rested> {
  const closure = new Closure(moves)
  const counts: { [how: string]: number } = {}
  const broken = new Map<string, Broken>()
  for (const [at, state] of ways.all.entries()) {
    const found = await closure.restOf(state)
    counts[found.how] = (counts[found.how] ?? 0) + 1
    const text = textOf(found)
    const isLost = found.how === 'stuck' || found.how === 'unnamed'
    if (!isLost || broken.has(text)) continue
    broken.set(text, { law: `L1: ${text}`, path: await ways.pathTo(at) })
  }
  const told = [...closure.found.values()].filter(({ how }) => how !== 'home').map(textOf)
  return { counts, told: [...new Set(told)].sort(), broken: [...broken.values()] }
}

function textOf({ how, held }: Rest): string {
  return `${how}: ${held.join(' | ')}`
}
