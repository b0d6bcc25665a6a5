import { expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { createCommits, type Files } from '../support/commits.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

const schema = (name: string): string =>
  `$schema: https://azuremlschemas.azureedge.net/latest/${name}.schema.json\n`

const FILES: Files = {
  'endpoint.yml': `${schema('managedOnlineEndpoint')}name: fraud
auth_mode: key
description: a
traffic: { blue: 100 }
`,
  'blue.yml': `${schema('managedOnlineDeployment')}name: blue
endpoint_name: fraud
model: azureml:fraud:1
environment: azureml:fraud-env:1
code_configuration: { code: src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
description: a
request_settings: { request_timeout_ms: 8000 }
`,
  'model.yml': `${schema('model')}name: fraud
version: "1"
path: model
description: a
`,
  'environment.yml': `${schema('environment')}name: fraud-env
version: "1"
image: mcr.microsoft.com/azureml/minimal-py312-inference:latest
`,
  'nightly.yml': `${schema('batchEndpoint')}name: nightly
auth_mode: aad_token
description: a
`,
  'jobs.yml': `${schema('modelBatchDeployment')}name: jobs
endpoint_name: nightly
type: model
model: azureml:fraud:1
environment: azureml:fraud-env:1
code_configuration: { code: src, scoring_script: score.py }
compute: azureml:cpu-cluster
resources: { instance_count: 1 }
settings: { mini_batch_size: 5 }
`,
  'src/score.py': 'def init(): pass\ndef run(data): return 0.5\n',
  'model/model.txt': 'weights',
}

const DAY = 24 * 3_600_000

async function world(fault?: string): Promise<Simulation> {
  return simulate({ timeScale: 10, seed: 3, ...(fault === undefined ? {} : { faults: [fault] }) })
}

function readiness(report: Report, key: string): string | undefined {
  const status = report.resources.find((one) => one.key === key)
  return status?.conditions.find(({ type }) => type === 'Ready')?.reason
}

const puts = (sandbox: Simulation): number =>
  sandbox.calls.filter(({ method }) => method === 'PUT').length

/** Time passes, tick by tick. */
async function pass(sandbox: Simulation, controller: Controller, ms: number): Promise<Report> {
  for (let passed = 0; passed < ms; passed += ms / 8) {
    await controller.settle()
    sandbox.sandbox.clock.advance(ms / 8)
  }
  return controller.settle()
}

test.each([
  [
    'dropped on an endpoint',
    'FieldDropped:field=/properties/description,resource=^onlineEndpoints$',
    'OnlineEndpoint/fraud',
  ],
  [
    'dropped on a deployment',
    'FieldDropped:field=/properties/description,resource=^onlineEndpoints/deployments$',
    'OnlineDeployment/fraud/blue',
  ],
  [
    'rounded on a deployment',
    'FieldAltered:field=/properties/requestSettings/requestTimeout,value=PT7S',
    'OnlineDeployment/fraud/blue',
  ],
  [
    'dropped on a batch endpoint',
    'FieldDropped:field=/properties/description,resource=^batchEndpoints$',
    'BatchEndpoint/nightly',
  ],
  [
    'altered on a batch deployment',
    'FieldAltered:field=/properties/miniBatchSize,value=6',
    'BatchDeployment/nightly/jobs',
  ],
  [
    'dropped on an asset',
    'FieldDropped:field=/properties/description,resource=^models/versions$',
    'Model/fraud:1',
  ],
] as const)(
  'a field that Azure %s is not taken over, and not written again that day',
  async (_, fault, key) => {
    const azure = await world(fault)
    const commits = createCommits()
    commits.commit(FILES)
    const controller = azure.startController(commits)
    const report = await pass(azure, controller, 3_600_000)
    expect(report.resources.map((one) => [one.key, readiness(report, one.key)])).toContainEqual([
      key,
      'NotTakenOver',
    ])
    expect(report.resources.filter(({ sync }) => sync !== 'synced')).toHaveLength(1)
    expect(report.resources.filter(({ driftedSince }) => driftedSince !== undefined)).toEqual([])
    const before = puts(azure)
    await pass(azure, controller, DAY / 2)
    expect(puts(azure)).toBe(before)
  },
)

test('after a restart it is written once, and told again', async () => {
  const azure = await world('FieldDropped:field=/properties/description,resource=^onlineEndpoints$')
  const commits = createCommits()
  commits.commit(FILES)
  await pass(azure, azure.startController(commits), 3_600_000)
  const before = puts(azure)
  const next = azure.startController(commits)
  const report = await pass(azure, next, 3_600_000)
  expect(puts(azure)).toBe(before + 1)
  expect(readiness(report, 'OnlineEndpoint/fraud')).toBe('NotTakenOver')
})

test('what somebody changes by hand is drift, also of a thing that was written a moment ago', async () => {
  const azure = await world()
  const commits = createCommits()
  commits.commit(FILES)
  const controller = azure.startController(commits)
  await controller.settle()
  const { body } = await azure.get('onlineEndpoints/fraud')
  const properties = { ...(body.properties as object), description: 'mine' }
  await azure.put('onlineEndpoints/fraud', { ...body, properties })
  azure.sandbox.clock.advance(60_000)
  await controller.tick()
  const drifted = await controller.tick()
  expect(JSON.stringify(drifted.plan.held)).not.toContain('NotTakenOver')
  const report = await pass(azure, controller, 3_600_000)
  expect(report.converged).toBe(true)
})
