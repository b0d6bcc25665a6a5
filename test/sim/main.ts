import { parseArgs } from 'node:util'
import { check } from './checking.ts'
import { scenarioOfSeed } from './mix.ts'
import { story, testOf } from './print.ts'
import { kindOf, shrink } from './shrink.ts'
import type { Violation } from './trace.ts'
import { WORKLOADS } from './workloads/index.ts'
import type { Scenario } from './world/scenario.ts'

/** The swarm: a workload and a mix of faults for each seed. `npm run sim -- --help`. */

const HELP = `npm run sim -- [options]
  --seeds N         how many seeds (default 100)
  --from S          the first (default 1)
  --minutes M       ends after so many minutes at the latest
  --workload NAME   this one only; ${WORKLOADS.length} there are, --list names them
  --keep-going      goes on after a violation, and ends with a table of all sorts of them
  --no-shrink       does not look for shorter scenarios
  --replay SEED     plays one seed and tells its story and the hash of its trace
  --twice           plays each seed a second time, and compares the hashes of the two traces
  --rest M          goes on for so many minutes at rest: what waits for ever is told of after an hour
  --ticks N         ticks in a run at most (default 400)
  --output json     the last line is {runs, boundaries, violations, simulatedSeconds, realSeconds, seedsPerSecond}
`

const { values: said } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1000000' },
    workload: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    replay: { type: 'string' },
    twice: { type: 'boolean', default: false },
    rest: { type: 'string', default: '0' },
    ticks: { type: 'string', default: '400' },
    output: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const out = (text: string): boolean => process.stdout.write(`${text}\n`)
const ticks = Number(said.ticks)

interface Found {
  readonly violation: Violation
  readonly scenario: Scenario
  count: number
}

/** One exchange in so many seeds is held against Azure's OpenAPI documents. */
const CHECKED_EVERY = 50

interface Sums {
  runs: number
  boundaries: number
  violations: number
  simulatedSeconds: number
  /** Seeds that left the same trace the second time. */
  equal: number
}

async function swarm(): Promise<boolean> {
  const startedAt = performance.now()
  const endsAt = startedAt + Number(said.minutes) * 60_000
  const first = Number(said.from)
  const found = new Map<string, Found>()
  const sums: Sums = { runs: 0, boundaries: 0, violations: 0, simulatedSeconds: 0, equal: 0 }
  for (let seed = first; seed < first + Number(said.seeds); seed += 1) {
    if (performance.now() > endsAt) break
    await play(seed, sums, found)
    if (sums.runs % 25 === 0) progress(seed, sums.runs, startedAt, found.size)
    if (found.size > 0 && !said['keep-going']) break
  }
  table(found)
  if (said.twice) out(`${sums.equal} of ${sums.runs} seeds played twice have equal hashes`)
  if (said.output === 'json') out(summary(sums, (performance.now() - startedAt) / 1000))
  return found.size === 0 && (!said.twice || sums.equal === sums.runs)
}

async function play(seed: number, sums: Sums, found: Map<string, Found>): Promise<void> {
  const scenario = rested(scenarioOfSeed(seed, said.workload))
  const options = { ticks, isChecked: seed % CHECKED_EVERY === 0, isHashed: said.twice }
  const result = await check(scenario, options)
  sums.runs += 1
  sums.boundaries += result.calls
  sums.simulatedSeconds += result.simulatedMs / 1000
  if (said.twice) sums.equal += await isPlayedAlike(scenario, options, result.hash)
  if (result.violations.length === 0) return
  sums.violations += 1
  await note(scenario, result.violations, found)
}

function summary({ equal, ...sums }: Sums, realSeconds: number): string {
  return JSON.stringify({
    ...sums,
    simulatedSeconds: Math.round(sums.simulatedSeconds),
    realSeconds: round(realSeconds),
    seedsPerSecond: round(sums.runs / realSeconds),
  })
}

/** 1 when the same scenario, played once more, leaves the same trace to the last byte; else 0. */
async function isPlayedAlike(
  scenario: Scenario,
  options: { readonly ticks: number; readonly isChecked: boolean; readonly isHashed: boolean },
  before: string | undefined,
): Promise<0 | 1> {
  const { hash } = await check(scenario, options)
  if (hash === before) return 1
  out(`seed ${scenario.seed} leaves another trace the second time: ${before}, ${hash}`)
  return 0
}

/** With so much longer to be at rest. */
function rested(scenario: Scenario): Scenario {
  return { ...scenario, lengthMs: scenario.lengthMs + Number(said.rest) * 60_000 }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}

function progress(seed: number, runs: number, startedAt: number, kinds: number): void {
  const perSecond = runs / ((performance.now() - startedAt) / 1000)
  process.stderr.write(
    `seed ${seed}: ${perSecond.toFixed(2)} seeds/s, ${kinds} sorts of violations\n`,
  )
}

async function note(
  scenario: Scenario,
  violations: readonly Violation[],
  found: Map<string, Found>,
): Promise<void> {
  const judge = async (one: Scenario) => (await check(one, { ticks })).violations
  const kinds = new Map(violations.map((violation) => [kindOf(violation), violation]))
  for (const [kind, violation] of kinds) {
    const known = found.get(kind)
    if (known !== undefined) {
      known.count += 1
      continue
    }
    const short = said['no-shrink'] ? scenario : await shrink(scenario, violation, judge)
    found.set(kind, { violation, scenario: short, count: 1 })
    out(`${violation.id}: ${violation.message}`)
    out(story(short))
    out(`${testOf(short, violation)}\n`)
  }
}

function table(found: ReadonlyMap<string, Found>): void {
  for (const [kind, { count, scenario }] of found)
    out(`${String(count).padStart(5)} × ${kind} (${scenario.workload}, seed ${scenario.seed})`)
}

async function replaySeed(seed: number): Promise<boolean> {
  const scenario = scenarioOfSeed(seed, said.workload)
  out(story(scenario))
  const result = await check(scenario, { ticks, isHashed: true })
  for (const { id, message } of result.violations) out(`${id}: ${message}`)
  out(`${result.ticks} ticks, ${result.calls} calls, hash ${result.hash}`)
  return result.violations.length === 0
}

async function main(): Promise<boolean> {
  if (said.help) return out(HELP)
  if (said.list) return out(WORKLOADS.map(({ name }) => name).join('\n'))
  if (said.replay !== undefined) return replaySeed(Number(said.replay))
  return swarm()
}

process.exitCode = (await main()) ? 0 : 1
