import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import type { IntentVerb } from '../../src/core/model/rollout.ts'
import { createCommits } from '../support/commits.ts'
import { createFolder } from '../support/folder.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

const HOUR_MS = 3_600_000
const STEPS = '\n        - setWeight: 10\n        - pause: { duration: 1m }'

function files(model: number) {
  return rolloutFiles({ model, steps: STEPS, spec: '\n  bake: 1m\n  keep: { for: 1h }' })
}

/** What a rollout's slots were before there was one: deployments with manifests of their own. */
function withoutRollout(names: readonly string[]) {
  const { 'rollout.yml': _, 'endpoint.yml': endpoint = '', ...rest } = files(1)
  const deployments = names.map((name) => [
    `${name}.yml`,
    `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: ${name}
endpoint_name: fraud
model: azureml:fraud:1
environment: azureml:fraud-env:1
code_configuration: { code: ./src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 2
`,
  ])
  return {
    ...rest,
    ...Object.fromEntries(deployments),
    'endpoint.yml': `${endpoint}traffic: { ${names[0]}: 100 }\n`,
  }
}

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

async function pull(world: Simulation, controller: Controller, verb: IntentVerb): Promise<void> {
  const at = world.sandbox.clock.now()
  const answer = controller.inbox.put({
    id: `${verb}-${at}`,
    verb,
    endpoint: 'fraud',
    who: 'anna',
    why: '',
    at,
  })
  let isAnswered = false
  void answer.then(() => {
    isAnswered = true
  })
  await runUntil(world, controller, () => isAnswered)
  expect(await answer).toMatchObject({ result: 'accepted' })
}

async function deploymentsOf(world: Simulation): Promise<readonly string[]> {
  const { body } = await world.get('onlineEndpoints/fraud/deployments')
  return (body.value as { name: string }[]).map(({ name }) => name).sort()
}

function notProven({ plan }: Report): readonly string[] {
  return plan.held.filter(({ reason }) => reason === 'NotProven').map(({ message }) => message)
}

const AT_REST = ({ converged }: Report): boolean => converged

async function firstRevision() {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const folder = createFolder()
  folder.write(files(1))
  const controller = world.startController(folder)
  await runUntil(world, controller, AT_REST)
  return { world, folder, controller }
}

/** Until this model serves, and is the stable one. */
async function release(world: Simulation, controller: Controller, model: number): Promise<void> {
  await runUntil(world, controller, (report) => {
    const { phase, stable } = statusOf(report) ?? {}
    return phase === 'idle' && stable?.model?.endsWith(`${model}`) === true
  })
}

describe('a folder as the source of a Rollout', () => {
  test('frees the slot of a revision that was promoted and undone, and rolls out the next one', async () => {
    const { world, folder, controller } = await firstRevision()
    folder.write(files(2))
    await release(world, controller, 2)
    await pull(world, controller, 'undo')
    await runUntil(world, controller, (report) => statusOf(report)?.phase === 'rolled_back')
    world.sandbox.clock.advance(2 * HOUR_MS)
    await runUntil(world, controller, (report) => {
      expect(notProven(report)).toEqual([])
      return report.plan.wakeAt === undefined
    })
    expect(await deploymentsOf(world)).toEqual(['blue'])
    folder.write(files(3))
    await release(world, controller, 3)
    world.sandbox.clock.advance(2 * HOUR_MS)
    const report = await runUntil(world, controller, AT_REST)
    expect(notProven(report)).toEqual([])
    expect(await deploymentsOf(world)).toEqual(['green'])
  })

  test('makes a slot again whose create failed', async () => {
    const { world, folder, controller } = await firstRevision()
    world.sandbox.injectFault('ImageBuildFailure:deployment=green,count=1')
    folder.write(files(2))
    await runUntil(world, controller, (report) => statusOf(report)?.stalled === true)
    folder.write(files(3))
    await release(world, controller, 3)
    const { body } = await world.get('onlineEndpoints/fraud')
    expect((body.properties as { traffic: object }).traffic).toMatchObject({ green: 100 })
  })

  test.each<[string, readonly string[]]>([
    ['one of its slots serves', ['blue']],
    ['both of its slots are there', ['green', 'blue']],
    ['something of another name serves', ['old-one']],
  ])('takes up what was made without one: %s', async (_, names) => {
    const world = await simulate({ timeScale: 10, seed: 3 })
    const folder = createFolder()
    folder.write(withoutRollout(names))
    const controller = world.startController(folder)
    await runUntil(world, controller, AT_REST)
    folder.write(files(2))
    await release(world, controller, 2)
    world.sandbox.clock.advance(2 * HOUR_MS)
    const report = await runUntil(world, controller, ({ plan }) => plan.wakeAt === undefined)
    const { body } = await world.get('onlineEndpoints/fraud')
    const { traffic } = body.properties as { traffic: { [name: string]: number } }
    const serving = Object.keys(traffic).filter((name) => traffic[name] === 100)
    expect(['blue', 'green']).toContain(serving[0])
    const kept = names.includes('old-one') ? ['old-one'] : []
    expect(await deploymentsOf(world)).toEqual([...serving, ...kept].sort())
    expect(notProven(report)).toHaveLength(kept.length)
  })
})

describe('going over from a folder to Git', () => {
  test('changes nothing by itself, and rolls out the next commit', async () => {
    const { world, folder, controller: before } = await firstRevision()
    folder.write(files(2))
    await release(world, before, 2)
    const commits = createCommits()
    commits.commit(files(2))
    const controller = world.startController(commits)
    world.sandbox.clock.advance(2 * HOUR_MS)
    await runUntil(world, controller, AT_REST)
    expect(await deploymentsOf(world)).toEqual(['green'])
    commits.commit(files(3))
    await release(world, controller, 3)
    const { body } = await world.get('onlineEndpoints/fraud')
    expect((body.properties as { traffic: object }).traffic).toMatchObject({ blue: 100 })
  })

  test('what a folder no longer declares is deleted as its message says: one commit declares it, a later one does not', async () => {
    const world = await simulate({ timeScale: 10, seed: 3 })
    const folder = createFolder()
    folder.write(withoutRollout(['blue', 'spare']))
    const before = world.startController(folder)
    await runUntil(world, before, AT_REST)
    folder.write(withoutRollout(['blue']))
    const told = await runUntil(world, before, ({ plan }) => plan.wakeAt === undefined)
    expect(notProven(told)).toEqual([
      expect.stringContaining('declare it in one commit of a Git repository'),
    ])
    const commits = createCommits()
    commits.commit(withoutRollout(['blue', 'spare']))
    const controller = world.startController(commits)
    await runUntil(world, controller, AT_REST)
    commits.commit(withoutRollout(['blue']))
    await runUntil(world, controller, AT_REST)
    expect(await deploymentsOf(world)).toEqual(['blue'])
  })
})
