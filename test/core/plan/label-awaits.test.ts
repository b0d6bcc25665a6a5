import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import { deployment, desiredOf, endpoint } from '../../support/desired.ts'
import { Turns, world } from '../../support/world.ts'

const model = (version: string): Desired[] =>
  desiredOf('Model', { name: 'fraud', version, path: './model', type: 'custom_model' })
const blue = (fields = {}): Desired =>
  deployment('fraud', 'blue', { model: 'azureml:fraud@latest', ...fields })
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const

/** Azure's answer to which version is the newest. */
function nowLatest(turns: Turns, version: string): void {
  turns.world = { ...turns.world, labels: { 'Model/fraud@latest': version } }
}

const modelOf = (turns: Turns): string => JSON.stringify(turns.body(BLUE)?.properties)

describe('`@latest` of a version that the same commit registers', () => {
  test('waits for it in the first plan, and then means it', () => {
    const turns = new Turns([...model('1'), endpoint('fraud'), blue()])
    const { held, actions } = turns.step()
    expect(actions.map(({ ref }) => ref.kind).sort()).toEqual(['Model', 'OnlineEndpoint'])
    expect(held).toMatchObject([
      {
        ref: BLUE,
        state: 'waiting',
        reason: 'DependencyNotReady',
        message: 'It needs Model/fraud:1, which @latest is to mean.',
      },
    ])
    nowLatest(turns, '1')
    turns.settle()
    expect(modelOf(turns)).toContain('/models/fraud/versions/1')
  })

  test('does not mean the version before, which it would keep for ever', () => {
    const turns = new Turns([...model('1'), endpoint('fraud')])
    turns.settle()
    nowLatest(turns, '1')
    turns.commit([...model('1'), ...model('2'), endpoint('fraud'), blue()], 'c2')
    expect(turns.step().actions.map(({ ref }) => ref.version)).toEqual(['2'])
    nowLatest(turns, '2')
    turns.settle()
    expect(modelOf(turns)).toContain('/models/fraud/versions/2')
  })

  test('moves nothing whose manifest the commit leaves as it is, and does not keep it from being put right', () => {
    const turns = new Turns([...model('1'), endpoint('fraud'), blue()])
    turns.step()
    nowLatest(turns, '1')
    turns.settle()
    turns.commit([...model('1'), ...model('2'), endpoint('fraud'), blue()], 'c2')
    const { held, actions } = turns.step()
    expect(held).toEqual([])
    expect(actions.map(({ ref }) => ref.kind)).toEqual(['Model'])
    nowLatest(turns, '2')
    turns.settle()
    expect(modelOf(turns)).toContain('/models/fraud/versions/1')
  })

  test('waits for somebody, by name, when only somebody can register it', () => {
    const turns = new Turns([...model('1'), endpoint('fraud')])
    turns.settle()
    nowLatest(turns, '1')
    const suspended = model('2').map((one) => ({
      ...one,
      policy: { suspendUntil: turns.now + 1e9 },
    }))
    turns.commit([...model('1'), ...suspended, endpoint('fraud'), blue()], 'c2')
    const held = turns.step().held.find(({ ref }) => ref.name === 'blue')
    expect(held).toMatchObject({ state: 'blocked', reason: 'DependencyNotReady' })
    expect(held?.message).toMatch(/Model\/fraud:2.*Suspended/)
  })
})

test.each([
  ['another asset', 'azureml:fruad@latest'],
  ['another label', 'azureml:fraud@production'],
])('a label of %s is blocked as before, whatever the commit registers', (_, named) => {
  const turns = new Turns([...model('1'), endpoint('fraud'), blue({ model: named })])
  expect(turns.step().held).toMatchObject([{ state: 'blocked', reason: 'LabelNotResolved' }])
})

test('a label beside it that nothing resolves is what is told', () => {
  const both = blue({ environment: 'azureml:missing@latest' })
  const turns = new Turns([...model('1'), endpoint('fraud'), both], world())
  const [held] = turns.step().held
  expect(held).toMatchObject({ state: 'blocked', reason: 'LabelNotResolved' })
  expect(held?.message).toContain('missing')
  expect(held?.message).not.toContain('fraud@')
})
