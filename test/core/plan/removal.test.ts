import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { live, NOW, story, Turns, world } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const other = endpoint('other')
const serving = endpoint('fraud', { traffic: { blue: 100 } })
const blue = deployment('fraud', 'blue')
const green = deployment('fraud', 'green')

function settled(...desired: readonly Desired[]): Turns {
  const turns = new Turns(desired)
  turns.settle()
  return turns
}

function trafficOf(turns: Turns): unknown {
  return valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')
}

function reasons(turns: Turns): readonly string[] {
  return turns.plan().held.map(({ state, ref, reason }) => `${state} ${ref.name} ${reason}`)
}

describe('a removed endpoint whose deployments stay keeps serving', () => {
  const foreign = live({ ...BLUE, name: 'theirs' }, { properties: {} })
  const cases: readonly [string, Desired, readonly Desired[], (turns: Turns) => void, string][] = [
    ['they are still declared', blue, [blue], () => {}, 'DeploymentsStay'],
    [
      'they are kept by prune: disabled',
      deployment('fraud', 'blue', {}, { prune: 'disabled' }),
      [],
      () => {},
      'DeploymentsStay',
    ],
    [
      'they are suspended',
      deployment('fraud', 'blue', {}, { suspendUntil: NOW + 100 * 86_400_000 }),
      [],
      () => {},
      'DeploymentsStay',
    ],
    [
      'nothing proves that Git ever declared them',
      blue,
      [],
      (turns) => turns.meddle(BLUE, (body) => withValue(body, '/tags/verdigris.revision', 'c0')),
      'DeploymentsStay',
    ],
    [
      'somebody else made one of them',
      blue,
      [],
      (turns) => {
        turns.world = world([...turns.world.resources, foreign])
      },
      'HasForeignDeployments',
    ],
  ]

  test.each(cases)('%s', (_, deployed, staying, change, reason) => {
    const turns = settled(other, serving, { ...deployed, policy: {} })
    turns.commit([other, serving, deployed], 'c2')
    turns.settle()
    change(turns)
    turns.commit([other, ...staying], 'c3')
    for (let turn = 0; turn < 5; turn += 1) {
      expect(turns.step().actions).not.toContainEqual(expect.objectContaining({ ref: FRAUD }))
      turns.now += 60_000
    }
    expect(trafficOf(turns)).toEqual({ blue: 100 })
    expect(reasons(turns)).toContain(`blocked fraud ${reason}`)
  })

  test.each([
    ['live traffic', { traffic: { blue: 100 } }],
    ['a part of it', { traffic: { blue: 10, green: 90 } }],
    ['copies', { traffic: { green: 100 }, mirror_traffic: { blue: 10 } }],
  ])(
    'a deployment to which the manifest of its endpoint still sends %s waits for a commit',
    (_, sends) => {
      const sending = endpoint('fraud', sends)
      const turns = settled(other, sending, blue, deployment('fraud', 'green'))
      turns.commit([other, sending, deployment('fraud', 'green')], 'c2')
      expect(turns.settle()).toEqual([])
      expect(turns.plan().wakeAt).toBeUndefined()
      expect(reasons(turns)).toEqual(['blocked blue TakesTraffic'])
      turns.commit(
        [other, endpoint('fraud', { traffic: { green: 100 } }), deployment('fraud', 'green')],
        'c3',
      )
      turns.settle()
      expect(
        turns.body({ kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' }),
      ).toBeUndefined()
    },
  )

  test('what was removed with it and still serves is not waited for without end', () => {
    const kept = deployment('fraud', 'green', {}, { prune: 'disabled' })
    const turns = settled(other, serving, blue, kept)
    turns.commit([other], 'c2')
    expect(turns.settle()).toEqual([])
    expect([...reasons(turns)].sort()).toEqual([
      'blocked blue TakesTraffic',
      'blocked fraud DeploymentsStay',
      'blocked green PruneDisabled',
    ])
  })
})

describe('an annotation that a later commit added, and that changed nothing to write', () => {
  test.each([
    ['prune: disabled', { prune: 'disabled' }, 'PruneDisabled'],
    ['suspend-until', { suspendUntil: NOW + 100 * 86_400_000 }, 'Suspended'],
  ] as const)('%s keeps what is removed later', (_, policy, reason) => {
    const turns = settled(endpoint('fraud'), blue, green)
    turns.commit([endpoint('fraud'), deployment('fraud', 'blue', {}, policy), green], 'c2')
    expect(turns.settle()).toEqual([])
    turns.commit([endpoint('fraud'), green], 'c3')
    expect(turns.settle()).toEqual([])
    expect(reasons(turns)).toEqual([`blocked blue ${reason}`])
  })

  test('a date that has passed keeps nothing', () => {
    const turns = settled(endpoint('fraud'), blue)
    const until = { suspendUntil: turns.now + 60_000 }
    turns.commit([endpoint('fraud'), deployment('fraud', 'blue', {}, until)], 'c2')
    turns.settle()
    turns.commit([endpoint('fraud')], 'c3')
    turns.now += 60_000
    expect(story(turns.settle())).toEqual(['delete_online_deployment blue'])
  })
})

test('leftovers that are kept do not use up the budget of deletions', () => {
  const kept = ['a', 'b', 'c'].map((name) =>
    deployment('fraud', `kept-${name}`, {}, { prune: 'disabled' }),
  )
  const turns = settled(endpoint('fraud'), ...kept, blue)
  turns.commit([endpoint('fraud'), blue], 'c2')
  turns.settle()
  turns.commit([endpoint('fraud')], 'c3')
  expect(story(turns.settle())).toEqual(['delete_online_deployment blue'])
  expect(reasons(turns)).toEqual(kept.map(({ ref }) => `blocked ${ref.name} PruneDisabled`))
})

test('what takes mirrored traffic is not deleted (S3)', () => {
  const turns = settled(serving, blue, green)
  turns.meddle(FRAUD, (body) => withValue(body, '/properties/mirrorTraffic', { green: 10 }))
  turns.commit([serving, blue], 'c2')
  for (let turn = 0; turn < 10; turn += 1) {
    expect(turns.step().actions.filter(({ verb }) => verb === 'delete')).toEqual([])
    turns.now += 120_000
  }
})

describe('between the last request and the deletion', () => {
  test('a Failed deployment drains as any other', () => {
    const turns = settled(serving, blue, green)
    turns.world = world(
      turns.world.resources.map((one) =>
        one.ref.name === 'blue' ? { ...one, phase: 'Failed' } : one,
      ),
    )
    turns.meddle(BLUE, (body) =>
      withValue(body, '/properties/requestSettings', { requestTimeout: 'PT90S' }),
    )
    turns.commit([endpoint('fraud', { traffic: { green: 100 } }), green], 'c2')
    expect(story(turns.step().actions)).toEqual(['set_traffic fraud'])
    turns.now += 5000
    expect(turns.step().actions).toEqual([])
    turns.now += 5000
    expect(turns.step().actions).toEqual([])
    turns.now += 89_999
    expect(reasons(turns)).toEqual(['waiting blue Draining'])
    turns.now += 1
    expect(story(turns.step().actions)).toEqual(['delete_online_deployment blue'])
  })

  test('a write that somebody else sent meanwhile begins the wait anew: it may have sent requests there', () => {
    const turns = settled(endpoint('fraud'), blue)
    turns.commit([endpoint('fraud')], 'c2')
    turns.memory = {}
    turns.step()
    turns.now += 120_000
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/description', 'theirs'))
    turns.step()
    turns.now += 4999
    expect(reasons(turns)).toContain('waiting blue Draining')
    turns.now += 1
    expect(turns.plan().actions).toContainEqual(expect.objectContaining({ verb: 'delete' }))
  })

  test('nothing is deleted while the last write to its endpoint is not seen in reads', () => {
    const to = (name: string): Desired => endpoint('fraud', { traffic: { [name]: 100 } })
    const turns = settled(to('green'), blue, green)
    turns.now += 600_000
    turns.step()
    const stale = turns.world
    turns.commit([to('blue'), blue, green], 'c2')
    expect(story(turns.step().actions)).toEqual(['set_traffic fraud'])
    turns.world = stale
    turns.now += 5000
    turns.commit([to('green'), green], 'c3')
    expect(turns.step().actions).toEqual([])
    expect(reasons(turns)).toContain('waiting blue EndpointNotSeen')
  })

  test('what Azure has been at work on for hours is told to be stuck', () => {
    const turns = settled(endpoint('fraud'), blue)
    turns.commit([endpoint('fraud')], 'c2')
    turns.world = world(
      turns.world.resources.map((one) =>
        one.ref.name === 'blue' ? { ...one, phase: 'Provisioning' } : one,
      ),
    )
    turns.step()
    turns.now += 3 * 3_600_000
    expect(reasons(turns)).toEqual(['blocked blue Stuck'])
  })

  test('nothing sensible is known of its time-out: the longest is waited for', () => {
    const turns = settled(endpoint('fraud'), blue)
    turns.meddle(BLUE, (body) =>
      withValue(body, '/properties/requestSettings', { requestTimeout: 'soon' }),
    )
    turns.commit([endpoint('fraud')], 'c2')
    turns.memory = {}
    turns.step()
    turns.now += 179_999
    expect(reasons(turns)).toEqual(['waiting blue Draining'])
    turns.now += 1
    expect(story(turns.step().actions)).toEqual(['delete_online_deployment blue'])
  })

  test('the write that takes the traffic away is not repeated on stale reads', () => {
    const turns = settled(other, serving, blue)
    turns.commit([other], 'c2')
    const stale = turns.world
    expect(story(turns.step().actions)).toEqual(['set_traffic fraud'])
    turns.world = stale
    turns.now += 5000
    expect(turns.step().actions).toEqual([])
    expect(reasons(turns)).toContain('waiting fraud OwnWriteNotSeen')
  })
})

describe('while not everything could be read', () => {
  test('of another endpoint, what Git removed is deleted', () => {
    const turns = settled(serving, blue, green)
    turns.commit([serving, blue], 'c2')
    turns.world = { ...turns.world, unread: new Set(['OnlineEndpoint/other']) }
    expect(story(turns.settle())).toEqual(['delete_online_deployment green'])
  })

  test('of its endpoint, it waits, and says what could not be read (S15)', () => {
    const turns = settled(serving, blue, green)
    turns.commit([serving, blue], 'c2')
    turns.world = { ...turns.world, unread: new Set(['OnlineEndpoint/fraud']) }
    expect(reasons(turns)).toEqual(['waiting green IncompleteList'])
    expect(turns.plan().held[0]?.message).toContain('OnlineEndpoint/fraud')
  })
})
