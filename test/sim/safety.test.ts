import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createLogger, logReport } from '../../src/adapters/telemetry/log.ts'
import { createMetrics } from '../../src/adapters/telemetry/metrics.ts'
import { statusText } from '../../src/cli/render/status.ts'
import { styleFor } from '../../src/cli/render/style.ts'
import type { Report } from '../../src/core/model/report.ts'
import { SourceError } from '../../src/reconcile/ports.ts'
import { type Commits, createCommits, filesIn } from '../support/commits.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

const workspace = filesIn(join(import.meta.dirname, '../../manifests/workspace'))

interface Converged {
  readonly world: Simulation
  readonly commits: Commits
  readonly controller: Controller
}

async function converged(): Promise<Converged> {
  const world = await simulate({ timeScale: 10 })
  const commits = createCommits()
  commits.commit(workspace)
  const controller = world.startController(commits, { pollMs: 60_000 })
  expect((await controller.settle()).converged).toBe(true)
  return { world, commits, controller }
}

function writesIn({ calls }: Simulation): number {
  return calls.filter(({ method, path }) => method !== 'GET' && !path.includes('oauth2')).length
}

describe('at rest', () => {
  test('100 further ticks send no write', async () => {
    const { world, controller } = await converged()
    const before = writesIn(world)
    for (let tick = 0; tick < 100; tick += 1) {
      world.sandbox.clock.advance(60_000)
      await controller.tick()
    }
    expect(writesIn(world)).toBe(before)
  })

  test('neither does a new controller', async () => {
    const { world, commits } = await converged()
    const before = writesIn(world)
    expect((await world.startController(commits).settle()).converged).toBe(true)
    expect(writesIn(world)).toBe(before)
  })
})

describe('a traffic change through the real client', () => {
  test('gives back mirror traffic, unknown properties and foreign tags byte for byte', async () => {
    const { world, commits, controller } = await converged()
    const green = {
      ...workspace,
      'green.yml': (workspace['blue.yml'] ?? '').replace('name: blue', 'name: green'),
    }
    commits.commit(green)
    await controller.settle()
    const { body } = await world.get('onlineEndpoints/fraud')
    const strange = {
      mirrorTraffic: { green: 10 },
      futureField: { deep: [1, 2.5, { ü: null }], text: '1e3' },
    }
    const tags = { ...(body.tags as object), 'cost-centre': '0042', Steward: 'Risk & Fraud' }
    const properties = { ...(body.properties as object), ...strange, traffic: { blue: 0 } }
    expect(await world.put('onlineEndpoints/fraud', { ...body, tags, properties })).toBe(200)
    world.sandbox.clock.advance(120_000)
    await controller.settle()
    const after = (await world.get('onlineEndpoints/fraud')).body
    expect(after.properties).toMatchObject({ ...strange, traffic: { blue: 100 } })
    expect(JSON.stringify((after.properties as typeof strange).futureField)).toBe(
      JSON.stringify(strange.futureField),
    )
    expect(after.tags).toMatchObject({ 'cost-centre': '0042', Steward: 'Risk & Fraud' })
  })
})

describe('when Git cannot be read or understood', () => {
  const unreachable = new SourceError('Unreachable', 'cannot reach the repository')
  const gone = new SourceError('RevisionNotFound', 'no branch main')
  const empty = new SourceError('EmptyRepository', 'no commit')
  const blue = workspace['blue.yml'] ?? ''

  const cases: readonly [string, (commits: Commits) => unknown, string][] = [
    ['an empty repository', (commits) => commits.fail(empty), 'EmptyRepository'],
    ['an unreachable repository', (commits) => commits.fail(unreachable), 'Unreachable'],
    ['a branch that vanished', (commits) => commits.fail(gone), 'RevisionNotFound'],
    ['a parse error', (commits) => commits.commit({ ...workspace, 'blue.yml': '{' }), 'YamlSyntax'],
    [
      'an unknown field',
      (commits) => commits.commit({ ...workspace, 'blue.yml': `${blue}prunePolcy: x\n` }),
      'UnknownField',
    ],
    [
      'two manifests of one identity',
      (commits) =>
        commits.commit({ ...workspace, 'Blue.yml': blue.replace('name: blue', 'name: Blue') }),
      'DuplicateIdentity',
    ],
    [
      'a commit without manifests',
      (commits) => commits.commit({ 'README.md': 'x' }),
      'NothingDeclared',
    ],
  ]

  test.each(cases)(
    '%s deletes and writes nothing, and says so in status, metrics and log',
    async (_, spoil, reason) => {
      const { world, commits, controller } = await converged()
      const before = writesIn(world)
      spoil(commits)
      const reports = [
        controller.journal.latest(),
        await controller.tick(),
        await controller.tick(),
      ]
      expect(writesIn(world)).toBe(before)
      const { status, metrics, log } = await drawn(reports)
      expect(status).toContain(reason)
      expect(log).toContain(reason)
      expect(metrics).toMatch(
        /^verdigris_(manifest_errors|prunes_total|source_[a-z_]+|plan_blocked_total|resources).*[1-9]/m,
      )
    },
  )

  test.each(cases)(
    '%s: traffic moved by hand is still put back by the last good state',
    async (_, spoil) => {
      const { world, commits, controller } = await converged()
      spoil(commits)
      const { body } = await world.get('onlineEndpoints/fraud')
      await world.put('onlineEndpoints/fraud', {
        ...body,
        properties: { ...(body.properties as object), traffic: {} },
      })
      world.sandbox.clock.advance(120_000)
      await controller.settle()
      world.sandbox.clock.advance(120_000)
      const { traffic } = (await world.get('onlineEndpoints/fraud')).body.properties as {
        traffic: unknown
      }
      expect(traffic).toEqual({ blue: 100 })
    },
  )

  test('after a restart the newest good commit is found again in the history', async () => {
    const { world, commits } = await converged()
    commits.commit({ ...workspace, 'blue.yml': '{' })
    commits.commit({ ...workspace, 'blue.yml': '[' })
    const report = await world.startController(commits).tick()
    expect(report.appliedRevision).toBeDefined()
    expect(report.appliedRevision).not.toBe(report.attemptedRevision)
    expect(report.plan).toMatchObject({ changes: [], actions: [] })
  })

  test('row 18: a forced push that drops the applied commit halts every write', async () => {
    const world = await simulate({ timeScale: 10 })
    const commits = createCommits()
    const base = commits.commit({
      'endpoint.yml': (workspace['endpoint.yml'] ?? '').replace(/traffic:\n.*\n/, ''),
    })
    commits.commit(workspace)
    const controller = world.startController(commits, { pollMs: 60_000 })
    await controller.settle()
    commits.resetTo(base)
    const before = writesIn(world)
    const report = await controller.settle()
    expect(writesIn(world)).toBe(before)
    expect(report.plan.held.map(({ reason }) => reason)).toContain('HistoryRewritten')
  })
})

async function drawn(
  reports: readonly (Report | undefined)[],
): Promise<{ status: string; metrics: string; log: string }> {
  const metrics = createMetrics({ version: '0', commit: '0', now: () => 0 })
  let log = ''
  const destination = {
    write: (line: string) => {
      log += line
    },
  }
  const logger = createLogger({ level: 'info', destination })
  let previous: Report | undefined
  for (const report of reports) {
    if (report === undefined) continue
    metrics.recordReport(report)
    logReport(logger, report, previous)
    previous = report
  }
  const status = previous === undefined ? '' : statusText(previous, styleFor(false))
  return { status, metrics: await metrics.render(), log }
}
