import { describe, expect, test } from '@jest/globals'
import { ABOUT, measureOne, question, serve } from './stage.ts'

const MINUTE_MS = 60_000
/** What the clock of `measureOne` shows. */
const NOW_MS = ABOUT.endMs + 600_000

const PROMETHEUS = {
  server: 'default',
  requests: 'hits_total',
  errors: { label: 'code', values: ['500'] },
  ...{ endpointLabel: 'endpoint', deploymentLabel: 'deployment', match: {} },
}

const QUESTIONS = {
  prometheus: question({ provider: 'prometheus', query: PROMETHEUS }),
  'prometheus, one number': question({
    provider: 'prometheus',
    wants: 'value',
    query: { ...PROMETHEUS, query: 'rate' },
  }),
  azureMonitor: question({ provider: 'azureMonitor', windowMs: MINUTE_MS }),
  logAnalytics: question({ provider: 'logAnalytics' }),
  web: question({
    provider: 'web',
    wants: 'value',
    query: { host: 'page', path: '/', pointer: '/value' },
  }),
  sandbox: question({ provider: 'sandbox' }),
}

/** What comes of a question to a provider whose answers have this Date. */
async function said(name: keyof typeof QUESTIONS, date: string | undefined) {
  const { url } = await serve((_, response) => {
    if (date !== undefined) response.setHeader('date', date)
    response.end('{"value": 1}')
  })
  const credential = { getToken: async () => ({ token: 'x', expiresOnTimestamp: NOW_MS * 2 }) }
  const { measurement } = await measureOne(
    {
      prometheus: { default: { url } },
      web: { page: { url } },
      sandboxOrigin: url,
      allowPrivate: true,
      azure: {
        credential,
        workspaceId: '/subscriptions/s/resourceGroups/g/w',
        metricsUrl: url,
        logsUrl: url,
        logsWorkspaceId: '0',
      },
    },
    QUESTIONS[name],
  )
  return measurement.is === 'noData'
    ? measurement
    : { ...measurement, reason: 'answered', message: '' }
}

const at = (minutes: number) => new Date(NOW_MS + minutes * MINUTE_MS).toUTCString()
const names = Object.keys(QUESTIONS) as (keyof typeof QUESTIONS)[]
const windowed = names.filter((name) => name !== 'web')

describe('a provider whose clock is another (S31)', () => {
  test.each(windowed)('is not believed when it is ahead: %s', async (name) => {
    const { reason, message } = await said(name, at(60))
    expect([reason, message]).toEqual([
      'ClockSkew',
      expect.stringContaining('60 minutes ahead of ours'),
    ])
  })

  test.each(windowed)('is told of when it is behind: %s', async (name) => {
    expect((await said(name, at(-60))).message).toContain('60 minutes behind ours')
  })

  test.each([0, 0.9, -0.9, -9])('is believed when it is %s minutes off', async (minutes) => {
    for (const name of windowed)
      expect((await said(name, at(minutes))).reason).not.toBe('ClockSkew')
  })

  test.each([undefined, 'yesterday', ''])('is believed where its Date is %j', async (date) => {
    for (const name of windowed) expect((await said(name, date)).reason).not.toBe('ClockSkew')
  })

  test('is believed where one number of a page is asked for: it is of now', async () => {
    expect((await said('web', at(60))).reason).toBe('answered')
  })
})

const COUNTED = { fromMs: ABOUT.startMs - 20_000, toMs: ABOUT.endMs }
const MINUTES = { fromMs: ABOUT.startMs, toMs: ABOUT.endMs }
const resource = '/subscriptions/s/resourceGroups/g/w/onlineEndpoints/fraud'

test.each<[keyof typeof QUESTIONS, string, object]>([
  ['prometheus', '{__name__=~"hits_total",endpoint="fraud",deployment=~"blue|green"}', COUNTED],
  ['prometheus, one number', 'rate', { fromMs: ABOUT.endMs, toMs: ABOUT.endMs }],
  [
    'azureMonitor',
    `RequestsPerMinute (average, PT1M) of ${resource} where deployment eq 'blue' or deployment eq 'green' and statusCode eq '*'`,
    MINUTES,
  ],
  ['logAnalytics', `| where _ResourceId =~ "${resource}"`, COUNTED],
  ['web', 'GET / of page, /value', { fromMs: NOW_MS, toMs: NOW_MS }],
  [
    'sandbox',
    `GET /sandbox/series?endpoint=fraud&from=${COUNTED.fromMs}&to=${COUNTED.toMs}&windowMs=10000`,
    COUNTED,
  ],
])(
  'what is asked is told in its own language, also where the answer is of no use: %s',
  async (name, query, time) => {
    const { asked } = await said(name, at(0))
    expect(asked).toMatchObject(time)
    expect(asked?.query).toContain(query)
  },
)
