import { describe, expect, test } from '@jest/globals'
import { createFailing } from '../../../src/adapters/azure/observe/failing.ts'
import type { Live } from '../../../src/core/model/live.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import { endpointBody, NOTHING, signal, stage, workspaceOf } from './stage.ts'

const NAMES = ['aaa', 'bbb', 'ccc', 'ddd', 'eee', 'fff', 'ggg', 'hhh']
const BODIES = Object.fromEntries(
  NAMES.flatMap((name) => [
    [`onlineEndpoints/${name}`, endpointBody(name)],
    [`onlineEndpoints/${name}/deployments/blue`, { name: 'blue' }],
  ]),
)

/** A workspace in which the lists of deployments of these cannot be read. */
function failingFor(names: Set<string>) {
  const full = workspaceOf(BODIES)
  const azure = stage((request) => {
    const [, name = '', below] = request.path.split('/')
    return below === 'deployments' && names.has(name) ? { status: 403, body: {} } : full(request)
  })
  return {
    azure,
    /** One look: who is unread, and how many lists of deployments were asked for. */
    async look() {
      const before = azure.seen.length
      const { unread } = await azure.cloud.observe(NOTHING, signal())
      const asked = azure.seen.slice(before).filter(({ path }) => path.endsWith('/deployments'))
      return { unread: [...unread].map((key) => key.split('/')[1]), asked: asked.length }
    },
  }
}

describe('endpoints whose deployments cannot be read', () => {
  test('cost a look one try, and the others are read as ever', async () => {
    const { look } = failingFor(new Set(NAMES.slice(0, 6)))
    expect(await look()).toEqual({ unread: NAMES.slice(0, 6), asked: 8 })
    // The two that are well have their turn, and one of the others is tried.
    expect(await look()).toEqual({ unread: NAMES.slice(0, 6), asked: 3 })
  })

  test('are all read in the look in which they can be again', async () => {
    const names = new Set(NAMES)
    const { look } = failingFor(names)
    expect(await look()).toEqual({ unread: NAMES, asked: 8 })
    names.clear()
    expect(await look()).toEqual({ unread: [], asked: 8 })
  })

  test('are tried more and more rarely, and every two minutes at the least', async () => {
    const { look, azure } = failingFor(new Set(NAMES))
    const tries: number[] = []
    await look()
    for (let second = 0; second < 1200; second += 5) {
      if ((await look()).asked > 0) tries.push(second)
      azure.clock.advance(5_000)
    }
    // The first round takes each once more; then one is tried in so many seconds.
    const gaps = tries.slice(1).map((second, place) => second - (tries[place] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(120)
    expect(tries.length).toBeLessThan(1200 / 5 / 2)
  })
})

test('one that failed is the last to be tried again', () => {
  let time = 0
  const { among, add, ...failing } = createFailing({ now: () => time })
  const lives = NAMES.slice(0, 3).map(
    (name): Live => ({ ref: { kind: 'OnlineEndpoint', name }, body: {}, phase: 'Ready' }),
  )
  for (const { ref } of lives) {
    add(ref)
    time += 1
  }
  const order = () => among(lives).map(({ endpoint, isDue }) => [endpoint.ref.name, isDue])
  expect(order()).toEqual([
    ['aaa', true],
    ['bbb', true],
    ['ccc', true],
  ])
  add({ kind: 'OnlineEndpoint', name: 'aaa' })
  failing.delete({ kind: 'OnlineEndpoint', name: 'ccc' })
  expect(order()).toEqual([
    ['bbb', true],
    ['aaa', false],
  ])
  time += 15_000
  expect(order()).toEqual([
    ['bbb', true],
    ['aaa', true],
  ])
  expect(lives.map(({ ref }) => keyOf(ref))).toHaveLength(3)
})
