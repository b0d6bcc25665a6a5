import { describe, expect, test } from '@jest/globals'
import type { SyncPolicy } from '../../../src/core/model/application.ts'
import type { Desired, Policy } from '../../../src/core/model/desired.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import { valueAt } from '../../../src/core/model/values/pointer.ts'
import { deployment, desiredOf, endpoint } from '../../support/desired.ts'
import { NOW, story, Turns, world } from '../../support/world.ts'

const HOUR_MS = 3_600_000
const OLD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const NEW = { kind: 'OnlineEndpoint', name: 'fraud-eu' } as const

type Policies = readonly [Policy, Policy]

/** An endpoint and its deployment, with the policies of their manifests. */
function named(name: string, ...[ofEndpoint, ofDeployment]: Policies | []): readonly Desired[] {
  return [
    endpoint(name, { traffic: { blue: 100 } }, ofEndpoint),
    deployment(name, 'blue', {}, ofDeployment),
  ]
}

interface Suspension {
  readonly old?: Policies
  readonly fresh?: Policies
  readonly sync?: Partial<SyncPolicy>
}

function servedBy(turns: Turns, ref: Ref): number {
  return Number(valueAt(turns.body(ref) ?? {}, '/properties/traffic/blue') ?? 0)
}

function renamed(to: readonly Desired[] = named('fraud-eu')): Turns {
  const turns = new Turns(named('fraud'))
  turns.settle()
  turns.commit(to, 'c2')
  return turns
}

function reasons(turns: Turns): readonly string[] {
  return turns.plan().held.map(({ reason }) => reason)
}

describe('an endpoint that is renamed in one commit', () => {
  test('serves under its old name until it serves under the new one', () => {
    const turns = renamed()
    for (let turn = 0; turn < 60; turn += 1) {
      turns.step()
      const old = valueAt(turns.body(OLD) ?? {}, '/properties/traffic/blue') ?? 0
      const fresh = valueAt(turns.body(NEW) ?? {}, '/properties/traffic/blue') ?? 0
      expect(Math.max(Number(old), Number(fresh))).toBe(100)
      turns.now += 60_000
    }
    expect(turns.body(OLD)).toBeUndefined()
    const lines = story(turns.actions)
    expect(lines.indexOf('set_traffic fraud-eu')).toBeLessThan(
      lines.lastIndexOf('set_traffic fraud'),
    )
  })

  test('says what it waits for, and waits six hours at most', () => {
    const turns = renamed()
    turns.step()
    turns.step('Failed')
    expect(reasons(turns)).toContain('ReplacementNotServing')
    const from = turns.now
    while (turns.body(OLD) !== undefined && turns.now - from < 20 * HOUR_MS) {
      turns.step('Failed')
      turns.now += 10 * 60_000
    }
    const waited = turns.now - from
    expect(waited).toBeGreaterThan(6 * HOUR_MS)
    expect(waited).toBeLessThan(8 * HOUR_MS)
  })

  test('the six hours do not pass while nothing may be deleted', () => {
    const turns = renamed()
    turns.step()
    turns.step('Failed')
    const freezes = [{ what: 'deletes', reason: 'Unreachable', message: 'x' }] as const
    turns.input = { ...turns.input, freezes }
    for (let turn = 0; turn < 60; turn += 1) {
      turns.step('Failed')
      turns.now += 10 * 60_000
    }
    turns.input = { ...turns.input, freezes: [] }
    expect(reasons(turns)).toContain('ReplacementNotServing')
  })

  const until = { suspendUntil: NOW + 9 * HOUR_MS }
  const quiet = { suspend: true } as const
  const looking = { mode: 'observe' } as const
  test.each<[string, Suspension]>([
    ['the new endpoint is suspended for a time', { fresh: [until, {}] }],
    ['the new deployment is', { fresh: [{}, until] }],
    ['the old endpoint is', { old: [until, {}] }],
    ['both endpoints are', { old: [until, {}], fresh: [until, {}] }],
    ['the Application is suspended', { sync: quiet }],
    ['the Application only observes', { sync: looking }],
  ])('nobody is without an endpoint where %s for longer than six hours (U1)', (_, said) => {
    const { old = [], fresh = [], sync = {} } = said
    const turns = new Turns(named('fraud', ...old))
    turns.settle()
    turns.commit(named('fraud-eu', ...fresh), 'c2')
    const { sync: usual } = turns.input
    const from = turns.now
    let without = 0
    while (turns.now - from < 20 * HOUR_MS && turns.body(OLD) !== undefined) {
      const isQuiet = turns.now < NOW + 9 * HOUR_MS
      turns.input = { ...turns.input, sync: isQuiet ? { ...usual, ...sync } : usual }
      // Azure takes half an hour for each thing that it makes.
      turns.step('Provisioning')
      turns.now += 10 * 60_000
      without += servedBy(turns, OLD) + servedBy(turns, NEW) === 0 ? 1 : 0
      turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Ready' })))
    }
    expect([without, turns.body(OLD)]).toEqual([0, undefined])
  })

  test('a commit that takes the new one out again lets the old one go at once', () => {
    const turns = renamed()
    turns.step()
    turns.step('Failed')
    turns.commit([endpoint('other')], 'c3')
    expect(reasons(turns)).not.toContain('ReplacementNotServing')
  })

  test.each<[string, readonly Desired[]]>([
    ['that declares no traffic', [endpoint('fraud-eu')]],
    ['that serves already', [...named('fraud-eu')]],
  ])('nothing waits for an endpoint %s', (what, next) => {
    const turns = new Turns([...named('fraud'), ...(what.includes('already') ? next : [])])
    turns.settle()
    turns.commit(next, 'c2')
    expect(reasons(turns)).not.toContain('ReplacementNotServing')
    turns.settle()
    expect(turns.body(OLD)).toBeUndefined()
  })
})

test('a batch endpoint that is renamed keeps its default deployment until the new one has its own', () => {
  const batch = (name: string): readonly Desired[] => [
    ...desiredOf('BatchEndpoint', {
      name,
      auth_mode: 'aad_token',
      defaults: { deployment_name: 'blue' },
    }),
    ...desiredOf('BatchDeployment', {
      name: 'blue',
      endpoint_name: name,
      type: 'model',
      model: 'azureml:fraud:1',
      environment: 'azureml:fraud-env:1',
      code_configuration: { code: 'azureml:code:1', scoring_script: 'score.py' },
      compute: 'azureml:cpu-cluster',
      resources: { instance_count: 1 },
    }).map((desired) => ({ ...desired, dependsOn: [{ kind: 'BatchEndpoint' as const, name }] })),
  ]
  const turns = new Turns(batch('nightly'))
  turns.settle()
  expect(turns.plan().changes).toEqual([])
  turns.commit(batch('nightly-eu'), 'c2')
  const isDefault = (name: string): boolean =>
    valueAt(
      turns.body({ kind: 'BatchEndpoint', name }) ?? {},
      '/properties/defaults/deploymentName',
    ) === 'blue'
  for (let turn = 0; turn < 30; turn += 1) {
    turns.step()
    expect(isDefault('nightly') || isDefault('nightly-eu')).toBe(true)
    turns.now += 60_000
  }
  expect(turns.body({ kind: 'BatchEndpoint', name: 'nightly' })).toBeUndefined()
})
