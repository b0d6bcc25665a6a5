import { describe, expect, test } from '@jest/globals'
import { DEFAULT_LIMITS } from '../../../src/adapters/azure/limits.ts'
import { createLooks, type Turns } from '../../../src/adapters/azure/observe/looks.ts'
import { openBudget } from '../../../src/adapters/azure/throttle/budget.ts'
import type { Live, Phase } from '../../../src/core/model/live.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import { endpointBody } from './stage.ts'

const NOBODY: ReadonlySet<string> = new Set()

function endpoint(name: string, traffic = {}, phase: Phase = 'Ready'): Live {
  return { ref: { kind: 'OnlineEndpoint', name }, body: endpointBody(name, { traffic }), phase }
}

function deployment(parent: string, phase: Phase = 'Ready'): Live {
  return { ref: { kind: 'OnlineDeployment', parent, name: 'blue' }, body: { name: 'blue' }, phase }
}

/** What is due is due for a reason, unless there is a `burst` of which half may be saved up for turns. */
function opened(burst?: number) {
  let time = 1_000_000
  const clock = { now: () => time }
  const reads = { ...DEFAULT_LIMITS.reads, burst: burst ?? 0 }
  const budget = openBudget(clock, { ...DEFAULT_LIMITS, reads })
  const looks = createLooks(clock, burst === undefined ? { audits: () => () => 0 } : budget)
  return {
    ...looks,
    pass: (ms: number) => {
      time += ms
    },
    namesDue: (endpoints: readonly Live[], closely = NOBODY, turns: Turns = 'all') =>
      [...looks.due('OnlineEndpoint', endpoints, closely, turns)].map((key) => key.split('/')[1]),
    read: (of: Live, phase?: Phase) => looks.add(of, [deployment(of.ref.name, phase)]),
  }
}

const A = endpoint('aaa')
const B = endpoint('bbb')

describe('the deployments of an endpoint are read', () => {
  test('once, and then as often as something speaks of them', () => {
    const { namesDue, read, known, pass } = opened()
    expect(namesDue([A, B])).toEqual(['aaa', 'bbb'])
    read(A)
    read(B)
    pass(3_600_000)
    expect(namesDue([A, B])).toEqual([])
    expect(known(A.ref)).toEqual([deployment('aaa')])
  })

  test.each<[string, (looks: ReturnType<typeof opened>) => readonly Live[]]>([
    ['the list shows other traffic', () => [endpoint('aaa', { blue: 100 }), B]],
    ['the list shows it Failed', () => [endpoint('aaa', {}, 'Failed'), B]],
    [
      'a deployment was written',
      ({ disturb }) => {
        disturb(deployment('aaa').ref, true)
        return [A, B]
      },
    ],
    [
      'a write to the endpoint was refused',
      ({ disturb }) => {
        disturb(A.ref, false)
        return [A, B]
      },
    ],
    [
      'it was not listed meanwhile',
      ({ namesDue }) => {
        namesDue([B])
        return [A, B]
      },
    ],
  ])('again when %s', (_, act) => {
    const looks = opened()
    looks.read(A)
    looks.read(B)
    expect(looks.namesDue(act(looks))).toEqual(['aaa'])
  })

  test('at every look where somebody wants that', () => {
    const { namesDue, read } = opened()
    read(A)
    read(B)
    expect(namesDue([A, B], new Set([keyOf(B.ref)]))).toEqual(['bbb'])
  })

  test('not while Azure is at work on the endpoint, and when it has ended', () => {
    const { namesDue, read } = opened()
    read(A)
    expect(namesDue([endpoint('aaa', {}, 'Provisioning')])).toEqual([])
    expect(namesDue([endpoint('aaa', { blue: 100 })])).toEqual(['aaa'])
  })

  test('at every look for two minutes after a write that is not seen, or until it is', () => {
    const { namesDue, read, disturb, pass } = opened()
    disturb(deployment('aaa').ref, true)
    read(A)
    pass(119_999)
    expect(namesDue([A])).toEqual(['aaa'])
    pass(1)
    expect(namesDue([A])).toEqual([])
    disturb(deployment('aaa').ref, true)
    read(A, 'Provisioning')
    expect(namesDue([A])).toEqual([])
  })

  test('no more when a deployment is not as it was before the write', () => {
    const { namesDue, read, add, disturb } = opened()
    read(A)
    disturb(deployment('aaa').ref, true)
    read(A)
    expect(namesDue([A])).toEqual(['aaa'])
    const written = { ...deployment('aaa'), body: { name: 'blue', tags: { by: 'us' } } }
    add(A, [written])
    expect(namesDue([A])).toEqual([])
    disturb(written.ref, true)
    add(A, [])
    expect(namesDue([A])).toEqual([])
  })

  test('as if no time had passed, when a clock was set back', () => {
    const { namesDue, read, pass } = opened(8)
    read(A, 'Provisioning')
    read(B)
    expect(namesDue([A, B])).toEqual(['bbb', 'aaa'])
    read(A, 'Provisioning')
    read(B)
    pass(-3_600_000)
    namesDue([A, B])
    read(A, 'Provisioning')
    read(B)
    expect(namesDue([A, B])).toEqual([])
    pass(5_000)
    expect(namesDue([A, B]).sort()).toEqual(['aaa', 'bbb'])
  })

  /** The seconds at which a deployment is looked at that is made for so long. */
  function polls({ namesDue, read, pass }: ReturnType<typeof opened>, until: number) {
    read(A, 'Provisioning')
    return Array.from({ length: until + 1 }, (_, second) => second).filter((second) => {
      if (second > 0) pass(1000)
      const isDue = namesDue([A]).length > 0
      if (isDue) read(A, second === until ? 'Ready' : 'Provisioning')
      return isDue
    })
  }

  test('later and later while Azure is at work, and not before most of the time that it took of late', () => {
    const looks = opened()
    expect(polls(looks, 40)).toEqual([5, 10, 15, 20, 25, 30, 35, 40])
    expect(polls(looks, 40)).toEqual([30, 35, 40])
    expect(polls(opened(), 400).slice(-2)).toEqual([377, 396])
  })

  test('within a minute where another one took very long: what fails early is seen', () => {
    const looks = opened()
    looks.read(A, 'Provisioning')
    looks.pass(6_000_000)
    looks.read(A, 'Ready')
    expect(polls(looks, 250)).toEqual([60, 120, 180, 240])
  })

  test('the more rarely, the more of them Azure is at work on', () => {
    const { namesDue, read, pass } = opened()
    const fleet = Array.from({ length: 50 }, (_, place) => endpoint(`e${place}`))
    for (const one of fleet) read(one, 'Provisioning')
    pass(59_999)
    expect(namesDue(fleet)).toEqual([])
    pass(1)
    expect(namesDue(fleet)).toHaveLength(50)
  })

  test('not in turn where there are none, but once in ten minutes', () => {
    const { namesDue, add, pass } = opened(8)
    add(A, [])
    expect(namesDue([A], NOBODY, 'serving')).toEqual([])
    expect(namesDue([A], NOBODY, 'all')).toEqual(['aaa'])
    pass(10 * 60_000)
    expect(namesDue([A], NOBODY, 'none')).toEqual([])
    expect(namesDue([A], NOBODY, 'serving')).toEqual(['aaa'])
  })

  test('in their turn, the oldest first, and no more than a share of all reads', () => {
    // 10 % of 25 a second are 2.5; four are kept at most.
    const { namesDue, read, pass } = opened(8)
    const fleet = ['aaa', 'bbb', 'ccc', 'ddd', 'eee', 'fff'].map((name) => endpoint(name))
    for (const one of fleet) {
      read(one)
      pass(1)
    }
    expect(namesDue(fleet)).toEqual(['aaa', 'bbb', 'ccc', 'ddd'])
    expect(namesDue(fleet)).toEqual([])
    for (const one of fleet.slice(0, 4)) read(one)
    pass(1_000)
    expect(namesDue(fleet)).toEqual(['eee', 'fff'])
  })
})
