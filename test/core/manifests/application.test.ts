import { describe, expect, test } from '@jest/globals'
import { readApplications } from '../../../src/core/manifests/applications/application.ts'
import { snapshotOf } from '../../support/snapshot.ts'

const WHOLE = `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: fraud-prod }
spec:
  source: { repository: https://github.com/acme/models.git, revision: release/2, path: ./workspaces/prod/ }
  workspace: { subscriptionId: 11111111-1111-1111-1111-111111111111, resourceGroup: ml, name: ml-prod }
  sync:
    mode: observe
    interval: 1h30m
    drift: report
    prune: { enabled: false, maxDeletions: 5 }
    suspend: true
    rewrittenHistory: follow
    ignoreDifferences:
      - { kind: OnlineDeployment, path: /properties/appInsightsEnabled, reason: owned by ops, until: 2027-01-31 }
  variables: { SIZE: 3, TEAM: red }
`

function application(spec: string, name = 'a'): string {
  return `apiVersion: verdigris.dev/v1\nkind: Application\nmetadata: {name: ${name}}\nspec:\n${spec}`
}

const source = (repository: string): string =>
  application(`  source: {repository: ${JSON.stringify(repository)}}\n  sandbox: {}\n`)

function read(text: string, allowLocal = false) {
  return readApplications({ snapshot: snapshotOf({ 'apps.yml': text }), allowLocal })
}

test('every field is decoded', () => {
  expect(read(WHOLE)).toEqual({
    problems: [],
    applications: [
      {
        name: 'fraud-prod',
        source: {
          repository: 'https://github.com/acme/models.git',
          revision: 'release/2',
          path: 'workspaces/prod',
        },
        workspace: {
          subscriptionId: '11111111-1111-1111-1111-111111111111',
          resourceGroup: 'ml',
          name: 'ml-prod',
        },
        sync: {
          mode: 'observe',
          intervalMs: 5_400_000,
          maxRollouts: 10,
          drift: 'report',
          prune: { enabled: false, maxDeletions: 5 },
          suspend: true,
          rewrittenHistory: 'follow',
          ignoreDifferences: [
            {
              kind: 'OnlineDeployment',
              path: '/properties/appInsightsEnabled',
              reason: 'owned by ops',
              untilMs: Date.UTC(2027, 0, 31),
            },
          ],
        },
        variables: { SIZE: '3', TEAM: 'red' },
      },
    ],
  })
})

test('a mode that is misspelt is an error with its place, and is never taken for applying', () => {
  const sync = (mode: string): string => `${source('https://x.com/y')}  sync: {mode: ${mode}}\n`
  for (const mode of ['observed', 'look', 'off', 'true', '""']) {
    const { applications, problems } = read(sync(mode))
    expect(applications).toEqual([])
    expect(problems).toMatchObject([{ severity: 'error', at: { file: 'apps.yml', line: 7 } }])
    expect(problems[0]?.message).toMatch(/apply.*observe/)
  }
  expect(read(sync('apply')).applications).toMatchObject([{ sync: { mode: 'apply' } }])
})

test('what is left out has a safe default', () => {
  expect(read(source('https://example.com/x.git')).applications).toEqual([
    {
      name: 'a',
      source: { repository: 'https://example.com/x.git', revision: 'main', path: '' },
      workspace: { sandbox: true },
      sync: {
        mode: 'apply',
        intervalMs: 60_000,
        maxRollouts: 10,
        drift: 'correct',
        prune: { enabled: true, maxDeletions: 3 },
        suspend: false,
        ignoreDifferences: [],
      },
      variables: {},
    },
  ])
})

describe('repositories', () => {
  test.each([
    'https://example.com/a/b.git',
    'ssh://git@example.com/a.git',
    'git@example.com:a/b.git',
  ])('%s is taken', (repository) => {
    expect(read(source(repository)).problems).toEqual([])
  })

  test.each([
    ['row 1', 'ext::sh -c touch% /tmp/x'],
    ['row 2', '-c protocol.ext.allow=always'],
    ['row 5', 'file:///srv/x'],
    ['row 5', '/srv/x'],
    ['row 5', 'git://example.com/x'],
    ['row 5', 'http://example.com/x'],
    ['row 6', 'https://user:hunter2@example.com/x'],
    ['row 7', 'https:///host/repo'],
    ['row 7', 'https://exаmple.com/x'],
    ['row 7', 'https://xn--exmple-cua.com/x'],
    ['row 7', 'https://example.com/x\r\nHost: evil'],
  ])('%s: %j is refused, and not repeated', (_, repository) => {
    const { applications, problems } = read(source(repository))
    expect(applications).toEqual([])
    expect(problems.map(({ reason }) => reason)).toContain('InvalidRepository')
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })

  test('local ones are taken only where the configuration allows it', () => {
    expect(read(source('file:///srv/x'), true).problems).toEqual([])
    expect(read(source('./workspace'), true).problems).toEqual([])
  })
})

test.each([
  '--upload-pack=touch /x',
  '--output=/etc/passwd',
  '-x',
  'a..b',
  'a b',
  'x.lock',
  '@{1}',
  'a~1',
  'a:b',
  '',
])('rows 3 and 4: the revision %j is refused', (revision) => {
  const { applications, problems } = read(
    application(
      `  source: {repository: "https://x.com/y", revision: ${JSON.stringify(revision)}}\n  sandbox: {}\n`,
    ),
  )
  expect(applications).toEqual([])
  expect(problems.map(({ reason }) => reason)).toContain(
    revision === '' ? 'InvalidValue' : 'InvalidRevision',
  )
})

test.each([
  '..',
  'a/../b',
  '/etc',
  '..%2fx',
  'a\\b',
  '.git/config',
  'a//b',
  `${'x/'.repeat(100)}y`,
  'a\u202eb',
])('row 13: the path %j is refused', (path) => {
  const { applications, problems } = read(
    application(
      `  source: {repository: "https://x.com/y", path: ${JSON.stringify(path)}}\n  sandbox: {}\n`,
    ),
  )
  expect(applications).toEqual([])
  expect(problems.length).toBeGreaterThan(0)
})

const withInterval = (interval: string, name: string): string =>
  application(
    `  source: {repository: "https://x.com/y"}\n  sandbox: {}\n  sync: {interval: ${interval}}\n`,
    name,
  )

test.each([
  '1ns',
  '-5m',
  '9e99h',
  '0',
  '0s',
  '4s',
  '25h',
  '1.5h',
  '60',
  '"1h 30m"',
  'null',
  '99999999999s',
  '""',
])('row 35: the interval %s is refused, and only that Application is affected', (interval) => {
  const { applications, problems } = read(
    `${withInterval(interval, 'bad')}---\n${withInterval('60s', 'good')}`,
  )
  expect(applications.map(({ name }) => name)).toEqual(['good'])
  expect(problems).toMatchObject([{ reason: 'InvalidDuration', at: { file: 'apps.yml', line: 7 } }])
})

test.each([
  ['5s', 5000],
  ['60s', 60_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['24h', 86_400_000],
])('the interval %s is %d milliseconds', (interval, ms) => {
  expect(read(withInterval(interval, 'a')).applications[0]?.sync.intervalMs).toBe(ms)
})

test('what the design has and this version has not is refused by name, never ignored', () => {
  const { problems, applications } = read(
    application(
      '  source: {repository: "https://x.com/y"}\n  sandbox: {}\n  sync: {windows: []}\n  dependsOn: [b]\n',
    ),
  )
  expect(applications).toEqual([])
  expect(problems.map(({ reason }) => reason)).toEqual(['FieldNotSupported', 'FieldNotSupported'])
})

test('a misspelt field is refused with a suggestion', () => {
  const { problems } = read(
    application(
      '  source: {repository: "https://x.com/y"}\n  sandbox: {}\n  sync: {prunePolcy: {}, prnue: {}}\n',
    ),
  )
  expect(problems.map(({ reason }) => reason)).toEqual(['UnknownField', 'UnknownField'])
  expect(problems[1]?.message).toContain('"prune"')
})

test.each([
  ['neither workspace nor sandbox', ''],
  [
    'both',
    '  sandbox: {}\n  workspace: {subscriptionId: 11111111-1111-1111-1111-111111111111, resourceGroup: r, name: ww}\n',
  ],
])('%s is refused', (_, binding) => {
  const { problems } = read(application(`  source: {repository: "https://x.com/y"}\n${binding}`))
  expect(problems.map(({ reason }) => reason)).toEqual(['MissingField'])
})

test('two Applications of one name are both refused', () => {
  const { applications, problems } = read(
    `${source('https://x.com/y')}---\n${source('https://x.com/z')}`,
  )
  expect(applications).toEqual([])
  expect(problems.map(({ reason }) => reason)).toEqual(['DuplicateIdentity', 'DuplicateIdentity'])
})

test('a misspelt kind is told, other documents are none of its business', () => {
  const text = `${source('https://x.com/y')}---\napiVersion: verdigris.dev/v1\nkind: Aplication\nmetadata: {name: b}\nspec: {}\n---\nname: other\nauth_mode: key\ndescription: \${X}\n`
  const { applications, problems } = read(text)
  expect(applications).toHaveLength(1)
  expect(problems).toMatchObject([{ reason: 'UnknownKind' }])
})

test.each([
  ['of a kind that does not exist', 'OnlineEndpiont', '/properties/description'],
  ['inside what is compared as one value', 'OnlineEndpoint', '/properties/traffic/green'],
])('a rule for differences %s is refused, because it would do nothing', (_, kind, path) => {
  const rule = `{kind: ${kind}, path: ${path}, reason: x}`
  const text = application(
    `  source: {repository: "https://x.com/y"}\n  sandbox: {}\n  sync: {ignoreDifferences: [${rule}]}\n`,
  )
  expect(read(text).problems.map(({ reason }) => reason)).toEqual(['InvalidValue'])
})

const prune = (fields: string) =>
  read(
    application(
      `  source: {repository: "https://x.com/y"}\n  sandbox: {}\n  sync: {prune: ${fields}}\n`,
    ),
  )

test('deletions that need a person’s yes are counted', () => {
  const { applications, problems } = prune('{confirm: 0}')
  expect(problems).toEqual([])
  expect(applications[0]?.sync.prune).toEqual({ enabled: true, maxDeletions: 3, confirm: 0 })
})

test.each([
  ['{confirm: 3}', 'maxDeletions is 3'],
  ['{confirm: 9, maxDeletions: 9}', 'maxDeletions is 9'],
  ['{confirm: 1, enabled: false}', 'enabled is false'],
  ['{confirm: -1}', ''],
])('sync.prune %s is refused where it stands', (fields, why) => {
  const { problems } = prune(fields)
  expect(problems).toMatchObject([{ reason: 'InvalidValue', at: { line: 7 } }])
  expect(problems[0]?.message).toContain('confirm')
  expect(problems[0]?.message).toContain(why)
})

const onDelete = (fields: string) =>
  read(
    application(
      `  source: {repository: "https://x.com/y"}\n  sandbox: {}\n  sync: {prune: {onDelete: ${fields}}}\n`,
    ),
  )

test('what becomes of what left Git is said by kind', () => {
  const { applications, problems } = onDelete('{OnlineEndpoint: detach, Model: archive}')
  expect(problems).toEqual([])
  expect(applications[0]?.sync.prune).toEqual({
    enabled: true,
    maxDeletions: 3,
    onDelete: { OnlineEndpoint: 'detach', Model: 'archive' },
  })
})

test.each([
  ['{OnlineEndpoint: archive}', 'InvalidValue', 'Azure archives models'],
  ['{BatchDeployment: archive}', 'InvalidValue', 'say detach or delete'],
  ['{Model: delete}', 'InvalidValue', 'say archive or detach'],
  ['{Data: keep}', 'InvalidValue', 'must be archive or detach'],
  ['{Code: detach}', 'UnknownField', 'Code'],
  ['{Modle: detach}', 'UnknownField', '"Model"'],
  ['detach', 'InvalidValue', ''],
])('onDelete: %s is refused at its place', (fields, reason, message) => {
  const { applications, problems } = onDelete(fields)
  expect(applications).toEqual([])
  expect(problems.map((problem) => problem.reason)).toEqual([reason])
  expect(problems[0]?.message).toContain(message)
  expect(problems[0]?.at.line).toBe(7)
})

const drift = (fields: string) =>
  read(
    application(`  source: {repository: "https://x.com/y"}\n  sandbox: {}\n  sync: {${fields}}\n`),
  )

test('what is done about drift is said by kind, beside what holds for the rest', () => {
  const { applications, problems } = drift(
    'drift: report, driftByKind: {OnlineEndpoint: ignore, Model: correct}',
  )
  expect(problems).toEqual([])
  expect(applications[0]?.sync).toMatchObject({
    drift: 'report',
    driftByKind: { OnlineEndpoint: 'ignore', Model: 'correct' },
  })
})

test.each([
  ['{OnlineEndpoint: keep}', 'InvalidValue', 'must be one of correct, report, ignore'],
  ['{OnlineEndpont: ignore}', 'UnknownField', '"OnlineEndpoint"'],
  ['{Code: ignore}', 'UnknownField', 'Code'],
  ['{Rollout: ignore}', 'UnknownField', 'Rollout'],
  ['ignore', 'InvalidValue', 'driftByKind'],
])('driftByKind: %s is refused at its place', (fields, reason, message) => {
  const { applications, problems } = drift(`driftByKind: ${fields}`)
  expect(applications).toEqual([])
  expect(problems.map((problem) => problem.reason)).toEqual([reason])
  expect(problems[0]?.message).toContain(message)
  expect(problems[0]?.at.line).toBe(7)
})

describe('the identity of a workspace', () => {
  const GUID = '11111111-1111-1111-1111-111111111111'
  const RESOURCE = `/subscriptions/${GUID}/resourceGroups/ml/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one`
  const withIdentity = (identity: string, name = 'a'): string =>
    application(
      `  source: {repository: "https://x.com/y"}\n  workspace:\n    {subscriptionId: ${GUID}, resourceGroup: ml, name: ml-prod, identity: ${identity}}\n`,
      name,
    )

  test.each([
    [`{workloadIdentity: {clientId: ${GUID}}}`, { workloadIdentity: { clientId: GUID } }],
    [
      `{workloadIdentity: {clientId: ${GUID}, tenantId: ${GUID}}}`,
      { workloadIdentity: { clientId: GUID, tenantId: GUID } },
    ],
    [`{managedIdentity: {clientId: ${GUID}}}`, { managedIdentity: { clientId: GUID } }],
    [
      `{managedIdentity: {resourceId: "${RESOURCE}"}}`,
      { managedIdentity: { resourceId: RESOURCE } },
    ],
    ['{secret: prod-eu}', { secret: 'prod-eu' }],
  ])('%s is taken, and no part of where the workspace is', (identity, expected) => {
    const { applications, problems } = read(withIdentity(identity))
    expect(problems).toEqual([])
    expect(applications[0]?.identity).toEqual(expected)
    expect(Object.keys(applications[0]?.workspace ?? {})).toEqual([
      'subscriptionId',
      'resourceGroup',
      'name',
    ])
  })

  test.each([
    ['{}', 'exactly one of "workloadIdentity", "managedIdentity" and "secret"'],
    ['null', '"identity"'],
    [`{secret: a, workloadIdentity: {clientId: ${GUID}}}`, 'exactly one of'],
    [`{secret: a, managedIdentity: {clientId: ${GUID}}}`, 'exactly one of'],
    ['{managedIdentity: {}}', 'exactly one of "clientId" and "resourceId"'],
    [
      `{managedIdentity: {clientId: ${GUID}, resourceId: "${RESOURCE}"}}`,
      'exactly one of "clientId"',
    ],
    ['{managedIdentity: {clientId: my-identity}}', 'must be a GUID'],
    ['{managedIdentity: {resourceId: my-identity}}', 'must be the ARM id of a managed identity'],
    ['{workloadIdentity: {}}', '"clientId" is required'],
    ['{workloadIdentity: {clientId: x}}', 'must be a GUID'],
    [`{workloadIdentity: {clientId: ${GUID}, tenantId: common}}`, 'must be a GUID'],
    ['{workloadIdentity: {client_id: x, clientId: y}}', 'clientId'],
    ['{secret: Prod}', 'must be the name of a secret in the configuration'],
    ['{secret: prod--eu}', 'must be the name of a secret in the configuration'],
    ['{secret: prod-file}', 'must not end with "file"'],
    ['{secret: "canary~8Q~canary"}', 'must be the name of a secret in the configuration'],
    ['{clientSecret: "canary~8Q~canary"}', 'clientSecret'],
    ['{secret: {clientSecret: "canary~8Q~canary"}}', 'must be text'],
  ])('%s is refused at its place, and only that Application', (identity, message) => {
    const { applications, problems } = read(
      `${withIdentity(identity, 'bad')}---\n${withIdentity('{secret: a}', 'good')}`,
    )
    expect(applications.map(({ name }) => name)).toEqual(['good'])
    expect(problems[0]).toMatchObject({ at: { file: 'apps.yml', line: 7 } })
    expect(problems.map((one) => one.message).join(' ')).toContain(message)
    expect(JSON.stringify(problems)).not.toContain('canary')
  })

  test('a sandbox has none', () => {
    const { applications } = read(
      application(
        '  source: {repository: "https://x.com/y"}\n  sandbox: {identity: {secret: a}}\n',
      ),
    )
    expect(applications).toEqual([])
  })
})

test.each([
  'verify: {mode: HEAD}',
  'verification: {keys: [a]}',
  'signatures: required',
  'signedBy: [a@example.com]',
  'gpgKeys: [ABCDEF]',
])(
  'rows 16 and 17: %s is refused: there is no policy for signatures, and none is thought to be',
  (field) => {
    const spec = `  source: {repository: "https://x.com/y", ${field}}\n  sandbox: {}\n`
    const { applications, problems } = read(application(spec))
    expect(applications).toEqual([])
    expect(problems).toMatchObject([{ reason: 'UnknownField' }])
  },
)
