import { describe, expect, test } from '@jest/globals'
import { openAzure } from '../../src/adapters/azure/cloud.ts'
import { createCredential } from '../../src/adapters/azure/identity/credential.ts'
import { checkImported } from '../../src/cli/import/check.ts'
import { type Imported, importFiles, usedAssets } from '../../src/core/manifests/import/import.ts'
import { readManifests } from '../../src/core/manifests/read.ts'
import type { Desired } from '../../src/core/model/desired.ts'
import type { World } from '../../src/core/model/live.ts'
import { hasErrors } from '../../src/core/model/problem.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Json } from '../../src/core/model/values/json.ts'
import type { Cloud } from '../../src/reconcile/ports.ts'
import type { OpenSandbox } from '../../src/sandbox/index.ts'
import { createCommits, type Files } from '../support/commits.ts'
import { exampleFiles, MANIFESTS } from '../support/examples.ts'
import { type Simulation, simulate } from '../support/simulation.ts'
import { snapshotOf } from '../support/snapshot.ts'

const read = (files: Files) => readManifests({ snapshot: snapshotOf(files), variables: {} })
const GOOD = MANIFESTS.filter((path) => {
  const { desired, problems } = read(exampleFiles(path))
  return desired.length > 0 && !hasErrors(problems)
})

/** What an example takes for granted: endpoints it does not declare, and what it names in the workspace. */
async function prepare({ put, sandbox }: Simulation, desired: readonly Desired[]): Promise<Files> {
  const { subscriptionId, resourceGroup, workspace } = sandbox
  const uri = `azureml://subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/workspaces/${workspace}/datastores/workspaceblobstore/paths/x`

  const keys = new Set(desired.map(({ ref }) => keyOf(ref)))
  const names = desired.flatMap(({ ref, spec }) =>
    namesIn(spec).map(([field, name, version]) => ({ field, name, version, ref })),
  )
  for (const { field, name, version, ref } of names) {
    const asset = ASSETS[field]
    if (asset !== undefined && !keys.has(keyOf({ kind: asset.kind, name, version })))
      await put(`${asset.collection}/${name}/versions/${version}`, {
        properties: asset.properties(uri),
      })
    if (field === 'compute')
      await put(`computes/${name}`, ref.kind === 'OnlineEndpoint' ? CLUSTER : COMPUTE)
  }
  const missing = desired.flatMap(({ ref, spec }) => {
    if (ref.parent === undefined || keys.has(keyOf({ kind: endpointOf(ref), name: ref.parent })))
      return []
    const isKubernetes = spec.type === 'kubernetes'
    return [endpointText(ref, isKubernetes)]
  })
  if (missing.some((text) => text.includes('compute:'))) await put('computes/k8s', CLUSTER)
  return Object.fromEntries(missing.map((text, index) => [`missing-${index}.yml`, text]))
}

const COMPUTE = {
  location: 'norwayeast',
  properties: { computeType: 'AmlCompute', properties: { vmSize: 'Standard_DS3_v2' } },
}
const CLUSTER = {
  location: 'norwayeast',
  properties: { computeType: 'Kubernetes', resourceId: '/x', properties: {} },
}
interface Registered {
  readonly kind: Ref['kind']
  readonly collection: string
  properties(uri: string): object
}

const ASSETS: { readonly [field: string]: Registered } = {
  model: {
    kind: 'Model',
    collection: 'models',
    properties: (modelUri) => ({ modelType: 'mlflow_model', modelUri }),
  },
  environment: {
    kind: 'Environment',
    collection: 'environments',
    properties: () => ({ image: 'mcr.microsoft.com/azureml/x:1' }),
  },
  code: { kind: 'Code', collection: 'codes', properties: (codeUri) => ({ codeUri }) },
}

function endpointOf({ kind }: Ref): Ref['kind'] {
  return kind === 'BatchDeployment' ? 'BatchEndpoint' : 'OnlineEndpoint'
}

function endpointText(ref: Ref, isKubernetes: boolean): string {
  const sort = ref.kind === 'BatchDeployment' ? 'batch' : isKubernetes ? 'kubernetes' : 'managed'
  const schema = sort === 'batch' ? 'batchEndpoint' : `${sort}OnlineEndpoint`
  const compute = isKubernetes ? 'compute: azureml:k8s\n' : ''
  const address = `https://azuremlschemas.azureedge.net/latest/${schema}.schema.json`
  return `$schema: ${address}\nname: ${ref.parent}\n${compute}`
}

type Named = readonly [field: string, name: string, version: string]

function namesIn(value: Json, field = ''): readonly Named[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([key, child]) => namesIn(child, key))
  const [, name, version = '1'] =
    /^azureml:([^:@/]+)(?:[:@]([^:@/]+))?$/.exec(typeof value === 'string' ? value : '') ?? []
  return name === undefined ? [] : [[field, name, version === 'latest' ? '1' : version]]
}

function cloudOf(sandbox: OpenSandbox): Cloud {
  const { tenantId, clientId, clientSecret, subscriptionId, resourceGroup, workspace } = sandbox
  const account = { authorityHost: sandbox.login, tenantId, clientId, clientSecret }
  return openAzure({
    workspace: { subscriptionId, resourceGroup, name: workspace },
    credential: createCredential(account, { transport: sandbox }),
    transport: sandbox,
    clock: { now: sandbox.clock.now, sleep: async (ms) => sandbox.clock.advance(ms) },
    meter: {
      azureRequest: () => {},
      azureRetry: () => {},
      azureRateLimit: () => {},
      analysisQuery: () => {},
      sourceFetch: () => {},
      manifestsRead: () => {},
      probe: () => {},
    },
  })
}

/** The workspace with what deployments use and what is asked for besides, and the manifests made of it. */
async function imported(
  sandbox: OpenSandbox,
  besides: readonly Ref[],
): Promise<{ readonly world: World; readonly result: Imported }> {
  const cloud = cloudOf(sandbox)
  const signal = new AbortController().signal
  const first = await cloud.observe({ assets: [], labels: [] }, signal)
  const assets = [...besides, ...usedAssets(first.resources, first.workspace, [])]
  const world = await cloud.observe({ assets, labels: [] }, signal)
  return { world, result: importFiles({ ...world, endpoints: [], kinds: [] }) }
}

/** What the sandbox cannot bring about; what is there by then is imported all the same. */
const UNSETTLED = {
  'sdk-test-configs/deployments/online/online_deployment_code_asset_id.yaml': 'ModelRegistryError',
  'sdk-test-configs/deployments/online/online_endpoint_deployment_k8s_minimum.yml':
    'InferencingClientCallFailed',
  'sdk-test-configs/endpoints/online/online-endpoint-with-blue.yaml': 'TrafficWaits',
  'sdk-test-configs/endpoints/online/online_endpoint_update_mir.yml': 'TrafficWaits',
} as const
const COUNT = 79

describe("Azure ML's own examples, applied and imported", () => {
  test.each(GOOD)('%s: a plan of the imported files has nothing to do', async (path) => {
    // Routes of `/`, which the examples have, are not in the pattern of the OpenAPI document.
    const simulation = await simulate({ onExchange: () => {} })
    const { desired } = read(exampleFiles(path))
    const commits = createCommits()
    commits.commit({ ...exampleFiles(path), ...(await prepare(simulation, desired)) })
    const { converged, plan, outcomes } = await simulation.startController(commits).settle()
    const unsettled = (UNSETTLED as { readonly [path: string]: string })[path]
    expect(converged).toBe(unsettled === undefined)
    if (unsettled !== undefined) expect(JSON.stringify([plan.held, outcomes])).toContain(unsettled)

    const declared = desired.map(({ ref }) => ref).filter(({ kind }) => kind !== 'Code')
    const assets = declared.filter(({ version }) => version !== undefined)
    const { world, result } = await imported(simulation.sandbox, assets)
    expect(result).toMatchObject({ skipped: [], variables: {} })
    expect(checkImported(result, world)).toEqual({ problems: [], changes: [] })
    if (converged) {
      const keys = result.files.map(({ ref }) => keyOf(ref))
      expect(keys).toEqual(expect.arrayContaining(declared.map(keyOf)))
    }
    expect(imports(result)).toEqual(imports((await imported(simulation.sandbox, assets)).result))

    const again = createCommits()
    again.commit(imports(result))
    const next = await simulation.startController(again).tick()
    expect(next.plan.changes).toEqual([])
    expect(next.plan.actions).toEqual([])
  })

  test('how many they are', () => {
    expect(GOOD).toHaveLength(COUNT)
  })
})

function imports({ files }: Imported): Files {
  return Object.fromEntries(files.map(({ path, text }) => [path, text]))
}
