import { describe, expect, test } from '@jest/globals'
import { createAnalysis } from '../../../src/adapters/analysis/index.ts'
import { openAzure } from '../../../src/adapters/azure/cloud.ts'
import { httpClientOf, type Transport } from '../../../src/adapters/azure/http/transport.ts'
import { createCredential } from '../../../src/adapters/azure/identity/credential.ts'
import { openInspector } from '../../../src/adapters/azure/inspect.ts'
import { openProber } from '../../../src/adapters/azure/scoring/prober.ts'
import { AZURE_CLOUDS, type AzureCloud, tokenScopeOf } from '../../../src/core/model/azure-cloud.ts'
import type { ProviderName } from '../../../src/core/model/measurements/measurement.ts'
import { faultOf } from '../../../src/core/rollout/golden/golden.ts'
import { createTokenIssuer, sharedSigningKey } from '../../../src/sandbox/identity/tokens.ts'
import { createTraffic, type OpenSandbox } from '../../../src/sandbox/index.ts'
import { MINUTE, setStage } from '../../sandbox/rehearsal/stage.ts'
import { actionFor, NOTHING, samples, signal, WORKSPACE } from './stage.ts'
import { ASK, trying } from './trials-stage.ts'

type Name = keyof typeof AZURE_CLOUDS

const NAMES = Object.keys(AZURE_CLOUDS) as Name[]
const VERSION = 'api-version=2024-10-01'

/** Every client of the controller, at a workspace of a cloud. */
async function clientsAt(name: Name) {
  const stage = await setStage({ cloud: name })
  const { sandbox } = stage
  const seen: { readonly url: URL; readonly audience: string | undefined }[] = []
  const transport: Transport = {
    async handle(request) {
      const url = new URL(request.url)
      seen.push({ url, audience: audienceOf(request.headers.authorization) })
      return sandbox.handle(request)
    },
  }
  const { tenantId, clientId, clientSecret, subscriptionId, resourceGroup } = sandbox
  const cloud: AzureCloud = AZURE_CLOUDS[name]
  const authorityHost = cloud.authorities[0]
  const identity = { authorityHost, tenantId, clientId, clientSecret }
  const credential = createCredential(identity, { transport })
  const clock = {
    now: sandbox.clock.now,
    sleep: async (ms: number) => sandbox.clock.advance(ms),
  }
  const options = {
    ...{ workspace: { subscriptionId, resourceGroup, name: sandbox.workspace }, cloud, credential },
    ...{ transport, clock, meter: samples().meter },
  }
  const inspector = openInspector(options)
  const analysis = createAnalysis({
    clock,
    azure: {
      ...{ credential, cloud, workspaceId: rootOf(sandbox), logsWorkspaceId: sandbox.workspaceId },
      region: async (signal) => (await inspector.workspace(signal)).location,
    },
    httpClient: httpClientOf(transport),
  })
  return {
    ...{ stage, sandbox, seen, cloud, analysis, credential, inspector },
    azure: openAzure(options),
    prober: openProber({ ...options, faultOf }),
  }
}

function rootOf({ subscriptionId, resourceGroup, workspace }: OpenSandbox): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
}

function audienceOf(authorization = ''): string | undefined {
  const [, claims] = /^Bearer [^.]+\.([^.]+)\./.exec(authorization) ?? []
  if (claims === undefined) return undefined
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')).aud
}

const BLOB = '0'.repeat(40)
const content = { blob: async () => Buffer.from('weights') }

/** A model whose one file is to be uploaded. */
function modelUpload() {
  const upload = {
    ...{ name: 'model.txt', hash: 'ab'.repeat(32), isFolder: false },
    files: [{ path: 'model.txt', blob: BLOB, size: 7 }],
  }
  const modelUri = `azureml://datastores/workspaceblobstore/paths/LocalUpload/${'ab'.repeat(16)}/model.txt`
  const ref = { kind: 'Model' as const, name: 'm', version: '1' }
  const body = { properties: { modelType: 'custom_model', modelUri } }
  return { ...actionFor(ref, undefined, body), upload }
}

describe.each(NAMES)('at a workspace of the cloud %s', (name) => {
  const region = 'norwayeast'

  test('everything is at hosts of that cloud, with tokens for that cloud', async () => {
    const { stage, sandbox, seen, cloud, analysis, azure, prober } = await clientsAt(name)
    await stage.deploy('blue')
    await stage.deploy('green')
    await stage.weigh({ blue: 50, green: 50 })
    const startMs = sandbox.clock.now()
    createTraffic(sandbox, { endpoint: 'fraud', seed: 7, rate: 20 })
    sandbox.clock.advance(20 * MINUTE)

    expect(await azure.observe(NOTHING, signal())).toMatchObject({ complete: true })
    expect(await azure.start(modelUpload(), content, signal())).toMatchObject({ result: 'Started' })
    const entra = { ...ENTRA, location: region }
    expect((await stage.arm('PUT', 'onlineEndpoints/fraud', entra)).status).toBeLessThan(300)
    const expect_ = { is: 'anything' } as const
    const golden = { name: 'a', request: {}, status: 200, expect: expect_, maxLatencyMs: 2_500 }
    const request = { golden, timeoutMs: 5_000 }
    const probe = { endpoint: 'fraud', deployment: 'blue', requests: [request] }
    expect(await prober.ask(probe, signal())).toEqual([{ name: 'a' }])
    const nowMs = sandbox.clock.now()
    const about = {
      ...{ endpoint: 'fraud', stable: 'blue', candidate: 'green', startMs },
      ...{ baselineMs: 0, endMs: nowMs },
    }
    const ask = (provider: ProviderName) =>
      ({ id: provider, provider, query: {}, wants: 'series', about, windowMs: MINUTE }) as const
    sandbox.clock.advance(10 * MINUTE)
    const asked = [ask('azureMonitor'), ask('logAnalytics')]
    expect(await analysis.measure(asked, signal())).toMatchObject([
      { is: 'series' },
      { is: 'series' },
    ])

    const told = new Map(seen.map(({ url, audience }) => [url.origin, audience]))
    expect(Object.fromEntries(told)).toEqual({
      [cloud.authorities[0]]: undefined,
      [cloud.resourceManager]: cloud.resourceManagerAudience,
      [`https://sandboxstorage.blob.${cloud.storageSuffix}`]: undefined,
      [`https://fraud.${region}.${cloud.inferenceSuffix}`]: cloud.mlAudience,
      [`https://${region}.${cloud.metricsSuffix}`]: `https://${cloud.metricsSuffix}`,
      [cloud.logs[0]]: cloud.logs[0],
    })
  })

  test('trials go to services and storage of that cloud', async () => {
    const cloud: AzureCloud = AZURE_CLOUDS[name]
    const { look, seen, credential } = trying({
      options: { cloud },
      scoringUri: `https://nightly.${region}.${cloud.inferenceSuffix}/jobs`,
      discoveryUrl: `https://${region}.${cloud.mlServiceSuffix}/discovery`,
      datastore: { endpoint: null },
    })
    expect(await look(ASK)).toMatchObject({ is: 'same' })
    expect(new Set(credential.asked)).toEqual(
      new Set([`${cloud.resourceManagerAudience}/.default`, `${cloud.mlAudience}/.default`]),
    )
    expect(new Set(seen.map(({ url }) => url.origin))).toEqual(
      new Set([
        cloud.resourceManager,
        `https://nightly.${region}.${cloud.inferenceSuffix}`,
        `https://${region}.${cloud.mlServiceSuffix}`,
        `https://store1.blob.${cloud.storageSuffix}`,
      ]),
    )
  })

  test('ARM tells of itself what the cloud is known for, without a token', async () => {
    const { inspector, cloud, seen } = await clientsAt(name)
    expect(await inspector.cloud(signal())).toEqual({
      audiences: expect.arrayContaining([cloud.resourceManagerAudience]),
      authority: cloud.authorities[0],
      storageSuffix: cloud.storageSuffix,
    })
    expect(seen.map(({ audience }) => audience)).toEqual([undefined])
  })

  test('the studio that it tells is the one of the cloud', async () => {
    const { sandbox, cloud } = await clientsAt(name)
    const url = `https://${region}.${cloud.mlServiceSuffix}/discovery`
    const { body } = await sandbox.handle({ method: 'GET', url, headers: {} })
    expect(JSON.parse(body)).toMatchObject({
      api: `https://${region}.${cloud.mlServiceSuffix}`,
      studio: cloud.studio,
    })
  })

  const others = NAMES.filter((other) => other !== name)
  test.each(others)('a token of the cloud %s opens nothing: every door says 401', async (other) => {
    const { sandbox, stage } = await clientsAt(name)
    const own: AzureCloud = AZURE_CLOUDS[name]
    await stage.deploy('blue')
    await stage.arm('PUT', 'onlineEndpoints/fraud', { ...ENTRA, location: region })
    for (const door of doorsOf(sandbox, own)) {
      const statusWith = async (cloud: AzureCloud) => {
        const authorization = `Bearer ${await tokenFor(sandbox, door.audience(cloud))}`
        const { method, url } = door
        return (await sandbox.handle({ method, url, headers: { authorization }, body: '{}' }))
          .status
      }
      expect([door.url, await statusWith(own)]).not.toEqual([door.url, 401])
      expect([door.url, await statusWith(AZURE_CLOUDS[other])]).toEqual([door.url, 401])
    }
  })

  test.each(others)('its authority gives no token for the cloud %s', async (other) => {
    const { credential } = await clientsAt(name)
    const scope = tokenScopeOf(AZURE_CLOUDS[other].resourceManagerAudience)
    await expect(credential.getToken(scope)).rejects.toThrow('AADSTS500011')
  })
})

const ENTRA = {
  identity: { type: 'SystemAssigned' },
  properties: { authMode: 'AADToken', traffic: { blue: 100 } },
}

interface Door {
  readonly method: string
  readonly url: string
  readonly audience: (cloud: AzureCloud) => string
}

/** One address behind each kind of token. */
function doorsOf(sandbox: OpenSandbox, cloud: AzureCloud): readonly Door[] {
  const { location, subscriptionId, workspaceId } = sandbox
  const ml = ({ mlAudience }: AzureCloud) => mlAudience
  const root = rootOf(sandbox)
  const inference = `${location}.${cloud.inferenceSuffix}`
  return [
    {
      method: 'GET',
      url: `${cloud.resourceManager}${root}?${VERSION}`,
      audience: (one) => one.resourceManagerAudience,
    },
    { method: 'POST', url: `https://fraud.${inference}/score`, audience: ml },
    { method: 'POST', url: `https://nightly.${inference}/jobs`, audience: ml },
    {
      method: 'GET',
      url: `https://${location}.${cloud.mlServiceSuffix}/history/v1.0${root}/runs/x`,
      audience: ml,
    },
    {
      method: 'POST',
      url: `https://${location}.${cloud.metricsSuffix}/subscriptions/${subscriptionId}/metrics:getBatch`,
      audience: (one) => `https://${one.metricsSuffix}`,
    },
    {
      method: 'POST',
      url: `${cloud.logs[0]}/v1/workspaces/${workspaceId}/query`,
      audience: (one) => one.logs[0],
    },
  ]
}

/** Signed by the sandbox's own directory: only its audience can be wrong. */
async function tokenFor(sandbox: OpenSandbox, audience: string): Promise<string> {
  const { tenantId, clientId } = sandbox
  const signingKey = await sharedSigningKey()
  const issuer = await createTokenIssuer({ tenantId, now: Date.now, signingKey })
  return issuer.issue({ objectId: 'o', clientId }, audience)
}

test.each(NAMES.filter((name) => name !== 'public'))(
  'a connection to the cloud %s takes no address of another',
  (name) => {
    const options = {
      ...{ workspace: WORKSPACE, clock: { now: () => 0, sleep: async () => {} } },
      ...{ credential: { getToken: async () => null }, meter: samples().meter },
      cloud: AZURE_CLOUDS[name],
    }
    expect(() => openAzure({ ...options, endpoint: 'https://management.azure.com' })).toThrow(
      `not of the cloud ${name}`,
    )
    expect(() => openAzure({ ...options, endpoint: 'https://127.0.0.1:9' })).not.toThrow()
  },
)
