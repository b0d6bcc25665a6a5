import { describe, expect, test } from '@jest/globals'
import { CHECKED } from './configurations.ts'
import type { Bounds } from './events.ts'
import { explore, rest } from './explore.ts'
import { Moves } from './moves.ts'
import { atHome } from './world.ts'

/**
 * INVARIANTS 4.6. The real planner with its table of transitions, and the real way a write is sent, in the smallest world in
 * which they can go wrong: one endpoint with blue, green and one that somebody else has put there, all of whose states are
 * visited, with every order of readings, writes, ends of operations, commits and time. No sampling: what bounds it is said
 * in the name of each test. A verdict is good or bad at every reading anew.
 */

const NO_LAW = 'no law is broken'

async function explored(bounds: Bounds, stopsAtFirst = false) {
  const moves = new Moves(bounds)
  const found = await explore(moves, moves.first(atHome(bounds.gits)), { stopsAtFirst })
  return { moves, found }
}

/** As text, so that a failing test shows the whole way. */
function waysOf(broken: readonly { readonly law: string; readonly path: readonly string[] }[]) {
  return broken.length === 0
    ? NO_LAW
    : broken.map(({ law, path }) => [law, ...path].join('\n  ')).join('\n')
}

/** How many states and edges there are: other counts are another model, or another product. */
const SIZES: { readonly [name: string]: readonly [number, number] } = {}

describe.each(Object.entries(CHECKED))('%s', (name, bounds) => {
  test('every state: S1-S8, S13, S26, S30 hold, and it comes to rest where Git wants it or a message says how (L1)', async () => {
    const { moves, found } = await explored(bounds)
    expect(waysOf(found.broken)).toBe(NO_LAW)
    const { broken, counts } = await rest(moves, found)
    expect(waysOf(broken)).toBe(NO_LAW)
    expect(counts.home).toBeGreaterThan(0)
    expect([found.states, found.edges]).toEqual(SIZES[name])
  })
})

describe('a guard that is taken out is missed, by a short way', () => {
  const [[, crash] = [], [, fails] = []] = Object.entries(CHECKED)

  test('the GET right before a write', async () => {
    const { found } = await explored({ ...(fails as Bounds), without: 'groundCheck' }, true)
    expect(waysOf(found.broken)).toBe('')
  })

  test('the GET of what the lists do not show', async () => {
    const bounds: Bounds = { ...(crash as Bounds), controllers: 1, without: 'directGet' }
    const { found } = await explored(bounds, true)
    expect(waysOf(found.broken)).toBe('')
  })
})
