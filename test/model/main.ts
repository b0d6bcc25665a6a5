import { explore } from './explore.ts'
import { type Bounds, Moves } from './moves.ts'
import { atHome, gitsOf } from './world.ts'

const [, , json = '{}'] = process.argv
const { histories = [[1], [1, 2]], ...given } = JSON.parse(json)
const gits = gitsOf(...histories)
const bounds: Bounds = {
  gits,
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
