import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { azureAccess } from '../../src/compose/azure-access.ts'
import { chosenIdentity } from '../../src/compose/identity.ts'
import { createBudgets, type Door } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { ApplicationIdentity } from '../../src/core/model/application.ts'
import { virtualTime } from '../adapters/azure/stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'verdigris-identity-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Environment = Readonly<Record<string, string>>

function choose(wanted: ApplicationIdentity, environment: Environment = {}) {
  const config = readConfig(environment, false)
  return chosenIdentity(wanted, azureAccess(config), config.identities)
}

const ID = '10000000-0000-4000-8000-000000000001'
const TENANT = '10000000-0000-4000-8000-000000000002'
const POD = {
  AZURE_CLIENT_ID: '10000000-0000-4000-8000-000000000003',
  AZURE_TENANT_ID: TENANT,
  AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token',
}
const HERE = {
  VERDIGRIS_ARM_ENDPOINT: 'https://127.0.0.1:8',
  AZURE_AUTHORITY_HOST: 'https://127.0.0.1:9',
}
const RESOURCE = '/subscriptions/x/resourceGroups/y/providers/z/userAssignedIdentities/one'

describe('an identity of an Application', () => {
  test('by workload identity has its client id, and tenant and token file of the pod', () => {
    expect(choose({ workloadIdentity: { clientId: ID } }, POD)).toEqual({
      by: 'workload',
      is: `workload identity ${ID}`,
      clientId: ID,
      tenantId: TENANT,
      tokenFile: POD.AZURE_FEDERATED_TOKEN_FILE,
    })
  })

  test('by workload identity may be of another tenant', () => {
    const own = { workloadIdentity: { clientId: ID, tenantId: ID } }
    expect(choose(own, POD)).toMatchObject({ by: 'workload', tenantId: ID })
    const { AZURE_TENANT_ID: _, ...rest } = POD
    expect(choose(own, rest)).toMatchObject({ by: 'workload', tenantId: ID })
  })

  test.each([{ clientId: ID }, { resourceId: RESOURCE }])('by managed identity: %j', (name) => {
    expect(choose({ managedIdentity: name })).toMatchObject({ by: 'managed', name })
  })

  test('by secret has what its variable holds, or the file that another one names, read anew', () => {
    const file = join(folder, 'prod.json')
    writeFileSync(file, 'first')
    const environment = {
      VERDIGRIS_IDENTITY_PROD_EU_FILE: file,
      VERDIGRIS_IDENTITY_TEST: 'inline',
      VERDIGRIS_IDENTITY_EMPTY: '',
    }
    const prod = choose({ secret: 'prod-eu' }, environment)
    if (prod.by !== 'secret') throw new Error('it is no secret')
    expect([prod.is, prod.variable]).toEqual(['secret prod-eu', 'VERDIGRIS_IDENTITY_PROD_EU_FILE'])
    expect(prod.read()).toBe('first')
    writeFileSync(file, 'second')
    expect(prod.read()).toBe('second')
    const inline = choose({ secret: 'test' }, environment)
    expect(inline.by === 'secret' && inline.read()).toBe('inline')
    expect(choose({ secret: 'empty' }, environment).by).toBe('nothing')
  })
})

describe('what does not fit together gives nobody, with field and setting:', () => {
  test.each<[string, ApplicationIdentity, Environment, RegExp]>([
    [
      'workload identity without a token of Kubernetes',
      { workloadIdentity: { clientId: ID } },
      { AZURE_TENANT_ID: TENANT },
      /^spec\.workspace\.identity\.workloadIdentity: AZURE_FEDERATED_TOKEN_FILE is not set/,
    ],
    [
      'workload identity without a tenant',
      { workloadIdentity: { clientId: ID } },
      { AZURE_FEDERATED_TOKEN_FILE: '/x' },
      /^spec\.workspace\.identity\.workloadIdentity has no tenantId, and AZURE_TENANT_ID is not set/,
    ],
    [
      'managed identity by client id where there are workload identities',
      { managedIdentity: { clientId: ID } },
      POD,
      /^spec\.workspace\.identity\.managedIdentity: AZURE_FEDERATED_TOKEN_FILE is set.*workloadIdentity\.clientId/,
    ],
    [
      'managed identity by resource id, which would be the identity of the pod',
      { managedIdentity: { resourceId: RESOURCE } },
      POD,
      /^spec\.workspace\.identity\.managedIdentity: AZURE_FEDERATED_TOKEN_FILE is set/,
    ],
    [
      'a managed identity of Azure for ARM on this machine',
      { managedIdentity: { clientId: ID } },
      HERE,
      /managedIdentity: VERDIGRIS_ARM_ENDPOINT is on this machine, and its managed identities are not/,
    ],
    [
      'one of two addresses of managed identities elsewhere',
      { managedIdentity: { clientId: ID } },
      { ...HERE, IDENTITY_ENDPOINT: 'http://127.0.0.1:1', MSI_ENDPOINT: 'http://10.0.0.1' },
      /its managed identities are not/,
    ],
    [
      'a secret that the configuration does not have',
      { secret: 'prod-eu' },
      { VERDIGRIS_IDENTITY_PROD: '{}' },
      /^spec\.workspace\.identity\.secret is 'prod-eu': neither VERDIGRIS_IDENTITY_PROD_EU nor VERDIGRIS_IDENTITY_PROD_EU_FILE is set/,
    ],
    [
      'a secret by a name that every object has',
      { secret: 'constructor' },
      {},
      /VERDIGRIS_IDENTITY_CONSTRUCTOR/,
    ],
  ])('%s', (_, wanted, environment, why) => {
    expect(choose(wanted, environment)).toMatchObject({
      by: 'nothing',
      why: expect.stringMatching(why),
    })
  })

  test('two settings for one name are refused', () => {
    const both = { VERDIGRIS_IDENTITY_A: 'canary', VERDIGRIS_IDENTITY_A_FILE: '/x' }
    expect(() => readConfig(both, false)).toThrow(
      'VERDIGRIS_IDENTITY_A and VERDIGRIS_IDENTITY_A_FILE are the same identity.',
    )
  })
})

test('with ARM on this machine its managed identities may be there, too', () => {
  const environment = { ...HERE, AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' }
  expect(choose({ managedIdentity: { clientId: ID } }, environment).by).toBe('managed')
})

test('each identity has, and leaves to the next process, the requests of its own principal; who is the same shares them', () => {
  const owners: string[] = []
  const budgetFor = createBudgets(virtualTime(), (owner) => {
    owners.push(owner)
    return { recall: () => undefined, keep: () => {} }
  })
  const door = (wanted?: ApplicationIdentity): Door => {
    const azure = azureAccess(readConfig(POD, false))
    const chosen = wanted && choose(wanted, POD)
    const where = { subscriptionId: 'S', resourceGroup: 'g', workspace: 'w' }
    return { ...where, azure: chosen === undefined ? azure : { ...azure, chosen } }
  }
  const one = { workloadIdentity: { clientId: ID } }
  const budgets = [door(), door(one), door({ secret: 'a' }), door({ secret: 'b' })].map(budgetFor)
  expect(new Set(budgets).size).toBe(4)
  expect(new Set(owners).size).toBe(4)
  expect(budgetFor(door(one))).toBe(budgets[1])
  expect(budgetFor(door())).toBe(budgets[0])
})
