import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import {
  CLIENTS,
  MANAGED,
  NAMED,
  OTHER_MANAGED,
  WORKLOAD,
  writeFederatedToken,
} from '../support/identities.ts'
import { createFolder, run, sampleIn, start, writeFiles } from './program.ts'

const folder = createFolder()
const sample = sampleIn(folder.path, 'workspace')
const tokenFile = join(folder.path, 'federated-token')
const secretFile = join(folder.path, 'named.json')
/** Who asked ARM, by object id. */
const asked = new Set<string>()
/** Reads everything and writes nothing. */
const READER = { ...OTHER_MANAGED, actions: ['*/read'] }
let sandbox: Sandbox

beforeAll(async () => {
  writeFederatedToken(tokenFile)
  sandbox = await startSandbox({
    clients: CLIENTS.map((one) => (one === OTHER_MANAGED ? READER : one)),
    timeScale: 5000,
    runsScripts: false,
    onExchange: ({ principal }) => asked.add(principal?.objectId ?? 'nobody'),
  })
  const { tenantId } = sandbox
  const { clientId, clientSecret } = NAMED
  writeFileSync(secretFile, JSON.stringify({ tenantId, clientId, clientSecret }))
})
afterAll(async () => {
  await sandbox.close()
  folder.remove()
})
beforeEach(() => asked.clear())

/** What an operator sets, and the platform. */
const pod = (): Record<string, string> => ({
  VERDIGRIS_ARM_ENDPOINT: sandbox.armTls,
  VERDIGRIS_ALLOW_LOCAL: 'true',
  AZURE_AUTHORITY_HOST: sandbox.login,
  AZURE_TENANT_ID: sandbox.tenantId,
  AZURE_FEDERATED_TOKEN_FILE: tokenFile,
  VERDIGRIS_IDENTITY_NAMED_FILE: secretFile,
  NODE_EXTRA_CA_CERTS: sandbox.caFile,
})

/** A machine with managed identities instead. */
function machine(): Record<string, string> {
  const { AZURE_FEDERATED_TOKEN_FILE: _, ...rest } = pod()
  return { ...rest, AZURE_POD_IDENTITY_AUTHORITY_HOST: sandbox.arm }
}

/** A file of Applications of the sample, each with its identity. */
function applications(identities: Readonly<Record<string, object | undefined>>): string {
  const { subscriptionId, resourceGroup, workspace } = sandbox
  const documents = Object.entries(identities).map(([name, identity]) =>
    JSON.stringify({
      apiVersion: 'verdigris.dev/v1',
      kind: 'Application',
      metadata: { name },
      spec: {
        source: { repository: sample },
        workspace: {
          ...{ subscriptionId, resourceGroup, name: workspace },
          ...(identity === undefined ? {} : { identity }),
        },
        sync: { suspend: true, interval: '5s' },
      },
    }),
  )
  const place = writeFiles(folder.path, { 'applications.yml': documents.join('\n---\n') })
  return join(place, 'applications.yml')
}

interface Row {
  readonly check: string
  readonly ok: boolean | null
  readonly detail: string
  readonly advice: string
  readonly application?: string
}

/** What `doctor` says of the one check, by Application. */
async function rowsOf(check: string, config: string, environment: Record<string, string>) {
  const args = ['doctor', '--config', config, '--output', 'json']
  const { stdout, stderr } = await run(folder.path, args, environment)
  expect(`${stdout}${stderr}`).not.toContain(NAMED.clientSecret)
  const rows: readonly Row[] = JSON.parse(stdout)
  const about = rows.filter((row) => row.check === check)
  return new Map(about.map((row) => [row.application ?? '', row]))
}

describe('identities of Applications', () => {
  const workload = { workloadIdentity: { clientId: WORKLOAD.clientId } }
  const managed = { managedIdentity: { clientId: MANAGED.clientId } }
  const reader = { managedIdentity: { resourceId: OTHER_MANAGED.resourceId } }
  const secret = { secret: 'named' }

  test('doctor names the identity that each has, and Azure is asked by those', async () => {
    const config = applications({ a: workload, b: secret })
    const rows = await rowsOf('identity', config, pod())
    expect(rows.get('a')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(`^workload identity ${WORKLOAD.clientId}: a token until `),
    })
    expect(rows.get('b')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^secret named: a token until /),
    })
    expect([...asked].sort()).toEqual([WORKLOAD.objectId, NAMED.objectId])
  })

  test('managed identities have their own roles, side by side in one process', async () => {
    const config = applications({ a: managed, b: reader })
    const rows = await rowsOf('role', config, machine())
    expect(rows.get('a')).toMatchObject({ ok: true })
    expect(rows.get('b')).toMatchObject({ ok: false })
    expect([...asked].sort()).toEqual([MANAGED.objectId, OTHER_MANAGED.objectId])
  })

  test('without the field it is the one of the environment', async () => {
    const { clientId, clientSecret } = sandbox
    const environment = { ...pod(), AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret }
    const rows = await rowsOf('identity', applications({ a: undefined, b: secret }), environment)
    expect(rows.get('a')?.detail).toMatch(`client secret of ${clientId}: a token until `)
    expect(rows.get('b')?.detail).toMatch(/^secret named: /)
  })

  test('plan, status and endpoint show are for the identity, too', async () => {
    const config = applications({ a: secret })
    const planned = await run(folder.path, ['plan', '--config', config], pod())
    expect(planned.stdout).toContain('+ create OnlineDeployment/fraud/blue')
    const status = await run(folder.path, ['status', '--config', config, '-o', 'json'], pod())
    expect(JSON.parse(status.stdout)).toMatchObject({ application: 'a' })
    const shown = await run(folder.path, ['endpoint', 'show', 'x', '--config', config], pod())
    expect(shown.stderr).toContain("No endpoint 'x'")
    expect([...asked]).toEqual([NAMED.objectId])
  })

  test('run says who each is, in one line; one that is nobody delays no other', async () => {
    const config = applications({
      right: secret,
      'wrong-client': { workloadIdentity: { clientId: NAMED.clientId } },
      'wrong-name': { secret: 'nobody' },
      'wrong-place': managed,
    })
    const args = ['run', '--config', config, '--port', '0', '--output', 'json']
    const controller = start(folder.path, args, pod())
    const { address } = JSON.parse(await controller.says('\n'))
    for (const name of ['right', 'wrong-client', 'wrong-name', 'wrong-place'])
      await controller.says(`"application":"${name}","identity":`)
    await controller.says('Suspended')
    const status = await run(folder.path, ['status', '--url', address, '--output', 'json'])
    controller.child.kill('SIGTERM')
    const { stdout, stderr, code } = await controller.ended
    expect(code).toBe(0)
    const lines = stderr.split('\n').filter((line) => line.includes('"identity":'))
    const told = new Map(lines.map((line) => [JSON.parse(line).application, JSON.parse(line)]))
    expect(lines).toHaveLength(4)
    expect(told.get('right')).toMatchObject({ level: 'info', identity: 'secret named' })
    expect(told.get('wrong-client')).toMatchObject({
      level: 'error',
      identity: `workload identity ${NAMED.clientId}`,
      msg: expect.stringContaining('AADSTS700211'),
    })
    expect(told.get('wrong-name').msg).toContain('VERDIGRIS_IDENTITY_NOBODY')
    expect(told.get('wrong-place').msg).toContain('AZURE_FEDERATED_TOKEN_FILE is set')
    expect(status.stdout).toContain('VERDIGRIS_IDENTITY_NOBODY')
    const everything = `${stdout}${stderr}${status.stdout}${status.stderr}`
    expect(everything).not.toContain(NAMED.clientSecret)
    expect(everything).not.toContain('eyJ')
    expect([...asked]).toEqual([NAMED.objectId])
  })
})

test('who has no identity is told by doctor each way that was tried, in one line', async () => {
  const config = applications({ nobody: undefined })
  const nowhere = { ...machine(), AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' }
  const { code, stdout } = await run(folder.path, ['doctor', '--config', config], nowhere)
  expect(code).toBe(1)
  expect(stdout).toMatch(/\nFAILED {2}identity .*ManagedIdentityCredential.*; .*az login/)
  expect(stdout).not.toContain('u000a')
})
