import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { ChosenIdentity } from '../../../src/adapters/azure/identity/chosen-identity.ts'
import { createCredential } from '../../../src/adapters/azure/identity/credential.ts'
import { openSandbox } from '../../../src/sandbox/index.ts'
import {
  CLIENTS,
  clientIn,
  MANAGED,
  NAMED,
  OTHER_MANAGED,
  WORKLOAD,
  writeFederatedToken,
} from '../../support/identities.ts'

const folder = mkdtempSync(join(tmpdir(), 'verdigris-identities-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const tokenFile = join(folder, 'federated')
writeFederatedToken(tokenFile)

const ARM = 'https://management.azure.com/.default'
const ML = 'https://ml.azure.com/.default'
const METRICS = 'https://metrics.monitor.azure.com/.default'
const SCOPES = [ARM, ML, METRICS]
const LOGS = 'https://api.loganalytics.io/.default'
const CLASSIC = 'https://management.core.windows.net/.default'

/** The sandbox, and everything that is sent to it. MSAL asks for managed identities by the first way that it is given, for good. */
const sandbox = await openSandbox({ clients: CLIENTS })
const { tenantId, login: authorityHost } = sandbox
const sent: { readonly origin: string; readonly path: string }[] = []
beforeEach(() => {
  sent.length = 0
})
const transport: typeof sandbox = {
  ...sandbox,
  handle(request) {
    const { origin, pathname, search } = new URL(request.url)
    sent.push({ origin, path: `${pathname}${search}` })
    return sandbox.handle(request)
  },
}
const credentialOf = (chosen: ChosenIdentity) =>
  createCredential({ authorityHost, chosen }, { transport })

const secretOf = (more: object = {}): string =>
  JSON.stringify({
    ...{ tenantId, clientId: NAMED.clientId, clientSecret: NAMED.clientSecret },
    ...more,
  })

/** Every way to be somebody, with who that is. */
function all(): readonly (readonly [ChosenIdentity, string])[] {
  const { clientId } = WORKLOAD
  return [
    [{ by: 'workload', is: 'workload', clientId, tenantId, tokenFile }, clientId],
    [{ by: 'managed', is: 'one', name: { clientId: MANAGED.clientId } }, MANAGED.clientId],
    [
      { by: 'managed', is: 'two', name: { resourceId: OTHER_MANAGED.resourceId } },
      OTHER_MANAGED.clientId,
    ],
    [{ by: 'secret', is: 'named', variable: 'V', read: () => secretOf() }, NAMED.clientId],
  ]
}

describe('identities side by side in one process', () => {
  test('each gets tokens of its own and of nobody else, for every service, in whatever order', async () => {
    const credentials = all().map(([chosen, id]) => ({ of: credentialOf(chosen), id }))
    for (const order of [credentials, credentials.toReversed()]) {
      const asked = order.flatMap(({ of, id }) =>
        SCOPES.map(async (scope) => [clientIn((await of.getToken(scope))?.token), id] as const),
      )
      for (const [client, id] of await Promise.all(asked)) expect(client).toBe(id)
    }
  })

  test('each is asked for at the authority that is configured, managed ones at the machine alone', async () => {
    for (const [chosen] of all()) {
      sent.length = 0
      const credential = credentialOf(chosen)
      await credential.getToken(LOGS)
      const origins = [...new Set(sent.map(({ origin }) => origin))]
      expect(origins).toEqual([chosen.by === 'managed' ? 'http://169.254.169.254' : sandbox.login])
      expect(credential.identity?.()).toBe(chosen.is)
    }
  })

  test('one that cannot be had is no other: there is no next in line', async () => {
    const clientId = '90000000-0000-4000-8000-000000000001'
    const resourceId = MANAGED.resourceId.replace(/one$/, 'nobody')
    const read = (): string => secretOf({ clientId })
    const nobody: readonly ChosenIdentity[] = [
      { by: 'workload', is: 'workload', clientId, tenantId, tokenFile },
      { by: 'managed', is: 'by client id', name: { clientId } },
      { by: 'managed', is: 'by resource id', name: { resourceId } },
      { by: 'secret', is: 'named', variable: 'V', read },
    ]
    for (const chosen of nobody)
      await expect(credentialOf(chosen).getToken(CLASSIC)).rejects.toThrow(/AADSTS700016|not found/)
    const managed = sent.filter(({ path }) => path.startsWith('/metadata/identity'))
    expect(managed).toHaveLength(2)
    expect(managed[0]?.path).toContain(`client_id=${clientId}`)
    expect(decodeURIComponent(managed[1]?.path ?? '')).toContain(`msi_res_id=${resourceId}`)
  })
})

describe('a federated token', () => {
  const { issuer, subject } = WORKLOAD.federated
  test.each([
    ['of another cluster', { issuer: 'https://oidc.example/other', subject }, undefined, '700211'],
    ['of another service account', { issuer, subject: `${subject}-2` }, undefined, '700213'],
    ['for somebody else', { issuer, subject }, 'https://vault.example', '700212'],
  ])('%s is refused, and shown nowhere', async (_, claims, audience, code) => {
    const file = join(folder, `federated-${code}`)
    writeFederatedToken(file, claims, audience)
    const { clientId } = WORKLOAD
    const chosen = { by: 'workload', is: 'w', clientId, tenantId, tokenFile: file } as const
    const message = await credentialOf(chosen).getToken(ARM).then(String, String)
    expect(message).toContain(`AADSTS${code}`)
    expect(message).not.toContain('eyJ')
  })
})

describe('a named secret', () => {
  test('is read anew: a rotated one counts from the next token on', async () => {
    const file = join(folder, 'rotated.json')
    let reads = 0
    const read = (): string => {
      reads += 1
      return reads < 3 ? secretOf() : secretOf({ clientSecret: 'another' })
    }
    writeFileSync(file, secretOf())
    const credential = credentialOf({ by: 'secret', is: 's', variable: 'V', read })
    const asked = (): number => sent.filter(({ path }) => /\/token(?:\?|$)/.test(path)).length
    await credential.getToken(ARM)
    await credential.getToken(ARM)
    expect(asked()).toBe(1)
    await expect(credential.getToken(ARM)).rejects.toThrow('AADSTS7000215')
    expect(asked()).toBe(2)
  })

  test.each([
    ['no JSON', (): string => NAMED.clientSecret],
    ['a text', (): string => JSON.stringify(NAMED.clientSecret)],
    ['a list', (): string => JSON.stringify([NAMED.clientSecret])],
    ['a field less', (): string => JSON.stringify({ clientSecret: NAMED.clientSecret })],
    ['a field more', (): string => secretOf({ password: NAMED.clientSecret })],
    ['an empty field', (): string => secretOf({ tenantId: '' })],
    ['another type', (): string => secretOf({ clientId: 7 })],
  ])('that is %s is refused by its variable, and not repeated', async (_, read) => {
    const credential = credentialOf({ by: 'secret', is: 's', variable: 'VARIABLE', read })
    const message = await credential.getToken(ARM).then(String, String)
    expect(message).toMatch(
      /VARIABLE has to be JSON with the texts tenantId, clientId, clientSecret/,
    )
    expect(message).not.toContain(NAMED.clientSecret)
  })

  test('whose file is gone says so by its variable', async () => {
    const read = (): string => {
      throw Object.assign(new Error('/run/canary'), { code: 'ENOENT' })
    }
    const credential = credentialOf({ by: 'secret', is: 's', variable: 'V_FILE', read })
    await expect(credential.getToken(ARM)).rejects.toThrow(
      'that V_FILE names cannot be read (ENOENT)',
    )
  })

  test('is in no error, even where the authority repeats it', async () => {
    const error = { error: 'invalid_client', error_description: `bad: ${NAMED.clientSecret}` }
    const transport: typeof sandbox = {
      ...sandbox,
      async handle(request) {
        if (request.method !== 'POST') return sandbox.handle(request)
        const body = JSON.stringify(error)
        const headers = { 'content-type': 'application/json' }
        return { status: 401, headers, body, bytes: Buffer.from(body) }
      },
    }
    const chosen = { by: 'secret', is: 's', variable: 'V', read: () => secretOf() } as const
    const credential = createCredential({ authorityHost: sandbox.login, chosen }, { transport })
    const message = await credential.getToken(ARM).then(String, String)
    expect(message).toContain('bad: ')
    expect(message).not.toContain(NAMED.clientSecret)
  })
})

test('what does not fit together gives no token, and says why', async () => {
  const credential = credentialOf({ by: 'nothing', is: 'secret x', why: 'It is not there.' })
  await expect(credential.getToken(ARM)).rejects.toThrow('It is not there.')
  expect(sent).toEqual([])
})
