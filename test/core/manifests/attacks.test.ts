import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { parseYaml } from '../../../src/core/manifests/documents/yaml.ts'
import { LIMITS } from '../../../src/core/manifests/limits.ts'
import { type Manifests, readManifests } from '../../../src/core/manifests/read.ts'
import { costRatio } from '../../support/cost.ts'
import { SECRET_KINDS, secretsOf } from '../../support/secrets.ts'
import { snapshotOf } from '../../support/snapshot.ts'

const ENDPOINT = `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
name: good-endpoint
auth_mode: key
`
const BAD = 'bad.yml'

/** What is read of one bad file beside a good one; nothing of the bad one may be declared. */
function reading(text: string, more: Readonly<Record<string, string>> = {}): Manifests {
  const files = { 'good.yml': ENDPOINT, ...more, [BAD]: text }
  return readManifests({ snapshot: snapshotOf(files), variables: {} })
}

function reasonsOf(text: string): readonly string[] {
  const { problems, desired } = reading(text)
  expect(desired.map(({ ref }) => ref.name)).toEqual(['good-endpoint'])
  expect(problems.every(({ at }) => at.file === BAD)).toBe(true)
  for (const { message } of problems) expect(message.length).toBeLessThanOrEqual(4096)
  return [...new Set(problems.map(({ reason }) => reason))]
}

/** The largest file that is read: about 50 ms of processor time, of which the parser alone would take twice as much. */
const LARGEST = `${ENDPOINT.replace('good', 'bad')}tags:\n${Array.from(
  { length: Math.floor(LIMITS.tokens / 10) },
  (_, i) => `  k${i}: v`,
).join('\n')}\n`

/** What reading a text costs, in times of what the parser itself takes for the largest file. */
function shareOf(text: string): number {
  return costRatio(
    () => reading(text),
    () => parse(LARGEST),
  )
}

const laughs = [
  'a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]',
  ...'bcdefghi'.split('').map((name, index) => {
    const before = 'abcdefgh'[index]
    return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`
  }),
].join('\n')

const BOMBS: readonly (readonly [string, string, string])[] = [
  ['row 21: a billion laughs', laughs, 'LimitExceeded'],
  ['row 21: an alias inside its own anchor', 'a: &a [*a, *a]\n', 'LimitExceeded'],
  ['row 22: an alias to another document’s anchor', 'a: &x 1\n---\nb: *x\n', 'UnknownAlias'],
  [
    'row 23: quadratic merge keys',
    `base: &b\n${Array.from({ length: 1500 }, (_, i) => `  k${i}: 1`).join('\n')}\nx:\n${Array.from({ length: 1500 }, () => '  <<: *b').join('\n')}\n`,
    'DuplicateKey',
  ],
  [
    'row 23: quadratic merge keys in a list',
    `base: &b\n${Array.from({ length: 1500 }, (_, i) => `  k${i}: 1`).join('\n')}\nx:\n  <<: [${Array.from({ length: 1500 }, () => '*b').join()}]\n`,
    'LimitExceeded',
  ],
  ['row 24: 50,000 levels of flow', '['.repeat(50_000), 'LimitExceeded'],
  ['row 24: 50,000 levels of mappings', '{a: '.repeat(50_000), 'LimitExceeded'],
  ['row 24: 50,000 levels of block sequences', '- '.repeat(50_000), 'LimitExceeded'],
  [
    'row 24: a thousand levels by indentation',
    Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    'LimitExceeded',
  ],
  ['row 25: a scalar of 10 MiB', `a: ${'x'.repeat(10 * 1024 * 1024)}\n`, 'FileTooLarge'],
  ['row 26: 100,000 documents', '---\na: 1\n'.repeat(100_000), 'LimitExceeded'],
  [
    'row 26: 100,000 keys',
    Array.from({ length: 100_000 }, (_, i) => `k${i}:`).join('\n'),
    'LimitExceeded',
  ],
  ['row 26: a megabyte of quotes', '"'.repeat(1024 * 1024), 'LimitExceeded'],
  ['row 26: a megabyte of anchors', '&a '.repeat(300_000), 'LimitExceeded'],
]

describe('bombs are refused by a limit, before a tree is built', () => {
  test.each(BOMBS)('%s', (_, text, reason) => {
    expect(reasonsOf(text)).toContain(reason)
  })

  test.each(BOMBS)('%s: in less time than the parser takes for the largest file', (_, text) => {
    expect(shareOf(text)).toBeLessThan(1)
  })

  test.each(['[', '{a: ', '- '])('a hundred levels of %j make no document at all', (level) => {
    const { documents, problems } = parseYaml(level.repeat(100), BAD, LIMITS)
    expect([documents, problems.map(({ reason }) => reason)]).toEqual([[], ['LimitExceeded']])
  })

  test('the largest file that is not refused is read in less time than the parser takes for it', () => {
    expect(reasonsOf(LARGEST)).not.toContain('LimitExceeded')
    expect(shareOf(LARGEST)).toBeLessThan(1)
  })
})

const PROTOTYPES = [
  Object.getOwnPropertyNames(Object.prototype),
  Object.getOwnPropertyNames(Array.prototype),
  Object.getOwnPropertyNames(Object),
]

test.each([
  '__proto__: {polluted: 1}\n',
  'name: x\ntags: {__proto__: {polluted: 1}}\n',
  `${ENDPOINT}tags:\n  constructor: x\n`,
  `${ENDPOINT}prototype: x\n`,
  `apiVersion: verdigris.dev/v1\nkind: Model\nmetadata: {name: m, __proto__: {}}\nspec: {path: a}\n`,
])('row 27: keys that reach a prototype are refused, and no prototype changes (%#)', (text) => {
  expect(reasonsOf(text)).toContain('ForbiddenKey')
  expect([
    Object.getOwnPropertyNames(Object.prototype),
    Object.getOwnPropertyNames(Array.prototype),
    Object.getOwnPropertyNames(Object),
  ]).toEqual(PROTOTYPES)
})

test('row 28: a key that is there twice is refused at its second place', () => {
  const { problems } = reading(`${ENDPOINT}auth_mode: aml_token\n`)
  expect(problems).toMatchObject([
    { reason: 'DuplicateKey', at: { file: BAD, line: 4, column: 1 } },
  ])
})

test.each([
  'a: !!js/function "function () {}"\n',
  'a: !!binary aGVsbG8=\n',
  'a: !custom x\n',
  '--- !<tag:example.com,2000:x> {a: 1}\n',
])('row 29: an unknown tag is refused (%#)', (text) => {
  expect(reasonsOf(text)).toContain('UnknownTag')
})

describe('row 30: text', () => {
  test('a byte order mark at the beginning is taken away', () => {
    expect(
      readManifests({ snapshot: snapshotOf({ 'a.yml': `\ufeff${ENDPOINT}` }), variables: {} }),
    ).toMatchObject({
      problems: [],
      desired: [{ ref: { name: 'good-endpoint' }, at: { line: 1, column: 1 } }],
    })
  })

  test.each([
    ['a tab as indentation', 'a:\n\tb: 1\n', 'YamlSyntax'],
    ['UTF-16 read as UTF-8', [...ENDPOINT].join('\0'), 'ControlCharacter'],
    ['a terminal escape', `${ENDPOINT}description: "\u001b[31m"\n`, 'ControlCharacter'],
    ['an escaped control character', `${ENDPOINT}description: "\\e[31m"\n`, 'ControlCharacter'],
    ['a bidi override in a comment', `${ENDPOINT}# \u202e\n`, 'BidiCharacter'],
    ['a zero-width space in a value', `name: a\u200bb\nauth_mode: key\n`, 'InvisibleCharacter'],
    ['a zero-width joiner in a key', `${ENDPOINT}tags: {a\u200db: x}\n`, 'InvisibleCharacter'],
    ['an escaped bidi mark', `${ENDPOINT}description: "\\u202e"\n`, 'BidiCharacter'],
    ['a byte order mark inside', `${ENDPOINT}description: a\ufeffb\n`, 'InvisibleCharacter'],
    ['a byte that was no UTF-8', `${ENDPOINT}description: a\ufffdb\n`, 'InvisibleCharacter'],
  ])('%s is refused', (_, text, reason) => {
    expect(reasonsOf(text)).toContain(reason)
  })

  test('what is shown of a bad name is escaped', () => {
    const { problems } = reading('name: "näme‑x"\nauth_mode: key\nфоо: 1\n')
    for (const { message } of problems) expect(message).toMatch(/^[\x20-\x7e]*$/)
  })
})

test.each([
  [
    'annotation',
    'metadata: {name: good-endpoint, annotations: {verdigris.dev/prunee: disabled}}',
    'verdigris.dev/prune',
  ],
  [
    'field of the metadata',
    'metadata: {name: good-endpoint, annotation: {verdigris.dev/prune: disabled}}',
    'annotations',
  ],
])('row 31: a misspelt safety %s is refused with a suggestion', (_, metadata, suggestion) => {
  const { problems } = reading(
    `apiVersion: verdigris.dev/v1\nkind: OnlineEndpoint\n${metadata}\nspec: {auth_mode: key}\n`,
  )
  expect(problems.map(({ reason }) => reason)).toContain('UnknownField')
  expect(problems.map(({ message }) => message).join()).toContain(suggestion)
})

describe('row 32: traffic', () => {
  test.each([
    ['{blue: 90}', 'InvalidTraffic'],
    ['{blue: 101}', 'InvalidTraffic'],
    ['{blue: -5}', 'InvalidTraffic'],
    ['{blue: 33.3}', 'InvalidTraffic'],
    ['{blue: "5e1", green: 50}', 'InvalidTraffic'],
    ['{blue: "50", green: 60}', 'InvalidTraffic'],
    ['{blue: .nan}', 'InvalidTraffic'],
    ['{blue: .inf}', 'InvalidTraffic'],
    ['{blue: 1e400}', 'InvalidTraffic'],
    ['{blue: 60, green: 60}', 'InvalidTraffic'],
    ['{blue: null}', 'InvalidTraffic'],
    ['{blue: true}', 'InvalidTraffic'],
    ['{blue: 50, BLUE: 50}', 'InvalidTraffic'],
    ['{"../x": 100}', 'InvalidTraffic'],
    ['{blue: 100}\nmirror_traffic: {green: 51}', 'InvalidTraffic'],
    ['{blue: 100}\nmirror_traffic: {green: 10, red: 10}', 'InvalidTraffic'],
    ['{blue: 100}\nmirror_traffic: {blue: 10}', 'InvalidTraffic'],
    ['100', 'InvalidValue'],
    ['[blue]', 'InvalidValue'],
  ])('%s is refused', (traffic, reason) => {
    expect(reasonsOf(`name: bad-endpoint\nauth_mode: key\ntraffic: ${traffic}\n`)).toContain(reason)
  })

  test('a key that names a deployment nobody declares is refused where others are declared', () => {
    const blue = 'name: blue\nendpoint_name: good-endpoint\ninstance_type: Standard_F2s_v2\n'
    const { problems } = reading(`${ENDPOINT}traffic: {green: 100}\n`, { 'good.yml': blue })
    expect(problems).toMatchObject([
      { severity: 'error', reason: 'TrafficToUnknownDeployment', at: { line: 4, column: 18 } },
    ])
  })

  test('… and is worth a warning where none of the endpoint is declared', () => {
    const { problems } = reading('name: other\nauth_mode: key\ntraffic: {green: 100}\n')
    expect(problems).toMatchObject([{ severity: 'warning', reason: 'TrafficToUnknownDeployment' }])
  })
})

test('row 33: two manifests of one identity, also by case, are both refused', () => {
  const { problems, desired } = reading(ENDPOINT.replace('good-', 'GOOD-'))
  expect(desired).toEqual([])
  expect(problems.map(({ reason, at }) => [reason, at.file])).toEqual([
    ['DuplicateIdentity', BAD],
    ['DuplicateIdentity', 'good.yml'],
  ])
})

test.each([
  'a/b',
  '..',
  'a'.repeat(33),
  '1abc',
  '%2e%2e',
  'naïve',
  'ab',
  'abc-',
  '-abc',
  'a b',
  'a_b',
  "a'b",
])('row 34: the name %j is refused', (name) => {
  expect(reasonsOf(`name: ${JSON.stringify(name)}\nauth_mode: key\n`)).toEqual(['InvalidName'])
})

test('row 36: numbers beyond what the service can do are refused', () => {
  const text = `name: blue
endpoint_name: good-endpoint
instance_type: Standard_F2s_v2
instance_count: 1000000
liveness_probe: {period: 315360000}
request_settings: {request_timeout_ms: 999999999}
`
  const { problems } = reading(text)
  expect(problems.map(({ at }) => at.line)).toEqual([4, 5, 6])
})

test('row 37: what looks like a secret is a warning that never repeats it', () => {
  const secrets = {
    STORAGE: 'DefaultEndpointsProtocol=https;AccountName=x;AccountKey=c2VjcmV0c2VjcmV0;',
    JWT: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl',
    DB_PASSWORD: 'hunter2hunter2',
    apiKey: 'abcdefgh12345678',
    BLOB: 'https://x.blob.core.windows.net/c?sv=1&sig=abcdefghijklmnop',
  }
  const plain = { MODEL_PATH: '/models/x', TOKENIZERS_PARALLELISM: 'false', KEY: 'abcdefgh1234' }
  const variables = Object.entries({ ...secrets, ...plain }).map(
    ([k, v]) => `  ${k}: ${JSON.stringify(v)}`,
  )
  const { problems } = reading(
    `name: blue\nendpoint_name: good-endpoint\ninstance_type: Standard_F2s_v2\nenvironment_variables:\n${variables.join('\n')}\n`,
  )
  expect(problems.map(({ severity, reason, at }) => [severity, reason, at.line])).toEqual(
    [5, 6, 7, 8, 9].map((line) => ['warning', 'SecretInManifest', line]),
  )
  const told = JSON.stringify(problems)
  for (const secret of Object.values(secrets)) expect(told).not.toContain(secret.slice(-12))
})

test('row 46: no problem repeats a secret that stands in the wrong place', () => {
  for (const { kind, text, secret } of secretsOf(SECRET_KINDS.length, 46)) {
    const shown = JSON.stringify(text)
    const { problems } = reading(
      `name: good-endpoint\n${shown}: 1\nauth_mode: ${shown}\ntraffic: { blue: ${shown} }\nidentity: { type: ${shown} }\n`,
    )
    expect(problems.length).toBeGreaterThan(2)
    expect({ kind, leaks: JSON.stringify(problems).includes(secret) }).toEqual({
      kind,
      leaks: false,
    })
  }
})

test('row 38: expressions are text, and nothing evaluates them', () => {
  const text = [
    `\${process.env}`,
    `\${constructor.constructor("return process")()}`,
    '{{7*7}}',
    `\${{ secrets.X }}`,
    '#{7*7}',
    '$(id)',
    '`id`',
  ]
  const { desired, problems } = reading(
    `name: bad-endpoint\nauth_mode: key\ntags:\n${text.map((one, i) => `  k${i}: ${JSON.stringify(one)}`).join('\n')}\n`,
  )
  expect(problems).toEqual([])
  expect(desired[0]?.spec.tags).toEqual(Object.fromEntries(text.map((one, i) => [`k${i}`, one])))
})

test.each([`\${constructor}`, `\${__proto__}`, `\${toString}`])(
  'row 38: %s is a variable that nobody defined',
  (variable) => {
    expect(reasonsOf(`name: bad-endpoint\nauth_mode: key\ndescription: ${variable}\n`)).toEqual([
      'UndefinedVariable',
    ])
  },
)

test.each([
  [
    'apiVersion: verdigris.dev/v2\nkind: OnlineEndpoint',
    'UnsupportedApiVersion',
    'verdigris.dev/v2',
  ],
  ['apiVersion: verdigris.dev/v1beta1\nkind: OnlineEndpoint', 'UnsupportedApiVersion', 'v1beta1'],
  ['apiVersion: apps/v1\nkind: OnlineEndpoint', 'UnsupportedApiVersion', 'apps/v1'],
  ['apiVersion: verdigris.dev/v1\nkind: OnlineEndpointV9', 'UnknownKind', 'OnlineEndpointV9'],
  ['apiVersion: verdigris.dev/v1\nkind: Rolout', 'UnknownKind', 'did you mean Rollout'],
  ['kind: OnlineEndpoint', 'UnsupportedApiVersion', 'none'],
])('row 40: %j is refused by name', (head, reason, name) => {
  const { problems } = reading(`${head}\nmetadata: {name: good-x}\nspec: {auth_mode: key}\n`)
  expect(problems.map((problem) => problem.reason)).toEqual([reason])
  expect(problems[0]?.message).toContain(name)
})

/** What patterns that go back and forth choke on, 64 KiB of each. */
const CHOKING = [
  ['one letter', 'a'.repeat(65_536)],
  ['one letter and another end', `${'a'.repeat(65_535)}!`],
  ['digits', '1'.repeat(65_536)],
  ['pairs', 'a1'.repeat(32_768)],
  ['hyphens', `a${'-'.repeat(65_535)}`],
  ['dots', 'a.'.repeat(32_768)],
  ['slashes', 'a/'.repeat(32_768)],
  ['spaces and an end', `a${' '.repeat(65_534)}b`],
  ['time spans', '1h'.repeat(32_768)],
  ['colons', 'azureml:'.repeat(8192)],
  ['at signs', 'a@'.repeat(32_768)],
  ['percents', '%2e'.repeat(21_845)],
  ['equals', `${'a='.repeat(32_767)};`],
  ['dollars', `\u0024{`.repeat(32_768)],
  ['a key', `eyJ${'a'.repeat(65_533)}`],
  ['base64', 'QUJD'.repeat(16_384)],
] as const

const PLACES: readonly (readonly [string, (text: string) => string])[] = [
  ['the name of an endpoint', (text) => `name: ${text}\nauth_mode: key\n`],
  ['a description', (text) => `${ENDPOINT.replace('good', 'bad')}description: ${text}\n`],
  ['a tag', (text) => `${ENDPOINT.replace('good', 'bad')}tags: { a: ${text} }\n`],
  [
    'an identity',
    (text) =>
      `${ENDPOINT}identity: { type: user_assigned, user_assigned_identities: [{ resource_id: ${text} }] }\n`,
  ],
  [
    'model, environment and instance type',
    (text) =>
      `name: blue\nendpoint_name: good-endpoint\nmodel: ${text}\nenvironment: ${text}\ninstance_type: ${text}\nscoring_script: ${text}\n`,
  ],
  [
    'a variable of a deployment',
    (text) =>
      `name: blue\nendpoint_name: good-endpoint\ninstance_type: Standard_F2s_v2\nenvironment_variables: { PASSWORD: ${text} }\nrequest_settings: { max_queue_wait: ${text} }\n`,
  ],
]

describe('row 39: no pattern goes back and forth over a text', () => {
  test.each(PLACES)('%s', (_, write) => {
    const texts = CHOKING.map(([, text]) => write(JSON.stringify(text)))
    const cost = costRatio(
      () => texts.map((text) => reading(text)),
      () => parse(LARGEST),
    )
    // Sixteen texts of 64 KiB: going back over one of them would take a hundred times as long.
    expect(cost).toBeLessThan(4)
  })
})
