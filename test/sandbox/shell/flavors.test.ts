import { describe, expect, test } from '@jest/globals'
import { createBlobClient } from '../../../src/sandbox/blobs/client.ts'
import { createMemoryBlobs } from '../../../src/sandbox/blobs/memory.ts'
import type { Json } from '../../../src/sandbox/core/contract.ts'
import { withFlavors } from '../../../src/sandbox/model-flavors.ts'

const account = { accountName: 'acct', accountKey: Buffer.from('key').toString('base64') }
const origin = 'https://blobs.invalid'
const url = 'https://arm.invalid/workspaces/w/models/m/versions/1?api-version=2024-10-01'
const modelUri = 'azureml://datastores/workspaceblobstore/paths/models/m'
const MLmodel = `
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: null
    python_version: 3.7.11
  sklearn:
    code: null
    pickled_model: model.pkl
    sklearn_version: 1.0
    streamable: false
mlflow_version: 2.0.1
`

async function flavorsOf(
  text: string | undefined,
  properties: { [key: string]: Json } = {},
  request: { method?: string; url?: string } = {},
): Promise<Json | undefined> {
  const now = Date.now
  const send = createMemoryBlobs({ account, basePath: '', now })
  const blobs = createBlobClient({ account, origin, send, now })
  await blobs.createContainer('store')
  await blobs.put('store', 'models/m/MLmodel.txt', Buffer.from('flavors: {other: {}}'))
  if (text !== undefined) await blobs.put('store', 'models/m/MLmodel', Buffer.from(text))
  const store = {
    ...{ blobs, accountName: 'acct', origins: [origin], defaultContainer: 'store' },
    workspace: 'subscriptions/s/resourcegroups/g/workspaces/w',
  }
  const body = { properties: { modelType: 'mlflow_model', modelUri, ...properties } }
  const sent = { method: 'PUT', url, headers: {}, body, ...request }
  const { body: made } = await withFlavors(sent, store)
  return (made as typeof body & { properties: { flavors?: Json } }).properties.flavors
}

describe('the flavors of an MLflow model', () => {
  test('are those of its MLmodel file, with texts for all that they say', async () => {
    expect(await flavorsOf(MLmodel)).toEqual({
      python_function: {
        data: {
          env: '{"conda":"conda.yaml","virtualenv":"python_env.yaml"}',
          loader_module: 'mlflow.sklearn',
          model_path: 'model.pkl',
          python_version: '3.7.11',
        },
      },
      sklearn: {
        data: { pickled_model: 'model.pkl', sklearn_version: '1.0', streamable: 'false' },
      },
    })
    expect(
      await flavorsOf(MLmodel, { flavors: null, modelUri: `${origin}/store/models/m` }),
    ).toHaveProperty('sklearn')
  })

  test('are what the client says, if it says any', async () => {
    const flavors = { mine: { data: {} } }
    expect(await flavorsOf(MLmodel, { flavors })).toEqual(flavors)
  })

  test.each([
    ['there is no MLmodel', undefined, {}],
    ['it is no YAML', '{', {}],
    ['it has no flavors', 'flavors: 7', {}],
    ['it lies elsewhere', MLmodel, { modelUri: 'https://elsewhere.invalid/store/models/m' }],
  ])('are none where %s', async (_, text, properties) => {
    expect(await flavorsOf(text, properties)).toEqual({})
  })

  test.each([
    ['of another type', { modelType: 'custom_model' }, {}],
    ['that is read', {}, { method: 'GET' }],
    ['whose container is written', {}, { url: url.replace('/versions/1', '') }],
  ])('are not looked for in a model %s', async (_, properties, request) => {
    expect(await flavorsOf(MLmodel, properties, request)).toBeUndefined()
  })
})
