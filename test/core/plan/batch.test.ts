import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { TAGS } from '../../../src/core/plan/ownership/ownership.ts'
import { desiredOf } from '../../support/desired.ts'
import { story, Turns, world } from '../../support/world.ts'

const NIGHTLY = { kind: 'BatchEndpoint', name: 'nightly' } as const

function endpointOf(deployment?: string): readonly Desired[] {
  const defaults = deployment === undefined ? {} : { defaults: { deployment_name: deployment } }
  return desiredOf('BatchEndpoint', { name: 'nightly', auth_mode: 'aad_token', ...defaults })
}

function deploymentOf(name: string, version = '1'): readonly Desired[] {
  return desiredOf('BatchDeployment', {
    name,
    endpoint_name: 'nightly',
    type: 'model',
    model: `azureml:fraud:${version}`,
    environment: 'azureml:fraud-env:1',
    code_configuration: { code: 'azureml:code:1', scoring_script: 'score.py' },
    compute: 'azureml:cpu-cluster',
    resources: { instance_count: 1 },
  }).map((desired) => ({ ...desired, dependsOn: [NIGHTLY] }))
}

function modelOf(version: string): readonly Desired[] {
  return desiredOf('Model', { name: 'fraud', version, path: './model', type: 'custom_model' })
}

const defaultOf = (turns: Turns): unknown =>
  valueAt(turns.body(NIGHTLY) ?? {}, '/properties/defaults/deploymentName')

function atBlue(): Turns {
  const turns = new Turns([...endpointOf('blue'), ...deploymentOf('blue')])
  turns.settle()
  return turns
}

describe('the default deployment of a batch endpoint', () => {
  test('is set once its deployment is there', () => {
    const turns = new Turns([...endpointOf('blue'), ...deploymentOf('blue')])
    expect(story(turns.settle())).toEqual([
      'create_batch_endpoint nightly',
      'create_batch_deployment blue',
      'set_default_deployment nightly',
    ])
    expect(defaultOf(turns)).toBe('blue')
  })

  test('stays the old one until the new one is Succeeded', () => {
    const turns = atBlue()
    turns.commit([...endpointOf('green'), ...deploymentOf('blue'), ...deploymentOf('green')], 'c2')
    turns.step('Provisioning')
    const plan = turns.plan()
    expect(plan.held.map(({ reason }) => reason)).toContain('TrafficWaits')
    expect(plan.changes).toMatchObject([
      {
        differences: [
          { path: '/properties/defaults/deploymentName', live: 'blue', desired: 'green' },
        ],
      },
    ])
    expect(defaultOf(turns)).toBe('blue')
    turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Ready' })))
    expect(story(turns.settle())).toEqual(['set_default_deployment nightly'])
  })

  test('never becomes one that failed', () => {
    const turns = atBlue()
    turns.commit([...endpointOf('green'), ...deploymentOf('blue'), ...deploymentOf('green')], 'c2')
    turns.step('Failed')
    for (let turn = 0; turn < 5; turn += 1) turns.step()
    expect(defaultOf(turns)).toBe('blue')
  })

  test('is not deleted to be made again, though it never came up (S30)', () => {
    const turns = atBlue()
    const withGreen = (version: string) => [
      ...endpointOf(),
      ...deploymentOf('blue'),
      ...deploymentOf('green', version),
    ]
    turns.commit(withGreen('1'), 'c2')
    turns.step('Failed')
    turns.meddle(NIGHTLY, (body) =>
      withValue(body, '/properties/defaults', { deploymentName: 'green' }),
    )
    turns.commit(withGreen('2'), 'c3')
    for (let turn = 0; turn < 5; turn += 1) {
      expect(turns.step('Failed').actions.filter(({ verb }) => verb === 'delete')).toEqual([])
      turns.now += 120_000
    }
    expect(defaultOf(turns)).toBe('green')
  })

  test('is switched before the old deployment is deleted', () => {
    const turns = atBlue()
    turns.commit([...endpointOf('green'), ...deploymentOf('green')], 'c2')
    expect(story(turns.settle())).toEqual([
      'create_batch_deployment green',
      'set_default_deployment nightly',
      'delete_batch_deployment blue',
    ])
  })

  test('a removed endpoint has none before its deployments go', () => {
    const turns = atBlue()
    turns.commit(modelOf('1'), 'c2')
    expect(story(turns.settle())).toEqual([
      'set_default_deployment nightly',
      'register_model fraud',
      'delete_batch_deployment blue',
      'delete_batch_endpoint nightly',
    ])
  })
})

describe('an asset that Git no longer declares', () => {
  const both = [...modelOf('1'), ...modelOf('2')]

  test('is archived, and never deleted', () => {
    const turns = new Turns(both)
    turns.settle()
    turns.commit(modelOf('2'), 'c2')
    const [action, ...more] = turns.settle()
    expect(more).toEqual([])
    expect(action).toMatchObject({ verb: 'archive', operation: 'archive_model' })
    expect(valueAt(action?.body ?? {}, '/properties/isArchived')).toBe(true)
  })

  test.each([{}, { [TAGS.application]: 'other' }])(
    'is left alone with the tags %j (S16)',
    (tags) => {
      const turns = new Turns(both)
      turns.settle()
      const model = { kind: 'Model', name: 'fraud', version: '1' } as const
      turns.meddle(model, (body) => ({
        ...body,
        properties: { ...(body.properties as object), tags },
      }))
      turns.commit(modelOf('2'), 'c2')
      expect([turns.settle(), turns.plan().changes]).toEqual([[], []])
    },
  )

  test('comes back when it is declared again', () => {
    const turns = new Turns(both)
    turns.settle()
    turns.commit(modelOf('2'), 'c2')
    turns.settle()
    turns.commit(both, 'c3')
    expect(story(turns.settle())).toEqual(['register_model fraud'])
    const body = turns.body({ kind: 'Model', name: 'fraud', version: '1' })
    expect(valueAt(body ?? {}, '/properties/isArchived')).toBe(false)
  })

  test('is left alone under the gate that holds deletions, but has no budget', () => {
    const turns = new Turns(both)
    turns.settle()
    turns.commit(modelOf('2'), 'c2')
    const freeze = { what: 'deletes', reason: 'ManifestProblems', message: 'x' } as const
    const { sync } = turns.input
    turns.input = { ...turns.input, freezes: [freeze] }
    expect(turns.step().actions).toEqual([])
    const none = { ...sync, prune: { enabled: true, maxDeletions: 0 } }
    turns.input = { ...turns.input, freezes: [], sync: none }
    expect(turns.step().actions).toMatchObject([{ verb: 'archive' }])
  })
})
