import { CHECKED, LARGER } from './configurations.ts'
import { explore, rest } from './explore.ts'
import { Moves } from './moves.ts'
import { atHome } from './world.ts'

/** Explores the small model: `npm run model` all of it, `npm run model -- "two commits"` what has this in its name. */
const [, , part = ''] = process.argv
const print = (text: string) => process.stdout.write(`${text}\n`)
const chosen = Object.entries({ ...CHECKED, ...LARGER }).filter(([name]) => name.includes(part))
for (const [name, bounds] of chosen) {
  const before = process.cpuUsage()
  const moves = new Moves(bounds)
  const explored = await explore(moves, moves.first(atHome(bounds.gits)))
  const { counts, told, broken } = await rest(moves, explored)
  const { user, system } = process.cpuUsage(before)
  const seconds = ((user + system) / 1e6).toFixed(1)
  print(`${name}: ${explored.states} states, ${explored.edges} edges, ${seconds} s of processor`)
  print(`  ${moves.things.sizes}, ${moves.plans} plans; they lead to ${JSON.stringify(counts)}`)
  for (const text of told) print(`  ${text}`)
  for (const { law, path } of [...explored.broken, ...broken])
    print(`  ${law}\n    ${path.join('\n    ')}`)
  if (explored.broken.length + broken.length > 0) process.exitCode = 1
}
