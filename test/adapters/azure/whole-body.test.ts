import { readFileSync } from 'node:fs'
import {
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import { describe, expect, test } from '@jest/globals'
import { objectOf, rawResponse } from '../../../src/adapters/azure/http/whole-body.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import {
  actionFor,
  endpointBody,
  NO_CONTENT,
  NOTHING,
  type Reply,
  ROOT,
  signal,
  stage,
  workspaceOf,
} from './stage.ts'

const FRAUD: Ref = { kind: 'OnlineEndpoint', name: 'fraud' }

/** What the typed client would lose or change: unknown fields, null, dates, mirror traffic, free-form maps. */
const STRANGE: JsonObject = {
  ...endpointBody('fraud', {
    traffic: { blue: 90, green: 10 },
    mirrorTraffic: { shadow: 20 },
    brandNew: { nested: [1, null, { deep: true }] },
    description: null,
    properties: { 'azureml.onlineendpointid': '/x', custom: '2024-01-01T00:00:00Z' },
  }),
  tags: { foreign: 'ünï ✓', 'verdigris.revision': 'abc', 'hidden-link:/x': '' },
  topLevelOfTomorrow: 'kept',
}

test.each([
  ['GET', 'is the same value at the next reading', true],
  ['POST', 'is not remembered: it may be a key', false],
] as const)('what a %s answers %s', async (method, _, isRemembered) => {
  const request = createPipelineRequest({ url: 'https://management.azure.com/x', method })
  const bodyAsText = JSON.stringify({ [method]: 'k'.repeat(88) })
  const sent = await createEmptyPipeline().sendRequest(
    {
      sendRequest: async () => ({ request, status: 200, headers: createHttpHeaders(), bodyAsText }),
    },
    request,
  )
  const [one, other] = [sent, sent].map((response) => objectOf(rawResponse(response), method))
  expect(one).toEqual(other)
  expect(one === other).toBe(isRemembered)
})

describe('whole bodies', () => {
  test.each(['provisioningState', 'authMode', 'traffic', 'scoringUri'])(
    'a %s that no text can be made of is read as it is, and ends nothing',
    async (field) => {
      const textless = { toString: 1, valueOf: { toString: 'x' } }
      const body = endpointBody('fraud', { [field]: textless })
      const { cloud } = stage(workspaceOf({ 'onlineEndpoints/fraud': body }))
      const world = await cloud.observe(NOTHING, signal())
      expect(world.resources.map((live) => live.body)).toEqual([body])
    },
  )

  test('an endpoint is read with every field, also those the typed client does not know', async () => {
    const { cloud } = stage(workspaceOf({ 'onlineEndpoints/fraud': STRANGE }))
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources.map((live) => live.body)).toEqual([STRANGE])
    expect(world.complete).toBe(true)
  })

  test('a PUT sends the body byte for byte, mirror traffic and foreign tags included', async () => {
    const handler = workspaceOf({ 'onlineEndpoints/fraud': STRANGE })
    const { cloud, seen } = stage((request) =>
      request.method === 'PUT' ? { status: 201, body: STRANGE } : handler(request),
    )
    const properties = STRANGE.properties as JsonObject
    const body = { ...STRANGE, properties: { ...properties, traffic: { blue: 50, green: 50 } } }
    const outcome = await cloud.start(actionFor(FRAUD, STRANGE, body), NO_CONTENT, signal())
    expect(outcome.result).toBe('Started')
    const put = seen.find(({ method }) => method === 'PUT')
    expect(put?.body).toBe(JSON.stringify(body))
    expect(put?.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(put?.url.search).toBe('?api-version=2024-10-01')
  })

  test.each<[string, Ref]>([
    ['models/m/versions/1', { kind: 'Model', name: 'm', version: '1' }],
    ['environments/e/versions/2.0', { kind: 'Environment', name: 'e', version: '2.0' }],
    ['codes/c/versions/3', { kind: 'Code', name: 'c', version: '3' }],
  ])('%s comes back whole', async (path, ref) => {
    const body = { name: ref.version, properties: { unknown: { a: 1 }, stage: null } }
    const { cloud } = stage(workspaceOf({ [path]: body }))
    const world = await cloud.observe({ assets: [ref], labels: [] }, signal())
    expect(world.resources).toEqual([{ ref, body, phase: 'Ready' }])
  })

  test('recorded deployments of Azure come through unchanged', async () => {
    const bodies = recordedDeployments()
    expect(bodies.length).toBeGreaterThan(0)
    for (const body of bodies) {
      const path = `onlineEndpoints/fraud/deployments/${body.name}`
      const { cloud } = stage(
        workspaceOf({ 'onlineEndpoints/fraud': endpointBody('fraud'), [path]: body }),
      )
      const world = await cloud.observe(NOTHING, signal())
      expect(JSON.stringify(world.resources[1]?.body)).toBe(JSON.stringify(body))
    }
  })

  test('row 41: a live body with __proto__, deep and unknown fields survives, and changes no prototype', async () => {
    const text = `{"name":"fraud","__proto__":{"polluted":1},"constructor":{"prototype":{"x":1}},
      "properties":{"provisioningState":"Succeeded","deep":${'['.repeat(60)}${']'.repeat(60)}}}`
    const live = JSON.parse(text) as JsonObject
    const handler = workspaceOf({ 'onlineEndpoints/fraud': live })
    const { cloud, seen } = stage(({ ...request }): Reply | undefined => {
      if (request.method === 'PUT') return { status: 200, body: live }
      return handler(request) as Reply | undefined
    })
    const world = await cloud.observe(NOTHING, signal())
    const body = world.resources[0]?.body ?? {}
    expect(JSON.stringify(body)).toBe(JSON.stringify(live))
    await cloud.start(actionFor(FRAUD, body, { ...body, tags: {} }), NO_CONTENT, signal())
    expect(seen.at(-1)?.body).toContain('"__proto__":{"polluted":1}')
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  test('row 41: a body nested without end is left out, and nothing may be deleted', async () => {
    const deep = '['.repeat(5_000) + ']'.repeat(5_000)
    const poison = `{"name":"poison","properties":{"x":${deep}}}`
    const good = JSON.stringify(endpointBody('good'))
    const { cloud } = stage((request) =>
      request.path === 'onlineEndpoints'
        ? { body: `{"value":[${poison},${good}]}` }
        : workspaceOf({})(request),
    )
    const world = await cloud.observe(NOTHING, signal())
    expect(world.resources.map(({ ref }) => ref.name)).toEqual(['good'])
    expect(world.complete).toBe(false)
  })
})

function recordedDeployments(): JsonObject[] {
  const file = `test/fixtures/azure-ml/recordings/powershell-2024-04-01.transcribed.json`
  const { Entries } = JSON.parse(readFileSync(file, 'utf8'))
  const isDeployment = /\/onlineEndpoints\/[^/]+\/deployments\/[^/?]+\?/
  return Entries.filter(
    (entry: { RequestUri: string; StatusCode: number; ResponseBody?: { name?: string } }) =>
      isDeployment.test(entry.RequestUri) && entry.StatusCode < 300 && entry.ResponseBody?.name,
  ).map((entry: { ResponseBody: JsonObject }) => entry.ResponseBody)
}

test('the workspace of a world is the one asked for, with its region', async () => {
  const { cloud } = stage(workspaceOf({}))
  const { workspace } = await cloud.observe(NOTHING, signal())
  expect(workspace).toEqual({
    id: ROOT,
    subscriptionId: 'sub',
    resourceGroup: 'rg',
    name: 'ws',
    location: 'eastus',
  })
})
