import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { createTraffic } from '../../src/sandbox/index.ts'
import { createCommits, type Files } from '../support/commits.ts'
import { partOf } from '../support/part-of.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

const MINUTE_MS = 60_000
const STEPS = '\n        - setWeight: 10\n        - pause: { duration: 1m }'
const FRAUD = rolloutFiles({ model: 1, steps: STEPS, spec: '\n  bake: 1m\n  keep: { for: 1h }' })
const NEXT = rolloutFiles({ model: 2, steps: STEPS, spec: '\n  bake: 1m\n  keep: { for: 1h }' })
/** So that no Application is ever empty. */
const OTHER: Files = {
  'other.yml':
    '$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: other\nauth_mode: key\n',
}

function within(folder: string, files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      `${folder}/${path}`,
      text.replaceAll('name: other', `name: other-${folder}`),
    ]),
  )
}

function inFolders(a: Files, b: Files): Files {
  return { ...within('a', a), ...within('b', b) }
}

/** Two Applications of one repository in one process; the first one keeps the endpoint, which has users. */
async function twoApplications() {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  commits.commit(inFolders({ ...OTHER, ...FRAUD }, OTHER))
  const all: Controller[] = []
  for (const folder of ['a', 'b'])
    all.push(
      world.startController(partOf(commits, folder), {
        application: folder,
        neighbours: () => all,
      }),
    )
  const [first, second] = all as [Controller, Controller]
  await runUntil(world, first, ({ converged }) => converged)
  await runUntil(world, second, ({ converged }) => converged)
  const traffic = createTraffic(world.sandbox, { endpoint: 'fraud', seed: 3, rate: 5 })
  world.sandbox.clock.advance(10 * MINUTE_MS)
  world.calls.length = 0
  return { world, commits, first, second, traffic }
}

/** Without the slot of before, which every rollout frees when its window is over. */
function deletesIn({ calls }: Simulation): readonly string[] {
  const deletes = calls.filter(({ method }) => method === 'DELETE').map(({ path }) => path)
  return deletes.filter((path) => !path.endsWith('/deployments/blue'))
}

async function ownerOf(world: Simulation, path: string): Promise<string | undefined> {
  const { body } = await world.get(path)
  const tags = (body.tags ?? (body.properties as { tags?: object }).tags) as Record<string, string>
  return tags['verdigris.application']
}

async function bothConverged(world: Simulation, one: Controller, other: Controller) {
  let last: Report | undefined
  await runUntil(world, one, () => true)
  await runUntil(world, other, (report) => {
    last = report
    return report.converged
  })
  await runUntil(world, one, ({ converged }) => converged)
  return last as Report
}

describe('manifests that move from one Application to another of the same workspace, in one commit', () => {
  test.each([
    ['the one that gives looks first', 'first', FRAUD],
    ['the one that takes looks first', 'second', FRAUD],
    ['with a new revision in the same commit', 'first', NEXT],
  ] as const)('are handed over, and nothing is deleted: %s', async (_, who, files) => {
    const { world, commits, first, second, traffic } = await twoApplications()
    commits.commit(inFolders(OTHER, { ...OTHER, ...files }))
    const [one, other] = who === 'first' ? [first, second] : [second, first]
    if (who === 'first') {
      const report = await one.tick()
      expect(report.plan.actions).toEqual([])
      expect(report.plan.held.map(({ reason }) => reason)).toContain('HandedOver')
    }
    await bothConverged(world, one === second ? first : one, other === first ? second : other)
    expect(deletesIn(world)).toEqual([])
    for (const path of ['onlineEndpoints/fraud', 'models/fraud/versions/1'])
      expect(await ownerOf(world, path)).toBe('b')
    world.sandbox.clock.advance(10 * MINUTE_MS)
    const { requests, failed } = traffic.figures()
    expect(requests).toBeGreaterThan(1000)
    expect(failed / requests).toBeLessThan(0.03)
  })

  test('the receiver’s manifests are broken in that commit: nothing is deleted until they are mended', async () => {
    const { world, commits, first, second } = await twoApplications()
    commits.commit(inFolders(OTHER, { ...OTHER, ...FRAUD, 'broken.yml': '{' }))
    for (let turn = 0; turn < 5; turn += 1) {
      const report = await first.tick()
      expect(report.plan.actions).toEqual([])
      expect(report.plan.held.map(({ reason }) => reason)).toContain('NeighbourUnread')
      world.sandbox.clock.advance(10 * MINUTE_MS)
    }
    commits.commit(inFolders(OTHER, { ...OTHER, ...FRAUD }))
    await bothConverged(world, first, second)
    expect(deletesIn(world)).toEqual([])
  })

  test('in the middle of a rollout: it goes on where it was', async () => {
    const { world, commits, first, second } = await twoApplications()
    commits.commit(inFolders({ ...OTHER, ...NEXT }, OTHER))
    await runUntil(world, first, ({ resources }) =>
      resources.some(({ rollout }) => rollout?.weights.green === 10),
    )
    commits.commit(inFolders(OTHER, { ...OTHER, ...NEXT }))
    await bothConverged(world, first, second)
    const { traffic } = (await world.get('onlineEndpoints/fraud')).body.properties as {
      traffic: object
    }
    expect(traffic).toMatchObject({ green: 100 })
    expect(deletesIn(world)).toEqual([])
  })

  test('and back again', async () => {
    const { world, commits, first, second } = await twoApplications()
    commits.commit(inFolders(OTHER, { ...OTHER, ...FRAUD }))
    await bothConverged(world, first, second)
    commits.commit(inFolders({ ...OTHER, ...NEXT }, OTHER))
    await bothConverged(world, second, first)
    expect(await ownerOf(world, 'onlineEndpoints/fraud')).toBe('a')
    expect(deletesIn(world)).toEqual([])
  })
})

describe('what is removed from both', () => {
  test('is deleted by the one that kept it', async () => {
    const { world, commits, first, second } = await twoApplications()
    commits.commit(inFolders(OTHER, OTHER))
    await bothConverged(world, first, second)
    expect(deletesIn(world).some((path) => path.endsWith('onlineEndpoints/fraud'))).toBe(true)
  })
})

test('an asset that was archived comes back when it is declared again', async () => {
  const { world, commits, first, second } = await twoApplications()
  commits.commit(inFolders(OTHER, OTHER))
  await bothConverged(world, first, second)
  const archived = await world.get('models/fraud/versions/1')
  expect(archived.body.properties).toMatchObject({ isArchived: true })
  commits.commit(inFolders(OTHER, { ...OTHER, ...FRAUD }))
  await runUntil(world, second, ({ converged }) => converged)
  expect((await world.get('models/fraud/versions/1')).body.properties).toMatchObject({
    isArchived: false,
  })
})
