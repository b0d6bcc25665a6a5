import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { BENCHES } from './benches.ts'
import type { Bench, Figure } from './figure.ts'

const USAGE = `npm run bench -- [--only B1,B5] [--sabotage] [--output text|json]

Measures how the controller scales, as ratios and counts within one run (docs/performance.md). Exit code 1 when a bar is missed.
  --only       these benches: ${BENCHES.map(({ id }) => id).join(', ')} (year, an hour and a half, and large, five minutes, only where they are asked for)
  --sabotage   the other arm of each, in which something is spoilt: then it is an error when every bar is met
  --output     a table in Markdown, or JSON
`

interface Row extends Figure {
  readonly id: string
  readonly isMet: boolean
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      sabotage: { type: 'boolean', default: false },
      output: { type: 'string', default: 'text' },
      help: { type: 'boolean', default: false },
    },
  })
  const chosen = chosenBy(values.only)
  if (values.help || chosen.length === 0) {
    process.stderr.write(USAGE)
    return values.help ? 0 : 1
  }
  const rows: Row[] = []
  for (const bench of chosen) {
    process.stderr.write(`${bench.id}: ${values.sabotage ? bench.sabotage : bench.title} …\n`)
    rows.push(...(await measured(bench, values.sabotage)))
  }
  const text =
    values.output === 'json' ? JSON.stringify({ ...ABOUT, rows }, undefined, 2) : textOf(rows)
  process.stdout.write(`${text}\n`)
  const faulty = values.sabotage ? blindOf(chosen, rows) : rows.filter(({ isMet }) => !isMet)
  return faulty.length === 0 ? 0 : 1
}

/** Benches that did not notice what was spoilt. */
function blindOf(chosen: readonly Bench[], rows: readonly Row[]): readonly Bench[] {
  const blind = chosen.filter(({ id }) => rows.every((row) => row.id !== id || row.isMet))
  for (const { id, sabotage } of blind) process.stderr.write(`${id} does not notice: ${sabotage}\n`)
  return blind
}

const ABOUT = {
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  machine: `${cpus().length} × ${cpus()[0]?.model ?? '?'}`,
  node: process.version,
}

function chosenBy(only: string | undefined): readonly Bench[] {
  if (only === undefined) return BENCHES.filter(({ isLong }) => isLong !== true)
  const wanted = only.split(',').map((word) => word.trim().toLowerCase())
  return BENCHES.filter(({ id }) =>
    id
      .toLowerCase()
      .split(',')
      .some((own) => wanted.includes(own)),
  )
}

async function measured({ id, measure }: Bench, isSabotaged: boolean): Promise<readonly Row[]> {
  const figures = await measure(isSabotaged)
  return figures.map((figure) => ({ id, ...figure, isMet: figure.value <= figure.bar }))
}

function textOf(rows: readonly Row[]): string {
  const lines = rows.map(({ id, what, value, bar, unit, isMet }) => {
    const cells = [
      id,
      what,
      shown(value, unit),
      `≤ ${shown(bar, unit)}`,
      isMet ? 'met' : '**missed**',
    ]
    return `| ${cells.join(' | ')} |`
  })
  const where = Object.entries(ABOUT)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
  return [
    '| bench | what | value | bar | |',
    '|---|---|---|---|---|',
    ...lines,
    '',
    `${where}.`,
  ].join('\n')
}

function shown(value: number, unit: string): string {
  const number = Number.isFinite(value) ? String(Number(value.toPrecision(3))) : 'never'
  return unit === '' ? number : `${number} ${unit}`
}

process.exitCode = await main()
