import { LogsQueryClient, LogsQueryResultStatus } from '@azure/monitor-query-logs'
import { MetricsClient } from '@azure/monitor-query-metrics'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type AnalysisOptions, createAnalysis } from '../../../src/adapters/analysis/index.ts'
import type {
  Measurement,
  MeasurementQuery,
  Sample,
} from '../../../src/core/model/measurements/measurement.ts'
import { listen } from '../../../src/sandbox/http/listener.ts'
import type { HttpHandler } from '../../../src/sandbox/http/message.ts'
import { clockAt } from '../../adapters/analysis/stage.ts'
import { MINUTE } from '../rehearsal/stage.ts'
import { LOGS, setMonitor } from './stage.ts'

let monitor: Awaited<ReturnType<typeof setMonitor>>
beforeAll(async () => {
  monitor = await setMonitor()
})

/** Late enough for every minute to be final. */
const LATE_MS = 10 * MINUTE
const METRICS = 'https://norwayeast.metrics.monitor.azure.com'
const NAMESPACE = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints'

async function measure(
  given: Partial<MeasurementQuery>,
  azure: Partial<AnalysisOptions['azure']> = {},
  options: Partial<AnalysisOptions> = {},
): Promise<Measurement> {
  const { about, credential, httpClient, workspaceId, nowMs } = monitor
  const analysis = createAnalysis({
    clock: clockAt(nowMs + LATE_MS),
    azure: { credential, workspaceId, metricsUrl: METRICS, logsWorkspaceId: LOGS, ...azure },
    httpClient,
    ...options,
  })
  const asked = {
    ...{ id: 'errors', provider: 'azureMonitor', query: {}, wants: 'series', about },
    windowMs: MINUTE,
    ...given,
  } satisfies MeasurementQuery
  const [answer] = await analysis.measure([asked], new AbortController().signal)
  if (answer === undefined) throw new Error('not answered')
  return answer
}

function seriesIn(measurement: Measurement) {
  if (measurement.is !== 'series') throw new Error(JSON.stringify(measurement))
  return measurement.series
}

/** What a side got from one instant to the last. */
function grownSince(samples: readonly Sample[], fromMs: number) {
  const from = samples.find(({ at }) => at === fromMs)
  const last = samples.at(-1)
  if (from === undefined || last === undefined) throw new Error('no samples')
  return { requests: last.requests - from.requests, failed: last.errors - from.errors }
}

describe("the metrics of an endpoint, by Microsoft's client", () => {
  test('count what users were answered, on both sides, minute by minute', async () => {
    const { stable, candidate, boundsMs } = seriesIn(await measure({}))
    expect(boundsMs).toEqual([])
    expect(stable).toHaveLength(16)
    const { byDeployment } = monitor.before
    const { startMs } = monitor.about
    expect(grownSince(candidate, startMs)).toEqual(byDeployment.green)
    const half = grownSince(stable, startMs)
    expect(half.requests).toBeGreaterThan(0.75 * 20 * 600)
    expect(half.requests).toBeLessThan(byDeployment.blue?.requests ?? 0)
  })

  test('agree with the log to the last request', async () => {
    const metrics = seriesIn(await measure({}))
    const log = seriesIn(await measure({ provider: 'logAnalytics' }))
    for (const side of ['stable', 'candidate'] as const) {
      const counts = (samples: readonly Sample[]) =>
        samples.map(({ at, requests, errors }) => [at, requests, errors])
      expect(counts(metrics[side])).toEqual(counts(log[side]))
    }
  })

  test('give one number of the candidate, with the requests behind it', async () => {
    const value = { wants: 'value', windowMs: 5 * MINUTE } as const
    const [p50, p99, rate] = await Promise.all(
      ['RequestLatency_P50', 'RequestLatency_P99', 'RequestsPerMinute'].map((metric) =>
        measure({ ...value, query: { metric } }),
      ),
    )
    if (p50?.is !== 'value' || p99?.is !== 'value' || rate?.is !== 'value')
      throw new Error(JSON.stringify([p50, p99, rate]))
    expect(p50.value).toBeGreaterThan(60)
    expect(p50.value).toBeLessThan(110)
    expect(p99.value).toBeGreaterThanOrEqual(p50.value)
    expect(rate.value).toBeCloseTo((rate.requests ?? 0) / 5, 9)
    expect(p50).toMatchObject({ requests: rate.requests, at: monitor.nowMs })
  })

  test('are asked for in one request, whose token is for them alone', async () => {
    monitor.asked.length = 0
    await measure({})
    expect(monitor.asked.map(({ method, url }) => [method, new URL(url).origin])).toEqual([
      ['POST', METRICS],
    ])
    const token = monitor.asked[0]?.headers.authorization?.split('.')[1] ?? ''
    expect(Buffer.from(token, 'base64url').toString()).toContain(
      'https://metrics.monitor.azure.com',
    )
  })

  test('that are not of the last minutes yet are not guessed', async () => {
    const clock = clockAt(monitor.nowMs)
    const { stable } = seriesIn(await measure({}, {}, { clock }))
    expect(stable.at(-1)?.at).toBe(monitor.nowMs - 3 * MINUTE)
  })

  test('answer over a socket, too', async () => {
    // The answers are dated by the clock of this test, not by the machine's.
    const date = new Date(monitor.nowMs).toUTCString()
    const handle: HttpHandler = async (request) => {
      const answer = await monitor.handle(request)
      return { ...answer, headers: { ...answer.headers, date } }
    }
    const listener = await listen(handle, { port: 0, onError: () => {} })
    try {
      const { credential, workspaceId, nowMs, about } = monitor
      const analysis = createAnalysis({
        clock: clockAt(nowMs + LATE_MS),
        azure: {
          ...{ credential, workspaceId, metricsUrl: listener.origin },
          ...{ logsUrl: listener.origin, logsWorkspaceId: LOGS },
        },
      })
      const common = { query: {}, wants: 'series', windowMs: MINUTE, about } as const
      const answers = await analysis.measure(
        [
          { ...common, id: 'a', provider: 'azureMonitor' },
          { ...common, id: 'b', provider: 'logAnalytics' },
        ],
        new AbortController().signal,
      )
      expect(answers).toMatchObject([{ is: 'series' }, { is: 'series' }])
    } finally {
      await listener.close()
    }
  })
})

describe('the traffic log', () => {
  test('is counted on the grid, with a histogram', async () => {
    const windowMs = 30_000
    const { stable, candidate, boundsMs } = seriesIn(
      await measure({ provider: 'logAnalytics', windowMs }),
    )
    expect(stable).toHaveLength(31)
    expect(grownSince(candidate, monitor.about.startMs)).toEqual(monitor.before.byDeployment.green)
    const within = candidate.at(-1)?.within ?? []
    expect(within).toHaveLength(boundsMs.length)
    const share = (within[boundsMs.indexOf(100)] ?? 0) / (candidate.at(-1)?.requests ?? 1)
    expect(share).toBeGreaterThan(0.3)
  })

  test("is the same to Microsoft's client for logs", async () => {
    monitor.asked.length = 0
    await measure({ provider: 'logAnalytics' })
    const { query } = JSON.parse(monitor.asked[0]?.body.toString() ?? '') as { query: string }
    const { credential, httpClient } = monitor
    const client = new LogsQueryClient(credential, { httpClient })
    const result = await client.queryWorkspace(LOGS, query, { duration: 'PT1H' })
    if (result.status !== LogsQueryResultStatus.Success) throw new Error(result.status)
    const [table] = result.tables
    expect(table?.columnDescriptors.map(({ name }) => name)).toEqual([
      ...['deployment', 'windowStart', 'requests', 'errors', 'atMost'],
    ])
    let requests = 0
    for (const row of table?.rows ?? []) if (row[0] === 'green') requests += Number(row[2])
    expect(requests).toBe(monitor.before.byDeployment.green?.requests)
  })

  test('without a row of the endpoint is no data', async () => {
    const about = { ...monitor.about, stable: 'red', candidate: 'pink' }
    expect(await measure({ provider: 'logAnalytics', about })).toMatchObject({ reason: 'Empty' })
  })

  test.each(['AmlOnlineEndpointTrafficLog | take 10', 'AmlOnlineEndpointConsoleLog', ''])(
    'refuses any other query: %j',
    async (query) => {
      const answer = await ask(
        `/v1/workspaces/${LOGS}/query`,
        { query },
        'https://api.loganalytics.io',
      )
      expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' })
    },
  )
})

test('row 61: names and ids are quoted in the query of the log', async () => {
  monitor.asked.length = 0
  const workspaceId = '/subscriptions/s/x" or 1 == 1 //\\'
  expect(await measure({ provider: 'logAnalytics' }, { workspaceId })).toMatchObject({
    is: 'noData',
  })
  const { query } = JSON.parse(monitor.asked[0]?.body.toString() ?? '') as { query: string }
  expect(query).toContain('=~ "/subscriptions/s/x\\" or 1 == 1 //\\\\/onlineEndpoints/fraud"')
  const about = { ...monitor.about, candidate: 'green") or ("' }
  monitor.asked.length = 0
  expect(await measure({ about })).toMatchObject({ reason: 'InvalidName' })
  expect(monitor.asked).toEqual([])
})

describe('the address of the metrics', () => {
  const ofRegion = (region: () => Promise<string>) => measure({}, { metricsUrl: undefined, region })

  test.each(['norwayeast', 'Norway East'])('is that of the region %s', async (region) => {
    monitor.asked.length = 0
    expect(await ofRegion(async () => region)).toMatchObject({ is: 'series' })
    expect(monitor.asked.map(({ url }) => new URL(url).origin)).toEqual([METRICS])
  })

  test('is of this service whatever is said of the region', async () => {
    monitor.asked.length = 0
    await ofRegion(async () => 'evil.example/?x=')
    expect(monitor.asked.map(({ url }) => new URL(url).hostname)).toEqual([
      'evilexamplex.metrics.monitor.azure.com',
    ])
  })

  test('that cannot be had is no data, and says nothing of why', async () => {
    monitor.asked.length = 0
    const answer = await ofRegion(() => Promise.reject(new Error('canary')))
    expect(answer).toMatchObject({ is: 'noData', reason: 'Unavailable' })
    expect(JSON.stringify(answer)).not.toContain('canary')
    expect(await measure({}, { metricsUrl: undefined })).toMatchObject({
      reason: 'ProviderNotConfigured',
    })
    expect(monitor.asked).toEqual([])
  })
})

describe('row 63: a token', () => {
  test.each([
    ['azureMonitor', { metricsUrl: 'https://evil.example' }],
    ['azureMonitor', { metricsUrl: 'https://evil.example/.metrics.monitor.azure.com' }],
    ['azureMonitor', { metricsUrl: 'http://norwayeast.metrics.monitor.azure.com' }],
    ['logAnalytics', { logsUrl: 'https://api.loganalytics.io.evil.example' }],
    ['logAnalytics', { logsUrl: 'not an address' }],
  ] as const)('of %s goes to no other host: %j', async (provider, azure) => {
    monitor.asked.length = 0
    const answer = await measure({ provider }, azure)
    expect(answer).toMatchObject({ is: 'noData', reason: 'AddressRefused' })
    expect(monitor.asked).toEqual([])
  })

  test.each(['azureMonitor', 'logAnalytics'] as const)(
    'that is refused, or cannot be had, is no data of %s',
    async (provider) => {
      const wrong = { getToken: async () => ({ token: 'no.good', expiresOnTimestamp: 9e15 }) }
      const none = { getToken: () => Promise.reject(new Error('canary')) }
      for (const credential of [wrong, none]) {
        const answer = await measure({ provider }, { credential })
        expect(answer).toMatchObject({ is: 'noData', reason: 'Unauthorized' })
        expect(JSON.stringify(answer)).not.toContain('canary')
      }
    },
  )
})

describe('row 62: Azure', () => {
  const bodies: [string, string][] = [
    ['azureMonitor', '<html>canary'],
    ['azureMonitor', '{}'],
    ['azureMonitor', '{"values":[]}'],
    ['azureMonitor', '{"values":"canary"}'],
    ['azureMonitor', '{"values":[{"value":[{}]}]}'],
    ['logAnalytics', '<html>canary'],
    ['logAnalytics', '[]'],
    ['logAnalytics', '{"tables":[]}'],
    ['logAnalytics', '{"tables":[{"columns":[],"rows":[["canary"]]}]}'],
    ['logAnalytics', '{"tables":[{"columns":[],"rows":[]}],"error":{"code":"PartialError"}}'],
  ]
  test.each(bodies)('%s that answers %j has no data', async (provider, body) => {
    const httpClient = {
      sendRequest: async (request: object) => ({
        ...{ request, status: 200, bodyAsText: body },
        headers: new Map() as never,
      }),
    } as unknown as AnalysisOptions['httpClient']
    const answer = await measure(
      { provider: provider as 'azureMonitor' },
      {},
      httpClient === undefined ? {} : { httpClient },
    )
    expect(answer).toMatchObject({ is: 'noData' })
    expect(['UnreadableAnswer', 'Empty', 'WrongTime']).toContain(
      answer.is === 'noData' ? answer.reason : '',
    )
    expect(JSON.stringify(answer)).not.toContain('canary')
  })
})

const PATH = '/subscriptions/00000000-0000-4000-8000-000000000001/metrics:getBatch'

async function ask(
  path: string,
  body: unknown,
  audience = 'https://metrics.monitor.azure.com',
  method = 'POST',
) {
  const { token } = await monitor.credential.getToken(audience)
  const answer = await monitor.handle({
    ...{ method, url: `${METRICS}${path}`, headers: { authorization: `Bearer ${token}` } },
    body: Buffer.from(JSON.stringify(body)),
  })
  const { error } = JSON.parse(answer.body.toString()) as { error?: { code: string } }
  return { status: answer.status, code: error?.code }
}

describe('the door of metrics', () => {
  const query = {
    'api-version': '2024-02-01',
    ...{ starttime: '2026-01-05T09:00:00Z', endtime: '2026-01-05T09:05:00Z', interval: 'PT1M' },
    ...{ metricnamespace: NAMESPACE, metricnames: 'RequestsPerMinute', aggregation: 'average' },
    filter: "deployment eq 'blue'",
  }
  const rows: [string, Record<string, string>, number][] = [
    ['answers what it knows', {}, 200],
    ['needs an API version', { 'api-version': '' }, 400],
    ['knows no other interval', { interval: 'PT1H' }, 501],
    ['knows no other aggregation', { aggregation: 'total' }, 501],
    ['knows no other namespace', { metricnamespace: 'Microsoft.Compute/virtualMachines' }, 501],
    ['knows no other metric', { metricnames: 'NetworkBytes' }, 501],
    ['knows no other filter', { filter: "deployment ne 'blue'" }, 501],
    ['refuses times that are none', { endtime: 'soon' }, 400],
    ['refuses times in the wrong order', { endtime: '2026-01-05T08:00:00Z' }, 400],
    ['refuses too many minutes', { endtime: '2027-01-05T08:00:00Z' }, 400],
    [
      'refuses a dimension that a metric does not have',
      { metricnames: 'RequestLatency_P95', filter: "deployment eq 'blue' and statusCode eq '*'" },
      400,
    ],
  ]
  test.each(rows)('%s', async (_, change, status) => {
    const path = `${PATH}?${new URLSearchParams({ ...query, ...change })}`
    const resourceids = [`${monitor.workspaceId}/onlineEndpoints/fraud`]
    expect(await ask(path, { resourceids })).toMatchObject({ status })
  })

  test('lets in only who may read metrics, and tokens for it', async () => {
    const reader = await setMonitor({ actions: ['Microsoft.Insights/metrics/read'] })
    const other = await setMonitor({ actions: ['Microsoft.MachineLearningServices/*'] })
    const endpoint = `${reader.workspaceId}/onlineEndpoints/fraud`
    const read = ({ credential, httpClient }: typeof reader) =>
      new MetricsClient(METRICS, credential, { httpClient }).queryResources(
        [endpoint],
        ['RequestsPerMinute'],
        NAMESPACE,
        {
          ...{ startTime: new Date(reader.nowMs - MINUTE), endTime: new Date(reader.nowMs) },
          ...{ interval: 'PT1M', aggregation: 'average', filter: "deployment eq 'blue'" },
        },
      )
    const [result] = await read(reader)
    expect(result?.getMetricByName('RequestsPerMinute')?.timeseries).toHaveLength(1)
    await expect(read(other)).rejects.toMatchObject({ statusCode: 403 })
    expect(await ask(PATH, {}, 'https://ml.azure.com')).toMatchObject({ status: 401 })
    expect(await ask(PATH, {}, undefined, 'GET')).toMatchObject({ status: 400 })
    expect(await ask(`/v1/workspaces/${LOGS}/query`, {})).toMatchObject({ status: 401 })
  })

  test('is not there for another path', async () => {
    const answer = await monitor.handle({
      ...{ method: 'POST', url: `${METRICS}/subscriptions/x/other`, headers: {} },
      body: Buffer.from(''),
    })
    expect(answer.status).toBe(404)
  })
})
