import { describe, expect, test } from '@jest/globals'
import type { OperationsKnown, Running } from '../../../src/core/model/operations.ts'
import { keyOf, type Ref } from '../../../src/core/model/ref.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { story, Turns, world } from '../../support/world.ts'

const MINUTE = 60_000
const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const SORT = 'create_online_deployment Standard_DS_v2'
const CREATE = { operation: 'create_online_deployment', size: 'Standard_DS3_v2' } as const

/** Azure is at work on the deployment; the operation began when the turns do. */
function atWork(took: Readonly<Record<string, readonly number[]>>, running: Partial<Running> = {}) {
  const turns = new Turns([endpoint('fraud'), deployment('fraud', 'blue')])
  turns.step()
  turns.step('Provisioning')
  turns.plan()
  know(turns, BLUE, took, { ...CREATE, startedAt: turns.now, ...running })
  turns.step('Provisioning')
  return turns
}

function know(
  turns: Turns,
  ref: Ref,
  took: Readonly<Record<string, readonly number[]>>,
  running: Running,
): void {
  const operations: OperationsKnown = {
    running: new Map([[keyOf(ref), running]]),
    took: new Map(
      Object.entries(took).map(([sort, all]) => [sort, all.map((one) => one * MINUTE)]),
    ),
  }
  turns.input = { ...turns.input, operations }
}

/** Minutes until it is told, and what is said. */
function toldAfter(turns: Turns): readonly [number, string] | undefined {
  for (let minute = 1; minute <= 119; minute += 1) {
    turns.now += MINUTE
    const told = turns.step('Provisioning').held.find(({ reason }) => reason === 'OperationOverdue')
    if (told !== undefined) {
      expect(told.state).toBe('waiting')
      return [minute, told.message]
    }
  }
  return undefined
}

const cases: readonly [string, readonly number[], number][] = [
  ['half as long again as the longest', [6, 7, 8, 9, 22], 34],
  ['and not after minutes, where all were quick', [1, 1, 1, 1, 1], 11],
  ['and not by a few', [6, 7, 8, 9], 91],
  ['and not by none', [], 91],
]

describe('an operation of Azure is told as overdue', () => {
  test.each(cases)('%s: %j', (_, took, minute) => {
    expect(toldAfter(atWork({ [SORT]: took }))?.[0]).toBe(minute)
  })

  test('with how long it has taken, and how long it takes', () => {
    const took = [6, 6.2, 7, 8, 8, 8, 8, 8, 9, 22]
    expect(toldAfter(atWork({ [SORT]: took }))?.[1]).toBe(
      'create_online_deployment has taken 34 min; here it usually takes 6 to 9 min, at most 22 min (the last 10). It goes on being waited for; its operation is in the portal.',
    )
  })

  test.each(['Standard_DS4_v2', 'Standard_DS12-1_v2'])(
    'by what took other numbers of cores of the family: %s',
    (size) => {
      expect(toldAfter(atWork({ [SORT]: [6, 7, 8, 9, 22] }, { size }))?.[0]).toBe(34)
    },
  )

  test.each([
    { size: 'Standard_NC6s_v3' },
    { size: 'defaultinstancetype' },
    { operation: 'update_online_deployment' as const },
  ])('and not by what takes otherwise: %j', (other) => {
    expect(toldAfter(atWork({ [SORT]: [6, 7, 8, 9, 22] }, other))?.[0]).toBe(91)
  })

  test('of an endpoint after half an hour, where nothing is known', () => {
    const turns = new Turns([endpoint('fraud')])
    turns.step('Provisioning')
    turns.plan()
    turns.step('Provisioning')
    expect(toldAfter(turns)?.[0]).toBe(31)
  })

  test('also when its beginning was not seen: after a restart it counts from the first look', () => {
    const turns = atWork({ [SORT]: [6, 7, 8, 9, 22] })
    turns.memory = {}
    turns.input = { ...turns.input, operations: { running: new Map(), took: new Map() } }
    turns.plan()
    turns.step('Provisioning')
    const [minute, message] = toldAfter(turns) ?? []
    expect(minute).toBe(91)
    expect(message).toContain('An operation of Azure has taken 91 min; how long it usually takes')
  })

  test('which of a deletion is one, too', () => {
    const turns = new Turns([endpoint('fraud'), deployment('fraud', 'blue')])
    turns.settle()
    turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Deleting' })))
    turns.plan()
    turns.step()
    turns.now += 91 * MINUTE
    expect(turns.plan().held.map(({ ref, reason }) => [ref.kind, reason])).toContainEqual([
      ...['OnlineEndpoint', 'OperationOverdue'],
    ])
  })
})

test('it is told, and changes nothing that is sent: it is stuck after two hours as ever', () => {
  const turns = atWork({ [SORT]: [6, 7, 8, 9, 10] })
  turns.now += 100 * MINUTE
  expect(story(turns.step('Provisioning').actions)).toEqual([])
  turns.now += 21 * MINUTE
  expect(turns.plan().held.map(({ reason }) => reason)).toContain('Stuck')
  turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Ready' })))
  turns.input = { ...turns.input, operations: { running: new Map(), took: new Map() } }
  expect(turns.plan().held).toEqual([])
  expect(turns.actions.map(({ ref }) => keyOf(ref))).toEqual([keyOf(FRAUD), keyOf(BLUE)])
})
