import { describe, expect, test } from '@jest/globals'
import { createJournal } from '../../../src/adapters/journal/memory.ts'
import { createLogger, logReport } from '../../../src/adapters/telemetry/log.ts'
import { createMetrics } from '../../../src/adapters/telemetry/metrics.ts'
import type { Report } from '../../../src/core/model/report.ts'
import { createServer } from '../../../src/server/server.ts'
import * as a from '../../support/report.ts'

function logger(secrets: readonly string[] = []) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  return { log: createLogger({ level: 'debug', destination, secrets: () => secrets }), lines }
}

describe('the log', () => {
  test('has one line of JSON for each thing that happened, with tick, application, ref and reason', () => {
    const { log, lines } = logger()
    const report = a.report({
      tick: 7,
      outcomes: [a.failed(a.endpoint('fraud')), a.started(a.deployment('fraud', 'blue'))],
      problems: [a.problem()],
    })
    logReport(log, report, a.report())
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'warn',
        tick: 7,
        application: 'fraud-prod',
        reason: 'UnknownField',
        msg: expect.stringContaining('fraud/blue.yml:7:1: error: '),
      }),
      expect.objectContaining({ level: 'warn', ref: 'OnlineEndpoint/fraud', reason: 'OutOfQuota' }),
      expect.objectContaining({
        level: 'info',
        ref: 'OnlineDeployment/fraud/blue',
        reason: 'UpdateStarted',
        msg: 'update started because of Update',
      }),
    ])
  })

  test('is quiet while nothing happens', () => {
    const { log, lines } = logger()
    logReport(log, a.report({ tick: 2 }), a.report())
    expect(lines).toEqual([])
  })

  test('shows control characters instead of obeying them, in one bounded line (ATTACKS 48)', () => {
    const { log, lines } = logger()
    const message = `\u001b[2J\r\n{"level":"info","msg":"forged"}\u2028\u009b31m${'A'.repeat(5_000_000)}`
    logReport(log, a.report({ outcomes: [a.failed(a.endpoint('fraud'), { message })] }), a.report())
    expect(lines).toHaveLength(1)
    expect(lines[0]?.length).toBeLessThan(4000)
    for (const control of ['\r', '\u001b', '\u009b', '\u2028']) {
      expect(lines[0]).not.toContain(control)
    }
    expect(JSON.parse(lines[0] ?? '').msg).toContain('\\u001b[2J\\u000d\\u000a')
  })

  test('an error is plain fields with a short stack', () => {
    const { log, lines } = logger()
    log.error({ err: new Error('no password=hunter22 here') }, 'failed')
    const { err } = JSON.parse(lines[0] ?? '')
    expect(err).toMatchObject({ name: 'Error', message: 'no password=[redacted] here' })
    expect(err.stack.length).toBeLessThanOrEqual(8)
  })
})

/** Twenty canaries, each in the form in which such a secret is met. */
const CANARIES: readonly (readonly [form: string, canary: string])[] = [
  ['Authorization: Bearer CANARYaaaabbbbccccdddd', 'CANARYaaaabbbbccccdddd'],
  ['token eyJhbGciOiJSUzI1NiJ9.eyJDQU5BUlkiOjF9.Q0FOQVJZc2ln', 'eyJDQU5BUlkiOjF9'],
  ['https://acme.blob.core.windows.net/c?sv=2024&sig=CANARY%2Fsig%3D&se=1', 'CANARY%2Fsig'],
  ['DefaultEndpointsProtocol=https;AccountName=x;AccountKey=CANARYkey1==;', 'CANARYkey1'],
  ['Endpoint=sb://x/;SharedAccessKey=CANARYkey2=', 'CANARYkey2'],
  ['Server=tcp:x;User ID=sa;Password=CANARYpw3!;', 'CANARYpw3'],
  ['cloning https://user:CANARYpw4@example.com/r.git', 'CANARYpw4'],
  ['cloning https://CANARYpat5@example.com/r.git', 'CANARYpat5'],
  ['{"primaryKey":"CANARYkey6","secondaryKey":"x"}', 'CANARYkey6'],
  ['"{\\"primaryKey\\":\\"CANARYkey7\\"}"', 'CANARYkey7'],
  ['env API_KEY=CANARYkey8', 'CANARYkey8'],
  ['client_secret: "CANARY secret 9"', 'CANARY secret 9'],
  ["password='CANARY10 pass'", 'CANARY10 pass'],
  [`ghp_CANARY${'a1B2'.repeat(8)}`, 'ghp_CANARY'],
  [`github_pat_CANARY${'a1B2'.repeat(8)}`, 'github_pat_CANARY'],
  ['-----BEGIN RSA PRIVATE KEY-----\nCANARY15\n-----END RSA PRIVATE KEY-----', 'CANARY15'],
  ['op?api-version=1&t=638&s=CANARYsignature16abcdefghij&h=1', 'CANARYsignature16'],
  [`key ${'aB3dE5gH7jK9'.repeat(4)} leaked`, 'aB3dE5gH7jK9'],
  [encodeURIComponent('AccountKey=CANARYkey19=='), 'CANARYkey19'],
  [
    Buffer.from('Password=CANARYpw20;').toString('base64'),
    Buffer.from('Password=CANARY').toString('base64').slice(0, 12),
  ],
]

/** The places a text from Azure or Git can reach. */
const PLACES: readonly (readonly [place: string, put: (text: string) => Partial<Report>])[] = [
  ['problem', (text) => ({ problems: [a.problem({ message: text })] })],
  [
    'problem file',
    (text) => ({ problems: [a.problem({ at: { file: text, line: 1, column: 1 } })] }),
  ],
  ['outcome', (text) => ({ outcomes: [a.failed(a.endpoint('fraud'), { message: text })] })],
  ['condition', (text) => ({ conditions: [a.condition({ status: 'False', message: text })] })],
  ['resource condition', (text) => ({ resources: [withCondition(text)] })],
  ['difference, live', (text) => ({ resources: [withDifference(text, undefined)] })],
  ['difference, desired', (text) => ({ resources: [withDifference(undefined, { deep: [text] })] })],
  ['held', (text) => ({ plan: heldBecause(text) })],
  ['change', (text) => ({ plan: changeOf(text) })],
]

function withCondition(message: string) {
  const conditions = [a.condition({ type: 'Stalled', reason: 'Failed', message })]
  return a.resource(a.endpoint('fraud'), { conditions })
}

function withDifference(live: unknown, desired: unknown) {
  const difference = { path: '/properties/description', live, desired }
  return a.drifted(a.endpoint('fraud'), { differences: [difference] as never })
}

function heldBecause(message: string) {
  return a.plan({
    held: [{ ref: a.endpoint('fraud'), state: 'blocked', reason: 'Failed', message }],
  })
}

function changeOf(text: string) {
  const differences = [{ path: '/properties/x', live: text, desired: text }]
  return a.plan({
    changes: [{ ref: a.endpoint('fraud'), verb: 'update', reason: 'Update', differences }],
  })
}

/** Everything that leaves the process after this report: log, events, API and metrics. */
async function everythingShown(report: Report, secrets: readonly string[] = []): Promise<string> {
  const { log, lines } = logger(secrets)
  const metrics = createMetrics({ version: '0', commit: 'x', now: () => a.START })
  const journal = createJournal({ history: 2 })
  const application = { name: report.application, journal }
  const server = createServer({
    applications: [application],
    metrics: metrics.render,
    version: '0',
  })
  logReport(log, report, undefined)
  log.child({ report }).info(report, 'whole')
  metrics.recordReport(report)
  journal.record(report)
  const base = `/api/v1/applications/${report.application}`
  const tails = [
    '',
    '/resources',
    '/resources/OnlineEndpoint/fraud',
    '/drift',
    '/plan',
    '/problems',
  ]
  const urls = ['/metrics', '/readyz', '/api/v1/applications', '/api/v1/events?format=json']
  const answers = []
  for (const url of [...tails.map((tail) => base + tail), ...urls]) {
    answers.push((await server.inject({ url, headers: { host: 'localhost' } })).body)
  }
  await server.close()
  return [...lines, ...answers].join('\n')
}

describe('no secret leaves the process (S17, ATTACKS 46, 47)', () => {
  test.each(PLACES)('twenty canaries in a %s', async (_place, put) => {
    const leaked: string[] = []
    for (const [text, canary] of CANARIES) {
      const shown = await everythingShown(a.report(put(text)))
      if (shown.includes(canary)) leaked.push(text)
    }
    expect(leaked).toEqual([])
  })

  test('a value under a secret name is not shown, whatever it looks like', async () => {
    const differences = [
      { path: '/properties/environmentVariables/DB_PASSWORD', live: 'hunter', desired: 'fisher' },
    ]
    const shown = await everythingShown(
      a.report({ resources: [a.drifted(a.endpoint('fraud'), { differences })] }),
    )
    expect(shown.match(/hunter|fisher/g)).toBeNull()
    expect(shown).toContain('DB_PASSWORD')
  })

  test('a known secret is hidden in any of its forms', async () => {
    const secret = 'correct horse/battery"staple'
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ]
    const { log, lines } = logger([secret])
    for (const form of forms) log.info({ x: form }, form)
    const text = lines.join('\n')
    for (const form of forms) expect(text).not.toContain(form)
    expect(text).not.toContain('horse')
  })
})
