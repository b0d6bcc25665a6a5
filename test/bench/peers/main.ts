import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AT_ONCE, measure, type Taken } from './measure.ts'
import { TOOLS } from './tools.ts'

const USAGE = `npm run bench:peers -- [--sizes 20,500] [--tools Verdigris,azure-ai-ml] [--at-once 10] [--output text|json]

The same work by Verdigris and by what else there is, on sandboxes as shipped (docs/performance.md). Exit code 1 when one does not get it done.
  --sizes        how many endpoints (default 20,100)
  --tools        which of them: ${TOOLS.map(({ name }) => name).join(', ')} (built with Go first, eight minutes)
  --at-once      how many endpoints azure-ai-ml, and resources OpenTofu, works on at once (default ${AT_ONCE})
  --time-scale   how much faster than Azure the sandbox works (default 10000)
  --output       a table in Markdown, or JSON
`

const { values: said } = parseArgs({
  options: {
    sizes: { type: 'string', default: '20,100' },
    tools: { type: 'string', default: 'Verdigris,azure-ai-ml' },
    'at-once': { type: 'string', default: String(AT_ONCE) },
    'time-scale': { type: 'string', default: '10000' },
    output: { type: 'string', default: 'text' },
    help: { type: 'boolean', default: false },
  },
})

async function main(): Promise<boolean> {
  const sizes = said.sizes.split(',').map(Number)
  const names = said.tools.toLowerCase().split(',')
  const tools = TOOLS.filter(({ name }) => names.includes(name.toLowerCase()))
  const timeScale = Number(said['time-scale'])
  const atOnce = Number(said['at-once'])
  const isWrong =
    tools.length < names.length || [...sizes, timeScale, atOnce].some((one) => !(one >= 1))
  if (said.help || isWrong) {
    process.stderr.write(USAGE)
    return said.help
  }
  const all: Taken[] = []
  for (const size of sizes)
    for (const tool of tools) {
      const folder = mkdtempSync(join(tmpdir(), 'verdigris-peers-'))
      const onTaken = (taken: Taken): void => {
        process.stderr.write(`${lineOf(taken)}\n`)
        all.push(taken)
      }
      try {
        await measure(tool, { size, atOnce, timeScale, folder, onTaken })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
  process.stdout.write(said.output === 'json' ? `${JSON.stringify(all)}\n` : tableOf(all))
  return all.every(({ isDone }) => isDone)
}

function tableOf(all: readonly Taken[]): string {
  const lines = [
    '| endpoints | work | tool | wall s | CPU s | peak MB | requests | writes | 429s | users’ failed requests | done |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...all.map(lineOf),
  ]
  return `${lines.join('\n')}\n`
}

function lineOf(taken: Taken): string {
  const { size, work, tool, wallS, cpuS, peakMb, requests, writes, refused, failed } = taken
  const cells = [size, work, tool, wallS.toFixed(1), cpuS.toFixed(1), peakMb.toFixed(0)]
  const counts = [requests, writes, refused, failed ?? '–', taken.isDone ? 'yes' : '**no**']
  return `| ${[...cells, ...counts].join(' | ')} |`
}

process.exitCode = (await main()) ? 0 : 1
