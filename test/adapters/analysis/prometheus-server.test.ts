import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect } from '@jest/globals'
import { createAnalysis } from '../../../src/adapters/analysis/index.ts'
import { createClock } from '../../../src/adapters/clock.ts'
import type { MeasurementQuery, Series } from '../../../src/core/model/measurements/measurement.ts'
import { createCounters, prometheusText } from '../../../src/sandbox/scoring/counters/counters.ts'
import { get } from '../../support/http.ts'
import { startTool, testWith } from '../../support/tools.ts'
import { serve } from './stage.ts'

const endings: (() => unknown)[] = []
afterAll(async () => {
  for (const end of endings.reverse()) await end()
})

const SCORING = {
  server: 'default',
  requests: 'sandbox_scoring_requests_total',
  errors: { label: 'status', values: ['408', '424', '429', '500', '502', '503'] },
  histogram: 'sandbox_scoring_duration_seconds',
  ...{ endpointLabel: 'endpoint', deploymentLabel: 'deployment' },
  match: { mirrored: 'false' },
}

testWith(
  ['prometheus'],
  'a real Prometheus that scrapes the sandbox gives counters, histograms and instant values',
  async () => {
    const counters = createCounters(Date.now())
    const target = await serve((_, response) => response.end(prometheusText(counters.read())))
    const url = await startPrometheus(`127.0.0.1:${target.port}`)
    const count = (deployment: string, status: number, latencyMs: number, mirrored = false) =>
      counters.of({ endpoint: 'fraud', deployment, status, mirrored }).add(latencyMs)
    count('blue', 200, 3)
    const startMs = Math.ceil(Date.now() / 1000) * 1000
    await reaches(url, 'sandbox_scoring_requests_total{deployment="blue"}', 1)
    for (let n = 0; n < 40; n += 1) count('blue', 200, n < 30 ? 20 : 200)
    for (let n = 0; n < 10; n += 1) count('green', n < 3 ? 424 : 200, 40)
    count('green', 404, 1)
    count('green', 500, 9, true)
    count('other', 500, 9)
    await reaches(url, 'sum(sandbox_scoring_requests_total{deployment="green"})', 12)
    const endMs = Date.now()
    const nowMs = endMs + 20_000
    const clock = { ...createClock(), now: () => nowMs }
    const analysis = createAnalysis({ clock, prometheus: { default: { url } } })
    const about = { endpoint: 'fraud', stable: 'blue', candidate: 'green' }
    const question: MeasurementQuery = {
      ...{ id: 'errors', provider: 'prometheus', wants: 'series', windowMs: 1_000 },
      query: SCORING,
      about: { ...about, startMs, baselineMs: 5_000, endMs: endMs + 2_000 },
    }
    const ratio =
      'sum(sandbox_scoring_requests_total{endpoint="{{endpoint}}",deployment="{{deployment}}",status="424",mirrored="false"}) / sum(sandbox_scoring_requests_total{endpoint="{{endpoint}}",deployment="{{stable}}"})'
    // The grid's last instants lie ahead of the scrapes; by then Prometheus still says what it knew last.
    const [series, value, wrong] = await analysis.measure(
      [
        question,
        { ...question, id: 'ratio', wants: 'value', query: { ...SCORING, query: ratio } },
        { ...question, id: 'bad', wants: 'value', query: { ...SCORING, query: 'sum(((' } },
      ],
      new AbortController().signal,
    )
    if (series?.is !== 'series') throw new Error(JSON.stringify(series))
    expect(lastOf(series.series)).toEqual({
      stable: { requests: 41, errors: 0, within10: 1, within25: 31, within250: 41 },
      candidate: { requests: 11, errors: 3, within10: 1, within25: 1, within250: 11 },
    })
    expect(series.series.stable.every(({ at }) => (at - startMs) % 1_000 === 0)).toBe(true)
    expect(value).toMatchObject({ id: 'ratio', is: 'value' })
    expect(value?.is === 'value' && value.value).toBeCloseTo(3 / 41, 12)
    expect(wrong).toMatchObject({ id: 'bad', is: 'noData', reason: 'QueryRefused' })
  },
  60_000,
)

function lastOf({ boundsMs, stable, candidate }: Series) {
  const shown = (samples: Series['stable']) => {
    const { requests, errors, within = [] } = samples.at(-1) ?? { requests: -1, errors: -1 }
    const at = (boundMs: number) => within[boundsMs.findIndex((one) => one >= boundMs)]
    return { requests, errors, within10: at(10), within25: at(25), within250: at(250) }
  }
  return { stable: shown(stable), candidate: shown(candidate) }
}

async function startPrometheus(target: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verdigris-analysis-'))
  endings.push(() => rm(folder, { recursive: true, force: true }))
  const port = await freePort()
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
    scrape_configs: [{ job_name: 'sandbox', static_configs: [{ targets: [target] }] }],
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

/** Waits until Prometheus has scraped so many. */
function reaches(url: string, query: string, count: number): Promise<void> {
  return until(async () => {
    const { text } = await get(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
    return Number(JSON.parse(text).data.result[0]?.value[1]) === count
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await pause(50)
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
