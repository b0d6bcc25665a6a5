import { describe, expect, test } from '@jest/globals'
import type { Check } from '../../../src/core/model/rollout.ts'
import {
  readingOf,
  rolloutFile,
  rolloutOf,
  stepsFile,
  TEMPLATE,
  templateFile,
  told,
} from './rollout-repository.ts'

/** The repository with one template, and a Rollout that watches it. */
function reading(metrics: string, args = '[]', use = 'guard') {
  const road = TEMPLATE + stepsFile('setWeight: 10')
  return readingOf({
    'guard.yml': templateFile(metrics, 'guard', args),
    'rollout.yml': rolloutFile(`${road}  analysis: [${use}]\n`),
  })
}

function checksOf(metrics: string, args?: string, use?: string): readonly Check[] {
  const read = reading(metrics, args, use)
  expect(told(read)).toEqual([])
  return rolloutOf(read).analysis
}

const metric = (fields: string): string => `    - { name: one, ${fields} }\n`
const threshold = (fields: string): string =>
  metric(`judge: threshold, provider: { web: { host: shop, path: /n, pointer: "" } }, ${fields}`)

describe('a metric', () => {
  test.each<[string, string, unknown]>([
    [
      'errors, careful where it says nothing',
      metric('judge: errors, provider: { sandbox: {} }'),
      { judge: 'errors', margin: 1.1, worseBy: 1.5, minRequests: 100, tolerate: 0.001 },
    ],
    [
      'errors with none tolerated',
      metric('judge: errors, provider: { sandbox: {} }, tolerate: 0'),
      { judge: 'errors', margin: 1.1, worseBy: 1.5, minRequests: 100 },
    ],
    [
      'latency with a bound of one’s own',
      metric('judge: latency, provider: { sandbox: {} }, slo: 250ms'),
      { judge: 'latency', margin: 1.1, worseBy: 1.5, minRequests: 100, sloMs: 250 },
    ],
    [
      'a threshold from both sides',
      threshold('min: 0, max: 0.05, failureLimit: 2, minRequests: 10'),
      { judge: 'threshold', min: 0, max: 0.05, failureLimit: 2, minRequests: 10 },
    ],
  ])('%s', (_, metrics, rule) => {
    const [check] = checksOf(metrics)
    expect(check?.rule).toEqual(rule)
    expect(check).toMatchObject({ name: 'one', windowMs: 10_000 })
  })

  test('keeps its identity as long as it means the same, and gets another one with any other meaning', () => {
    const idOf = (fields: string) => checksOf(threshold(fields))[0]?.id
    expect(idOf('max: 1')).toBe(idOf('max: 1, failureLimit: 0'))
    expect(new Set(['max: 1', 'max: 2', 'min: 1', 'max: 1, window: 1m'].map(idOf)).size).toBe(4)
  })
})

describe('a dry run', () => {
  const providers: readonly [string, string][] = [
    ['errors', metric('judge: errors, provider: { sandbox: {} }, dryRun: true')],
    ['latency', metric('judge: latency, provider: { sandbox: {} }, dryRun: true')],
    ['a threshold', threshold('max: 1, dryRun: true')],
    ['a text, as the CLI takes it', threshold('max: 1, dryRun: "True"')],
  ]
  test.each(providers)('of %s is a check that decides nothing', (_, metrics) => {
    expect(checksOf(metrics)[0]?.dryRun).toBe(true)
  })

  test('may be an argument', () => {
    const metrics = threshold('max: 1, dryRun: "{{args.try}}"')
    const use = (value: string) => `{ template: guard, args: { try: "${value}" } }`
    const args = '[{ name: try, value: "true" }]'
    expect(checksOf(metrics, args)[0]?.dryRun).toBe(true)
    expect(checksOf(metrics, args, use('false'))[0]).not.toHaveProperty('dryRun')
  })

  test('is another check than one that decides; false is what nothing says', () => {
    const [tried, said, plain] = ['max: 1, dryRun: true', 'max: 1, dryRun: false', 'max: 1'].map(
      (fields) => checksOf(threshold(fields))[0],
    )
    expect(said).toEqual(plain)
    expect(tried?.id).not.toBe(plain?.id)
  })

  test('needs a control group as little as a threshold does', () => {
    const road = TEMPLATE + stepsFile('setWeight: 10')
    const guard = metric('judge: errors, provider: { sandbox: {} }, dryRun: true')
    const read = readingOf({
      'guard.yml': templateFile(guard, 'guard'),
      'rollout.yml': rolloutFile(`${road}  analysis: [guard]\n  bake: { for: 30m, control: 5 }\n`),
    })
    expect(told(read)).toEqual([
      expect.stringMatching(/^ConflictingFields .*checks that compare and decide/),
    ])
  })
})

describe('without data', () => {
  const prom = (fields: string) =>
    metric(
      `judge: errors, provider: { prometheus: { requests: n, errors: { metric: e } } }, ${fields}`,
    )

  test.each<[string, string, object]>([
    ['a check is waited for, where it says so', threshold('max: 1, onNoData: hold'), {}],
    ['it fails after ten minutes', threshold('max: 1, onNoData: fail'), { noDataMs: 600_000 }],
    [
      'or after a time of its own',
      threshold('max: 1, onNoData: fail, noDataFor: 2m'),
      { noDataMs: 120_000 },
    ],
    ['what is absent is dropped, where it says so', prom('onMissing: drop'), {}],
    ['or is 0', prom('onMissing: zero'), { onMissing: 'zero' }],
    ['a number, too', threshold('max: 1, onMissing: zero'), { onMissing: 'zero' }],
    [
      'and minutes of Azure Monitor',
      metric('judge: errors, provider: { azureMonitor: {} }, onMissing: zero'),
      { onMissing: 'zero' },
    ],
  ])('%s', (_, metrics, expected) => {
    const { noDataMs, onMissing } = checksOf(metrics)[0] ?? {}
    const found = { noDataMs, onMissing }
    expect(JSON.parse(JSON.stringify(found))).toEqual(expected)
  })

  test.each<[string, string, string]>([
    [
      'a time that nothing ends',
      threshold('max: 1, noDataFor: 5m'),
      'ConflictingFields guard.yml:7:115 "noDataFor" needs "onNoData: fail"',
    ],
    [
      'a time to which there is no end',
      threshold('max: 1, onNoData: fail, noDataFor: 25h'),
      'InvalidDuration guard.yml:7:131 ',
    ],
    [
      'no time at all',
      threshold('max: 1, onNoData: fail, noDataFor: 0'),
      'InvalidDuration guard.yml:7:131 ',
    ],
    [
      'less than the provider takes for its first data',
      metric('judge: errors, provider: { azureMonitor: {} }, onNoData: fail, noDataFor: 4m'),
      'InvalidDuration guard.yml:7:94 the first data of azureMonitor come after 300 s',
    ],
    [
      'the same, by the default',
      metric('judge: errors, provider: { logAnalytics: {} }, window: 10m, onNoData: fail'),
      'InvalidDuration guard.yml:7:90 the first data of logAnalytics come after 1500 s',
    ],
    ['a third way', threshold('max: 1, onNoData: pass'), 'InvalidValue guard.yml:7:114 '],
    [
      'zeroes of a provider that has no gaps',
      metric('judge: errors, provider: { sandbox: {} }, onMissing: zero'),
      'ConflictingFields guard.yml:7:73 "onMissing" is not for counters of sandbox: leave it out',
    ],
    [
      'zeroes of a log that has a row for each request',
      metric('judge: latency, provider: { logAnalytics: {} }, onMissing: drop'),
      'ConflictingFields guard.yml:7:79 "onMissing" is not for counters of logAnalytics',
    ],
    [
      'a percentile of nothing as zero',
      metric(
        'judge: threshold, max: 1, provider: { azureMonitor: { metric: RequestLatency_P99 } }, onMissing: zero',
      ),
      'ConflictingFields guard.yml:7:',
    ],
  ])('%s is refused where it stands', (_, metrics, problem) => {
    expect(told(reading(metrics))).toContainEqual(expect.stringContaining(problem))
  })
})

describe('arguments', () => {
  const args = '[{ name: most, value: "0.05" }, { name: shop, value: shop }]'
  const metrics =
    '    - { name: one, judge: threshold, max: "{{args.most}}", provider: { web: { host: "{{args.shop}}", path: "/n?x={{args.most}}", pointer: "" } } }\n'

  test('stand for their values: as numbers where they stand alone, as text elsewhere', () => {
    expect(checksOf(metrics, args)).toMatchObject([
      { rule: { max: 0.05 }, query: { host: 'shop', path: '/n?x=0.05' } },
    ])
    expect(checksOf(metrics, args, '{ template: guard, args: { most: 0.2 } }')).toMatchObject([
      { rule: { max: 0.2 }, query: { path: '/n?x=0.2' } },
    ])
  })

  test('row 38: are put in once, as texts: what looks like code or like an argument stays what it is', () => {
    const [check] = checksOf(
      '    - { name: one, judge: threshold, max: 1, provider: { prometheus: { query: "{{args.q}} {{endpoint}} {{constructor.constructor(1)()}}" } } }\n',
      `[{ name: q, value: "{{args.q}}${'$'}{process.env.HOME}$&$1" }]`,
    )
    expect(check?.query.query).toBe(
      `{{args.q}}${'$'}{process.env.HOME}$&$1 {{endpoint}} {{constructor.constructor(1)()}}`,
    )
  })

  test.each<[string, string, string]>([
    [
      'one that the template does not know',
      '{ template: guard, args: { none: 1 } }',
      'UnknownField',
    ],
    [
      'a host by its address',
      '{ template: guard, args: { shop: "http://10.0.0.1" } }',
      'InvalidValue',
    ],
    ['a number that is none', '{ template: guard, args: { most: "0x1" } }', 'InvalidValue'],
  ])('%s is refused in the Rollout', (_, use, reason) => {
    expect(told(reading(metrics, args, use))).toEqual([
      expect.stringMatching(new RegExp(`^${reason} rollout.yml:15:3 `)),
    ])
  })

  test('without a default must be given', () => {
    expect(told(reading(metrics, '[{ name: most }, { name: shop, value: shop }]'))).toEqual([
      expect.stringMatching(/^MissingField rollout.yml:15:3 the argument "most" of the template/),
    ])
  })

  test('that nobody declares are told', () => {
    expect(told(reading(metrics, '[{ name: most, value: "1" }]'))[0]).toMatch(
      /^UndefinedVariable guard.yml:7:7 there is no argument "shop"/,
    )
  })
})

describe('a metric that decides nothing is refused where it says so', () => {
  test.each<[string, string, string]>([
    [
      'an unknown judge',
      metric('judge: eror, provider: { sandbox: {} }'),
      'InvalidValue guard.yml:7:27 ',
    ],
    [
      'a dry run that is neither yes nor no',
      metric('judge: errors, provider: { sandbox: {} }, dryRun: maybe'),
      'InvalidValue guard.yml:7:70 "dryRun" must be true or false',
    ],
    [
      'an unknown field',
      metric('judge: errors, provider: { sandbox: {} }, margn: 1.2'),
      'UnknownField guard.yml:7:62 ',
    ],
    [
      'no provider',
      metric('judge: errors, provider: {}'),
      'InvalidValue guard.yml:7:35 exactly one provider',
    ],
    [
      'two providers',
      metric('judge: errors, provider: { sandbox: {}, web: {} }'),
      'InvalidValue guard.yml:7:35 exactly one',
    ],
    [
      'an unknown provider',
      metric('judge: errors, provider: { promteus: {} }'),
      'UnknownProvider guard.yml:7:35 there is no provider',
    ],
    [
      'a provider that cannot give it',
      metric('judge: errors, provider: { web: { host: a, path: /n, pointer: "" } }'),
      'ProviderMismatch guard.yml:7:35 ',
    ],
    [
      'a threshold without bounds',
      threshold('failureLimit: 1'),
      'MissingField guard.yml:7:7 a threshold needs "min" or "max"',
    ],
    [
      'a bound for a comparison',
      metric('judge: errors, provider: { sandbox: {} }, max: 1'),
      'ConflictingFields guard.yml:7:67 "max" says nothing to the judge errors',
    ],
    [
      'a margin beyond what must be ruled out',
      metric('judge: errors, provider: { sandbox: {} }, margin: 2, worseBy: 2'),
      'InvalidValue guard.yml:7:82 "worseBy" must be greater',
    ],
    [
      'a margin below one',
      metric('judge: errors, provider: { sandbox: {} }, margin: 0.9'),
      'InvalidValue guard.yml:7:70 ',
    ],
    ['not a number', threshold('max: .nan'), 'guard.yml:7:'],
    ['more than any number', threshold('max: .inf'), 'guard.yml:7:'],
    [
      'row 35: a window of no time',
      metric('judge: errors, provider: { sandbox: {} }, window: 0'),
      'InvalidDuration guard.yml:7:70 ',
    ],
    [
      'row 35: a window of a nanosecond',
      metric('judge: errors, provider: { sandbox: {} }, window: 1ns'),
      'InvalidDuration guard.yml:7:70 ',
    ],
    ['no metrics', '    []\n', 'InvalidValue guard.yml:6:3 '],
    [
      'more metrics than 20',
      metric('judge: errors, provider: { sandbox: {} }').repeat(21),
      'InvalidValue guard.yml:6:3 ',
    ],
    [
      'two metrics of one name',
      threshold('max: 1') + threshold('max: 2'),
      'DuplicateIdentity rollout.yml:15:3 two different checks are called "one"',
    ],
  ])('%s', (_, metrics, problem) => {
    const read = reading(metrics)
    expect(told(read)).toContainEqual(expect.stringContaining(problem))
    expect(read.desired.every(({ rollout }) => rollout === undefined)).toBe(true)
  })

  test('two templates of one name', () => {
    const text = templateFile(threshold('max: 1'), 'guard')
    expect(told(readingOf({ 'a.yml': text, 'b.yml': text }))).toEqual([
      'DuplicateIdentity b.yml:3:19 there is more than one AnalysisTemplate "guard"',
    ])
  })

  test('a template that no Rollout uses is checked all the same', () => {
    expect(
      told(readingOf({ 'a.yml': templateFile(threshold('failureLimit: 1'), 'guard') })),
    ).toEqual([expect.stringMatching(/^MissingField a.yml:7:7 /)])
  })
})

describe('row 60: hosts are named in the configuration, never in a manifest', () => {
  const HOSTS = [
    'http://169.254.169.254/metadata/identity/oauth2/token',
    '169.254.169.254',
    '[::ffff:169.254.169.254]',
    '0x7f.1',
    'file:///etc/passwd',
    'gopher://x',
    'localhost:8080',
    'shop.example.com',
    'user@shop',
    '//shop',
  ]

  test.each(HOSTS)('%s as the host of a page', (host) => {
    const provider = `provider: { web: { host: ${JSON.stringify(host)}, path: /n, pointer: "" } }`
    expect(told(reading(metric(`judge: threshold, max: 1, ${provider}`)))).toContainEqual(
      expect.stringMatching(/^InvalidValue guard.yml:7:71 .*never an address/),
    )
  })

  test.each(HOSTS)('%s as a Prometheus server', (server) => {
    const provider = `provider: { prometheus: { server: ${JSON.stringify(server)}, query: up } }`
    expect(told(reading(metric(`judge: threshold, max: 1, ${provider}`)))).toContainEqual(
      expect.stringMatching(/^InvalidValue guard.yml:7:80 .*never an address/),
    )
  })

  test.each(['http://10.0.0.1/', '//10.0.0.1/', '/\\10.0.0.1', '/a#b', 'a', '/\u0000', '/a b'])(
    '%j as a path on a host',
    (path) => {
      const provider = `provider: { web: { host: shop, path: ${JSON.stringify(path)}, pointer: "" } }`
      const problems = told(reading(metric(`judge: threshold, max: 1, ${provider}`)))
      expect(problems).toContainEqual(expect.stringMatching(/guard.yml:7:\d+ /))
    },
  )
})

describe('row 61: what becomes part of a query is a name, or is put in quotes by its reader', () => {
  test.each<[string, string]>([
    ['requests', 'requests: "up} or on() vector(1)"'],
    ['histogram', 'histogram: "a{b=c}"'],
    ['endpointLabel', 'endpointLabel: "endpoint=~\\".*\\",x"'],
    ['deploymentLabel', 'deploymentLabel: "a b"'],
    ['errors', 'errors: { metric: "a or b" }'],
    ['errors', 'errors: { label: "co-de", values: ["5"] }'],
    ['match', 'match: { "a=\\"": "x" }'],
  ])('%s (%#)', (_, field) => {
    const fields = `requests: n, errors: { metric: e }, ${field}`
    const once = field.startsWith('requests')
      ? fields.replace('requests: n, ', '')
      : field.startsWith('errors')
        ? fields.replace('errors: { metric: e }, ', '')
        : fields
    const text = metric(`judge: errors, provider: { prometheus: { ${once} } }`)
    expect(told(reading(text))).toContainEqual(expect.stringMatching(/ guard.yml:7:\d+ /))
  })
})
