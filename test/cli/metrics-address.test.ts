import { expect, test } from '@jest/globals'
import { azureAccess } from '../../src/compose/azure-access.ts'
import { chosenIdentity } from '../../src/compose/identity.ts'
import { quietTelemetry } from '../../src/compose/quiet.ts'
import { compose } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { Application } from '../../src/core/model/application.ts'
import type { MeasurementQuery } from '../../src/core/model/measurements/measurement.ts'

const WHERE = { subscriptionId: '10000000-0000-4000-8000-000000000001', resourceGroup: 'ml' }
const APPLICATION: Application = {
  name: 'fraud',
  source: { repository: import.meta.dirname, revision: 'main', path: '' },
  workspace: { ...WHERE, name: 'prod' },
  sync: {
    ...{ mode: 'apply', intervalMs: 60_000, drift: 'correct', suspend: false, maxRollouts: 10 },
    prune: { enabled: true, maxDeletions: 3 },
    ignoreDifferences: [],
  },
  variables: {},
}

const QUESTION: MeasurementQuery = {
  id: 'errors',
  provider: 'azureMonitor',
  query: {},
  wants: 'series',
  windowMs: 60_000,
  about: {
    ...{ endpoint: 'fraud', stable: 'blue', candidate: 'green' },
    ...{ startMs: 0, baselineMs: 0, endMs: 600_000 },
  },
}

/** Why an Application whose identity has no token, so that nothing is asked, gets no metrics of Azure. */
async function whyNone(environment: Readonly<Record<string, string>>): Promise<string> {
  const config = readConfig({ VERDIGRIS_ALLOW_LOCAL: 'true', ...environment }, false)
  const access = azureAccess(config)
  const azure = { ...access, chosen: chosenIdentity({ secret: 'none' }, access, config.identities) }
  const door = { ...WHERE, workspace: 'prod', azure }
  const { ports, close } = compose(APPLICATION, door, config, await quietTelemetry(config))
  const [answer] = await ports.analysis.measure([QUESTION], AbortSignal.timeout(5_000))
  await close()
  return answer?.is === 'noData' ? `${answer.reason}: ${answer.message}` : ''
}

test('where the metrics of Azure are is asked of the workspace, without a setting', async () => {
  expect(await whyNone({})).toBe('Unavailable: The region of the workspace could not be read.')
})

test('a setting goes first', async () => {
  const region = 'https://norwayeast.metrics.monitor.azure.com'
  expect(await whyNone({ VERDIGRIS_AZURE_MONITOR_URL: region })).toMatch(/^Unauthorized: /)
})

test('an ARM on this machine leads to no host of Azure', async () => {
  const here = {
    VERDIGRIS_ARM_ENDPOINT: 'https://127.0.0.1:8',
    AZURE_AUTHORITY_HOST: 'https://127.0.0.1:9',
  }
  expect(await whyNone(here)).toMatch(/^ProviderNotConfigured: .*VERDIGRIS_AZURE_MONITOR_URL/)
})
