import type { Bounds } from './events.ts'
import { explore, rest } from './explore.ts'
import { Moves } from './moves.ts'
import type { Broken } from './ways.ts'
import { atHome } from './world.ts'

/** What there is to say of one configuration. */
export interface Answer {
  readonly name: string
  readonly states: number
  readonly edges: number
  readonly plans: number
  readonly sizes: string
  /** How many states lead where. */
  readonly counts: { readonly [how: string]: number }
  /** What people are told where it does not end at home. */
  readonly told: readonly string[]
  readonly broken: readonly Broken[]
  /** Seconds of processor. */
  readonly seconds: number
}

export async function answerTo(name: string, bounds: Bounds): Promise<Answer> {
  const before = process.cpuUsage()
  const moves = new Moves(bounds)
  const stopsAtFirst = bounds.without !== undefined
  const explored = await explore(moves, moves.first(atHome(bounds.gits)), { stopsAtFirst })
  const { states, edges } = explored
  const rested = stopsAtFirst ? NOT_ASKED : await rest(moves, explored)
  const { user, system } = process.cpuUsage(before)
  return {
    name,
    states,
    edges,
    plans: moves.plans,
    sizes: moves.things.sizes,
    counts: rested.counts,
    told: rested.told,
    broken: [...explored.broken, ...rested.broken],
    seconds: (user + system) / 1e6,
  }
}

const NOT_ASKED = { counts: {}, told: [], broken: [] }

export function print(answer: Answer): string {
  const { name, states, edges, plans, sizes, counts, told, broken, seconds } = answer
  const lines = [
    `${name}: ${states} states, ${edges} edges, ${seconds.toFixed(1)} s of processor`,
    `  ${sizes}, ${plans} plans; they lead to ${JSON.stringify(counts)}`,
    ...told.map((text) => `  ${text}`),
    ...broken.map(({ law, path }) => `  ${law}\n    ${path.join('\n    ')}`),
  ]
  return `${lines.join('\n')}\n`
}
