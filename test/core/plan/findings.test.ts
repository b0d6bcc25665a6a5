import { describe, expect, test } from '@jest/globals'
import { deployment, endpoint } from '../../support/desired.ts'
import { Turns, world } from '../../support/world.ts'

const labelled = deployment('fraud', 'blue', { model: 'azureml:fraud@latest' })
const labels = { 'Model/fraud@latest': '7' }

function settled(...desired: ConstructorParameters<typeof Turns>[0]): Turns {
  const turns = new Turns(desired)
  turns.world = { ...turns.world, labels }
  turns.settle()
  return turns
}

describe('what status says', () => {
  test('deployments whose list could not be read are unknown, not missing', () => {
    const turns = settled(endpoint('fraud'), deployment('fraud', 'blue'))
    const endpoints = turns.world.resources.filter(({ ref }) => ref.kind === 'OnlineEndpoint')
    // What cannot be listed keeps its endpoint from being written: it is read as under way.
    const unread = endpoints.map((one) => ({ ...one, phase: 'Provisioning' }) as const)
    turns.world = { ...world(unread), unread: new Set(['OnlineEndpoint/fraud']) }
    const plan = turns.plan()
    expect(plan).toMatchObject({ changes: [], actions: [] })
    expect(plan.findings).toMatchObject([
      { key: 'OnlineDeployment/fraud/blue', sync: 'unknown', health: 'progressing' },
      { key: 'OnlineEndpoint/fraud' },
    ])
  })

  test('a deployment that is missing from a whole list is missing', () => {
    const turns = settled(endpoint('fraud'), deployment('fraud', 'blue'))
    turns.world = world(turns.world.resources.filter(({ ref }) => ref.kind === 'OnlineEndpoint'))
    expect(turns.plan()).toMatchObject({
      changes: [{ verb: 'create' }],
      findings: [{ health: 'missing' }, {}],
    })
  })

  test('a new label that points nowhere is told of a deployment that is healthy', () => {
    const turns = settled(endpoint('fraud'), deployment('fraud', 'blue'))
    turns.world = { ...turns.world, labels: {} }
    turns.commit([endpoint('fraud'), labelled], 'c2')
    expect(turns.settle()).toEqual([])
    expect(turns.plan()).toMatchObject({
      held: [{ state: 'blocked', reason: 'LabelNotResolved' }],
      findings: [{ sync: 'unknown', health: 'healthy' }, {}],
    })
  })

  test('a label that was applied and no longer resolves troubles nobody', () => {
    const turns = settled(endpoint('fraud'), labelled)
    turns.world = { ...turns.world, labels: {} }
    expect(turns.plan()).toMatchObject({
      held: [],
      findings: [{ sync: 'synced' }, { sync: 'synced' }],
    })
  })
})

describe('what a folder declares no longer', () => {
  const variables = { environment_variables: { A: '1', DEBUG: '1' } }
  const before = [
    endpoint('fraud', { tags: { team: 'a' }, description: 'x' }),
    deployment('fraud', 'blue', { ...variables, request_settings: { request_timeout_ms: 9000 } }),
  ]
  const after = [
    endpoint('fraud'),
    deployment('fraud', 'blue', { environment_variables: { A: '1' } }),
  ]

  test('stays, for it has no history, and is told', () => {
    const turns = new Turns([])
    turns.input = { ...turns.input, desired: before, revision: 'a'.repeat(64) }
    turns.settle()
    expect(turns.plan().findings.flatMap(({ undeclared = [] }) => undeclared)).toEqual([])
    turns.input = { ...turns.input, desired: after, revision: 'b'.repeat(64), bases: new Map() }
    const { changes, findings } = turns.plan()
    expect(changes).toEqual([])
    expect(findings.map(({ key, undeclared }) => [key, undeclared])).toEqual([
      [
        'OnlineDeployment/fraud/blue',
        ['/properties/environmentVariables/DEBUG', '/properties/requestSettings/requestTimeout'],
      ],
      ['OnlineEndpoint/fraud', ['/properties/description', '/tags/team']],
    ])
  })

  test('goes with Git, and is not told', () => {
    const turns = settled(...before)
    turns.commit(after, 'c2')
    turns.settle()
    const { changes, findings } = turns.plan()
    expect([changes, findings.flatMap(({ undeclared = [] }) => undeclared)]).toEqual([[], []])
  })
})
