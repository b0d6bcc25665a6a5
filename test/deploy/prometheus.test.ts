import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect } from '@jest/globals'
import { createJournal } from '../../src/adapters/journal/memory.ts'
import { createMetrics, type Metrics } from '../../src/adapters/telemetry/metrics.ts'
import { createServer } from '../../src/server/server.ts'
import { freePort } from '../support/free-port.ts'
import { get } from '../support/http.ts'
import { eventfulCalls, eventfulStory } from '../support/story.ts'
import { runTool, startTool, testWith } from '../support/tools.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const endings: (() => unknown)[] = []
afterAll(async () => {
  for (const end of endings.reverse()) await end()
})

describe('a real Prometheus', () => {
  testWith(
    ['prometheus', 'promtool'],
    'scrapes the server, loads the rules, and every dashboard query returns data',
    async () => {
      const { metrics, url } = await serve()
      const prometheus = await startPrometheus(new URL(url).host)
      // The story is told again and again, so that rates and increases have something to show.
      const telling = new AbortController()
      endings.push(() => telling.abort())
      const told = tell(metrics, telling.signal)
      const queries = await dashboardQueries()
      expect(queries.length).toBeGreaterThan(45)
      await until(
        async () =>
          (await query(prometheus, `count_over_time(verdigris_build_info[1m]) > 8`)).length > 0,
      )
      const empty: string[] = []
      for (const expr of queries) {
        if ((await query(prometheus, expr)).length === 0) empty.push(expr)
      }
      telling.abort()
      await told
      expect(empty).toEqual([])
      const rules = JSON.parse((await get(`${prometheus}/api/v1/rules`)).text)
      const health = rules.data.groups.flatMap((group: { rules: { health: string }[] }) =>
        group.rules.map((rule) => rule.health),
      )
      expect(new Set(health)).toEqual(new Set(['ok']))
    },
    60_000,
  )

  testWith(
    ['promtool'],
    'finds nothing wrong with the names and texts of the metrics',
    async () => {
      const metrics = createMetrics({ version: '0.1.0', commit: 'c0ffee', now: Date.now })
      tellOnce(metrics)
      const text = await metrics.render()
      const ours = text.split('\n').filter((line) => !/(?:^| )(?:process|nodejs)_/.test(line))
      runTool('promtool', ['check', 'metrics'], { input: `${ours.join('\n').trim()}\n` })
    },
  )
})

async function serve() {
  const metrics = createMetrics({ version: '0.1.0', commit: 'c0ffee', now: Date.now })
  const journal = createJournal({ history: 5 })
  const server = createServer({
    applications: [{ name: 'fraud-prod', journal }],
    metrics: metrics.render,
    version: '0.1.0',
    observe: metrics.apiRequest,
  })
  endings.push(() => server.close())
  tellOnce(metrics)
  return { metrics, url: await server.listen({ port: 0 }) }
}

function tellOnce(metrics: Metrics): void {
  for (const name of ['fraud-prod', 'churn-prod', 'broken-prod']) {
    eventfulCalls(metrics.meterFor(name))
  }
  for (const report of eventfulStory(Date.now() - 60_000)) metrics.recordReport(report)
}

async function tell(metrics: Metrics, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(300, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) tellOnce(metrics)
  }
}

/** Starts Prometheus on a free port, scraping `target` every half second with the shipped rules. */
async function startPrometheus(target: string): Promise<string> {
  const folder = await temporaryFolder()
  const port = await freePort()
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '1s' },
    rule_files: [join(DEPLOY, 'prometheus/rules.yaml')],
    scrape_configs: [{ job_name: 'verdigris', static_configs: [{ targets: [target] }] }],
  }
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config))
  const child = startTool('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ])
  endings.push(() => stop(child))
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await get(`${url}/-/ready`)).status === 200)
  return url
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Every query of every shipped dashboard, with Grafana's variables filled in as it does for "All". */
async function dashboardQueries(): Promise<readonly string[]> {
  const folder = join(DEPLOY, 'grafana/dashboards')
  const files = await readdir(folder)
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return texts
    .flatMap((text) => JSON.parse(text).panels as { targets?: { expr: string }[] }[])
    .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .map((expr) =>
      expr.replaceAll('$__rate_interval', '10s').replace(/\$(?:target|endpoint)/g, '.*'),
    )
}

async function query(prometheus: string, expr: string): Promise<readonly unknown[]> {
  const answer = JSON.parse(
    (await get(`${prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`)).text,
  )
  expect({ expr, error: answer.error }).toEqual({ expr, error: undefined })
  return answer.data.result
}

/** Asks until the answer is yes; a connection that is refused is a no. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await pause(50)
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verdigris-prometheus-'))
  endings.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}
