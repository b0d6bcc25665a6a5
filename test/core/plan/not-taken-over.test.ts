import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import type { Json, JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt, without, withValue } from '../../../src/core/model/values/pointer.ts'
import { NOT_TAKEN_OVER_MS } from '../../../src/core/plan/memory/not-taken-over.ts'
import { deployment, desiredOf, endpoint } from '../../support/desired.ts'
import { story, Turns } from '../../support/world.ts'
import { opened, pass, template, traffic, untilPhase } from '../rollout/play.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const GREEN = { kind: 'OnlineDeployment', parent: 'fraud', name: 'green' } as const
const NIGHTLY = { kind: 'BatchEndpoint', name: 'nightly' } as const
const MODEL = { kind: 'Model', name: 'fraud', version: '1' } as const
const DESCRIPTION = '/properties/description'
const TIMEOUT = '/properties/requestSettings/requestTimeout'

/** An Azure that has another value there, whatever is written; undefined = it leaves the field out. */
function otherwise(path: string, value?: Json): (body: JsonObject) => JsonObject {
  return (body) => {
    if (valueAt(body, path) === undefined) return body
    return value === undefined ? without(body, path) : withValue(body, path, value)
  }
}

function standing(desired: readonly Desired[], takes: (body: JsonObject) => JsonObject): Turns {
  const turns = new Turns(desired)
  turns.takes = takes
  turns.settle()
  return turns
}

const heldOf = (turns: Turns, { name }: Ref) =>
  turns.plan().held.filter(({ ref }) => ref.name === name)

const batch = desiredOf('BatchEndpoint', { name: 'nightly', description: 'a' })
const model = desiredOf('Model', {
  name: 'fraud',
  version: '1',
  path: 'azureml://datastores/a/paths/b',
  description: 'a',
})
const fraud = endpoint('fraud', { description: 'a' })
const blue = deployment('fraud', 'blue', { request_settings: { request_timeout_ms: 7500 } })

describe('a field that Azure did not take over', () => {
  test.each<readonly [string, readonly Desired[], Ref, string, Json | undefined, string]>([
    [
      'left out of an endpoint',
      [fraud],
      FRAUD,
      DESCRIPTION,
      undefined,
      'declared "a", live nothing',
    ],
    ['changed on an endpoint', [fraud], FRAUD, DESCRIPTION, 'A', 'declared "a", live "A"'],
    ['rounded on a deployment', [fraud, blue], BLUE, TIMEOUT, 'PT7S', 'live 7000'],
    ['left out of a batch endpoint', batch, NIGHTLY, DESCRIPTION, undefined, 'live nothing'],
    ['changed on an asset', model, MODEL, DESCRIPTION, 'A', 'declared "a", live "A"'],
  ])('and %s at its creation says so, and is left alone', (_, desired, ref, path, value, said) => {
    const turns = standing(desired, otherwise(path, value))
    const written = turns.actions.length
    expect(heldOf(turns, ref)).toMatchObject([{ state: 'blocked', reason: 'NotTakenOver' }])
    expect(heldOf(turns, ref)[0]?.message).toContain(path)
    expect(heldOf(turns, ref)[0]?.message).toContain(said)
    const finding = turns.plan().findings.find((one) => one.ref.name === ref.name)
    expect(finding).toMatchObject({ sync: 'out_of_sync', fight: false, notTakenOver: [{ path }] })
    expect(finding).not.toHaveProperty('driftedSince')
    turns.now += NOT_TAKEN_OVER_MS / 2
    turns.settle()
    expect(turns.actions.length).toBe(written)
    expect(turns.actions.filter(({ reason }) => reason === 'Drift')).toEqual([])
  })

  test.each(['correct', 'report', 'ignore'] as const)(
    'is no drift in between either (%s)',
    (drift) => {
      const turns = new Turns([endpoint('fraud', { description: 'a' }, { drift })])
      turns.takes = otherwise(DESCRIPTION)
      turns.step()
      turns.now += 1000
      expect(turns.plan().findings[0]).not.toHaveProperty('driftedSince')
      expect(heldOf(turns, FRAUD)).toMatchObject([{ reason: 'OwnWriteNotSeen' }])
    },
  )

  test('on an update is told, too, and written again with the next change only', () => {
    const turns = standing([fraud], (body) => body)
    turns.takes = otherwise(DESCRIPTION, 'a')
    turns.commit([endpoint('fraud', { description: 'b' })], 'c2')
    expect(story(turns.settle())).toEqual(['update_endpoint fraud'])
    expect(heldOf(turns, FRAUD)).toMatchObject([{ reason: 'NotTakenOver' }])
    turns.commit([endpoint('fraud', { description: 'c' })], 'c3')
    expect(story(turns.settle())).toEqual(['update_endpoint fraud'])
    turns.commit([fraud], 'c4')
    turns.settle()
    expect(turns.plan().held).toEqual([])
  })

  test('is written once more each day, and is done when Azure takes it', () => {
    const turns = standing([fraud], otherwise(DESCRIPTION))
    for (let day = 0; day < 2; day += 1) {
      turns.now += NOT_TAKEN_OVER_MS
      expect(turns.settle()).toMatchObject([{ reason: 'NotTakenOver', verb: 'update' }])
    }
    turns.takes = (body) => body
    turns.now += NOT_TAKEN_OVER_MS
    expect(turns.settle()).toHaveLength(1)
    expect(turns.plan()).toMatchObject({ held: [], findings: [{ sync: 'synced' }] })
    expect(turns.plan().findings[0]).not.toHaveProperty('notTakenOver')
  })

  test.each(['report', 'ignore'] as const)(
    'is told with the policy %s, and not written',
    (drift) => {
      const turns = standing(
        [endpoint('fraud', { description: 'a' }, { drift })],
        otherwise(DESCRIPTION),
      )
      turns.now += 3 * NOT_TAKEN_OVER_MS
      expect(turns.settle()).toEqual([])
      expect(heldOf(turns, FRAUD)).toMatchObject([{ reason: 'NotTakenOver' }])
    },
  )

  test('that cannot be changed in place is not told as a change of Git, and not written again', () => {
    const path = '/properties/instanceType'
    const turns = standing([fraud, blue], otherwise(path, 'Standard_F4s_v2'))
    turns.now += 3 * NOT_TAKEN_OVER_MS
    expect(turns.settle()).toEqual([])
    expect(heldOf(turns, BLUE)).toMatchObject([{ reason: 'NotTakenOver' }])
  })

  test('keeps no traffic from a deployment', () => {
    const served = endpoint('fraud', { traffic: { blue: 100 } })
    const turns = standing([served, blue], otherwise(TIMEOUT, 'PT7S'))
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
  })
})

describe('it stays drift', () => {
  test('when somebody changes such a field by hand later, and it is told again after the correction', () => {
    const turns = standing([fraud], otherwise(DESCRIPTION))
    turns.meddle(FRAUD, (body) => withValue(body, DESCRIPTION, 'mine'))
    expect(turns.plan().findings[0]).toHaveProperty('driftedSince')
    expect(turns.settle()).toMatchObject([{ reason: 'Drift' }])
    expect(heldOf(turns, FRAUD)).toMatchObject([{ reason: 'NotTakenOver' }])
  })

  test('when somebody moves another field: that one is drift, and the first is told beside it', () => {
    const tagged = endpoint('fraud', { description: 'a', tags: { team: 'risk' } })
    const turns = standing([tagged], otherwise(DESCRIPTION))
    turns.meddle(FRAUD, (body) => withValue(body, '/tags/team', 'other'))
    expect(turns.plan().findings[0]).toMatchObject({
      differences: [{ path: '/tags/team' }],
      notTakenOver: [{ path: DESCRIPTION }],
    })
    turns.step()
    expect(turns.plan().findings[0]).toMatchObject({ notTakenOver: [{ path: DESCRIPTION }] })
    expect(turns.actions.at(-1)).toMatchObject({ reason: 'Drift' })
    expect(heldOf(turns, FRAUD)).toMatchObject([{ reason: 'NotTakenOver' }])
  })

  test('when somebody wrote before our write was read back', () => {
    const turns = new Turns([fraud])
    turns.step()
    turns.meddle(FRAUD, (body) => withValue(body, DESCRIPTION, 'mine'))
    turns.now += 10 * 60_000
    expect(turns.step().actions).toMatchObject([{ reason: 'Drift' }])
  })

  test('when it is traffic: who is served is put right at once', () => {
    const served = endpoint('fraud', { traffic: { blue: 100 } })
    const turns = standing([served, deployment('fraud', 'blue')], (body) => body)
    turns.takes = otherwise('/properties/traffic', { blue: 90 })
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 90 }))
    turns.step()
    turns.now += 10 * 60_000
    expect(turns.step().actions).toMatchObject([{ reason: 'Drift' }])
  })

  test('after a restart, for one write', () => {
    const turns = standing([fraud], otherwise(DESCRIPTION))
    turns.memory = {}
    expect(turns.settle()).toMatchObject([{ reason: 'Drift' }])
    expect(heldOf(turns, FRAUD)).toMatchObject([{ reason: 'NotTakenOver' }])
    turns.now += NOT_TAKEN_OVER_MS / 2
    expect(turns.settle()).toEqual([])
  })
})

test('instances that Azure does not give a candidate are written again, and blamed on nobody else', () => {
  const fields = { instance_count: 3 }
  const capacity = '/sku/capacity'
  const turns = opened(template(1, { fields }))
  turns.takes = (body) =>
    Number(valueAt(body, capacity)) > 2 ? withValue(body, capacity, 2) : body
  const steps = [{ type: 'setWeight', percent: 10 }, { type: 'pause' }] as const
  turns.commit(template(2, { fields, policy: { steps } }), 'c2')
  untilPhase(turns, 'progressing')
  pass(turns, 60)
  const said = heldOf(turns, GREEN)
  expect(said).toMatchObject([{ state: 'blocked', reason: 'DriftFight' }])
  expect(said[0]?.message).toContain('Azure accepted 7 corrections')
  turns.meddle(GREEN, (body) => withValue(body, capacity, 1))
  turns.step()
  expect(heldOf(turns, GREEN)[0]?.message).toContain('Another writer')
  expect(traffic(turns)).toEqual({ blue: 90, green: 10 })
})
