import { describe, expect, test } from '@jest/globals'
import { openAzure } from '../../../src/adapters/azure/cloud.ts'
import type { Transport } from '../../../src/adapters/azure/http/transport.ts'
import { createCredential } from '../../../src/adapters/azure/identity/credential.ts'
import type { Live, World } from '../../../src/core/model/live.ts'
import { keyOf, type Ref } from '../../../src/core/model/ref.ts'
import type { Outcome } from '../../../src/core/model/report.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import type { Cloud } from '../../../src/reconcile/ports.ts'
import { type OpenSandboxOptions, openSandbox } from '../../../src/sandbox/index.ts'
import { actionFor, NO_CONTENT, NOTHING, samples, signal } from './stage.ts'

const FRAUD: Ref = { kind: 'OnlineEndpoint', name: 'fraud' }
const BLUE: Ref = { kind: 'OnlineDeployment', name: 'blue', parent: 'fraud' }
const GREEN: Ref = { kind: 'OnlineDeployment', name: 'green', parent: 'fraud' }
const MODEL: Ref = { kind: 'Model', name: 'fraud', version: '1' }
const NIGHTLY: Ref = { kind: 'BatchEndpoint', name: 'nightly' }
const ONE: Ref = { kind: 'BatchDeployment', name: 'one', parent: 'nightly' }
const ENVIRONMENT: Ref = { kind: 'Environment', name: 'fraud-env', version: '1' }

async function open(options: OpenSandboxOptions = {}) {
  const sandbox = await openSandbox(options)
  const sent: { method: string; url: string; body: string }[] = []
  const transport: Transport = {
    handle(request) {
      sent.push({ ...request, body: Buffer.from(request.body ?? []).toString('utf8') })
      return sandbox.handle(request)
    },
  }
  const { tenantId, clientId, clientSecret, subscriptionId, resourceGroup, workspace } = sandbox
  const cloud = openAzure({
    workspace: { subscriptionId, resourceGroup, name: workspace },
    credential: createCredential(
      { authorityHost: sandbox.login, tenantId, clientId, clientSecret },
      { transport },
    ),
    transport,
    clock: {
      now: sandbox.clock.now,
      sleep: async (ms) => sandbox.clock.advance(ms),
    },
    meter: samples().meter,
  })
  return { ...sandbox, cloud, sent }
}

type Opened = Awaited<ReturnType<typeof open>>

function find(world: World, ref: Ref): Live | undefined {
  return world.resources.find((live) => keyOf(live.ref) === keyOf(ref))
}

const observe = (cloud: Cloud, assets: readonly Ref[] = []): Promise<World> =>
  cloud.observe({ assets, labels: [] }, signal())

/** Writes `body` over what is there now; the minutes that Azure works are left to pass. */
async function put(opened: Opened, ref: Ref, body: JsonObject): Promise<Outcome> {
  const live = find(await observe(opened.cloud, isAsset(ref) ? [ref] : []), ref)?.body
  const outcome = await opened.cloud.start(actionFor(ref, live, body), NO_CONTENT, signal())
  opened.clock.advance(3_600_000)
  return outcome
}

const isAsset = ({ version }: Ref): boolean => version !== undefined

const endpoint = { location: 'norwayeast', identity: { type: 'SystemAssigned' }, tags: {} }

function deployment({ subscriptionId, resourceGroup, workspace }: Opened, extra = {}): JsonObject {
  const root = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  return {
    location: 'norwayeast',
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Managed',
      model: `${root}/models/fraud/versions/1`,
      environmentId: `${root}/environments/fraud-env/versions/1`,
      instanceType: 'Standard_DS3_v2',
      ...extra,
    },
  }
}

async function withEndpoint(options: OpenSandboxOptions = {}): Promise<Opened> {
  const opened = await open(options)
  const uri = 'azureml://datastores/workspaceblobstore/paths/LocalUpload/x/model'
  const asset = (properties: JsonObject) => ({ properties })
  await put(opened, MODEL, asset({ modelType: 'custom_model', modelUri: uri }))
  await put(opened, ENVIRONMENT, asset({ image: 'mcr.microsoft.com/azureml/x:1' }))
  await put(opened, FRAUD, { ...endpoint, properties: { authMode: 'Key' } })
  return opened
}

describe('against the sandbox', () => {
  test('an endpoint with two deployments and traffic is built up and taken down, one write at a time', async () => {
    const opened = await withEndpoint()
    const { cloud } = opened
    expect(find(await observe(cloud, [MODEL]), MODEL)?.phase).toBe('Ready')
    for (const ref of [BLUE, GREEN]) {
      const outcome = await cloud.start(
        actionFor(ref, undefined, deployment(opened)),
        NO_CONTENT,
        signal(),
      )
      expect(outcome).toMatchObject({ result: 'Started' })
      expect(find(await observe(cloud), ref)?.phase).toBe('Provisioning')
      opened.clock.advance(3_600_000)
      expect(find(await observe(cloud), ref)?.phase).toBe('Ready')
    }
    const body = find(await observe(cloud), FRAUD)?.body ?? {}
    const properties = body.properties as JsonObject
    const split = { ...body, properties: { ...properties, traffic: { blue: 90, green: 10 } } }
    expect(await put(opened, FRAUD, split)).toMatchObject({ result: 'Started' })
    const shown = find(await observe(cloud), FRAUD)?.body.properties as JsonObject
    expect(shown.traffic).toEqual({ blue: 90, green: 10 })
    const live = find(await observe(cloud), FRAUD)?.body
    await cloud.start(actionFor(FRAUD, live), NO_CONTENT, signal())
    opened.clock.advance(3_600_000)
    expect((await observe(cloud)).resources).toEqual([])
  })

  test('a traffic change leaves mirror traffic and foreign tags as they were', async () => {
    const opened = await withEndpoint()
    await put(opened, BLUE, deployment(opened))
    await put(opened, GREEN, deployment(opened))
    const before = find(await observe(opened.cloud), FRAUD)?.body ?? {}
    const tags = { owner: 'somebody else', 'cost-center': 'ünï 42', note: ' spaces and "quotes" ' }
    const mirrored = {
      ...before,
      tags,
      properties: {
        ...(before.properties as JsonObject),
        traffic: { blue: 100 },
        mirrorTraffic: { green: 20 },
      },
    }
    expect(await put(opened, FRAUD, mirrored)).toMatchObject({ result: 'Started' })
    const read = find(await observe(opened.cloud), FRAUD)?.body ?? {}
    const withRollout = {
      ...read,
      tags: { ...(read.tags as JsonObject), 'verdigris.rollout': 'v1' },
    }
    expect(await put(opened, FRAUD, withRollout)).toMatchObject({ result: 'Started' })
    const after = find(await observe(opened.cloud), FRAUD)?.body ?? {}
    expect(after.tags).toEqual({ ...tags, 'verdigris.rollout': 'v1' })
    expect(after.properties).toMatchObject({ traffic: { blue: 100 }, mirrorTraffic: { green: 20 } })
  })

  test('a batch endpoint gets deployments and a default, and is taken down', async () => {
    const opened = await withEndpoint()
    const { cloud, subscriptionId, resourceGroup, workspace } = opened
    const root = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
    const jobs = {
      location: 'norwayeast',
      properties: {
        model: { referenceType: 'Id', assetId: `${root}/models/fraud/versions/1` },
        environmentId: `${root}/environments/fraud-env/versions/1`,
        compute: `${root}/computes/cpu-cluster`,
        codeConfiguration: { codeId: `${root}/codes/c/versions/1`, scoringScript: 'score.py' },
      },
    }
    const uri = 'https://x.example/code'
    await put(opened, { kind: 'Code', name: 'c', version: '1' }, { properties: { codeUri: uri } })
    const made = { location: 'norwayeast', properties: { authMode: 'AADToken' } }
    expect(await put(opened, NIGHTLY, made)).toMatchObject({ result: 'Started' })
    for (const ref of [ONE, { ...ONE, name: 'two' }]) {
      const create = actionFor(ref, undefined, jobs)
      expect(await cloud.start(create, NO_CONTENT, signal())).toMatchObject({ result: 'Started' })
      expect(find(await observe(cloud), ref)?.phase).toBe('Provisioning')
      opened.clock.advance(3_600_000)
      expect(find(await observe(cloud), ref)?.phase).toBe('Ready')
    }
    const body = find(await observe(cloud), NIGHTLY)?.body ?? {}
    const properties = { ...(body.properties as JsonObject), defaults: { deploymentName: 'two' } }
    expect(await put(opened, NIGHTLY, { ...body, properties })).toMatchObject({ result: 'Started' })
    const live = find(await observe(cloud), NIGHTLY)?.body
    expect(live?.properties).toMatchObject({ defaults: { deploymentName: 'two' } })
    const one = find(await observe(cloud), ONE)?.body
    expect(await cloud.start(actionFor(ONE, one), NO_CONTENT, signal())).toMatchObject({
      result: 'Started',
    })
    opened.clock.advance(3_600_000)
    await observe(cloud)
    expect(await cloud.start(actionFor(NIGHTLY, live), NO_CONTENT, signal())).toMatchObject({
      result: 'Started',
    })
    opened.clock.advance(3_600_000)
    expect((await observe(cloud)).resources.map(({ ref }) => keyOf(ref))).toEqual([keyOf(FRAUD)])
  })

  test('a batch deployment without a model is refused, in words', async () => {
    const opened = await open()
    await put(opened, NIGHTLY, { location: 'norwayeast', properties: { authMode: 'AADToken' } })
    expect(await put(opened, ONE, { location: 'norwayeast', properties: {} })).toMatchObject({
      result: 'Failed',
      errorClass: 'user',
      retry: 'Never',
      message: expect.stringContaining('must not be empty'),
    })
  })

  test.each<[Ref, JsonObject]>([
    [
      { kind: 'Data', name: 'claims', version: '3' },
      { dataType: 'uri_folder', dataUri: 'https://x/' },
    ],
    [MODEL, { modelType: 'custom_model', modelUri: 'https://x/' }],
    [ENVIRONMENT, { image: 'mcr.microsoft.com/azureml/x:1' }],
  ])('%j is registered, archived, and there all the same', async (ref, properties) => {
    const opened = await open()
    expect(await put(opened, ref, { properties })).toMatchObject({ result: 'Started' })
    const live = find(await observe(opened.cloud, [ref]), ref)?.body ?? {}
    const own = live.properties as JsonObject
    const archived = { ...live, properties: { ...own, isArchived: true } }
    const archive = { ...actionFor(ref, live, archived), verb: 'archive' } as const
    expect(await opened.cloud.start(archive, NO_CONTENT, signal())).toMatchObject({
      result: 'Started',
    })
    const after = find(await observe(opened.cloud, [ref]), ref)
    expect(after).toMatchObject({ phase: 'Ready', body: { properties: { isArchived: true } } })
  })

  test('the token is a real one: @azure/identity asked the token endpoint for it', async () => {
    const { cloud, sent, login } = await open()
    await observe(cloud)
    const asked = sent.filter(({ url, method }) => url.startsWith(login) && method === 'POST')
    expect(asked).toHaveLength(1)
    const form = new URLSearchParams(asked[0]?.body)
    expect(form.get('scope')).toContain('https://management.azure.com/.default')
  })

  test('a token that ran out is renewed, and the work goes on (attack 68)', async () => {
    let now = Date.now()
    const { cloud, sent, login } = await open({ tokenLifetimeSeconds: 3_600, tokenNow: () => now })
    await observe(cloud)
    now += 2 * 3_600_000
    await expect(observe(cloud)).resolves.toMatchObject({ complete: true })
    const asked = sent.filter(({ url, method }) => url.startsWith(login) && method === 'POST')
    expect(asked).toHaveLength(2)
  })

  test('a missing role is Forbidden, and only that', async () => {
    const { cloud } = await open({ actions: ['Microsoft.MachineLearningServices/workspaces/read'] })
    await expect(observe(cloud)).rejects.toMatchObject({ reason: 'Forbidden', errorClass: 'auth' })
  })

  test.each([
    ['OutOfQuota', 'OutOfQuota'],
    ['ImageBuildFailure', 'ImageBuildFailure'],
    ['ResourceNotReady', 'ResourceNotReady'],
    ['InternalServerError', 'InternalServerError'],
  ])('a deployment that fails by %s tells its reason', async (fault, code) => {
    const opened = await withEndpoint({ faults: [`${fault}:deployment=blue`] })
    expect(await put(opened, BLUE, deployment(opened))).toMatchObject({ result: 'Started' })
    const live = find(await observe(opened.cloud), BLUE)
    expect(live).toMatchObject({ phase: 'Failed', failure: { code } })
    expect(live?.failure?.message).not.toBe('')
  })

  test('a second write while the first runs is a conflict, and was not sent', async () => {
    const opened = await withEndpoint()
    const body = find(await observe(opened.cloud), FRAUD)?.body ?? {}
    const first = { ...body, tags: { a: '1' } }
    const action = actionFor(FRAUD, body, first)
    expect(await opened.cloud.start(action, NO_CONTENT, signal())).toMatchObject({
      result: 'Started',
    })
    const moving = find(await observe(opened.cloud), FRAUD)?.body
    const second = actionFor(FRAUD, moving, { ...first, tags: { a: '2' } })
    expect(await opened.cloud.start(second, NO_CONTENT, signal())).toMatchObject({
      reason: 'Conflict',
      retry: 'Later',
    })
  })

  test('a deployment in an endpoint that is still being made is a conflict', async () => {
    const opened = await open()
    const make = actionFor(FRAUD, undefined, { ...endpoint, properties: { authMode: 'Key' } })
    await opened.cloud.start(make, NO_CONTENT, signal())
    const early = actionFor(BLUE, undefined, deployment(opened))
    const outcome = await opened.cloud.start(early, NO_CONTENT, signal())
    expect(outcome).toMatchObject({ result: 'Failed', errorClass: 'conflict', retry: 'Later' })
  })

  test('a write whose answer is lost is Unavailable; the next observation shows what became of it', async () => {
    const opened = await withEndpoint()
    opened.injectFault('LostResponse:deployment=blue,count=1')
    expect(await put(opened, BLUE, deployment(opened))).toMatchObject({
      result: 'Failed',
      reason: 'Unavailable',
      retry: 'Later',
    })
    expect(find(await observe(opened.cloud), BLUE)?.phase).toBe('Ready')
  })

  test('bad traffic is Invalid and never sent again by itself', async () => {
    const opened = await withEndpoint()
    const body = find(await observe(opened.cloud), FRAUD)?.body ?? {}
    const properties = { ...(body.properties as JsonObject), traffic: { nobody: 100 } }
    expect(await put(opened, FRAUD, { ...body, properties })).toMatchObject({
      result: 'Failed',
      errorClass: 'user',
      retry: 'Never',
    })
  })

  test('a hundred observations of a quiet workspace write nothing', async () => {
    const opened = await withEndpoint()
    opened.sent.length = 0
    for (let count = 0; count < 100; count += 1) {
      await opened.cloud.observe(NOTHING, signal())
      opened.clock.advance(10_000)
    }
    const writes = opened.sent.filter(
      ({ method, url }) => method !== 'GET' && url.startsWith(opened.arm),
    )
    expect(writes).toEqual([])
  })
})
