import { describe, expect, test } from '@jest/globals'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { weightsAt } from '../../../src/core/plan/compare/body.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { live, story, Turns, world } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const

const first = [endpoint('fraud', { traffic: { blue: 100 } }), deployment('fraud', 'blue')]
const both = [
  endpoint('fraud', { traffic: { green: 100 } }),
  deployment('fraud', 'blue'),
  deployment('fraud', 'green', { model: 'azureml:fraud:2' }),
]
const onlyGreen = [both[0], both[2]].flatMap((one) => one ?? [])

function atFirst(): Turns {
  const turns = new Turns(first)
  turns.settle()
  return turns
}

describe('the road to what Git wants', () => {
  test('a new endpoint is made, then its deployment, then traffic moves to it', () => {
    const turns = new Turns(first)
    expect(story(turns.settle())).toEqual([
      'create_endpoint fraud',
      'create_online_deployment blue',
      'set_traffic fraud',
    ])
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
  })

  test('blue keeps all traffic until green is Succeeded, then one write moves it all', () => {
    const turns = atFirst()
    turns.commit(both, 'c2')
    expect(story(turns.step('Provisioning').actions)).toEqual(['create_online_deployment green'])
    const waiting = turns.plan()
    expect(waiting.actions).toEqual([])
    expect(waiting.held.map(({ reason }) => reason)).toContain('TrafficWaits')
    turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Ready' })))
    expect(story(turns.settle())).toEqual(['set_traffic fraud'])
    const body = turns.body(FRAUD) ?? {}
    expect(valueAt(body, '/properties/traffic')).toEqual({ blue: 0, green: 100 })
  })

  test('blue is deleted only after traffic is seen to be away and its time-out has passed', () => {
    const turns = atFirst()
    turns.commit(both, 'c2')
    turns.settle()
    turns.meddle(BLUE, (body) =>
      withValue(body, '/properties/requestSettings', { requestTimeout: 'PT90S' }),
    )
    turns.commit(onlyGreen, 'c3')
    turns.memory = {} // as after a restart: the wait begins anew
    const draining = turns.step()
    expect(draining.held).toMatchObject([{ state: 'waiting', reason: 'Draining' }])
    expect(draining.wakeAt).toBe(turns.now + 90_000)
    turns.now += 89_999
    expect(turns.step().actions).toEqual([])
    turns.now += 1
    expect(story(turns.step().actions)).toEqual(['delete_online_deployment blue'])
  })

  test('a commit that removes the serving deployment and moves traffic does both, in order', () => {
    const turns = atFirst()
    turns.commit(onlyGreen, 'c2')
    expect(story(turns.settle())).toEqual([
      'create_online_deployment green',
      'set_traffic fraud',
      'delete_online_deployment blue',
    ])
  })

  test('a removed endpoint gets no traffic first, then its deployments go, then it', () => {
    const turns = atFirst()
    const other = endpoint('other')
    turns.commit([...first, other], 'c2')
    turns.settle()
    turns.commit([other], 'c3')
    expect(story(turns.settle())).toEqual([
      'set_traffic fraud',
      'delete_online_deployment blue',
      'delete_endpoint fraud',
    ])
  })

  test('traffic that somebody moved by hand is drift, and is put back', () => {
    const turns = atFirst()
    turns.commit(both, 'c2')
    turns.settle()
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 50, green: 50 }))
    const plan = turns.step()
    expect(plan.actions).toMatchObject([{ operation: 'set_traffic', reason: 'Drift' }])
    expect(turns.plan().changes).toEqual([])
  })

  test('traffic moved by hand while green is being made is put back to what was applied', () => {
    const turns = atFirst()
    turns.commit(both, 'c2')
    turns.step('Failed')
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 0 }))
    const [action] = turns.plan().actions
    expect(action && valueAt(action.body ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
  })

  test('a serving deployment that Git changes in place keeps its traffic all the while', () => {
    const turns = atFirst()
    turns.commit(
      [
        both[0] && endpoint('fraud', { traffic: { blue: 100 } }),
        deployment('fraud', 'blue', { instance_count: 3 }),
      ].flatMap((one) => one ?? []),
      'c2',
    )
    expect(story(turns.settle())).toEqual(['update_online_deployment blue'])
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
  })

  test('an endpoint whose traffic Git does not declare keeps what it has', () => {
    const turns = new Turns([endpoint('fraud'), deployment('fraud', 'blue')])
    turns.settle()
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 100 }))
    expect(turns.plan().changes).toEqual([])
  })
})

describe('what a write carries', () => {
  test('a traffic change gives back mirror traffic, unknown properties and foreign tags as they were', () => {
    const turns = atFirst()
    turns.commit([...both, deployment('fraud', 'grey')], 'c2')
    turns.settle()
    const strange = { futureField: { deep: [1, { a: null }] }, mirrorTraffic: { grey: 10 } }
    turns.meddle(FRAUD, (body) => ({
      ...body,
      tags: { ...(body.tags as object), team: 'risk', 'cost-centre': '42' },
      somethingNew: { x: 1.5 },
      properties: { ...(body.properties as object), ...strange, traffic: { blue: 70, green: 30 } },
    }))
    const [action] = turns.plan().actions
    const body = action?.body ?? {}
    expect(valueAt(body, '/properties/futureField')).toEqual(strange.futureField)
    expect(valueAt(body, '/properties/mirrorTraffic')).toEqual({ grey: 10 })
    expect(valueAt(body, '/somethingNew')).toEqual({ x: 1.5 })
    expect(body.tags).toMatchObject({ team: 'risk', 'cost-centre': '42' })
    expect(valueAt(body, '/properties/traffic')).toEqual({ blue: 0, green: 100, grey: 0 })
  })

  test('mirroring to a deployment that gets live traffic ends in the same write', () => {
    const turns = atFirst()
    turns.commit(
      [
        endpoint('fraud', { traffic: { blue: 100 }, mirror_traffic: { green: 20 } }),
        ...both.slice(1),
      ],
      'c2',
    )
    turns.settle()
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/mirrorTraffic')).toEqual({ green: 20 })
    turns.commit([endpoint('fraud', { traffic: { green: 100 } }), ...both.slice(1)], 'c3')
    turns.settle()
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/mirrorTraffic')).toEqual({})
  })

  test('mirroring to what serves, where Git says no more who serves, is told and not done', () => {
    const both = [deployment('fraud', 'blue'), deployment('fraud', 'green')]
    const turns = new Turns([endpoint('fraud', { traffic: { green: 100 } }), ...both])
    turns.settle()
    turns.commit([endpoint('fraud', { mirror_traffic: { green: 10 } }), ...both], 'c2')
    turns.settle()
    const { held, findings } = turns.plan()
    expect(held).toMatchObject([{ reason: 'MirrorHasTraffic', state: 'blocked' }])
    expect(findings).toContainEqual(expect.objectContaining({ ref: FRAUD, sync: 'out_of_sync' }))
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toMatchObject({ green: 100 })
  })

  test('mirroring to what serves waits until that serves no more (S1)', () => {
    const turns = atFirst()
    const mirrored = endpoint('fraud', { traffic: { green: 100 }, mirror_traffic: { blue: 20 } })
    turns.commit([mirrored, ...both.slice(1)], 'c2')
    for (const { body, ref } of turns.settle())
      if (ref.kind === 'OnlineEndpoint') {
        const live = weightsAt(body ?? {}, '/properties/traffic')
        const copied = Object.keys(weightsAt(body ?? {}, '/properties/mirrorTraffic'))
        expect(copied.filter((name) => live[name] !== undefined)).toEqual([])
      }
    expect(turns.body(FRAUD)?.properties).toMatchObject({
      traffic: { green: 100 },
      mirrorTraffic: { blue: 20 },
    })
  })

  test('mirroring waits for what it is to go to', () => {
    const turns = atFirst()
    const [, , green] = both
    const mirrored = endpoint('fraud', { traffic: { blue: 100 }, mirror_traffic: { green: 20 } })
    turns.commit([mirrored, ...first.slice(1), ...(green === undefined ? [] : [green])], 'c2')
    const mirror = (): unknown => valueAt(turns.body(FRAUD) ?? {}, '/properties/mirrorTraffic')
    turns.step()
    expect(turns.actions.map(({ ref }) => ref.name)).toContain('green')
    expect(mirror()).not.toEqual({ green: 20 })
    turns.settle()
    expect(mirror()).toEqual({ green: 20 })
  })

  test('mirroring that is declared without live traffic is written, kept, and put back', () => {
    const turns = new Turns([
      endpoint('fraud', { mirror_traffic: { green: 10 } }),
      ...both.slice(1),
    ])
    turns.settle()
    const mirror = (): unknown => valueAt(turns.body(FRAUD) ?? {}, '/properties/mirrorTraffic')
    expect(mirror()).toEqual({ green: 10 })
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 100 }))
    expect(turns.settle()).toEqual([])
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/mirrorTraffic', {}))
    expect(turns.settle()).toMatchObject([{ reason: 'Drift' }])
    expect(mirror()).toEqual({ green: 10 })
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
  })

  test('every endpoint PUT carries both maps, also when the read had neither', () => {
    const turns = new Turns(
      [endpoint('fraud', { description: 'new' }, { adopt: true })],
      world([live(FRAUD, { properties: { description: 'old' } })]),
    )
    for (const action of turns.settle())
      expect(action.body?.properties).toMatchObject({ traffic: {}, mirrorTraffic: {} })
  })
})
