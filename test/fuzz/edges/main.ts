import { parseArgs } from 'node:util'
import { EDGES } from './index.ts'
import { tryEdge } from './run.ts'

const HELP = `npm run fuzz:edges -- [options]
  --edge NAME    this one only: ${EDGES.map(({ name }) => name).join(', ')} (default: all, one after the other)
  --inputs N     of each (default 100000)
  --seed S       (default 1)
  --from I       begins with this input (default 0)

Of each input it is asked: no exception, no more than 50 ms of processor time in one go, and
${EDGES.map(({ name, asks }) => `  ${name}: ${asks}`).join('\n')}
Exit code 1 when something was found.
`

const { values: said } = parseArgs({
  options: {
    edge: { type: 'string' },
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})

const out = (text: string): boolean => process.stdout.write(`${text}\n`)

async function main(): Promise<boolean> {
  if (said.help) return out(HELP)
  const edges = EDGES.filter(({ name }) => (said.edge ?? name) === name)
  if (edges.length === 0) throw new Error(`no edge of the name ${said.edge}`)
  let found = 0
  for (const edge of edges) {
    const startedAt = performance.now()
    const [seed, from, inputs] = [Number(said.seed), Number(said.from), Number(said.inputs)]
    const wrong = await tryEdge(edge, { seed, from, inputs, isTimed: true }, (tried) => {
      if (tried % 20_000 === 0) process.stderr.write(`${edge.name}: ${tried} of ${inputs}\n`)
    })
    for (const one of wrong.slice(0, 20))
      out(JSON.stringify({ ...one, text: one.text.slice(0, 2000) }))
    const seconds = (performance.now() - startedAt) / 1000
    out(`${edge.name}: ${inputs} inputs in ${Math.round(seconds)} s, ${wrong.length} wrong`)
    found += wrong.length
  }
  for (const { close } of EDGES) await close?.()
  return found === 0
}

if (!(await main())) process.exitCode = 1
