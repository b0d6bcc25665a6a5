import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import type { IntentAnswer } from '../../src/core/model/rollout.ts'
import { createCommits, type Files } from '../support/commits.ts'
import { deploymentFile, endpointFile } from '../support/manifests.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

const STEPS = '\n        - setWeight: 10\n        - pause: { duration: 1m }'
const ENDPOINT = 'onlineEndpoints/fraud'
const BLUE = `${ENDPOINT}/deployments/blue`

const assets: Files = {
  'model.yml':
    '$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json\nname: fraud\nversion: "1"\ntype: custom_model\npath: ./model.txt\n',
  'model.txt': 'weights',
  'environment.yml':
    '$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: fraud-env\nversion: "1"\nimage: mcr.microsoft.com/azureml/minimal-py312-inference:latest\n',
  'src/score.py': 'def init(): pass\ndef run(data): return 0.5\n',
}

function explicit(description = 'a', instances = 1): Files {
  const endpoint = endpointFile(description, { blue: 100 })
  return { ...assets, 'endpoint.yml': endpoint, 'blue.yml': deployment('blue', instances) }
}

function deployment(slot: string, instances = 1): string {
  const file = deploymentFile(slot).replace('instance_count: 1', `instance_count: ${instances}`)
  return `${file}  code_configuration: { code: ./src, scoring_script: score.py }\n`
}

function withRollout(model: number): Files {
  return rolloutFiles({ model, steps: STEPS, spec: '\n  bake: 1m\n  keep: { for: 1h }' })
}

async function applied(files: Files) {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  commits.commit(files)
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  return { world, commits, controller }
}

/** `az ml online-deployment update`: what was read goes back, without tags. */
async function updateWithoutTags(world: Simulation, path: string): Promise<void> {
  const { body } = await world.get(path)
  expect(await world.put(path, { ...body, tags: {} })).toBeLessThan(300)
  world.sandbox.clock.advance(30 * 60_000)
}

async function tagsOf(world: Simulation, path: string): Promise<Record<string, string>> {
  return (await world.get(path)).body.tags as Record<string, string>
}

function modelServing({ resources }: Report): string | undefined {
  const rollout = resources.find((one) => one.rollout !== undefined)?.rollout
  return rollout?.phase === 'idle' ? rollout.stable?.model : undefined
}

/** Does what a message says: the command in it, as an operator would type it. */
async function obey(
  world: Simulation,
  controller: Controller,
  message: string,
  isForced?: true,
): Promise<IntentAnswer> {
  const [, what = ''] = /verdigris adopt (\S+) --why "<reason>"/.exec(message) ?? []
  expect(what).not.toBe('')
  const at = world.sandbox.clock.now()
  const intent = {
    id: `adopt-${at}`,
    verb: 'adopt',
    endpoint: what,
    who: 'anna',
    why: 'mine',
    at,
  } as const
  let answer: IntentAnswer | undefined
  void controller.inbox.put({ ...intent, ...(isForced && { isForced }) }).then((given) => {
    answer = given
  })
  await runUntil(world, controller, () => answer !== undefined)
  return answer as IntentAnswer
}

function blockedIn({ plan }: Report): readonly string[] {
  return plan.held.filter(({ state }) => state === 'blocked').map(({ message }) => message)
}

describe('an update of somebody else that removes the tags', () => {
  test.each([ENDPOINT, BLUE])(
    'of %s is taken back by one write, told, and the next commit goes on',
    async (path) => {
      const { world, commits, controller } = await applied(explicit())
      const before = await tagsOf(world, path)
      await updateWithoutTags(world, path)
      world.calls.length = 0
      const events = [
        await controller.tick(),
        await runUntil(world, controller, ({ converged }) => converged),
      ]
      expect(await tagsOf(world, path)).toEqual(before)
      expect(world.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1)
      expect(events[0]?.plan.held.map(({ reason }) => reason)).toContain('OwnershipRestored')
      commits.commit(explicit('b', 2))
      await runUntil(world, controller, ({ converged }) => converged)
      expect((await world.get(BLUE)).body.sku).toMatchObject({ capacity: 2 })
    },
  )

  test.each([
    ['the endpoint, with the record of its rollout', [ENDPOINT]],
    ['the slot that serves', [BLUE]],
  ])('under a Rollout: %s', async (_, paths) => {
    const { world, commits, controller } = await applied(withRollout(1))
    for (const path of paths) await updateWithoutTags(world, path)
    await runUntil(world, controller, ({ converged }) => converged)
    commits.commit(withRollout(2))
    const report = await runUntil(
      world,
      controller,
      (seen) => modelServing(seen)?.endsWith('2') === true,
    )
    expect(blockedIn(report)).toEqual([])
  })

  test.each([
    ['the slot on the way', 'green'],
    ['the slot that serves', 'blue'],
  ])('in the middle of a rollout: %s', async (_, slot) => {
    const { world, commits, controller } = await applied(withRollout(1))
    commits.commit(withRollout(2))
    await runUntil(world, controller, ({ resources }) =>
      resources.some(({ rollout }) => rollout?.weights.green === 10),
    )
    const path = `${ENDPOINT}/deployments/${slot}`
    const { body } = await world.get(path)
    await world.put(path, { ...body, tags: {} })
    const report = await runUntil(
      world,
      controller,
      (seen) => modelServing(seen)?.endsWith('2') === true,
    )
    expect(blockedIn(report)).toEqual([])
    const { traffic } = (await world.get(ENDPOINT)).body.properties as { traffic: object }
    expect(traffic).toMatchObject({ green: 100 })
  })
})

describe('what no proof covers is blocked, and the command that its message names ends it', () => {
  test.each([
    ['explicit deployments', explicit(), explicit('b', 2)],
    [
      'explicit deployments, and one more',
      explicit(),
      { ...explicit(), 'green.yml': deployment('green') },
    ],
    ['a Rollout', withRollout(1), withRollout(2)],
  ])('an Application under a new name: %s', async (_, first, second) => {
    const { world, commits } = await applied(first)
    commits.commit(second)
    const controller = world.startController(commits, { application: 'renamed' })
    const report = await runUntil(world, controller, ({ plan }) => plan.wakeAt === undefined)
    expect(report.plan.held.map(({ reason }) => reason)).toContain('OwnedByAnother')
    for (const message of new Set(blockedIn(report)))
      expect(await obey(world, controller, message)).toMatchObject({ result: 'accepted' })
    await runUntil(world, controller, ({ converged }) => converged)
    expect(await tagsOf(world, ENDPOINT)).toMatchObject({ 'verdigris.application': 'renamed' })
  })

  test('all tags of an endpoint and its deployments lost at once', async () => {
    const { world, commits, controller } = await applied(explicit())
    for (const path of [ENDPOINT, BLUE]) await updateWithoutTags(world, path)
    commits.commit(explicit('b', 2))
    const report = await runUntil(world, controller, ({ plan }) => plan.wakeAt === undefined)
    const [message = ''] = blockedIn(report)
    expect(await obey(world, controller, message)).toMatchObject({ result: 'accepted' })
    await runUntil(world, controller, ({ converged }) => converged)
    expect((await world.get(BLUE)).body.sku).toMatchObject({ capacity: 2 })
  })

  test('an endpoint and a deployment that somebody made by hand', async () => {
    const { world } = await applied(explicit())
    for (const path of [ENDPOINT, BLUE]) await updateWithoutTags(world, path)
    const commits = createCommits()
    commits.commit(explicit('b', 2))
    const controller = world.startController(commits, { application: 'other' })
    const report = await runUntil(world, controller, ({ plan }) => plan.wakeAt === undefined)
    const [message = ''] = blockedIn(report)
    expect(await obey(world, controller, message)).toMatchObject({ result: 'accepted' })
    await runUntil(world, controller, ({ converged }) => converged)
  })

  test('what another living Application declares is refused, and taken by force', async () => {
    const { world, commits, controller: first } = await applied(explicit())
    const all: Controller[] = []
    const second = world.startController(commits, { application: 'second', neighbours: () => all })
    all.push(first, second)
    commits.commit(explicit('b'))
    const message = 'verdigris adopt fraud --why "<reason>"'
    expect(await obey(world, second, message)).toMatchObject({
      result: 'refused',
      message: expect.stringContaining('--force'),
    })
    expect(await tagsOf(world, ENDPOINT)).toMatchObject({ 'verdigris.application': 'app' })
    expect(await obey(world, second, message, true)).toMatchObject({ result: 'accepted' })
    await runUntil(world, second, ({ plan }) => plan.wakeAt === undefined)
    expect(await tagsOf(world, ENDPOINT)).toMatchObject({ 'verdigris.application': 'second' })
  })

  test.each([
    ['nothing of that name', 'nobody', 'nothing of that name'],
    ['a deployment that is not declared', 'OnlineDeployment/fraud/spare', 'does not declare it'],
  ])('refused: %s', async (_, what, why) => {
    const { world, controller } = await applied(explicit())
    const { body } = await world.get(BLUE)
    await world.put(`${ENDPOINT}/deployments/spare`, { ...body, name: 'spare', tags: {} })
    world.sandbox.clock.advance(30 * 60_000)
    const answer = await obey(world, controller, `verdigris adopt ${what} --why "<reason>"`)
    expect(answer).toMatchObject({ result: 'refused', message: expect.stringContaining(why) })
  })
})
