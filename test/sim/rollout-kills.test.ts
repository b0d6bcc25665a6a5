import { beforeAll, describe, expect, test } from '@jest/globals'
import { createTraffic } from '../../src/sandbox/index.ts'
import { createCommits } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { type Behaviour, rolloutFiles } from '../support/rollout-files.ts'
import {
  type Call,
  type Controller,
  type ControllerOptions,
  Killed,
  type Simulation,
  simulate,
} from '../support/simulation.ts'

const MINUTE_MS = 60_000
const STEPS = `
        - verify: { requests: golden/*.json }
        - setWeight: 10
        - analysis: { templates: [errors], for: 3m }
        - setWeight: 50
        - pause: { duration: 2m }`
const SPEC = `
  analysis: [errors]
  bake: 2m
  keep: { for: 1h }`
const template = (judge: string): string => `apiVersion: verdigris.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - { name: ${judge}, judge: ${judge}, window: 30s, minRequests: 10, provider: { sandbox: {} }${judge === 'errors' ? ', tolerate: 0.05' : ''} }
`

interface Ending {
  /** What each accepted write of the endpoint made of it: weights and the step of the record. */
  readonly writes: readonly string[]
  readonly phase: string
  readonly creates: number
  readonly deletes: number
  readonly calls: number
}

/** A five-step canary from the merge on; a killed process is followed by another that knows nothing. */
async function play(
  { judge, behaviour }: Story,
  killAt?: ControllerOptions['killAt'],
): Promise<Ending> {
  const world = await simulate({ timeScale: 10, seed: 5 })
  const commits = createCommits()
  const files = { steps: STEPS, spec: SPEC, others: { 'templates.yml': template(judge) } }
  commits.commit(rolloutFiles({ model: 1, ...files }))
  const eager = { pollMs: 20_000 }
  const first = world.startController(commits, eager)
  await runUntil(world, first, ({ converged }) => converged)
  const traffic = createTraffic(world.sandbox, { endpoint: 'fraud', seed: 5, rate: 50 })
  world.sandbox.clock.advance(10 * MINUTE_MS)
  world.calls.length = 0
  commits.commit(rolloutFiles({ model: 2, behaviours: { 2: behaviour }, ...files }))
  const controller = world.startController(
    commits,
    killAt === undefined ? eager : { ...eager, killAt },
  )
  const last = await toTheEnd(world, commits, controller, eager)
  traffic.stop()
  return { ...told(world.calls), calls: controller.calls(), phase: phaseOf(last) }
}

async function toTheEnd(
  world: Simulation,
  commits: ReturnType<typeof createCommits>,
  controller: Controller,
  eager: ControllerOptions,
): Promise<Controller> {
  try {
    await runUntil(world, controller, isOver)
    return controller
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    const next = world.startController(commits, eager)
    await runUntil(world, next, isOver)
    return next
  }
}

function isOver({ resources, converged }: Parameters<Parameters<typeof runUntil>[2]>[0]): boolean {
  const rollout = resources.find((one) => one.rollout !== undefined)?.rollout
  return rollout?.phase === 'rolled_back' || (converged && rollout?.stable?.deployment === 'green')
}

function phaseOf(controller: Controller): string {
  const resources = controller.journal.latest()?.resources ?? []
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout?.phase ?? ''
}

interface Body {
  readonly tags: { readonly [name: string]: string }
  readonly properties: { readonly traffic: { readonly [name: string]: number } }
}

function told(calls: readonly Call[]): Pick<Ending, 'writes' | 'creates' | 'deletes'> {
  const accepted = calls.filter(
    ({ status, path }) => status < 300 && path.startsWith('/subscriptions'),
  )
  const puts = accepted.filter(({ method }) => method === 'PUT')
  const writes = puts
    .filter(({ path }) => path.endsWith('/onlineEndpoints/fraud'))
    .map(({ body }) => {
      const { tags, properties } = JSON.parse(body) as Body
      const [, phase, ...rest] = (tags['verdigris.rollout'] ?? '').split(';')
      const step = rest.find((part) => part.startsWith('n='))
      const { blue = 0, green = 0 } = properties.traffic
      return `${phase} ${step} blue ${blue} green ${green}`
    })
  return {
    writes,
    creates: puts.filter(({ status }) => status === 201).length,
    deletes: accepted.filter(({ method }) => method === 'DELETE').length,
  }
}

interface Story {
  readonly judge: string
  readonly behaviour: Behaviour
}

const STORIES: readonly (readonly [string, Story, readonly string[]])[] = [
  [
    'a good revision',
    { judge: 'errors', behaviour: {} },
    [
      'progressing n=2 blue 90 green 10',
      'progressing n=4 blue 50 green 50',
      'baking n=5 blue 0 green 100',
      'stable n=0 blue 0 green 100',
    ],
  ],
  [
    'a bad revision',
    // Slow, so that its golden requests pass every time they are asked.
    { judge: 'latency', behaviour: { 'sandbox.latency_ms': '100' } },
    ['progressing n=2 blue 90 green 10', 'aborted n=2 blue 100 green 0'],
  ],
]

describe.each(STORIES)(
  'a controller killed at any call to Azure during a canary of %s',
  (_, story, writes) => {
    let undisturbed: Ending

    beforeAll(async () => {
      undisturbed = await play(story)
      process.stdout.write(`${undisturbed.calls} calls to Azure, so many boundaries\n`)
    })

    test('undisturbed, every step is one write', () => {
      expect(undisturbed.writes).toEqual(writes)
    })

    // A call is carried out and then the process dies; before the next one nothing durable happens, so this is every boundary.
    test('the same steps and verdicts, one traffic write for each, whichever call was the last', async () => {
      const { calls, ...expected } = undisturbed
      for (let call = 1; call <= calls; call += 1) {
        const { calls: _calls, ...ending } = await play(story, { call, when: 'after' })
        expect({ killedAfterCall: call, ...ending }).toEqual({ killedAfterCall: call, ...expected })
      }
    }, 1_200_000)
  },
)
