import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type Commits, createCommits, type Files, filesIn } from '../support/commits.ts'
import {
  type Call,
  type Controller,
  type ControllerOptions,
  Killed,
  type Simulation,
  simulate,
} from '../support/simulation.ts'

const MANIFESTS = join(import.meta.dirname, '../../manifests')
const first = filesIn(join(MANIFESTS, 'workspace'))
const both = { ...first, ...filesIn(join(MANIFESTS, 'green')) }
const { 'blue.yml': _blue, ...noBlue } = both
const greenOnly = { ...noBlue, 'endpoint.yml': edited(both, 'endpoint.yml', '  blue: 0\n', '') }
const broken = {
  ...both,
  'green.yml': edited(both, 'green.yml', 'instance_count', 'instance_cuont'),
}

/** The demo's story: what happens in the world, one chapter after the other, each until nothing is left to do. */
const CHAPTERS: readonly ((world: Simulation, commits: Commits) => unknown)[] = [
  (_, commits) => commits.commit(first),
  (_, commits) => commits.commit(both),
  (world) => moveByHand(world),
  (_, commits) => commits.commit(broken),
  (_, commits) => commits.commit(greenOnly),
]

interface Ending {
  readonly state: unknown
  readonly creates: number
  readonly deletes: number
  readonly calls: number
  readonly writes: number
}

/** Plays the story; when the process is killed a new one goes on, with nothing but Git and the workspace. */
async function play(killAt?: ControllerOptions['killAt']): Promise<Ending> {
  const world = await simulate({ timeScale: 10 })
  const commits = createCommits()
  const eager = { pollMs: 60_000 }
  let controller = world.startController(
    commits,
    killAt === undefined ? eager : { ...eager, killAt },
  )
  for (const chapter of CHAPTERS) {
    await chapter(world, commits)
    const ended = await controller.settle().catch(notKilled)
    if (ended !== undefined) continue
    controller = world.startController(commits, eager)
    await controller.settle()
  }
  return endingOf(world, controller)
}

function notKilled(error: unknown): undefined {
  if (!(error instanceof Killed)) throw error
}

async function endingOf(world: Simulation, controller: Controller): Promise<Ending> {
  const endpoint = await world.get('onlineEndpoints/fraud')
  const deployments = await world.get('onlineEndpoints/fraud/deployments')
  const accepted = ({ status }: Call): boolean => status < 300
  const writes = world.calls.filter(({ method }) => method === 'PUT' || method === 'DELETE')
  const arm = writes.filter(({ path }) => path.startsWith('/subscriptions')).filter(accepted)
  return {
    state: [stable(endpoint.body), ...(deployments.body.value as Body[]).map(stable)],
    creates: arm.filter(({ method, status }) => method === 'PUT' && status === 201).length,
    deletes: arm.filter(({ method }) => method === 'DELETE').length,
    writes: arm.length,
    calls: controller.calls(),
  }
}

type Body = Record<string, unknown>

/** What a user would compare: no times, no operation ids, no generated names. */
function stable(body: Body): unknown {
  const { systemData: _, properties, ...rest } = body
  const { properties: __, ...kept } = properties as Body
  return { ...rest, properties: kept }
}

async function moveByHand(world: Simulation): Promise<void> {
  const { body } = await world.get('onlineEndpoints/fraud')
  const properties = { ...(body.properties as Body), traffic: { blue: 60, green: 40 } }
  expect(await world.put('onlineEndpoints/fraud', { ...body, properties })).toBeLessThan(300)
  world.sandbox.clock.advance(120_000)
}

function edited(files: Files, name: string, from: string, to: string): string {
  const text = files[name] ?? ''
  if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`)
  return text.replace(from, to)
}

describe('a controller that is killed between any two calls to Azure', () => {
  let undisturbed: Ending

  beforeAll(async () => {
    undisturbed = await play()
  })

  test('undisturbed, the story makes each thing once and deletes blue once', () => {
    const { creates, deletes } = undisturbed
    // Endpoint, blue, green, two models, one environment, one code version.
    expect({ creates, deletes }).toEqual({ creates: 7, deletes: 1 })
    process.stdout.write(`${undisturbed.calls} calls to Azure, so many boundaries\n`)
  })

  test('a new one reaches the same end, with as many creates and deletes, at every boundary', async () => {
    const { calls, writes: _, ...expected } = undisturbed
    for (let call = 1; call <= calls; call += 1) {
      const { calls: _calls, writes, ...ending } = await play({ call, when: 'after' })
      expect({ killedAfterCall: call, ...ending }).toEqual({ killedAfterCall: call, ...expected })
      expect(writes).toBeLessThanOrEqual(undisturbed.writes + 1)
    }
  }, 600_000)
})
