import { parseArgs } from 'node:util'
import { controlGroup, frozenReference, turnsBad } from './bake-checks.ts'
import type { Bar } from './bars.ts'
import { Bench } from './bench.ts'
import {
  efficiency,
  falseAborts,
  missedRegressions,
  overdispersion,
  power,
  sharedIncident,
  totalFailure,
} from './checks.ts'
import { peersTable, type Row } from './comparison-table.ts'
import { cost, latency, oracles, preflight, restarts, spoiltSamples } from './more-checks.ts'
import { SABOTAGES } from './ours.ts'
import { Pool } from './pool.ts'
import { barsTable, peersTableText } from './print.ts'

const USAGE = `npm run bench:canary -- [--runs 100000] [--seed 1] [--output text|json] [--sabotage ${SABOTAGES.join('|')}]

Measures the judge against its bars (docs/canary.md). Exit code 1 when one is missed. With fewer than 100,000 runs a bar is
missed only when the whole interval lies beyond it.
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      output: { type: 'string', default: 'text' },
      sabotage: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const [runs, seed] = [Number(values.runs), Number(values.seed)]
  const sabotage = SABOTAGES.find((name) => name === values.sabotage)
  const isUnknown = values.sabotage !== undefined && sabotage === undefined
  if (
    values.help ||
    isUnknown ||
    !(Number.isInteger(runs) && runs >= 100) ||
    !Number.isInteger(seed)
  ) {
    process.stderr.write(USAGE)
    return values.help ? 0 : 1
  }
  const pool = new Pool()
  const started = performance.now()
  const tell = (line: string) => {
    const seconds = Math.round((performance.now() - started) / 1000)
    process.stderr.write(`${String(seconds).padStart(4)} s  ${line}\n`)
  }
  try {
    const { bars, peers } = await measured(new Bench({ runs, seed, pool, sabotage, tell }))
    const missed = bars.filter(({ met }) => !met)
    const report = { runs, seed, ...(sabotage === undefined ? {} : { sabotage }), bars, peers }
    const text = values.output === 'json' ? JSON.stringify(report, undefined, 2) : textOf(report)
    process.stdout.write(`${text}\n`)
    for (const { id, title } of missed) process.stderr.write(`missed: ${id}: ${title}\n`)
    tell(`${bars.length} bars, ${missed.length} missed`)
    return missed.length > 0 ? 1 : 0
  } finally {
    await pool.close()
  }
}

async function measured(
  bench: Bench,
): Promise<{ readonly bars: readonly Bar[]; readonly peers: readonly Row[] }> {
  const speed = cost()
  const checks = [
    falseAborts,
    sharedIncident,
    efficiency,
    power,
    totalFailure,
    latency,
    missedRegressions,
    overdispersion,
    spoiltSamples,
    restarts,
    oracles,
    frozenReference,
    turnsBad,
    controlGroup,
    preflight,
  ]
  const bars: Bar[] = []
  for (const check of checks) bars.push(...(await check(bench)))
  return { bars: [...bars, speed], peers: await peersTable(bench) }
}

function textOf(report: {
  readonly runs: number
  readonly seed: number
  readonly bars: readonly Bar[]
  readonly peers: readonly Row[]
}): string {
  const header = `${report.runs} runs, seed ${report.seed}`
  return [header, barsTable(report.bars), peersTableText(report.peers)].join('\n\n')
}

process.exitCode = await main()
