import { expect, test } from '@jest/globals'
import { createCommits, type Files } from '../support/commits.ts'
import { type Simulation, simulate } from '../support/simulation.ts'

const SCHEMA = '$schema: https://azuremlschemas.azureedge.net/latest'

const KEPT: Files = {
  'kept.yml': `${SCHEMA}/managedOnlineEndpoint.schema.json\nname: kept-here\nauth_mode: key\n`,
}

/** Who serves, on assets of its own; the model says itself what becomes of it. */
const LEAVING: Files = {
  'endpoint.yml': `${SCHEMA}/managedOnlineEndpoint.schema.json\nname: fraud\nauth_mode: key\ntraffic: { blue: 100 }\ntags: { team: risk }\n`,
  'blue.yml': `${SCHEMA}/managedOnlineDeployment.schema.json
name: blue
endpoint_name: fraud
model: azureml:shared:1
environment: azureml:shared:1
code_configuration: { code: ./src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
`,
  'model.yml': `apiVersion: verdigris.dev/v1
kind: Model
metadata: { name: shared, labels: { team: risk }, annotations: { verdigris.dev/on-delete: detach } }
spec: { version: "1", type: custom_model, path: ./model.txt }
`,
  'environment.yml': `${SCHEMA}/environment.schema.json\nname: shared\nversion: "1"\nimage: mcr.microsoft.com/azureml/minimal-py312-inference:latest\n`,
  'src/score.py': 'def init(): pass\ndef run(data): return 0.5\n',
  'model.txt': 'weights',
}

const PATHS = {
  endpoint: 'onlineEndpoints/fraud',
  deployment: 'onlineEndpoints/fraud/deployments/blue',
  model: 'models/shared/versions/1',
  environment: 'environments/shared/versions/1',
}

interface Shown {
  readonly tags?: Record<string, string>
  readonly properties: Record<string, unknown> & { readonly tags?: Record<string, string> }
}

async function shown(world: Simulation, path: string): Promise<Shown> {
  const { status, body } = await world.get(path)
  expect([path, status]).toEqual([path, 200])
  return body as unknown as Shown
}

test('what is detached serves on, with the tags of others on it, and nothing is deleted', async () => {
  const world = await simulate({ seed: 1 })
  const commits = createCommits()
  commits.commit({ ...KEPT, ...LEAVING })
  const prune = { enabled: true, maxDeletions: 0, onDelete: { OnlineEndpoint: 'detach' } } as const
  const controller = world.startController(commits, { sync: { prune } })
  expect((await controller.settle()).converged).toBe(true)
  const before = await shown(world, PATHS.deployment)
  world.calls.length = 0
  commits.commit(KEPT)
  const report = await controller.settle()

  expect(report.plan.held).toEqual([])
  expect(report.converged).toBe(true)
  expect(world.calls.filter(({ method }) => method === 'DELETE')).toEqual([])
  const endpoint = await shown(world, PATHS.endpoint)
  expect(endpoint.tags).toEqual({ team: 'risk' })
  expect(endpoint.properties.traffic).toEqual({ blue: 100 })
  const deployment = await shown(world, PATHS.deployment)
  expect(Object.keys(deployment.tags ?? {})).toEqual([])
  expect(deployment.properties.model).toEqual(before.properties.model)
  const model = await shown(world, PATHS.model)
  expect([model.properties.tags, model.properties.isArchived]).toEqual([{ team: 'risk' }, false])
  // Nobody said anything of the environment: it is archived, as ever.
  expect((await shown(world, PATHS.environment)).properties.isArchived).toBe(true)
  expect(report.orphans?.map(({ key, owner }) => `${key} ${owner}`)).toEqual(
    expect.arrayContaining(['OnlineDeployment/fraud/blue nobody', 'OnlineEndpoint/fraud nobody']),
  )
})

test('an endpoint that left before its deployment, and lost its tags, still says that nothing is deleted', async () => {
  const world = await simulate({ seed: 1 })
  const commits = createCommits()
  const { 'endpoint.yml': endpoint = '', 'blue.yml': blue = '', ...assets } = LEAVING
  const idle = endpoint.replace('traffic: { blue: 100 }\n', '')
  const suspended = `apiVersion: verdigris.dev/v1
kind: OnlineEndpoint
metadata: { name: fraud, annotations: { verdigris.dev/suspend-until: "2099-01-01T00:00:00Z" } }
spec: { auth_mode: key, tags: { team: risk } }
`
  commits.commit({ ...KEPT, ...assets, 'endpoint.yml': idle, 'blue.yml': blue })
  const prune = { enabled: true, maxDeletions: 9, onDelete: { OnlineEndpoint: 'detach' } } as const
  const controller = world.startController(commits, { sync: { prune } })
  await controller.settle()
  commits.commit({ ...KEPT, ...assets, 'endpoint.yml': suspended, 'blue.yml': blue })
  await controller.settle()
  // The commit that is recorded on the deployment from here on does not declare the endpoint.
  const scaled = blue.replace('instance_count: 1', 'instance_count: 2')
  const without = commits.commit({ ...KEPT, ...assets, 'blue.yml': scaled })
  await controller.settle()
  const { tags } = await shown(world, PATHS.deployment)
  expect(tags?.['verdigris.revision']).toBe(without)
  const { body } = await world.get(PATHS.endpoint)
  expect(await world.put(PATHS.endpoint, { ...(body as object), tags: {} })).toBeLessThan(300)
  world.calls.length = 0
  commits.commit({ ...KEPT, ...assets })
  // What another process remembers of earlier commits is no help.
  await world.startController(commits, { sync: { prune } }).settle()
  expect(world.calls.filter(({ method }) => method === 'DELETE')).toEqual([])
  expect(Object.keys((await shown(world, PATHS.deployment)).tags ?? {})).toEqual([])
})
