import { describe, expect, test } from '@jest/globals'
import {
  reading,
  rolloutOf,
  TEMPLATE,
  type Texts,
  templateFile,
  told,
} from './rollout-repository.ts'

const ONE = { 'golden/one.json': '{"request": {"amount": 1}}' }

/** Line 15 has the analysis of a step; its probe is at column 54. */
function probed(probe: string, more = ''): string {
  return `${TEMPLATE}  strategy:
    canary:
      steps:
        - setWeight: 10
        - analysis: { templates: [errors], for: 10m, probe: ${probe} }
${more}`
}

const stepOf = (body: string, files: Texts) =>
  rolloutOf(reading(body, files)).steps.find(({ type }) => type === 'analysis')

describe('a probe of an analysis', () => {
  test('is the requests of its files, and how many a minute', () => {
    const files = { ...ONE, 'golden/two.json': '{"request": [2], "expect": {"status": 422}}' }
    const body = probed('{ requests: golden/*.json, perMinute: 60 }')
    expect(stepOf(body, files)).toMatchObject({
      probe: {
        perMinute: 60,
        requests: [
          { name: 'golden/one.json', request: { amount: 1 }, status: 200 },
          { name: 'golden/two.json', request: [2], status: 422 },
        ],
      },
    })
  })

  test('is never there by itself', () => {
    const body = probed('{}').replace(', probe: {}', '')
    expect(stepOf(body, ONE)).not.toHaveProperty('probe')
  })

  const big = (length: number): string => JSON.stringify({ request: 'x'.repeat(length - 2) })
  const many = Object.fromEntries(
    Array.from({ length: 17 }, (_, index) => [`golden/${index}.json`, big(64 * 1024)]),
  )

  test.each<[string, string, string, Texts?]>([
    [
      'of no file',
      '{ requests: none/*.json, perMinute: 60 }',
      'FileNotFound rollout.yml:15:73 there is no "none/*.json"',
    ],
    [
      'of a file that is none',
      '{ requests: golden/*.json, perMinute: 60 }',
      'InvalidGolden rollout.yml:15:73 "golden/two.json" at "request": "request" is required',
      { 'golden/two.json': '{"ask": 1}' },
    ],
    [
      'of a body that is too long',
      '{ requests: golden/*.json, perMinute: 60 }',
      'LimitExceeded rollout.yml:15:73 the body of "golden/two.json" is longer than the 65536',
      { 'golden/two.json': big(64 * 1024 + 1) },
    ],
    [
      'of bodies that are too long together',
      '{ requests: golden/*.json, perMinute: 60 }',
      'LimitExceeded rollout.yml:15:73 the bodies are longer than 1048576 characters together',
      many,
    ],
    ...['0', '601', '1.5', 'often', '-1'].map((rate): [string, string, string] => [
      `of ${rate} a minute`,
      `{ requests: golden/*.json, perMinute: ${rate} }`,
      'InvalidValue rollout.yml:15:99 ',
    ]),
    ['without a rate', '{ requests: golden/*.json }', 'MissingField rollout.yml:15:54 '],
    ['without requests', '{ perMinute: 60 }', 'MissingField rollout.yml:15:54 '],
    [
      'with a misspelt field',
      '{ requests: golden/*.json, perMinut: 60 }',
      'UnknownField rollout.yml:15:88 unknown field "perMinut": did you mean "perMinute"?',
    ],
  ])('%s is refused where it says so', (_, probe, problem, more = {}) => {
    const read = reading(probed(probe), { ...ONE, ...more })
    expect(told(read)).toContainEqual(expect.stringContaining(problem))
    expect(read.desired.every(({ rollout }) => rollout === undefined)).toBe(true)
  })

  test('a request with a secret is told of once', () => {
    const body = `${probed('{ requests: golden/*.json, perMinute: 60 }')}        - verify: { requests: golden/*.json }\n`
    const files = { 'golden/one.json': '{"request": {"password": "hunter2-correct-horse"}}' }
    const secrets = told(reading(body, files)).filter((one) => one.startsWith('SecretInManifest'))
    expect(secrets).toEqual([expect.stringContaining('"request.password" of "golden/one.json"')])
  })
})

describe('users of the bake are not held against probes', () => {
  const PROBE = '{ requests: golden/*.json, perMinute: 60 }'
  const THRESHOLD = templateFile(
    '    - { name: p99, judge: threshold, max: 4, provider: { azureMonitor: { metric: RequestLatency_P99 } } }\n',
    'limit',
  )
  const TRIED = templateFile(
    '    - { name: tried, judge: errors, dryRun: true, provider: { sandbox: {} } }\n',
    'tried',
  )
  const files = { ...ONE, 'limit.yml': THRESHOLD, 'tried.yml': TRIED }
  const REFUSED = expect.stringContaining(
    'ConflictingFields rollout.yml:15:54 the bake would hold users against the error rate of probes',
  )

  test('a check that compares is refused in the bake', () => {
    expect(told(reading(probed(PROBE, '  analysis: [errors]\n'), files))).toContainEqual(REFUSED)
  })

  test.each([
    ['there is a control group', '  analysis: [errors]\n  bake: { for: 30m, control: 5 }\n'],
    ['there is no bake', '  analysis: [errors]\n  bake: 0s\n'],
    ['nothing is watched in it', ''],
    ['it is a threshold', '  analysis: [limit]\n'],
    ['it decides nothing', '  analysis: [tried]\n'],
  ])('unless %s', (_, more) => {
    expect(told(reading(probed(PROBE, more), files))).toEqual([])
  })
})
