import { isObject, type Json, type JsonObject } from '../../../src/core/model/values/json.ts'
import { CloudError } from '../../../src/reconcile/ports.ts'
import {
  endpointBody,
  ROOT,
  signal,
  stage,
  WORKSPACE_BODY,
  workspaceOf,
} from '../../adapters/azure/stage.ts'
import { changedValue } from '../mutate.ts'
import type { Random } from '../random.ts'
import type { Edge } from './edge.ts'
import { textOf } from './texts.ts'

const asset = (path: string, properties: JsonObject): JsonObject => ({
  id: `${ROOT}/${path}`,
  name: path.slice(path.lastIndexOf('/') + 1),
  properties: { isArchived: false, tags: {}, ...properties },
})

const BODIES: { readonly [path: string]: JsonObject } = {
  '.': WORKSPACE_BODY,
  'onlineEndpoints/fraud': endpointBody('fraud', { traffic: { blue: 100 }, mirrorTraffic: {} }),
  'onlineEndpoints/fraud/deployments/blue': {
    ...endpointBody('blue'),
    id: `${ROOT}/onlineEndpoints/fraud/deployments/blue`,
    sku: { name: 'Default', capacity: 2 },
    properties: {
      endpointComputeType: 'Managed',
      provisioningState: 'Succeeded',
      model: `${ROOT}/models/fraud/versions/1`,
      instanceType: 'Standard_DS3_v2',
      requestSettings: { requestTimeout: 'PT5S', maxConcurrentRequestsPerInstance: 1 },
    },
  },
  'batchEndpoints/nightly': { ...endpointBody('nightly'), id: `${ROOT}/batchEndpoints/nightly` },
  'models/fraud/versions/1': asset('models/fraud/versions/1', {
    modelType: 'custom_model',
    modelUri: 'azureml://x',
  }),
}
const ASSETS = [{ kind: 'Model', name: 'fraud', version: '1' }] as const
const OTHERS: readonly Json[] = Object.values(BODIES)

export const azure: Edge = {
  name: 'azure',
  asks: 'a world, or an error of Azure; never another exception',
  make(random) {
    const bodies = Object.fromEntries(
      Object.entries(BODIES).map(([path, body]) => [
        path,
        random.whole(3) === 0 ? oddBody(body, random) : body,
      ]),
    )
    const strange = random.whole(4) === 0 ? random.one(Object.keys(BODIES)) : undefined
    const reply = {
      status: random.one([200, 200, 202, 204, 301, 400, 404, 409, 429, 500, 503]),
      body: bodyText(random),
    }
    return {
      text: JSON.stringify({ bodies, strange, reply }),
      async run() {
        const answer = workspaceOf(bodies)
        const { cloud } = stage((request) => {
          if (request.path === strange) return reply
          return request.path === '.' ? { body: bodies['.'] } : answer(request)
        })
        try {
          const world = await cloud.observe({ assets: [...ASSETS], labels: [] }, signal())
          return Array.isArray(world.resources) ? undefined : 'there is no list of resources'
        } catch (error) {
          if (error instanceof CloudError) return undefined
          throw error
        }
      },
    }
  },
}

function oddBody(body: JsonObject, random: Random): Json {
  const changed = changedValue(body, OTHERS, random)
  return isObject(changed) || random.whole(2) === 0 ? changed : body
}

function bodyText(random: Random): unknown {
  return random.one<() => unknown>([
    () => textOf(random, 3000),
    () => ({
      error: { code: textOf(random, 100), message: textOf(random, 1000), details: [null, 1, {}] },
    }),
    () => ({
      value: random.one([null, [], [null], ['x'], {}, 1]),
      nextLink: random.one(['', 'x', 'https://evil.example/', 7]),
    }),
    () => '['.repeat(random.whole(3000)),
  ])()
}
