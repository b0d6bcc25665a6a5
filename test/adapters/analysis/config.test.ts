import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../../src/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'verdigris-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (environment: Record<string, string>) => readConfig(environment, false).metrics

describe('the hosts of metrics', () => {
  test('are none, and private addresses refused, unless somebody says so', () => {
    expect(read({})).toEqual({ prometheus: {}, web: {}, allowPrivate: false })
    expect(read({ VERDIGRIS_ALLOW_PRIVATE_METRICS: 'true' }).allowPrivate).toBe(true)
  })

  test('have names, and one without a name is the default', () => {
    expect(read({ VERDIGRIS_PROMETHEUS_URL: 'http://prom:9090/base' }).prometheus).toEqual({
      default: { url: 'http://prom:9090/base' },
    })
    expect(
      read({ VERDIGRIS_WEB_HOSTS: 'a=https://a.example, b=http://10.0.0.1:8080' }).web,
    ).toEqual({
      a: { url: 'https://a.example' },
      b: { url: 'http://10.0.0.1:8080' },
    })
  })

  test('have tokens of their own, read from their files when they are needed', () => {
    const file = join(folder, 'token')
    writeFileSync(file, 'first\n')
    const { prometheus } = read({
      VERDIGRIS_PROMETHEUS_URL: 'one=https://one.example,two=https://two.example',
      VERDIGRIS_PROMETHEUS_TOKEN_FILE: `two=${file}`,
    })
    expect(prometheus.one?.token).toBeUndefined()
    expect(prometheus.two?.token?.()).toBe('first')
    writeFileSync(file, 'second')
    expect(prometheus.two?.token?.()).toBe('second')
  })

  test.each([
    { VERDIGRIS_PROMETHEUS_URL: 'file:///etc/passwd' },
    { VERDIGRIS_PROMETHEUS_URL: 'gopher://prom' },
    { VERDIGRIS_PROMETHEUS_URL: 'prom:9090' },
    { VERDIGRIS_PROMETHEUS_URL: 'https://user:canary@prom' },
    { VERDIGRIS_PROMETHEUS_URL: 'https://prom/?token=canary' },
    { VERDIGRIS_PROMETHEUS_URL: 'a=https://one,a=https://two' },
    { VERDIGRIS_PROMETHEUS_TOKEN_FILE: '/run/canary' },
  ])('row 60: %j is refused by the name of its variable', (environment) => {
    const [variable = ''] = Object.keys(environment)
    expect(() => read(environment)).toThrow(variable)
    expect(() => read(environment)).not.toThrow('canary')
  })
})

test('the services of Azure have their addresses', () => {
  const settings = {
    VERDIGRIS_AZURE_MONITOR_URL: 'https://norwayeast.metrics.monitor.azure.com',
    VERDIGRIS_LOG_ANALYTICS_WORKSPACE_ID: '00000000-0000-4000-8000-000000000009',
    VERDIGRIS_LOG_ANALYTICS_URL: '',
  }
  expect(read(settings)).toMatchObject({
    azureMonitorUrl: settings.VERDIGRIS_AZURE_MONITOR_URL,
    logAnalyticsWorkspaceId: settings.VERDIGRIS_LOG_ANALYTICS_WORKSPACE_ID,
  })
  expect(read(settings)).not.toHaveProperty('logAnalyticsUrl')
})
