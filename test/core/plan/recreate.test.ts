import { describe, expect, test } from '@jest/globals'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import type { Freeze } from '../../../src/core/plan/context.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { live, story, Turns, world } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const fixed = [endpoint('fraud'), deployment('fraud', 'blue', { model: 'azureml:fraud:2' })]

/** Blue's first create failed by Azure's own fault: it is deleted and made again after a pause. */
function failed(): Turns {
  const turns = new Turns([endpoint('fraud'), deployment('fraud', 'blue')])
  turns.step()
  turns.step('Failed')
  markFailed(turns)
  turns.step()
  turns.now += 120_000
  return turns
}

function markFailed(turns: Turns): void {
  const failure = { code: 'InternalServerError', message: '' }
  turns.world = world(
    turns.world.resources.map((one) => (one.phase === 'Failed' ? { ...one, failure } : one)),
  )
}

function freeze(what: Freeze['what'], reason: string) {
  return (turns: Turns): void => {
    turns.input = { ...turns.input, freezes: [{ what, reason, message: 'x' }] }
  }
}

describe('a failed deployment is deleted and made again', () => {
  test.each<[string, (turns: Turns) => void]>([
    ['after a pause, when the failure passes by itself', () => {}],
    ['when its content changes', (turns) => turns.commit(fixed, 'c2')],
  ])('%s', (_, change) => {
    const turns = failed()
    change(turns)
    expect(story(turns.step().actions)).toEqual(['update_online_deployment blue'])
    expect(story(turns.step().actions)).toEqual(['delete_online_deployment blue'])
  })

  const keeping: readonly [string, (turns: Turns) => void, string][] = [
    ['a problem in the newest commit', freeze('deletes', 'ManifestProblems'), 'ManifestProblems'],
    ['an unreadable source', freeze('deletes', 'Unreachable'), 'Unreachable'],
    ['a rewritten history', freeze('writes', 'HistoryRewritten'), 'HistoryRewritten'],
    ['a list that was not read to its end', freeze('deletes', 'IncompleteList'), 'IncompleteList'],
    [
      'a commit in its tags that does not declare it',
      (turns) => turns.meddle(BLUE, (body) => withValue(body, '/tags/verdigris.revision', 'c0')),
      'NotProven',
    ],
    [
      'a source without history',
      (turns) => {
        turns.input = { ...turns.input, bases: new Map() }
      },
      'NotProven',
    ],
  ]

  test.each(keeping)('never with %s', (_, change, reason) => {
    for (const content of ['the same', 'new']) {
      const turns = failed()
      if (content === 'new') turns.commit(fixed, 'c2')
      change(turns)
      for (let turn = 0; turn < 5; turn += 1) {
        // Azure says that it can only be made again; that is not done.
        expect(turns.step().actions.filter(({ verb }) => verb === 'delete')).toEqual([])
        turns.now += 120_000
      }
      expect(turns.plan().held.map((held) => held.reason)).toEqual([reason])
    }
  })

  test('only after the longest request that may have begun before its traffic went', () => {
    const turns = failed()
    turns.meddle(BLUE, (body) =>
      withValue(body, '/properties/requestSettings', { requestTimeout: 'PT3M' }),
    )
    turns.step()
    const draining = turns.step()
    expect(draining).toMatchObject({ actions: [], held: [{ reason: 'Draining' }] })
    turns.now = draining.wakeAt ?? 0
    expect(story(turns.step().actions)).toEqual(['delete_online_deployment blue'])
  })
})

test('what is to be adopted is never deleted to be made again (S16)', () => {
  const adopting = deployment('fraud', 'blue', {}, { adopt: true })
  const turns = new Turns([endpoint('fraud')])
  turns.settle()
  const theirs = live(BLUE, { properties: {} }, 'Failed')
  turns.world = world([...turns.world.resources, theirs])
  turns.commit([endpoint('fraud'), adopting], 'c2')
  for (let turn = 0; turn < 10; turn += 1) {
    const { actions } = turns.step()
    expect(actions.filter(({ verb }) => verb === 'delete')).toEqual([])
    turns.now += 300_000
  }
})

test('a failed endpoint is not made again with anything in it', () => {
  const turns = new Turns([endpoint('fraud')])
  turns.step('Failed')
  markFailed(turns)
  const theirs = live({ ...BLUE, name: 'theirs' }, { properties: {} }, 'Failed')
  turns.world = world([...turns.world.resources, theirs])
  for (let turn = 0; turn < 5; turn += 1) {
    const { actions } = turns.step()
    expect(actions.filter(({ verb }) => verb === 'delete')).toEqual([])
    turns.now += 120_000
  }
  // It says that a commit is needed: nothing else ends it.
  const message = expect.stringContaining('which a commit without them does')
  expect(turns.plan().held).toMatchObject([{ state: 'blocked', reason: 'TakesTraffic', message }])
})

test('a failed deployment that is sent requests waits for a commit where Git keeps them there', () => {
  const turns = new Turns([
    endpoint('fraud', { traffic: { blue: 100 } }),
    deployment('fraud', 'blue'),
    deployment('fraud', 'green'),
  ])
  turns.step()
  turns.step('Failed')
  markFailed(turns)
  turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 100 }))
  for (let turn = 0; turn < 6; turn += 1) {
    turns.step()
    turns.now += 120_000
  }
  const message = expect.stringContaining('declare in a commit who serves')
  expect(turns.plan().held).toContainEqual(
    expect.objectContaining({ ref: BLUE, state: 'blocked', reason: 'TakesTraffic', message }),
  )
})

test('a failed endpoint is not made again while its deployments could not be listed', () => {
  const turns = new Turns([endpoint('fraud')])
  turns.step('Failed')
  markFailed(turns)
  turns.world = { ...turns.world, unread: new Set(['OnlineEndpoint/fraud']) }
  turns.step()
  turns.now += 120_000
  turns.step()
  expect(turns.plan()).toMatchObject({ actions: [], held: [{ reason: 'IncompleteList' }] })
  turns.world = { ...turns.world, unread: new Set() }
  expect(story(turns.plan().actions)).toEqual(['delete_endpoint fraud'])
  expect(turns.body(FRAUD)).toBeDefined()
})
