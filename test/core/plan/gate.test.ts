import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { TAGS } from '../../../src/core/plan/ownership/ownership.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { live, SYNC, story, Turns, world } from '../../support/world.ts'
import { explicit, template } from '../rollout/play.ts'

const spare = [endpoint('fraud'), deployment('fraud', 'blue'), deployment('fraud', 'spare')]
const SPARE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'spare' } as const
const without = spare.slice(0, 2)

function removed(): Turns {
  const turns = new Turns(spare)
  turns.settle()
  turns.commit(without, 'c2')
  return turns
}

function deletions(actions: readonly Action[]): readonly string[] {
  return story(actions.filter(({ verb }) => verb === 'delete'))
}

describe('the gate for deletions', () => {
  test('what Git stopped declaring is deleted when everything speaks for it', () => {
    expect(deletions(removed().settle())).toEqual(['delete_online_deployment spare'])
  })

  const frozen = { what: 'deletes', reason: 'ManifestProblems', message: 'x' } as const
  test.each<[string, (turns: Turns) => void, string]>([
    [
      'a problem anywhere',
      (turns) => Object.assign(turns.input, { freezes: [frozen] }),
      'ManifestProblems',
    ],
    [
      'pruning not enabled',
      (turns) =>
        Object.assign(turns.input, {
          sync: { ...SYNC, prune: { enabled: false, maxDeletions: 3 } },
        }),
      'PruneDisabled',
    ],
    [
      'more deletions than allowed',
      (turns) =>
        Object.assign(turns.input, {
          sync: { ...SYNC, prune: { enabled: true, maxDeletions: 0 } },
        }),
      'TooManyDeletions',
    ],
    [
      'an Application that is suspended',
      (turns) => Object.assign(turns.input, { sync: { ...SYNC, suspend: true } }),
      'Suspended',
    ],
    ['nothing desired at all', (turns) => turns.commit([], 'c3'), 'NothingDesired'],
    [
      'a commit that does not declare it',
      (turns) =>
        Object.assign(turns.input, {
          bases: new Map([
            ['c1', without],
            ['c2', without],
          ]),
        }),
      'NotProven',
    ],
    [
      'a source without history',
      (turns) => Object.assign(turns.input, { bases: new Map() }),
      'NotProven',
    ],
    [
      'the annotation prune: disabled',
      (turns) =>
        Object.assign(turns.input, {
          bases: new Map([['c1', spare.map((one) => ({ ...one, policy: { prune: 'disabled' } }))]]),
        }),
      'PruneDisabled',
    ],
    [
      'traffic on it, and no declared traffic',
      (turns) =>
        turns.meddle({ kind: 'OnlineEndpoint', name: 'fraud' }, (body) =>
          withValue(body, '/properties/traffic', { spare: 100 }),
        ),
      'TakesTraffic',
    ],
  ])('%s keeps it', (_, change, reason) => {
    const turns = removed()
    change(turns)
    const actions = turns.settle()
    expect(deletions(actions)).toEqual([])
    expect(turns.plan().held.map((held) => held.reason)).toContain(reason)
  })

  test('a plan says deletions before anything else (P10)', () => {
    const turns = new Turns(spare)
    turns.settle()
    turns.commit([endpoint('fraud', { description: 'b' }), ...without.slice(1)], 'c2')
    expect(turns.plan().changes.map(({ verb, ref }) => `${verb} ${ref.name}`)).toEqual([
      'delete spare',
      'update fraud',
    ])
  })

  test('what another Application of this process declares now is not deleted here', () => {
    const turns = removed()
    const declared = new Set(['OnlineDeployment/fraud/spare'])
    const neighbours = new Map([['other', { declared, isFresh: true, isBeside: true }]])
    turns.input = { ...turns.input, neighbours }
    expect(deletions(turns.settle())).toEqual([])
    expect(turns.plan().held).toMatchObject([{ state: 'waiting', reason: 'HandedOver' }])
    turns.settle()
    turns.now += 15 * 60_000
    expect(turns.plan().held).toMatchObject([{ state: 'blocked', reason: 'HandoverStalled' }])
    const { resources } = turns.world
    turns.world = {
      ...turns.world,
      resources: resources.map((one) =>
        one.ref.kind === 'OnlineEndpoint'
          ? { ...one, body: withValue(one.body, `/tags/${TAGS.application}`, 'other') }
          : one,
      ),
    }
    expect(turns.plan().held).toContainEqual(
      expect.objectContaining({ ref: SPARE, state: 'waiting', reason: 'HandedOver' }),
    )
  })

  test('a budget counts all removals of a commit together, not tick by tick', () => {
    const many = [...Array(5).keys()].map((index) => deployment('fraud', `old-${index}`))
    const turns = new Turns([...spare, ...many])
    turns.settle()
    turns.commit(spare, 'c2')
    expect(deletions(turns.settle())).toEqual([])
    expect(turns.plan().held).toHaveLength(5)
  })

  test('of ten resources or more, at most three in ten may go however high the budget', () => {
    const many = [...Array(9).keys()].map((index) => deployment('fraud', `old-${index}`))
    const turns = new Turns([...spare, ...many])
    turns.input = { ...turns.input, sync: { ...SYNC, prune: { enabled: true, maxDeletions: 100 } } }
    turns.settle()
    turns.commit([...spare, ...many.slice(4)], 'c2')
    expect(deletions(turns.settle())).toEqual([])
    turns.commit([...spare, ...many.slice(3)], 'c3')
    expect(deletions(turns.settle())).toHaveLength(3)
  })
})

describe('beside a template Rollout', () => {
  const old = ['a', 'b', 'c'].map((name) => deployment('fraud', `old-${name}`))
  const slots = { slots: ['one', 'two'] }

  function allowed(turns: Turns, maxDeletions: number): void {
    turns.input = { ...turns.input, sync: { ...SYNC, prune: { enabled: true, maxDeletions } } }
  }

  test.each([
    [2, []],
    [3, old.map(({ ref }) => `delete_online_deployment ${ref.name}`)],
  ])('deployments with their own manifests count: %i allowed', (most, done) => {
    const turns = new Turns([...template(1), ...old])
    allowed(turns, most)
    turns.settle(400)
    turns.commit(template(1), 'c2')
    expect(deletions(turns.settle())).toEqual(done)
    const refused = turns.plan().held.filter(({ reason }) => reason === 'TooManyDeletions')
    expect(refused).toHaveLength(3 - done.length)
  })

  test.each([
    [3, []],
    [4, [...old.map(({ ref }) => ref.name), 'blue']],
  ])(
    'what a rollout needs for now counts with what the same commit removed: %i allowed',
    (most, gone) => {
      const turns = new Turns([...explicit('blue', { blue: 1 }), ...old])
      allowed(turns, most)
      turns.settle()
      turns.commit(template(2, slots), 'c2')
      const during = deletions(Array.from({ length: 20 }, () => turnOf(turns)).flat())
      expect(during).toHaveLength(Math.max(0, gone.length - 1))
      const after = during.concat(deletions(turns.settle(400)))
      if (most === 4) expect(after).toEqual(gone.map((name) => `delete_online_deployment ${name}`))
    },
  )

  test('slots do not count', () => {
    const turns = new Turns(template(1))
    allowed(turns, 0)
    turns.settle(400)
    turns.commit(template(2), 'c2')
    expect(deletions(turns.settle(400))).toEqual(['delete_online_deployment blue'])
  })

  test('a slot that it is done with goes while deletions of a commit wait for a person', () => {
    const turns = new Turns([...template(1), ...old])
    turns.settle(400)
    const prune = { enabled: true, maxDeletions: 3, confirm: 0 }
    turns.input = { ...turns.input, sync: { ...SYNC, prune } }
    turns.commit(template(2), 'c2')
    expect(deletions(turns.settle(400))).toEqual(['delete_online_deployment blue'])
    const waiting = turns.plan().held.filter(({ reason }) => reason === 'NeedsApproval')
    expect(waiting.map(({ ref }) => ref.name).sort()).toEqual(['old-a', 'old-b', 'old-c'])
  })

  test('a slot that it is done with takes no place of what a commit removes', () => {
    const turns = new Turns([...template(1), ...old])
    turns.input = { ...turns.input, sync: { ...SYNC, prune: { enabled: false, maxDeletions: 3 } } }
    turns.settle(400)
    turns.commit([...template(2), ...old], 'c2')
    expect(deletions(turns.settle(400))).toEqual([])
    turns.commit(template(2), 'c3')
    allowed(turns, 3)
    const held = turns.plan().held.map(({ ref, reason }) => `${ref.name} ${reason}`)
    const all = ['blue', ...old.map(({ ref }) => ref.name)]
    expect(held.toSorted()).toEqual(all.map((name) => `${name} Draining`))
    expect(deletions(turns.settle(400))).toHaveLength(4)
  })

  test('what serves on, in no slot of it, is not counted', () => {
    const turns = new Turns([...explicit('blue', { blue: 1 }), ...old])
    allowed(turns, 3)
    turns.settle()
    turns.commit(template(1, slots), 'c2')
    expect(deletions(turns.settle(400))).toHaveLength(3)
  })
})

function turnOf(turns: Turns): readonly Action[] {
  const { actions } = turns.step()
  turns.now += 60_000
  return actions
}

describe('what is not ours', () => {
  const wanted: readonly Desired[] = [endpoint('fraud', { description: 'ours' })]
  const ENDPOINT = { kind: 'OnlineEndpoint', name: 'fraud' } as const

  test('is not written without adoption, and says how to adopt', () => {
    const turns = new Turns(
      wanted,
      world([live(ENDPOINT, { properties: { description: 'theirs' } })]),
    )
    expect(turns.settle()).toEqual([])
    expect(turns.plan().held).toMatchObject([{ state: 'blocked', reason: 'NotOurs' }])
  })

  test('gets no deployment of ours: that would prove the endpoint to be ours, too', () => {
    const theirs = live(ENDPOINT, { properties: { description: 'theirs' } })
    const turns = new Turns([...wanted, deployment('fraud', 'blue')], world([theirs]))
    expect(turns.settle()).toEqual([])
    expect(
      turns
        .plan()
        .held.map(({ reason }) => reason)
        .sort(),
    ).toEqual(['NotOurs', 'NotOurs'])
  })

  test('is adopted by writing our record only, then brought to what Git says', () => {
    const adopting = [endpoint('fraud', { description: 'ours' }, { adopt: true })]
    const turns = new Turns(
      adopting,
      world([live(ENDPOINT, { properties: { description: 'theirs' } })]),
    )
    const [first, second] = turns.settle()
    expect(first).toMatchObject({ reason: 'Adopt' })
    expect(valueAt(first?.body ?? {}, '/properties/description')).toBe('theirs')
    expect(second).toMatchObject({ reason: 'Update' })
    expect(valueAt(second?.body ?? {}, '/properties/description')).toBe('ours')
  })

  test('is adopted also when it is what Git says already: our record is written, once', () => {
    const adopting = [endpoint('fraud', { description: 'same' }, { adopt: true })]
    const turns = new Turns(adopting)
    turns.settle()
    turns.meddle(ENDPOINT, (body) => ({ ...body, tags: { team: 'risk' } }))
    expect(turns.settle()).toMatchObject([{ reason: 'Adopt' }])
    expect(turns.body(ENDPOINT)?.tags).toMatchObject({ team: 'risk', [TAGS.application]: 'app' })
    turns.commit([endpoint('other')], 'c2')
    expect(deletions(turns.settle())).toEqual(['delete_endpoint fraud'])
  })

  test('with the tag of another Application it is not adopted', () => {
    const turns = new Turns(
      [endpoint('fraud', {}, { adopt: true })],
      world([live(ENDPOINT, { tags: { [TAGS.application]: 'other' } })]),
    )
    expect(turns.settle()).toEqual([])
    expect(turns.plan().held).toMatchObject([{ state: 'blocked', reason: 'OwnedByAnother' }])
  })

  test.each([
    ['no tag of ours', {}],
    ['the tag of another Application', { [TAGS.application]: 'other' }],
    [
      'our tag, copied from another resource',
      { [TAGS.application]: 'app', [TAGS.owner]: 'abcdefabcdef', [TAGS.revision]: 'c1' },
    ],
  ])('is never deleted: %s', (_, tags) => {
    const turns = new Turns(
      wanted,
      world([live(ENDPOINT, { tags }), live({ kind: 'OnlineEndpoint', name: 'old' }, { tags })]),
    )
    expect(turns.settle()).toEqual([])
  })

  test('a foreign deployment inside keeps a removed endpoint', () => {
    const turns = new Turns([...spare, endpoint('other')])
    turns.settle()
    const foreign = live({ ...SPARE, name: 'foreign' }, { properties: {} })
    turns.world = world([...turns.world.resources, foreign])
    turns.commit([endpoint('other')], 'c2')
    expect(deletions(turns.settle())).not.toContain('delete_endpoint fraud')
    expect(turns.plan().held).toMatchObject([{ reason: 'HasForeignDeployments' }])
  })
})
