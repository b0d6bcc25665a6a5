import { expect, test } from '@jest/globals'
import { createCommits } from '../support/commits.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

/** What somebody asks about is read as it is when he is answered, and not as it was at the last look at all. */

const endpoint = (name: string): string =>
  [
    '$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json',
    `name: ${name}`,
    'auth_mode: key',
  ].join('\n')

interface Opened {
  readonly world: Simulation
  readonly commits: ReturnType<typeof createCommits>
  readonly controller: Controller
}

/** A controller that has just looked at all. */
async function opened(): Promise<Opened> {
  const world = await simulate({ seed: 3, pageSizeMax: 1, emptyPages: 2, progress: 'immediate' })
  const commits = createCommits()
  commits.commit({ 'kept.yml': endpoint('kept') })
  const controller = world.startController(commits)
  await controller.settle()
  world.sandbox.clock.advance(600_000)
  await controller.tick()
  world.sandbox.clock.advance(3_000)
  return { world, commits, controller }
}

const STORIES: readonly [string, string, (opened: Opened) => Promise<unknown>][] = [
  [
    'made by hand a moment ago, and declared',
    'fraud',
    async ({ world, commits }) => {
      const { location } = (await world.get('onlineEndpoints/kept')).body
      const identity = { type: 'SystemAssigned' }
      await world.put('onlineEndpoints/fraud', {
        ...{ location, identity, properties: { authMode: 'Key' } },
      })
      commits.commit({ 'kept.yml': endpoint('kept'), 'fraud.yml': endpoint('fraud') })
    },
  ],
  [
    'stripped of its tags a moment ago',
    'kept',
    async ({ world }) => {
      const { body } = await world.get('onlineEndpoints/kept')
      const properties = { ...(body.properties as object), description: 'by hand' }
      await world.put('onlineEndpoints/kept', { ...body, tags: {}, properties })
    },
  ],
]

test.each(STORIES)('an endpoint that was %s is taken over at once', async (_, name, act) => {
  const given = await opened()
  await act(given)
  const { controller, world } = given
  const at = world.sandbox.clock.now()
  controller.inbox.put({ id: 'x', verb: 'adopt', endpoint: name, who: 'ada', why: '', at })
  const { answers, outcomes } = await controller.tick()
  expect(outcomes).toMatchObject([{ action: { ref: { name } }, result: 'Started' }])
  expect(answers).toMatchObject([{ result: 'accepted', message: 'Its tags are written.' }])
})

test('a lever is about its endpoint as it is: that is read for it, with its deployments', async () => {
  const { controller, world } = await opened()
  world.calls.length = 0
  const at = world.sandbox.clock.now()
  controller.inbox.put({ id: 'x', verb: 'pause', endpoint: 'kept', who: 'ada', why: '', at })
  await controller.tick()
  const paths = world.calls.map(({ path }) => path.replace(/^.*workspaces\/[^/]+\//, ''))
  expect(paths).toContain('onlineEndpoints/kept')
  expect(paths).toContain('onlineEndpoints/kept/deployments')
})
