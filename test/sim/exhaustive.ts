import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { firstKeys } from './boundaries.ts'
import { exhaust, type Found, type Progress } from './exhaust.ts'
import { testOf } from './print.ts'
import { kindOf } from './shrink.ts'
import { scenarioOf, WORKLOADS } from './workloads/index.ts'
import type { Workload } from './workloads/workload.ts'

/** Each workload's calls × every fault: `npm run sim:exhaustive -- --help`. */

const HELP = `npm run sim:exhaustive -- [options]
  --workload NAME   this one only, whole; of all workloads, calls of the first tick that are alike are tried once
  --elsewhere       with --workload: standard input names, as a list in JSON, the calls that are tried in other workloads
  --except A,B      workloads that an earlier run, which was ended, has tried
  --every K         every K-th pair of a call and a fault only (default 1: all of them)
  --seed S          of the workloads (default 1)
  --jobs N          processes side by side (default 1)
  --minutes M       begins no further workload after so many minutes
  --output json     the last line is {runs, boundaries, violations, simulatedSeconds, realSeconds, seedsPerSecond}
`

const { values: said } = parseArgs({
  options: {
    workload: { type: 'string' },
    elsewhere: { type: 'boolean', default: false },
    except: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1000000' },
    output: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const out = (text: string): boolean => process.stdout.write(`${text}\n`)
const startedAt = performance.now()
const sums = { runs: 0, boundaries: 0, pairs: 0, violations: 0, simulatedSeconds: 0 }

async function exhausted(workload: Workload, elsewhere: ReadonlySet<string>): Promise<typeof sums> {
  const { name } = workload
  const every = Number(said.every)
  const scenario = scenarioOf(workload, Number(said.seed))
  const result = await exhaust(scenario, { every, elsewhere, onProgress: progressOf(name) })
  const { calls, boundaries, shared, pairs, runs, found } = result
  for (const one of found) tell(one)
  const kinds = `${found.length} kinds of violations`
  const others = shared === 0 ? '' : ` and ${shared} tried in other workloads`
  out(
    `${name}: ${calls} calls, ${boundaries} boundaries${others}, ${pairs} pairs, ${runs} runs, ${kinds}`,
  )
  const simulatedSeconds = Math.round(result.simulatedMs / 1000)
  return { runs, boundaries, pairs, violations: found.length, simulatedSeconds }
}

function tell({ scenario, violation }: Found): void {
  out(
    `${kindOf(violation)}\n${violation.id}: ${violation.message}\n${testOf(scenario, violation)}\n`,
  )
}

const PROGRESS_MS = 10_000

function progressOf(name: string): (progress: Progress) => void {
  let toldAt = performance.now()
  return ({ left, pairs, runs }) => {
    if (performance.now() - toldAt < PROGRESS_MS) return
    toldAt = performance.now()
    process.stderr.write(`${name}: ${pairs - left} of ${pairs} pairs, ${runs} runs\n`)
  }
}

/** The same for one workload, in a process of its own. */
async function inAnotherProcess(
  { name }: Workload,
  elsewhere: ReadonlySet<string>,
): Promise<typeof sums> {
  const one = ['--workload', name, '--elsewhere']
  const args = [...one, '--every', said.every, '--seed', said.seed, '--output', 'json']
  const [script = ''] = process.argv.slice(1)
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify([...elsewhere]))
  let last = '{}'
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"runs"')) last = line
    else out(line)
  }
  const answer = JSON.parse(last)
  if (answer.runs === undefined) throw new Error(`${name} came to no end`)
  return answer
}

/** For each workload the calls of the first tick that an earlier one of the table tries. */
async function tried(workloads: readonly Workload[]): Promise<ReadonlyMap<string, Set<string>>> {
  if (said.elsewhere)
    return new Map([[said.workload ?? '', new Set(JSON.parse(await text(process.stdin)))]])
  const all = new Set<string>()
  const earlier = new Map<string, Set<string>>()
  if (workloads.length === 1) return earlier
  for (const workload of workloads) {
    const keys = await firstKeys(scenarioOf(workload, Number(said.seed)))
    earlier.set(workload.name, new Set(keys.filter((key) => all.has(key))))
    for (const key of keys) all.add(key)
  }
  return earlier
}

/** How many endpoints it has: with the most it takes the longest, and is begun first. */
function sizeOf(workload: Workload): number {
  const { events } = scenarioOf(workload, Number(said.seed))
  const trees = events.flatMap((event) => (event.do === 'commit' ? [event.tree] : []))
  return Math.max(...trees.map(({ endpoints }) => Object.keys(endpoints).length))
}

/** As many side by side as there are jobs; gives those that were not begun in time. */
async function work(workloads: readonly Workload[], jobs: number): Promise<readonly Workload[]> {
  const endsAt = startedAt + Number(said.minutes) * 60_000
  const earlier = await tried(workloads)
  const triedBefore = new Set(said.except.split(','))
  const left = workloads
    .filter(({ name }) => !triedBefore.has(name))
    .sort((a, b) => sizeOf(b) - sizeOf(a))
  const worker = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      const workload = left.shift()
      if (workload === undefined) return
      const elsewhere = earlier.get(workload.name) ?? new Set()
      add(await (jobs > 1 ? inAnotherProcess(workload, elsewhere) : exhausted(workload, elsewhere)))
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return left
}

function add(one: typeof sums): void {
  for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += one[name]
}

async function main(): Promise<boolean> {
  if (said.help) return out(HELP)
  const workloads = WORKLOADS.filter(({ name }) => (said.workload ?? name) === name)
  if (workloads.length === 0) throw new Error(`no workload of the name ${said.workload}`)
  const left = await work(workloads, Math.min(Number(said.jobs), workloads.length))
  if (left.length > 0) out(`not begun: ${left.map(({ name }) => name).join(', ')}`)
  if (said.output === 'json') {
    const realSeconds = Math.round((performance.now() - startedAt) / 1000)
    const seedsPerSecond = Number((sums.runs / Math.max(1, realSeconds)).toPrecision(4))
    out(JSON.stringify({ ...sums, realSeconds, seedsPerSecond }))
  }
  return sums.violations === 0
}

process.exitCode = (await main()) ? 0 : 1
