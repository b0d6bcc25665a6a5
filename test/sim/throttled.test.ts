import { describe, expect, test } from '@jest/globals'
import { createCommits, type Files } from '../support/commits.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { type Simulation, simulate } from '../support/simulation.ts'

/** Some endpoints of a workspace are answered 429, without end: all others are as soon in place as without that. */

const ENDPOINTS = 6
const MOST_MS = 2 * 3_600_000

function fleet(): Files {
  const {
    'rollout.yml': _,
    'templates.yml': __,
    'endpoint.yml': ___,
    ...assets
  } = rolloutFiles({ model: 1 })
  const own = Array.from({ length: ENDPOINTS }, (_unused, place): [string, string][] => [
    [
      `end-${place}.yml`,
      `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: end-${place}\nauth_mode: key\ntraffic: { blue: 100 }\n`,
    ],
    [
      `end-${place}-blue.yml`,
      `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: end-${place}
model: azureml:fraud:1
environment: azureml:fraud-env:1
code_configuration: { code: ./src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
`,
    ],
  ])
  return { ...assets, ...Object.fromEntries(own.flat()) }
}

async function isServing(world: Simulation, name: string): Promise<boolean> {
  const { body } = await world.get(`onlineEndpoints/${name}`)
  const { traffic = {} } = (body.properties ?? {}) as { readonly traffic?: { blue?: number } }
  return traffic.blue === 100
}

/** Simulated milliseconds until the last of these serves, and the requests that it took. */
async function untilServed(faults: readonly string[], names: readonly string[]) {
  const world = await simulate({ seed: 5 })
  const commits = createCommits()
  commits.commit(fleet())
  const controller = world.startController(commits)
  for (const fault of faults) world.sandbox.injectFault(fault)
  const startedAt = world.sandbox.clock.now()
  const waiting = new Set(names)
  while (waiting.size > 0) {
    const { plan } = await controller.tick()
    world.sandbox.clock.advance(Math.max(1000, (plan.wakeAt ?? 0) - world.sandbox.clock.now()))
    for (const name of waiting) if (await isServing(world, name)) waiting.delete(name)
    if (world.sandbox.clock.now() - startedAt > MOST_MS)
      throw new Error(`not served: ${[...waiting]}`)
  }
  const poison = world.calls.filter(({ status }) => status === 429).length
  return { ms: world.sandbox.clock.now() - startedAt, poison }
}

const OTHERS = Array.from({ length: ENDPOINTS - 2 }, (_, place) => `end-${place + 2}`)

describe('endpoints that are answered 429 for ever', () => {
  test.each([
    ['one', ['Throttled:endpoint=end-0,retryAfterSeconds=30']],
    [
      'two',
      [
        'Throttled:endpoint=end-0,retryAfterSeconds=30',
        'Throttled:endpoint=end-1,retryAfterSeconds=5',
      ],
    ],
  ])('delay no other: %s', async (_, faults) => {
    const clean = await untilServed([], OTHERS)
    const poisoned = await untilServed(faults, OTHERS)
    expect(poisoned.ms).toBeLessThanOrEqual(1.05 * clean.ms)
    expect(poisoned.poison).toBeGreaterThan(0)
  })
})
