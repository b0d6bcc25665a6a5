import { parseArgs } from 'node:util'
import { beyond, explore, faultsAt, struck } from './boundaries.ts'
import { check } from './checking.ts'
import { testOf } from './print.ts'
import { kindOf } from './shrink.ts'
import type { Violation } from './trace.ts'
import { scenarioOf, WORKLOADS } from './workloads/index.ts'
import type { Workload } from './workloads/workload.ts'
import type { Scenario } from './world/scenario.ts'

/** Each workload's calls × every fault: `npm run sim:exhaustive -- --help`. */

const HELP = `npm run sim:exhaustive -- [options]
  --workload NAME   this one only
  --every K         every K-th pair of a call and a fault only (default 1)
  --offset O        begins with the O-th (default 0), so that several runs share the work
  --seed S          of the workloads (default 1)
  --minutes M       ends after so many minutes at the latest
  --all             also calls that are like an earlier one in all but the time
  --output json     the last line is {runs, boundaries, violations, simulatedSeconds, realSeconds, seedsPerSecond}
`

const { values: said } = parseArgs({
  options: {
    workload: { type: 'string' },
    every: { type: 'string', default: '1' },
    offset: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1000000' },
    all: { type: 'boolean', default: false },
    output: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const out = (text: string): boolean => process.stdout.write(`${text}\n`)
const sums = { runs: 0, boundaries: 0, violations: 0, simulatedSeconds: 0 }
const kinds = new Map<string, number>()
const startedAt = performance.now()
const endsAt = startedAt + Number(said.minutes) * 60_000
let pair = Number(said.every) - Number(said.offset) - 1

/** Whether the next pair of a call and a fault is one of ours. */
function isOurs(): boolean {
  pair = (pair + 1) % Number(said.every)
  return pair === 0
}

async function exhaust(workload: Workload): Promise<void> {
  const scenario = scenarioOf(workload, Number(said.seed))
  const { calls, boundaries, violations } = await explore(scenario, said.all)
  const before = { ...sums }
  sums.boundaries += boundaries.length
  for (const { id, message } of violations)
    out(`${workload.name} without a fault: ${id} ${message}`)
  for (const fault of boundaries.flatMap(faultsAt)) {
    if (!isOurs() || performance.now() > endsAt) continue
    const spoilt = struck(scenario, fault)
    const result = await check(spoilt)
    sums.runs += 1
    sums.simulatedSeconds += result.simulatedMs / 1000
    note(beyond(result.violations, violations), spoilt)
  }
  out(
    `${workload.name}: ${calls} calls, ${boundaries.length} boundaries, ${sums.runs - before.runs} runs, ${sums.violations - before.violations} with violations`,
  )
}

function note(violations: readonly Violation[], scenario: Scenario): void {
  if (violations.length > 0) sums.violations += 1
  for (const [kind, one] of new Map(violations.map((found) => [kindOf(found), found]))) {
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    if (kinds.get(kind) === 1) out(`${one.id}: ${one.message}\n${testOf(scenario, one)}\n`)
  }
}

async function main(): Promise<boolean> {
  if (said.help) return out(HELP)
  for (const workload of WORKLOADS) {
    if (said.workload !== undefined && said.workload !== workload.name) continue
    if (performance.now() < endsAt) await exhaust(workload)
  }
  for (const [kind, count] of kinds) out(`${String(count).padStart(5)} × ${kind}`)
  if (said.output === 'json') {
    const realSeconds = (performance.now() - startedAt) / 1000
    const seedsPerSecond = Number((sums.runs / realSeconds).toPrecision(4))
    out(JSON.stringify({ ...sums, realSeconds: Math.round(realSeconds), seedsPerSecond }))
  }
  return sums.violations === 0
}

process.exitCode = (await main()) ? 0 : 1
