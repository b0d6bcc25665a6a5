import { explore } from './explore.ts'
import { Closure } from './liveness.ts'
import { type Bounds, Moves } from './moves.ts'
import { atHome, gitsOf } from './world.ts'

const [, , json = '{}'] = process.argv
const { histories = [[1], [1, 2]], ...given } = JSON.parse(json)
const all = gitsOf(...histories, [...histories.at(-1), 4])
const gits = all.slice(0, -1)
const last = all.at(-1) ?? []
const bounds: Bounds = {
  gits,
  last,
  says: ['good', 'bad'],
  hands: ['deletes', 'moves', 'breaks'],
  left: { hands: 0, faults: 0, verbs: 0, fails: 0 },
  faults: ['crash', 'lostAnswer', 'silentList'],
  verbs: [],
  controllers: 2,
  ...given,
}
const moves = new Moves(bounds)
const cpu = process.cpuUsage()
const result = await explore(moves, moves.first(atHome(gits)), given.explore ?? {})
const used = process.cpuUsage(cpu)
console.log(
  result.states,
  'states',
  result.edges,
  'edges',
  moves.things.sizes,
  moves.plans,
  'plans',
  (used.user + used.system) / 1e6,
  's cpu',
)
for (const b of result.broken) console.log(b.law, '\n   ' + b.path.join('\n   '))

const closure = new Closure(moves)
const cpu2 = process.cpuUsage()
const counts: Record<string, number> = {}
let stuck = 0
for (const [i, s] of result.all.entries()) { const r = await closure.restOf(s); counts[r.how] = (counts[r.how] ?? 0) + 1
 if (['stuck','unnamed'].includes(r.how) && stuck++ < 1) { console.log(await result.pathTo(i)); console.log(r.held, JSON.stringify(moves.things.azure(r.state.azure), null, 1), r.state.past) } }
const used2 = process.cpuUsage(cpu2)
console.log(counts, closure.found.size, 'rests', (used2.user+used2.system)/1e6)
const texts = new Set([...closure.found.values()].filter((r) => r.how !== 'home').map((r) => `${r.how}: ${r.held.join(' | ')}`))
for (const t of texts) console.log(t)
