import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { signIn } from '../../src/cli/demo/client.ts'
import { type Load, startLoad } from '../../src/cli/demo/load.ts'
import { createRepository, type DemoRepository } from '../../src/cli/demo/repository.ts'
import { sandboxDoor, trust } from '../../src/cli/session.ts'
import { composeTelemetry } from '../../src/compose/telemetry.ts'
import { compose } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { Report } from '../../src/core/model/report.ts'
import type { RolloutStatus } from '../../src/core/model/rollout.ts'
import { loop } from '../../src/reconcile/loop.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import type { Files } from '../support/commits.ts'
import { SCENARIOS, type Scenario } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'

/**
 * The rehearsals in real time: a sandbox on loopback, a Git repository, the controller's own loop, and 50 HTTP requests a
 * second by a client that knows nothing of it. Azure's operations are 60 times as fast; the steps are short.
 */
export interface LiveRow {
  readonly scenario: string
  readonly end: string
  readonly requests: number
  /** Requests that the new revision answered with 200, and all that failed from its first weight on. */
  readonly answeredByCandidate: number
  readonly failed: number
  readonly decidedSeconds?: number
}

const ROAD = {
  steps: `
        - verify: { requests: golden/*.json }
        - setWeight: 20
        - analysis: { templates: [errors, latency], for: 20s }
        - setWeight: 50
        - pause: { duration: 5s }`,
  spec: `
  analysis: [errors]
  bake: 10s
  keep: { for: 1h }
  deadline: 15m`,
}
const WARM_MS = 60_000
const LONGEST_MS = 14 * 60_000
const PER_SECOND = 50

export async function liveRehearsals(
  names: readonly string[],
  onEnd: (row: LiveRow) => void,
): Promise<readonly LiveRow[]> {
  const rows: LiveRow[] = []
  for (const scenario of SCENARIOS.filter(
    ({ name }) => names.length === 0 || names.includes(name),
  )) {
    const row = await rehearseLive(scenario)
    onEnd(row)
    rows.push(row)
  }
  return rows
}

async function rehearseLive(scenario: Scenario): Promise<LiveRow> {
  const folder = await mkdtemp(join(tmpdir(), 'verdigris-rehearsal-'))
  const stop = new AbortController()
  const sandbox = await startSandbox({
    timeScale: 60,
    runsScripts: false,
    // From the start here: the first revision needs half of what two would.
    ...(scenario.cores === undefined ? {} : { quotas: { standardDSv2Family: scenario.cores } }),
  })
  await trust(sandbox.caFile)
  const repository = await createRepository(folder)
  const config = {
    ...readConfig({ VERDIGRIS_DATA_DIR: join(folder, 'data') }, false),
    allowLocal: true,
    logLevel: 'silent' as const,
  }
  const assembly = compose(
    applicationOf(repository),
    sandboxDoor(sandbox),
    config,
    composeTelemetry(config),
  )
  const { journal } = assembly.ports
  const seen = follow(journal)
  try {
    await write(repository, rolloutFiles({ model: 1, ...ROAD }))
    await repository.merge('Serve model 1')
    const options = {
      application: assembly.application,
      reader: assembly.reader,
      pollMs: 250,
      jitter: () => 0.5,
      onError: (error: unknown) => process.stderr.write(`${String(error)}\n`),
    }
    const running = loop(assembly.ports, options, stop.signal)
    await seen.until(({ converged }) => converged)
    const load = await loadOn(sandbox)
    await pause(WARM_MS)
    if (scenario.fault !== undefined) sandbox.injectFault(scenario.fault)
    const behaviours = { 2: { ...scenario.behaviour } }
    const before = load.figures()
    await write(repository, rolloutFiles({ model: 2, behaviours, ...ROAD }))
    const commit = await repository.merge('Serve model 2')
    const end = await seen.until((report) => report.appliedRevision === commit && isOver(report))
    await pause(2000)
    const after = await load.stop()
    stop.abort()
    await running
    return {
      scenario: scenario.name,
      end: endOf(end),
      requests: after.requests - before.requests,
      answeredByCandidate: after.servedBy.green ?? 0,
      failed: after.failed - before.failed,
      ...seen.decided(),
    }
  } finally {
    stop.abort()
    await assembly.close()
    await sandbox.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function follow(journal: {
  watch(listener: (report: Report) => void): () => void
  latest(): Report | undefined
}) {
  let startedAt: number | undefined
  let decidedAt: number | undefined
  journal.watch((report) => {
    for (const { action, result } of report.outcomes) {
      if (result !== 'Started') continue
      if (action.turn?.result === 'started') startedAt ??= report.startedAt
      if (action.turn?.result === 'aborted') decidedAt ??= report.startedAt
    }
  })
  return {
    decided: () =>
      startedAt === undefined || decidedAt === undefined
        ? {}
        : { decidedSeconds: Math.round((decidedAt - startedAt) / 100) / 10 },
    until: (holds: (report: Report) => boolean): Promise<Report> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          unwatch()
          reject(new Error(`no end: ${JSON.stringify(journal.latest()?.plan.held)}`))
        }, LONGEST_MS)
        const unwatch = journal.watch((report) => {
          if (!holds(report)) return
          clearTimeout(timer)
          unwatch()
          resolve(report)
        })
      }),
  }
}

function statusOf({ resources }: Report): RolloutStatus | undefined {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

function isOver(report: Report): boolean {
  if (report.converged || statusOf(report)?.phase === 'rolled_back') return true
  return (
    report.plan.actions.length === 0 && report.plan.held.some(({ state }) => state === 'blocked')
  )
}

function endOf(report: Report): string {
  const blocked = report.plan.held.find(({ state }) => state === 'blocked')
  return statusOf(report)?.aborted?.reason ?? blocked?.reason ?? 'promoted'
}

async function loadOn(sandbox: Parameters<typeof signIn>[0]): Promise<Load> {
  const person = await signIn(sandbox)
  const { properties } = await person.endpoint('fraud')
  const everyMs = 1000 / PER_SECOND
  const key = await person.key('fraud')
  return startLoad({ url: properties.scoringUri, key, bodies: ['{"amount": 1}'], everyMs })
}

async function write({ workTree }: DemoRepository, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workTree, path)), { recursive: true })
    await writeFile(join(workTree, path), text)
  }
}

function applicationOf({ url }: DemoRepository): Parameters<typeof compose>[0] {
  return {
    name: 'rehearsal',
    source: { repository: url, revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: {
      mode: 'apply',
      intervalMs: 1000,
      drift: 'correct',
      prune: { enabled: true, maxDeletions: 3 },
      suspend: false,
      maxRollouts: 10,
      ignoreDifferences: [],
    },
    variables: {},
  }
}
