import { describe, expect, test } from '@jest/globals'
import { schemaOf } from '../../../../src/core/kinds/decode.ts'
import { PROVIDER_NAMES } from '../../../../src/core/model/measurements/measurement.ts'
import type { JsonObject } from '../../../../src/core/model/values/json.ts'
import { PROVIDERS, readProviderQuery } from '../../../../src/core/rollout/providers/index.ts'

const PROMETHEUS = { requests: 'http_requests_total', errors: { label: 'code', values: ['500'] } }
const WEB = { host: 'quality', path: '/v1/fraud?of={{deployment}}', pointer: '/data/0/rate' }

describe('a query of a provider', () => {
  const accepted: [string, JsonObject, 'series' | 'value'][] = [
    ['sandbox', {}, 'series'],
    ['logAnalytics', {}, 'series'],
    ['azureMonitor', {}, 'series'],
    ['azureMonitor', { metric: 'RequestLatency_P95' }, 'value'],
    ['prometheus', PROMETHEUS, 'series'],
    ['prometheus', { requests: 'a', errors: { metric: 'b' } }, 'series'],
    ['prometheus', { ...PROMETHEUS, histogram: 'b_seconds', match: { job: '"}' } }, 'series'],
    ['prometheus', { query: 'up{deployment="{{deployment}}"}' }, 'value'],
    ['web', WEB, 'value'],
    ['web', { ...WEB, pointer: '' }, 'value'],
  ]
  test.each(accepted)('%s reads %j for a %s', (name, query, wants) => {
    const read = readProviderQuery(name, query, wants)
    expect(read).toMatchObject({ provider: name, query })
    if ('issues' in read) throw new Error('not reached')
    // What is read is kept as a question, and read again where it is asked.
    expect(readProviderQuery(name, read.query, wants)).toEqual(read)
  })

  const refused: [string, string, JsonObject, 'series' | 'value', string, string][] = [
    ['an unknown provider', 'promethous', {}, 'value', 'UnknownProvider', 'provider'],
    ['a prototype as a provider', '__proto__', {}, 'value', 'UnknownProvider', 'provider'],
    ['counters of a web page', 'web', WEB, 'series', 'ProviderMismatch', 'provider'],
    ['one number of the log', 'logAnalytics', {}, 'value', 'ProviderMismatch', 'provider'],
    ['an unknown field', 'sandbox', { url: 'http://x' }, 'series', 'UnknownField', 'query/url'],
    ['no query', 'prometheus', PROMETHEUS, 'value', 'MissingField', 'query/query'],
    ['no requests', 'prometheus', { query: 'up' }, 'series', 'MissingField', 'query/requests'],
    [
      'no errors',
      'prometheus',
      { requests: 'a', histogram: 'b' },
      'series',
      'MissingField',
      'query/errors',
    ],
    ['no metric', 'azureMonitor', {}, 'value', 'MissingField', 'query/metric'],
    [
      'a metric that adds up to nothing',
      'azureMonitor',
      { metric: 'NetworkBytes' },
      'value',
      'InvalidValue',
      'query/metric',
    ],
    [
      'row 60: an address for a server',
      'prometheus',
      { ...PROMETHEUS, server: 'http://169.254.169.254' },
      'series',
      'InvalidValue',
      'query/server',
    ],
    [
      'row 60: an address for a host',
      'web',
      { ...WEB, host: '169.254.169.254' },
      'value',
      'InvalidValue',
      'query/host',
    ],
    [
      'row 60: another host by its path',
      'web',
      { ...WEB, path: '//evil.example/x' },
      'value',
      'InvalidValue',
      'query/path',
    ],
    [
      'row 60: a whole address for a path',
      'web',
      { ...WEB, path: 'http://evil.example/x' },
      'value',
      'InvalidValue',
      'query/path',
    ],
    [
      'row 61: a matcher in the name of a metric',
      'prometheus',
      { ...PROMETHEUS, requests: 'up{job="x"} or a' },
      'series',
      'InvalidValue',
      'query/requests',
    ],
    [
      'row 61: a matcher in the name of a label',
      'prometheus',
      { ...PROMETHEUS, endpointLabel: 'a="b",c' },
      'series',
      'InvalidValue',
      'query/endpointLabel',
    ],
  ]
  test.each(refused)('refuses %s', (_, name, query, wants, reason, path) => {
    const read = readProviderQuery(name, query, wants)
    if (!('issues' in read)) throw new Error(`it was read: ${JSON.stringify(read)}`)
    expect(read.issues.map((one) => [one.reason, one.path.join('/')])).toContainEqual([
      reason,
      path,
    ])
  })

  test('an address named by mistake is told what belongs there, and not repeated', () => {
    const read = readProviderQuery('web', { ...WEB, host: 'https://u:p@h' }, 'value')
    expect(JSON.stringify(read)).toContain('configuration')
    expect(JSON.stringify(read)).not.toContain('u:p')
  })
})

test('a missing name says which names there are or what was meant', () => {
  const [far, near] = ['datadog', 'prometeus'].map((name) => readProviderQuery(name, {}, 'value'))
  for (const name of PROVIDER_NAMES) expect(JSON.stringify(far)).toContain(name)
  expect(JSON.stringify(near)).toContain('did you mean')
})

test.each(PROVIDER_NAMES)('%s stands under its own name and can be drawn for editors', (name) => {
  const provider = PROVIDERS[name]
  expect(provider.name).toBe(name)
  expect(provider.wants.length).toBeGreaterThan(0)
  expect(provider.minWindowMs).toBeGreaterThanOrEqual(1_000)
  expect(schemaOf(provider.schema)).toMatchObject({ type: 'object', additionalProperties: false })
})
