import type { Edge } from './events.ts'
import type { Moves } from './moves.ts'
import { keyOf, type State } from './states.ts'

/** A law that was broken, and what had happened until then. */
export interface Broken {
  readonly law: string
  readonly path: readonly string[]
}

/** The states that were found, and from where first. */
export class Ways {
  readonly all: State[] = []
  readonly broken: Broken[] = []
  private readonly moves: Moves
  private readonly known = new Set<string>()
  private readonly from: number[] = []

  constructor(moves: Moves, first: State) {
    this.moves = moves
    this.add(first, 0)
  }

  add(state: State, from: number): void {
    const key = keyOf(state)
    if (this.known.has(key)) return
    this.known.add(key)
    this.all.push(state)
    this.from.push(from)
  }

  state(at: number): State {
    const state = this.all[at]
    if (state === undefined) throw new Error(`no state ${at}`)
    return state
  }

  /** Keeps the first, and so the shortest, way to break each law. */
  async judge({ broken, label }: Edge, at: number): Promise<void> {
    for (const law of broken) {
      const name = nameOf(law)
      if (this.broken.some((one) => nameOf(one.law) === name)) continue
      this.broken.push({ law, path: [...(await this.pathTo(at)), label()] })
    }
  }

  /** What happened until this state: the controllers are alike, so that A and B may be each other in the next line. */
  async pathTo(at: number): Promise<readonly string[]> {
    const labels: string[] = []
    for (let here = at; here !== 0; here = this.from[here] ?? 0) {
      const key = keyOf(this.state(here))
      const edges = await this.moves.edges(this.state(this.from[here] ?? 0))
      labels.unshift(edges.find(({ to }) => keyOf(to) === key)?.label() ?? '?')
    }
    return labels
  }
}

function nameOf(law: string): string {
  return law.slice(0, law.indexOf(':'))
}
