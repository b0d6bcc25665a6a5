import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AzureAuthorityHosts } from '@azure/identity'
import { KnownMonitorLogsQueryAudience } from '@azure/monitor-query-logs'
import { KnownMonitorMetricsQueryAudience } from '@azure/monitor-query-metrics'
import { describe, expect, test } from '@jest/globals'
import {
  AZURE_CLOUDS,
  type AzureCloud,
  isHostOf,
  readCloud,
  tokenScopeOf,
} from '../../../src/core/model/azure-cloud.ts'

const clouds: readonly AzureCloud[] = Object.values(AZURE_CLOUDS)

test.each([
  ['public', 'AzurePublicCloud'],
  ['us-government', 'AzureGovernment'],
  ['china', 'AzureChina'],
] as const)("the cloud %s is where Microsoft's clients have it", (name, theirs) => {
  const cloud: AzureCloud = AZURE_CLOUDS[name]
  expect(cloud.name).toBe(name)
  expect(cloud.authorities).toContain(AzureAuthorityHosts[theirs])
  expect(cloud.logs).toContain(KnownMonitorLogsQueryAudience[theirs])
  // The metrics' own audience is newer than this list, which has ARM's.
  expect(cloud.resourceManagerAudience).toBe(KnownMonitorMetricsQueryAudience[theirs])
})

test('no host, audience or suffix is of two clouds', () => {
  const all = clouds.map(({ name: _, ...fields }) => [...new Set(Object.values(fields).flat())])
  const every = all.flat()
  expect(new Set(every).size).toBe(every.length)
})

test('a scope asks for all that an audience allows', () => {
  expect(tokenScopeOf('https://ml.azure.us')).toBe('https://ml.azure.us/.default')
})

describe('a host of a suffix', () => {
  test.each([
    ['fraud.eastus.inference.ml.azure.com', true],
    ['eastus.inference.ml.azure.com', false],
    ['a.b.c.inference.ml.azure.com', false],
    ['fraud.eastus.inference.ml.azure.com.evil.example', false],
    ['fraud.eastus.evilinference.ml.azure.com', false],
    ['fraud.eastusxinference.ml.azure.com', false],
    ['fraud..inference.ml.azure.com', false],
    ['inference.ml.azure.com', false],
    ['fra_ud.eastus.inference.ml.azure.com', false],
  ])('has the labels that were asked for before it: %s', (host, isIt) => {
    expect(isHostOf(host, 'inference.ml.azure.com', [2, 2])).toBe(isIt)
  })
})

const OWN = {
  resourceManager: 'https://arm.own.example',
  resourceManagerAudience: 'https://arm.own.example',
  authorities: ['https://login.own.example'],
  mlAudience: 'https://ml.own.example',
  inferenceSuffix: 'inference.own.example',
  mlServiceSuffix: 'api.own.example',
  storageSuffix: 'storage.own.example',
  studio: 'https://studio.own.example',
  metricsSuffix: 'metrics.own.example',
  prometheusSuffix: 'prometheus.own.example',
  logs: ['https://logs.own.example'],
}

describe('a cloud of one’s own', () => {
  test('is what its description says', () => {
    expect(readCloud(OWN)).toEqual({ ...OWN, name: 'custom' })
  })

  test.each(Object.keys(OWN))('is refused without %s, which is named', (field) => {
    const { [field as keyof typeof OWN]: _, ...rest } = OWN
    const { problems } = readCloud(rest) as { problems: readonly string[] }
    expect(problems).toEqual([expect.stringMatching(`^${field} is missing: `)])
  })

  test.each<[string, unknown]>([
    ['resourceManager', 'http://arm.own.example'],
    ['resourceManager', 'https://arm.own.example/'],
    ['resourceManager', 'https://user@arm.own.example'],
    ['resourceManagerAudience', 'https://arm.own.example/'],
    ['authorities', []],
    ['authorities', 'https://login.own.example'],
    ['authorities', ['https://login.own.example', 'login.own.example']],
    ['storageSuffix', '.storage.own.example'],
    ['storageSuffix', 'https://storage.own.example'],
    ['storageSuffix', 'example'],
    ['metricsSuffix', 7],
    ['studio', null],
    ['logs', [3]],
  ])('is refused when %s is %p', (field, value) => {
    const { problems } = readCloud({ ...OWN, [field]: value }) as { problems: readonly string[] }
    expect(problems).toEqual([expect.stringMatching(`^${field} is not `)])
  })

  test('is refused with a field that a cloud does not have, and says everything at once', () => {
    const { problems } = readCloud({ ...OWN, storagesuffix: 'x', studio: 1 }) as {
      problems: readonly string[]
    }
    expect(problems).toHaveLength(2)
    expect(problems.join('\n')).toMatch(/storagesuffix is no field of a cloud/)
  })

  test.each([[[]], [null], ['public'], [7]])('is a mapping, not %p', (value) => {
    expect(readCloud(value)).toMatchObject({ problems: [expect.stringContaining('mapping')] })
  })
})

test('the documentation shows every host of every cloud', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/clouds.md'), 'utf8')
  for (const { name: _, authorities, logs, ...fields } of clouds)
    for (const host of [...Object.values(fields), authorities[0], logs[0]])
      expect(page).toContain(host.replace(/^inference/, '.inference'))
  for (const field of Object.keys(OWN)) expect(page).toContain(`"${field}"`)
})

test('the example of the documentation is a cloud', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/clouds.md'), 'utf8')
  const [, example = ''] = /```json\n([^`]*)```/.exec(page) ?? []
  expect(readCloud(JSON.parse(example))).toMatchObject({ name: 'custom' })
})
