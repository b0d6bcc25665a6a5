import { expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { createCommits, type Files } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { type Simulation, simulate } from '../support/simulation.ts'

const STEPS = `
        - setWeight: 10
        - setWeight: 50`
const SPEC = `
  bake: 0s
  keep: { revisions: 0 }`

interface Named {
  /** Versions that are declared. */
  readonly models: number
  readonly model?: string
  readonly environment?: string
  readonly instances?: number
}

/** A Rollout in the template form whose template names its assets so. */
function filesOf({ models, model, environment, instances = 2 }: Named): Files {
  const files = rolloutFiles({ model: models, steps: STEPS, spec: SPEC, instances })
  const rollout = (files['rollout.yml'] ?? '')
    .replace(`azureml:fraud:${models}`, model ?? `azureml:fraud:${models}`)
    .replace('azureml:fraud-env:1', environment ?? 'azureml:fraud-env:1')
  return { ...files, 'rollout.yml': rollout }
}

async function modelsOf(world: Simulation): Promise<Readonly<Record<string, string>>> {
  const { body } = await world.get('onlineEndpoints/fraud/deployments')
  const deployments = body.value as { name: string; properties: { model: string } }[]
  return Object.fromEntries(
    deployments.map(({ name, properties }) => [name, properties.model.replace(/^.*models/, '')]),
  )
}

async function trafficOf(world: Simulation): Promise<unknown> {
  const { body } = await world.get('onlineEndpoints/fraud')
  return (body.properties as { traffic: unknown }).traffic
}

const converged = ({ converged }: Report): boolean => converged

test.each([
  ['a model', { models: 1, model: 'azureml:fraud@latest' }],
  ['an environment', { models: 1, environment: 'azureml:fraud-env@latest' }],
] as const)(
  'a template with a label of %s that nothing else names is deployed',
  async (_, named) => {
    const world = await simulate({ timeScale: 10, seed: 3 })
    const commits = createCommits()
    commits.commit(filesOf(named))
    const controller = world.startController(commits)
    const first = await controller.tick()
    expect(first.plan.held.filter(({ state }) => state !== 'waiting')).toEqual([])
    await runUntil(world, controller, converged)
    expect(await modelsOf(world)).toEqual({ blue: '/fraud/versions/1' })
    expect(await trafficOf(world)).toEqual({ blue: 100 })
  },
)

test('a template that goes from a version to a label, and is changed after that, is rolled out', async () => {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  const controller = world.startController(commits)
  const applied = async (named: Named) => {
    commits.commit(filesOf(named))
    await runUntil(world, controller, converged)
    return [await modelsOf(world), await trafficOf(world)]
  }
  await applied({ models: 1 })
  const latest = 'azureml:fraud@latest'
  expect(await applied({ models: 2, model: latest })).toEqual([
    { green: '/fraud/versions/2' },
    { green: 100 },
  ])
  // Only the number of instances changes, and then another version comes: the label moves with its manifest.
  expect(await applied({ models: 2, model: latest, instances: 3 })).toEqual([
    { green: '/fraud/versions/2' },
    { green: 100 },
  ])
  expect(await applied({ models: 3, model: latest, instances: 3 })).toEqual([
    { green: '/fraud/versions/2' },
    { green: 100 },
  ])
  expect(await applied({ models: 3, model: 'azureml:fraud:3', instances: 3 })).toEqual([
    { blue: '/fraud/versions/3' },
    { blue: 100 },
  ])
})

test('a template that the commit changes is rolled out once, with the version that the commit registers', async () => {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  const controller = world.startController(commits)
  const model = 'azureml:fraud@latest'
  commits.commit(filesOf({ models: 1, model }))
  await runUntil(world, controller, converged)
  const files = filesOf({ models: 2, model })
  const changed = (files['rollout.yml'] ?? '').replace('per_instance: 20', 'per_instance: 21')
  commits.commit({ ...files, 'rollout.yml': changed })
  const seen = new Set<string>()
  await runUntil(world, controller, (report) => {
    for (const { ref, body } of report.plan.actions)
      if (ref.name === 'green')
        seen.add(JSON.stringify(body).replace(/^.*models.fraud.versions.(\d+).*$/, '$1'))
    return report.converged
  })
  expect([...seen]).toEqual(['2'])
  expect(await modelsOf(world)).toEqual({ green: '/fraud/versions/2' })
})

test.each([
  ['beside what serves', [filesOf({ models: 1 })], { blue: 100 }],
  ['from the beginning', [], {}],
] as const)('a label of nothing in a template is named, %s', async (_, before, served) => {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  const controller = world.startController(commits)
  for (const files of before) {
    commits.commit(files)
    await runUntil(world, controller, converged)
  }
  commits.commit(filesOf({ models: 1, model: 'azureml:fruad@latest' }))
  await controller.tick()
  world.sandbox.clock.advance(60_000)
  const { converged: isConverged, plan } = await controller.tick()
  expect([isConverged, plan.actions]).toEqual([false, []])
  expect(plan.held).toMatchObject([
    { state: 'blocked', reason: 'LabelNotResolved', message: expect.stringContaining('fruad') },
  ])
  expect(await trafficOf(world)).toEqual(served)
})
