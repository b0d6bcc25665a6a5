import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { AccessError, azureAccess } from '../../src/compose/azure-access.ts'
import { readConfig } from '../../src/config.ts'
import { AZURE_CLOUDS } from '../../src/core/model/azure-cloud.ts'

const access = (environment: Readonly<Record<string, string>>, cloud?: string) =>
  azureAccess(readConfig(environment, false), cloud)

/** What an operator is told. */
function refusal(environment: Readonly<Record<string, string>>, cloud?: string): string {
  try {
    access(environment, cloud)
  } catch (error) {
    if (error instanceof AccessError) return error.message
    throw error
  }
  throw new Error('it was not refused')
}

const US = 'https://management.usgovcloudapi.net'
const LOCAL = {
  VERDIGRIS_ARM_ENDPOINT: 'https://127.0.0.1:8',
  AZURE_AUTHORITY_HOST: 'https://127.0.0.1:9',
}

describe('the cloud', () => {
  test('is the public one when nothing is said', () => {
    expect(access({})).toEqual({
      cloud: AZURE_CLOUDS.public,
      endpoint: 'https://management.azure.com',
      authorityHost: 'https://login.microsoftonline.com',
    })
  })

  test.each(Object.values(AZURE_CLOUDS))('$name gives ARM and authority by its name', (cloud) => {
    const { resourceManager: endpoint, authorities } = cloud
    const expected = { cloud, endpoint, authorityHost: authorities[0] }
    expect(access({ VERDIGRIS_CLOUD: cloud.name })).toEqual(expected)
    expect(access({ VERDIGRIS_CLOUD: 'public' }, cloud.name)).toEqual(expected)
  })

  test.each(Object.values(AZURE_CLOUDS))('$name is known by its ARM alone', (cloud) => {
    expect(access({ VERDIGRIS_ARM_ENDPOINT: `${cloud.resourceManager}/` }).cloud).toBe(cloud)
  })

  test.each(Object.values(AZURE_CLOUDS))(
    '$name may be signed in to at each of its authorities',
    (cloud) => {
      for (const authority of cloud.authorities) {
        const given = { VERDIGRIS_CLOUD: cloud.name, AZURE_AUTHORITY_HOST: `${authority}/` }
        expect(access(given).authorityHost).toBe(authority)
      }
    },
  )

  test('of a sandbox is the one that is named, and all of it stays on this machine', () => {
    const { cloud, endpoint, authorityHost } = access({ ...LOCAL, VERDIGRIS_CLOUD: 'china' })
    expect(cloud).toBe(AZURE_CLOUDS.china)
    expect([endpoint, authorityHost]).toEqual(['https://127.0.0.1:8', 'https://127.0.0.1:9'])
    expect(access(LOCAL).cloud).toBe(AZURE_CLOUDS.public)
  })
})

describe('what does not fit together is refused, by the name of the setting:', () => {
  const MONITOR = 'VERDIGRIS_AZURE_MONITOR_URL'
  const LOGS = 'VERDIGRIS_LOG_ANALYTICS_URL'
  test.each<[string, Record<string, string>, RegExp]>([
    [
      'an unknown name',
      { VERDIGRIS_CLOUD: 'AzureCloud' },
      /^VERDIGRIS_CLOUD is 'AzureCloud'; it may be public, us-government, china/,
    ],
    [
      'ARM of nobody we know',
      { VERDIGRIS_ARM_ENDPOINT: 'https://arm.example' },
      /^VERDIGRIS_ARM_ENDPOINT is https:\/\/arm\.example, which is not of the cloud public/,
    ],
    [
      'ARM of another cloud',
      { VERDIGRIS_CLOUD: 'china', VERDIGRIS_ARM_ENDPOINT: US },
      /^VERDIGRIS_ARM_ENDPOINT is .* not of the cloud china: there it is https:\/\/management\.chinacloudapi\.cn/,
    ],
    [
      'ARM with a path',
      { VERDIGRIS_ARM_ENDPOINT: `${US}/x` },
      /^VERDIGRIS_ARM_ENDPOINT is no http or https address/,
    ],
    [
      'an authority of another cloud',
      {
        VERDIGRIS_CLOUD: 'us-government',
        AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com',
      },
      /^AZURE_AUTHORITY_HOST is .* not of the cloud us-government: there it is https:\/\/login\.microsoftonline\.us/,
    ],
    [
      'an authority of nobody',
      { AZURE_AUTHORITY_HOST: 'https://login.example' },
      /^AZURE_AUTHORITY_HOST is .* not of the cloud public/,
    ],
    [
      'an authority on this machine for ARM elsewhere',
      { AZURE_AUTHORITY_HOST: 'https://127.0.0.1:9' },
      /^AZURE_AUTHORITY_HOST is /,
    ],
    [
      'ARM on this machine with tokens from elsewhere',
      { VERDIGRIS_ARM_ENDPOINT: 'https://127.0.0.1:8' },
      /^VERDIGRIS_ARM_ENDPOINT is https:\/\/127\.0\.0\.1:8, on this machine: AZURE_AUTHORITY_HOST has to be on it/,
    ],
    [
      'metrics of another cloud',
      { VERDIGRIS_CLOUD: 'us-government', [MONITOR]: 'https://eastus.metrics.monitor.azure.com' },
      /^VERDIGRIS_AZURE_MONITOR_URL is .*https:\/\/\{region\}\.metrics\.monitor\.azure\.us/,
    ],
    [
      'logs of another cloud',
      { VERDIGRIS_CLOUD: 'china', [LOGS]: 'https://api.loganalytics.io' },
      /^VERDIGRIS_LOG_ANALYTICS_URL is .*https:\/\/api\.loganalytics\.azure\.cn/,
    ],
  ])('%s', (_, environment, message) => {
    expect(refusal(environment)).toMatch(message)
  })

  test('an unknown name on the command line', () => {
    expect(refusal({}, 'gov')).toMatch(/^--cloud is 'gov'/)
  })

  test('a password in an address is not repeated', () => {
    const message = refusal({ VERDIGRIS_ARM_ENDPOINT: 'https://user:canary@arm.example' })
    expect(message).not.toContain('canary')
  })

  test('what is right in its cloud is not', () => {
    const given = {
      [MONITOR]: 'https://usgovvirginia.metrics.monitor.azure.us',
      [LOGS]: 'https://api.loganalytics.us',
    }
    expect(access({ VERDIGRIS_CLOUD: 'us-government', ...given }).cloud.name).toBe('us-government')
  })
})

describe('a file that describes a cloud', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verdigris-cloud-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'cloud.json')
  const { name: _, ...china } = AZURE_CLOUDS.china
  const own = {
    ...china,
    resourceManager: 'https://arm.own.example',
    resourceManagerAudience: 'https://arm.own.example',
    authorities: ['https://login.own.example'],
  }
  function write(text: string): Record<string, string> {
    writeFileSync(file, text)
    return { VERDIGRIS_CLOUD: file }
  }

  test('gives every host of it', () => {
    expect(access(write(JSON.stringify(own)))).toEqual({
      cloud: { ...own, name: 'custom' },
      endpoint: 'https://arm.own.example',
      authorityHost: 'https://login.own.example',
    })
    expect(access({}, file).cloud.name).toBe('custom')
  })

  test('is refused where something is missing, by file and field', () => {
    const { storageSuffix: __, logs: ___, ...rest } = own
    const message = refusal(write(JSON.stringify(rest)))
    expect(message).toContain(`VERDIGRIS_CLOUD: ${file}: storageSuffix is missing: `)
    expect(message).toContain('logs is missing: ')
  })

  test('does not let an authority in that it does not name', () => {
    const given = {
      ...write(JSON.stringify(own)),
      AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn',
    }
    expect(refusal(given)).toMatch(/^AZURE_AUTHORITY_HOST is .* not of the cloud custom/)
  })

  test.each([
    ['{', /is no JSON/],
    ['[]', /not a mapping/],
  ])('is refused when it holds %p', (text, message) => {
    expect(refusal(write(text))).toMatch(message)
  })

  test('is refused when it is not there', () => {
    const missing = join(folder, 'other.json')
    expect(refusal({}, missing)).toBe(`--cloud: ${missing} cannot be read.`)
  })
})
