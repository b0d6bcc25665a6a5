import { describe, expect, test } from '@jest/globals'
import { createEndpoints } from '../../../src/adapters/azure/observe/endpoints.ts'
import type { Live, Phase } from '../../../src/core/model/live.ts'
import { keyOf, type Ref } from '../../../src/core/model/ref.ts'
import {
  actionFor,
  endpointBody,
  type Handler,
  NO_CONTENT,
  signal,
  stage,
  workspaceOf,
} from './stage.ts'

const KIND = 'OnlineEndpoint'
const EVERY_MS = 60_000

function endpoint(name: string, phase: Phase = 'Ready', description = ''): Live {
  const state = phase === 'Ready' ? 'Succeeded' : 'Updating'
  const body = endpointBody(name, { description, provisioningState: state })
  return { ref: { kind: KIND, name }, body, phase }
}

const FLEET = ['aaa', 'bbb', 'ccc', 'ddd'].map((name) => endpoint(name))
const [A, B] = FLEET as [Live, Live]

function opened() {
  let time = 1_000_000
  const endpoints = createEndpoints({ now: () => time })
  return {
    ...endpoints,
    pass: (ms: number) => {
      time += ms
    },
    /** How they are read now: `list`, `whole`, or the names of those that are read by a GET. */
    turned(closely: readonly Live[] = [], stale: readonly Ref[] = []) {
      const keys = new Set(closely.map(({ ref }) => keyOf(ref)))
      const turn = endpoints.turn(KIND, { closely: keys, wholeAfterMs: EVERY_MS }, stale)
      if (turn.by === 'list') return turn.isWhole ? 'whole' : 'list'
      return turn.refs.map(({ name }) => name)
    },
    show: (pages: number, lives: readonly Live[] = FLEET, isWhole = true, complete = true) =>
      endpoints.listed(KIND, lives, { pages, complete, isWhole }),
  }
}

describe('endpoints that fill several pages of a list', () => {
  test('are all looked at first, and then once in a while', () => {
    const { turned, show, pass } = opened()
    expect(turned()).toBe('whole')
    show(3)
    pass(EVERY_MS - 1)
    expect(turned()).toEqual([])
    pass(1)
    expect(turned()).toBe('whole')
  })

  test('are looked at again at once where the list did not come to its end', () => {
    const { turned, show } = opened()
    show(3, FLEET, true, false)
    expect(turned()).toBe('whole')
  })

  test('are all looked at again where that is not known to be all, whatever is looked at closely', () => {
    const { turned, show, isPutOff } = opened()
    show(3, FLEET, true, false)
    expect(turned([A])).toBe('whole')
    expect(isPutOff()).toBe(false)
  })

  test('are all looked at at once where somebody asks for that', () => {
    const { turn, show } = opened()
    show(3)
    const closely = new Set([keyOf(A.ref)])
    expect(turn(KIND, { closely, wholeAfterMs: 0 }, [])).toEqual({ by: 'list', isWhole: true })
  })

  test('are no reason to look again soon where the look that was put off could not be made', () => {
    const { turned, show, pass, isPutOff } = opened()
    show(3)
    pass(EVERY_MS)
    turned([A])
    expect(isPutOff()).toBe(true)
    expect(turned([A])).toBe('whole')
    expect(isPutOff()).toBe(false)
  })

  test('are read by their list for ten minutes where a GET of one that moves tells nothing', () => {
    const { turned, show, pass, hide } = opened()
    show(3)
    hide(A.ref)
    expect(turned([A])).toBe('list')
    expect(turned([B])).toEqual(['bbb'])
    pass(10 * 60_000)
    show(3)
    expect(turned([A])).toEqual(['aaa'])
  })

  test('are read by a GET where they are looked at closely, or where their entry of the list is stale', () => {
    const { turned, show } = opened()
    show(3)
    expect(turned([A])).toEqual(['aaa'])
    expect(turned([A], [B.ref, A.ref])).toEqual(['aaa', 'bbb'])
  })

  test('are read by a GET while Azure is at work on them, and then no more', () => {
    const { turned, show, pass, read, known } = opened()
    show(3, [endpoint('aaa', 'Provisioning'), ...FLEET.slice(1)])
    expect(turned()).toEqual([])
    pass(5_000)
    expect(turned()).toEqual(['aaa'])
    read(A)
    expect(turned()).toEqual([])
    expect(known(KIND)).toEqual(FLEET)
  })

  test('are read by a GET after a write, until it is seen or two minutes are over', () => {
    const { turned, show, pass, read, disturb } = opened()
    show(9)
    disturb(A.ref, true)
    disturb(B.ref, true)
    read(A)
    expect(turned()).toEqual(['aaa', 'bbb'])
    read(endpoint('aaa', 'Ready', 'written'))
    expect(turned()).toEqual(['bbb'])
    show(9, FLEET, false)
    pass(EVERY_MS - 1)
    expect(turned()).toEqual(['bbb'])
    show(9)
    pass(EVERY_MS - 1)
    show(9)
    pass(2)
    expect(turned()).toEqual([])
  })

  test('are read by a GET once after a write that was refused', () => {
    const { turned, show, read, disturb } = opened()
    show(3)
    disturb(A.ref, false)
    expect(turned()).toEqual(['aaa'])
    read(A)
    expect(turned()).toEqual([])
  })

  test('are read when one was made that the list does not show', () => {
    const { turned, show, disturb, read, known } = opened()
    show(3)
    const made = endpoint('eee')
    disturb(made.ref, true)
    expect(turned()).toEqual(['eee'])
    read(made)
    expect(known(KIND)).toEqual([...FLEET, made])
    expect(turned()).toEqual([])
  })

  test('are read by their list where that takes no more requests', () => {
    const { turned, show } = opened()
    show(2)
    expect(turned([A, B])).toBe('list')
  })

  test('are all looked at one look later where some are looked at closely', () => {
    const { turned, show, pass, isPutOff } = opened()
    show(3)
    pass(EVERY_MS)
    expect(turned([A])).toEqual(['aaa'])
    expect(isPutOff()).toBe(true)
    expect(turned([A])).toBe('whole')
    show(3)
    expect(isPutOff()).toBe(false)
    expect(turned([A])).toEqual(['aaa'])
    expect(isPutOff()).toBe(false)
  })
})

describe('endpoints that fit on one page', () => {
  test('are read by their list where one of them moves, and all at once where a look at them is due', () => {
    const { turned, show, pass } = opened()
    show(1)
    expect(turned([A])).toBe('list')
    expect(turned()).toEqual([])
    pass(EVERY_MS)
    expect(turned([A])).toBe('whole')
  })
})

test('a hundred endpoints that are being made are polled as one where one page of a list shows them', () => {
  const fleet = Array.from({ length: 100 }, (_, place) => endpoint(`e${place}`, 'Provisioning'))
  const firstPoll = (pages: number): number => {
    const { turned, show, pass } = opened()
    show(pages, fleet)
    for (let second = 0; second < 60; second += 5) {
      if (turned() === 'list') return second
      pass(5_000)
    }
    return Number.POSITIVE_INFINITY
  }
  expect(firstPoll(1)).toBe(5)
  expect(firstPoll(10)).toBe(20)
})

describe('a list of endpoints', () => {
  const COUNTED = '100'

  /** How many each of two looks asks for on a page, where the service answers so to the number. */
  async function counts(status: number) {
    const whole = workspaceOf({ 'onlineEndpoints/aaa': endpointBody('aaa') })
    const { cloud, seen } = stage((request) => {
      const isCounted = request.url.searchParams.has('count')
      return isCounted && status !== 200 ? { status, body: {} } : whole(request)
    })
    const names = []
    for (const _ of [1, 2]) {
      const { resources } = await cloud.observe({ assets: [], labels: [] }, signal())
      names.push(resources.map(({ ref }) => ref.name))
    }
    expect(names).toEqual([['aaa'], ['aaa']])
    const lists = seen.filter(({ path }) => path === 'onlineEndpoints')
    return lists.map(({ url }) => url.searchParams.get('count'))
  }

  test('is asked for in long pages', async () => {
    expect(await counts(200)).toEqual([COUNTED, COUNTED])
  })

  test('is asked for without a number where the service does not take one', async () => {
    expect(await counts(400)).toEqual([COUNTED, null, null])
  })
})

describe('a look at what moves', () => {
  const NAMES = Array.from({ length: 6 }, (_, place) => `e${place}`)

  /** Two on a page, whatever is asked for. */
  function fleetOf(bodies: Record<string, unknown>): Handler {
    const whole = workspaceOf(bodies)
    return (request) => {
      if (request.path !== 'onlineEndpoints') return whole(request)
      const names = Object.keys(bodies).filter((path) => /^onlineEndpoints\/[^/]+$/.test(path))
      const from = Number(request.url.searchParams.get('$skipToken') ?? 0)
      const link = new URL(request.url)
      link.searchParams.set('$skipToken', String(from + 2))
      const value = names.slice(from, from + 2).map((path) => bodies[path])
      return { body: { value, ...(from + 2 < names.length && { nextLink: link.href }) } }
    }
  }

  function bodiesOf(): Record<string, unknown> {
    return Object.fromEntries(
      NAMES.map((name) => [`onlineEndpoints/${name}`, endpointBody(name, { description: 'old' })]),
    )
  }

  const wanted = {
    assets: [],
    labels: [],
    wholeAfterMs: EVERY_MS,
    closely: new Set(['OnlineEndpoint/e4']),
  }

  test('asks for that alone, and shows all others as they were', async () => {
    const bodies = bodiesOf()
    const { cloud, seen } = stage(fleetOf(bodies))
    await cloud.observe(wanted, signal())
    bodies['onlineEndpoints/e4'] = endpointBody('e4', { description: 'new' })
    bodies['onlineEndpoints/e5'] = endpointBody('e5', { description: 'not seen yet' })
    seen.length = 0
    const { resources, complete } = await cloud.observe(wanted, signal())
    expect(seen.map(({ path }) => path)).toEqual([
      'onlineEndpoints/e4',
      'onlineEndpoints/e4/deployments',
    ])
    expect(complete).toBe(true)
    const told = resources.map(({ ref, body }) => [
      ref.name,
      (body.properties as { description: string }).description,
    ])
    expect(Object.fromEntries(told)).toEqual({
      ...{ e0: 'old', e1: 'old', e2: 'old', e3: 'old' },
      ...{ e4: 'new', e5: 'old' },
    })
  })

  test('asks for the list alone once a GET has told nothing', async () => {
    const bodies = bodiesOf()
    const whole = fleetOf(bodies)
    const { cloud, seen } = stage((request) =>
      request.path === 'onlineEndpoints/e4' ? { status: 403, body: {} } : whole(request),
    )
    await cloud.observe(wanted, signal())
    const gets = () => seen.filter(({ path }) => path === 'onlineEndpoints/e4').length
    for (const _ of [1, 2, 3]) {
      const { resources, complete } = await cloud.observe(wanted, signal())
      expect(resources.map(({ ref }) => ref.name)).toEqual(NAMES)
      expect(complete).toBe(true)
    }
    expect(gets()).toBe(1)
  })

  test('asks for the list where a GET does not find it', async () => {
    const bodies = bodiesOf()
    const { cloud } = stage(fleetOf(bodies))
    await cloud.observe(wanted, signal())
    delete bodies['onlineEndpoints/e4']
    const { resources } = await cloud.observe(wanted, signal())
    expect(resources.map(({ ref }) => ref.name)).toEqual(['e0', 'e1', 'e2', 'e3', 'e5'])
  })

  test('shows what was made meanwhile, and it stays where the list leaves it out', async () => {
    const bodies = bodiesOf()
    const whole = fleetOf(bodies)
    const made = { kind: KIND, name: 'made' } as const
    const { cloud } = stage((request) => {
      if (request.path !== 'onlineEndpoints/made') return whole(request)
      if (request.method === 'PUT') bodies.made = request.body
      return bodies.made === undefined ? { status: 404, body: {} } : { body: endpointBody('made') }
    })
    await cloud.observe(wanted, signal())
    const { result } = await cloud.start(
      actionFor(made, undefined, endpointBody('made')),
      NO_CONTENT,
      signal(),
    )
    expect(result).toBe('Started')
    for (const wholeAfterMs of [EVERY_MS, 0, 0]) {
      const { resources } = await cloud.observe({ ...wanted, wholeAfterMs }, signal())
      expect(resources.map(({ ref }) => ref.name).sort()).toEqual([...NAMES, 'made'])
    }
  })
})
