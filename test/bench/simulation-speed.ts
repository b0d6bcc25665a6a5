import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Report } from '../../src/core/model/report.ts'
import { createTraffic } from '../../src/sandbox/index.ts'
import { type Commits, createCommits, type Files } from '../support/commits.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

/**
 * How much faster than real time the simulation runs: the whole reconciler on the sandbox in process, at several numbers
 * of endpoints, with the answers checked against Azure's documents and without. `trace` is a hash of all answers: it
 * must not change with the speed.
 */
const USAGE = `npm run bench:speed -- [--endpoints 1,10,50] [--minutes 30] [--rate 20] [--checked both|yes|no] [--seeds 10] [--output text|json]
`

type Phase = 'converge' | 'bump' | 'idle' | 'seeds'

interface Row {
  readonly phase: Phase
  readonly endpoints: number
  readonly checked: boolean
  readonly ticks: number
  readonly calls: number
  readonly simulatedSeconds: number
  readonly realSeconds: number
  /** Of this process, all threads: on a machine that is shared it says more than the real time. */
  readonly cpuSeconds: number
  readonly ratio: number
  readonly cpuRatio: number
  readonly millisecondsPerTick: number
  readonly trace: string
  /** Whole small worlds a minute. */
  readonly seedsPerMinute?: number
  /** The same, by the processor's time. */
  readonly seedsPerCpuMinute?: number
}

interface Stage {
  readonly world: Simulation
  readonly commits: Commits
  readonly controller: Controller
  readonly names: readonly string[]
  ticks: number
}

interface Options {
  readonly minutes: number
  readonly rate: number
}

const MINUTE_MS = 60_000
const IDLE_TICKS = 30
const SEED_TICKS = 200
const TICKS_MAX = 20_000

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      endpoints: { type: 'string', default: '1,10,50' },
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '20' },
      checked: { type: 'string', default: 'both' },
      seeds: { type: 'string', default: '10' },
      output: { type: 'string', default: 'text' },
      help: { type: 'boolean', default: false },
    },
  })
  const sizes = values.endpoints.split(',').filter(Boolean).map(Number)
  const options = { minutes: Number(values.minutes), rate: Number(values.rate) }
  const seeds = Number(values.seeds)
  const isBad = [...sizes, ...Object.values(options), seeds].some((one) => !(one >= 0))
  if (values.help || isBad) {
    process.stderr.write(USAGE)
    return values.help ? 0 : 1
  }
  const modes = values.checked === 'both' ? [true, false] : [values.checked === 'yes']
  const isJson = values.output === 'json'
  if (!isJson) process.stdout.write(HEAD)
  const rows: Row[] = []
  const tell = (row: Row) => {
    rows.push(row)
    if (!isJson) process.stdout.write(lineOf(row))
  }
  for (const checked of modes) {
    for (const endpoints of sizes) await measure(endpoints, checked, options, tell)
    if (seeds > 0) tell(await smallWorlds(seeds, checked, options))
  }
  if (isJson) process.stdout.write(`${JSON.stringify({ ...options, rows }, null, 2)}\n`)
  return 0
}

/** The three phases of one world, one after the other. */
async function measure(
  endpoints: number,
  checked: boolean,
  options: Options,
  tell: (row: Row) => void,
): Promise<void> {
  const stage = await open(endpoints, checked, 1)
  const begin = (phase: Phase, play: () => Promise<void>) => timed(stage, phase, checked, play)
  tell(await begin('converge', () => converge(stage)))
  tell(await begin('idle', () => idle(stage)))
  tell(await begin('bump', () => bump(stage, options)))
}

async function open(endpoints: number, checked: boolean, seed: number): Promise<Stage> {
  const world = await simulate({ seed, ...(checked ? {} : { onExchange: () => {} }) })
  world.sandbox.setQuota('standardDSv2Family', 1_000_000)
  const names = Array.from({ length: endpoints }, (_, index) => `fraud-${index}`)
  const commits = createCommits()
  commits.commit(filesOf(names, 1))
  return { world, commits, names, controller: world.startController(commits), ticks: 0 }
}

/** Endpoints with a model and a Rollout each; environment, code and templates are everybody's. */
function filesOf(names: readonly string[], model: number): Files {
  const shared = /^(environment\.yml|src\/.*|golden\/.*|templates\.yml)$/
  const entries = Object.entries(rolloutFiles({ model }))
  const own = names.flatMap((name) =>
    entries
      .filter(([path]) => !shared.test(path))
      .map(([path, text]) => [`${name}/${path}`, ownText(text, name)] as const),
  )
  return Object.fromEntries([...entries.filter(([path]) => shared.test(path)), ...own])
}

function ownText(text: string, name: string): string {
  return text
    .replaceAll('fraud-env', 'shared-env')
    .replaceAll('fraud', name)
    .replaceAll('shared-env', 'fraud-env')
    .replaceAll('./src', '../src')
    .replaceAll('golden/', '../golden/')
}

async function converge(stage: Stage): Promise<void> {
  await tickUntil(stage, ({ converged }) => converged)
}

/** A new version of every model, under traffic to every endpoint. */
async function bump(stage: Stage, options: Options): Promise<void> {
  const { world, commits, names } = stage
  for (const [seed, endpoint] of names.entries()) {
    createTraffic(world.sandbox, { endpoint, seed, rate: options.rate })
  }
  commits.commit(filesOf(names, 2))
  const { clock } = world.sandbox
  const endAt = clock.now() + options.minutes * MINUTE_MS
  await tickUntil(stage, () => clock.now() >= endAt)
}

async function idle(stage: Stage): Promise<void> {
  for (let turn = 0; turn < IDLE_TICKS; turn += 1) {
    await stage.controller.tick()
    stage.ticks += 1
    stage.world.sandbox.clock.advance(MINUTE_MS)
  }
}

async function tickUntil(stage: Stage, isOver: (report: Report) => boolean): Promise<void> {
  const { clock } = stage.world.sandbox
  for (let turn = 0; turn < TICKS_MAX; turn += 1) {
    const report = await stage.controller.tick()
    stage.ticks += 1
    const problem = report.problems.find(({ severity }) => severity === 'error')
    if (problem !== undefined) throw new Error(JSON.stringify(problem))
    if (isOver(report)) return
    const now = clock.now()
    const wakeAt = Math.min(report.plan.wakeAt ?? now + MINUTE_MS, now + MINUTE_MS)
    clock.advance(Math.max(200, wakeAt - now))
  }
  throw new Error(`no end: ${JSON.stringify(stage.controller.journal.latest()?.plan.held)}`)
}

/** Worlds of one endpoint from their opening on, so many ticks each, in which a second model is rolled out. */
async function smallWorlds(seeds: number, checked: boolean, options: Options): Promise<Row> {
  const rows: Row[] = []
  for (let seed = 1; seed <= seeds; seed += 1) {
    const watch = stopwatch()
    const stage = await open(1, checked, seed)
    const opening = watch()
    const row = await timed(stage, 'seeds', checked, () => smallWorld(stage, options))
    rows.push({
      ...row,
      realSeconds: row.realSeconds + opening.realSeconds,
      cpuSeconds: row.cpuSeconds + opening.cpuSeconds,
    })
  }
  const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + value(row), 0)
  const trace = createHash('sha256').update(rows.map((row) => row.trace).join())
  const figures = {
    simulatedSeconds: sum((row) => row.simulatedSeconds),
    realSeconds: sum((row) => row.realSeconds),
    cpuSeconds: sum((row) => row.cpuSeconds),
    ticks: sum(({ ticks }) => ticks),
    calls: sum(({ calls }) => calls),
  }
  return {
    ...{ phase: 'seeds', endpoints: 1, checked, trace: trace.digest('hex').slice(0, 12) },
    ...withRatios(figures),
    seedsPerMinute: Math.round((60 * seeds) / figures.realSeconds),
    seedsPerCpuMinute: Math.round((60 * seeds) / figures.cpuSeconds),
  }
}

async function smallWorld(stage: Stage, options: Options): Promise<void> {
  await converge(stage)
  const [endpoint = ''] = stage.names
  createTraffic(stage.world.sandbox, { endpoint, seed: 1, rate: options.rate })
  stage.commits.commit(filesOf(stage.names, 2))
  await tickUntil(stage, () => stage.ticks >= SEED_TICKS)
}

async function timed(
  stage: Stage,
  phase: Phase,
  checked: boolean,
  play: () => Promise<void>,
): Promise<Row> {
  const { sandbox, calls } = stage.world
  const before = { at: sandbox.clock.now(), ticks: stage.ticks, calls: calls.length }
  const watch = stopwatch()
  await play()
  const figures = {
    ...watch(),
    simulatedSeconds: (sandbox.clock.now() - before.at) / 1000,
    ticks: stage.ticks - before.ticks,
    calls: calls.length - before.calls,
  }
  const trace = traceOf(stage.world, before.calls)
  return { phase, endpoints: stage.names.length, checked, trace, ...withRatios(figures) }
}

function stopwatch(): () => Pick<Row, 'realSeconds' | 'cpuSeconds'> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(before)
    return {
      realSeconds: (performance.now() - startedAt) / 1000,
      cpuSeconds: (user + system) / 1_000_000,
    }
  }
}

type Figures = Pick<Row, 'ticks' | 'calls' | 'simulatedSeconds' | 'realSeconds' | 'cpuSeconds'>

function withRatios(figures: Figures) {
  const { simulatedSeconds, realSeconds, cpuSeconds, ticks } = figures
  return {
    ...figures,
    ratio: simulatedSeconds / realSeconds,
    cpuRatio: simulatedSeconds / cpuSeconds,
    millisecondsPerTick: (realSeconds * 1000) / ticks,
  }
}

/** Tokens are signed anew in every run, and are the only thing that differs. */
function traceOf({ calls, sandbox }: Simulation, from: number): string {
  const lines = calls.slice(from).map(({ method, path, status, body }) => {
    const isToken = path.startsWith(`/${sandbox.tenantId}/`)
    const hash = createHash('sha256').update(isToken ? '' : body)
    return `${method} ${path} ${status} ${hash.digest('hex')}`
  })
  // Of requests that are under way at once, either may be the first.
  const hash = createHash('sha256').update(lines.sort().join('\n'))
  return hash.digest('hex').slice(0, 12)
}

const HEAD = `phase     endpoints  checked    ticks    calls  simulated s   real s    cpu s  ms/tick    ratio  ÷ cpu  trace
`

function lineOf(row: Row): string {
  const { seedsPerMinute, seedsPerCpuMinute } = row
  const seeds =
    seedsPerMinute === undefined
      ? ''
      : `  ${seedsPerMinute} seeds a minute, ${seedsPerCpuMinute} a minute of cpu`
  const cells = [
    row.phase.padEnd(9),
    String(row.endpoints).padStart(9),
    (row.checked ? 'yes' : 'no').padStart(8),
    String(row.ticks).padStart(8),
    String(row.calls).padStart(8),
    row.simulatedSeconds.toFixed(0).padStart(12),
    row.realSeconds.toFixed(2).padStart(8),
    row.cpuSeconds.toFixed(2).padStart(8),
    row.millisecondsPerTick.toFixed(1).padStart(8),
    row.ratio.toFixed(0).padStart(8),
    row.cpuRatio.toFixed(0).padStart(6),
    ` ${row.trace}`,
  ]
  return `${cells.join(' ')}${seeds}\n`
}

process.exitCode = await main()
