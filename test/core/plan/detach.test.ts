import { describe, expect, test } from '@jest/globals'
import type { SyncPolicy } from '../../../src/core/model/application.ts'
import type { Desired, Policy } from '../../../src/core/model/desired.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { NOW, SYNC, Turns } from '../../support/world.ts'
import { explicit, template } from '../rollout/play.ts'

type OnDelete = NonNullable<SyncPolicy['prune']['onDelete']>

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const SPARE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'spare' } as const

const kept = endpoint('other')
const tags = { tags: { team: 'risk' } }
const serving = endpoint('fraud', { traffic: { blue: 100 }, ...tags })
const whole = [serving, deployment('fraud', 'blue'), deployment('fraud', 'spare', tags)]

function told(actions: readonly Action[]): readonly string[] {
  return actions.map(({ verb, ref }) => `${verb} ${ref.kind} ${ref.name}`)
}

function set(turns: Turns, prune: Partial<SyncPolicy['prune']>): void {
  turns.input = { ...turns.input, sync: { ...SYNC, prune: { ...SYNC.prune, ...prune } } }
}

/** What was declared and settled is left out, but for `staying`. */
function removed(
  onDelete: OnDelete,
  staying: readonly Desired[],
  from: readonly Desired[] = whole,
) {
  const turns = new Turns([kept, ...from])
  set(turns, { onDelete })
  turns.settle()
  turns.commit([kept, ...staying], 'c2')
  return turns
}

function held(turns: Turns): readonly string[] {
  return turns.plan().held.map(({ ref, state, reason }) => `${ref.name} ${state} ${reason}`)
}

function tagsOf(turns: Turns, ref: Ref): unknown {
  return valueAt(turns.body(ref) ?? {}, '/tags')
}

const detached = { OnlineEndpoint: 'detach', OnlineDeployment: 'detach' } as const

describe('onDelete: detach', () => {
  test('takes our tags off and leaves everything else as it is', () => {
    const turns = removed({ OnlineDeployment: 'detach' }, whole.slice(0, 2))
    const before = turns.body(SPARE) ?? {}
    const plan = turns.plan()
    expect(plan.changes).toMatchObject([
      { verb: 'detach', reason: 'Prune', differences: [], ref: { name: 'spare' } },
    ])
    expect(told(turns.settle())).toEqual(['detach OnlineDeployment spare'])
    expect(turns.body(SPARE)).toEqual(withValue(before, '/tags', { team: 'risk' }))
    expect(turns.plan()).toMatchObject({ changes: [], held: [] })
    expect(turns.plan().orphans).toMatchObject([{ owner: 'nobody', ref: { name: 'spare' } }])
  })

  test('of an endpoint takes its deployments along, and users are answered all the time', () => {
    const turns = removed({ OnlineEndpoint: 'detach' }, [])
    expect(told(turns.settle())).toEqual([
      'detach OnlineDeployment blue',
      'detach OnlineDeployment spare',
      'detach OnlineEndpoint fraud',
    ])
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
    expect([tagsOf(turns, FRAUD), tagsOf(turns, SPARE)]).toEqual([
      { team: 'risk' },
      { team: 'risk' },
    ])
  })

  test('of a deployment alone keeps its endpoint from being deleted, or silenced, with it', () => {
    const turns = removed({ OnlineDeployment: 'detach' }, [], whole.slice(0, 2))
    expect(held(turns)).toContain('fraud blocked DeploymentsStay')
    expect(told(turns.settle())).toEqual(['detach OnlineDeployment blue'])
    expect(held(turns)).toEqual(['fraud blocked HasForeignDeployments'])
    expect(valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic')).toEqual({ blue: 100 })
  })

  test.each<[string, (turns: Turns) => void, string]>([
    [
      'pruning not enabled',
      (turns) => set(turns, { enabled: false, onDelete: detached }),
      'refused PruneDisabled',
    ],
    [
      'a freeze of deletes',
      (turns) => {
        const freezes = [{ what: 'deletes', reason: 'ManifestProblems', message: 'x' }] as const
        turns.input = { ...turns.input, freezes }
      },
      'refused ManifestProblems',
    ],
    ['no proof', (turns) => Object.assign(turns.input, { bases: new Map() }), 'blocked NotProven'],
    ['nothing desired at all', (turns) => turns.commit([], 'c3'), 'refused NothingDesired'],
    [
      'a suspended Application',
      (turns) => Object.assign(turns.input, { sync: { ...turns.input.sync, suspend: true } }),
      'blocked Suspended',
    ],
  ])('%s keeps our tags on it', (_, change, reason) => {
    const turns = removed(detached, whole.slice(0, 2))
    change(turns)
    expect(turns.settle()).toEqual([])
    expect(held(turns)).toContain(`spare ${reason}`)
  })

  test('has no budget, since it can be taken over again; deletions beside it have theirs', () => {
    const turns = removed({ OnlineDeployment: 'detach' }, whole.slice(0, 2))
    set(turns, { maxDeletions: 0, onDelete: { OnlineDeployment: 'detach' } })
    expect(told(turns.settle())).toEqual(['detach OnlineDeployment spare'])
  })

  test('of what is declared again: it is somebody else’s until it is taken over', () => {
    const turns = removed(detached, [])
    turns.settle()
    turns.commit([kept, endpoint('fraud', { description: 'new' }), ...whole.slice(1)], 'c3')
    expect(turns.settle()).toEqual([])
    expect(held(turns)).toContain('fraud blocked NotOurs')
  })

  test('does not hold up what rollouts do with their slots', () => {
    const turns = new Turns(template(1))
    set(turns, { onDelete: detached })
    turns.settle()
    turns.commit(template(2), 'c2')
    const done = turns.settle(400)
    expect(told(done).filter((one) => one.startsWith('detach'))).toEqual([])
    expect(told(done)).toContain('delete OnlineDeployment blue')
  })

  const staying = (desired: readonly Desired[]): Desired[] =>
    desired.map((one) =>
      one.ref.kind === 'OnlineDeployment' ? { ...one, policy: { prune: 'disabled' } } : one,
    )
  test.each<[string, readonly Desired[], readonly Desired[]]>([
    ['', template(1), template(2)],
    [
      ', also where its deployments keep our tags',
      staying(explicit('blue', { blue: 1 })),
      staying(explicit('green', { blue: 1, green: 2 })),
    ],
  ])(
    'in the middle of a rollout gives users back to the stable revision first%s',
    (_, ...[first, second]) => {
      const turns = new Turns([kept, ...first])
      set(turns, { onDelete: detached })
      turns.settle()
      turns.commit([kept, ...second], 'c2')
      const weight = () => valueAt(turns.body(FRAUD) ?? {}, '/properties/traffic/green')
      for (let step = 0; step < 60 && !(Number(weight()) > 0); step += 1) {
        turns.step()
        turns.now += 60_000
      }
      expect(Number(weight())).toBeGreaterThan(0)
      turns.commit([kept], 'c3')
      turns.settle(200)
      expect(weight() ?? 0).toBe(0)
      expect(Object.keys((tagsOf(turns, FRAUD) as object) ?? {})).toEqual([])
      expect(turns.body(BLUE)).toBeDefined()
    },
  )
})

const other = deployment('fraud', 'shadow')
const HOURS = 3_600_000

/** With what is said by the annotation, or for the kind. */
function saying(how: string, desired: Desired): Desired {
  return how === 'annotation' ? { ...desired, policy: { onDelete: 'detach' } } : desired
}

describe('beside a template Rollout', () => {
  const onDelete: OnDelete = { OnlineDeployment: 'detach' }

  test.each(['annotation', 'kind'])(
    'a deployment with its own manifest is detached (%s)',
    (how) => {
      const turns = new Turns([...template(1), saying(how, other)])
      set(turns, how === 'kind' ? { onDelete } : {})
      turns.settle(400)
      turns.commit(template(1), 'c2')
      expect(told(turns.settle())).toEqual(['detach OnlineDeployment shadow'])
      expect(turns.plan().orphans).toMatchObject([{ owner: 'nobody', ref: { name: 'shadow' } }])
    },
  )

  test.each(['annotation', 'kind'])(
    'from the explicit form to the template all that had a manifest is detached, the stable one last (%s)',
    (how) => {
      const first = explicit('blue', { blue: 1, spare: 1 })
      const turns = new Turns([kept, ...first.map((one) => (isPart(one) ? saying(how, one) : one))])
      set(turns, { maxDeletions: 0, ...(how === 'kind' ? { onDelete } : {}) })
      turns.settle()
      turns.commit([kept, ...template(2, { slots: ['one', 'two'] })], 'c2')
      const done = told(turns.settle(400)).filter((one) => /^(delete|detach)/.test(one))
      expect(done).toEqual(['detach OnlineDeployment spare', 'detach OnlineDeployment blue'])
    },
  )

  test('a manifest that came after the slot has the word, also where it wrote nothing', () => {
    const turns = new Turns([kept, ...template(1)])
    turns.settle(400)
    const own = saying('annotation', deployment('fraud', 'blue', { model: 'azureml:fraud:1' }))
    const [, , ...more] = explicit('blue', { blue: 1, green: 1 })
    const [target] = explicit('blue', { blue: 1 })
    turns.commit([kept, ...(target === undefined ? [] : [target]), own, ...more], 'c2')
    turns.settle(400)
    turns.commit([kept, ...template(2, { slots: ['one', 'two'] })], 'c3')
    expect(told(turns.settle(400))).toContain('detach OnlineDeployment blue')
  })

  test('a slot that the Rollout no longer names is still its own to free', () => {
    const turns = new Turns(template(1))
    set(turns, { onDelete, maxDeletions: 0 })
    turns.settle(400)
    turns.commit(template(2, { slots: ['one', 'two'] }), 'c2')
    expect(told(turns.settle(400))).toContain('delete OnlineDeployment blue')
  })
})

function isPart({ ref }: Desired): boolean {
  return ref.kind === 'OnlineDeployment'
}

describe('in an endpoint that says detach nothing is deleted', () => {
  const onDelete: OnDelete = { OnlineEndpoint: 'detach' }
  const ways = ['annotation', 'kind'] as const

  function leaving(how: string, parts: readonly Desired[] = whole.slice(1)): Turns {
    const turns = new Turns([kept, serving, ...whole.slice(1)])
    set(turns, how === 'kind' ? { onDelete } : {})
    turns.settle()
    turns.commit([kept, saying(how, serving), ...parts], 'c2')
    turns.settle()
    return turns
  }

  test.each(ways)('a deployment that is held until a date holds its endpoint (%s)', (how) => {
    const until = { suspendUntil: NOW + 5 * HOURS }
    const turns = leaving(how, [
      deployment('fraud', 'blue'),
      deployment('fraud', 'spare', tags, until),
    ])
    turns.commit([kept], 'c3')
    expect(told(turns.settle())).toEqual(['detach OnlineDeployment blue'])
    expect([...held(turns)].sort()).toEqual([
      'fraud blocked HasDeployments',
      'spare blocked Suspended',
    ])
    turns.now = until.suspendUntil
    expect(told(turns.settle())).toEqual([
      'detach OnlineDeployment spare',
      'detach OnlineEndpoint fraud',
    ])
  })

  test.each<[string, string, JsonObject]>(
    ways.flatMap((how): [string, string, JsonObject][] => [
      [how, 'none of ours', {}],
      [how, 'those of another Application', { 'verdigris.application': 'another' }],
    ]),
  )('whatever its tags (%s): %s', (how, _, others) => {
    const turns = leaving(how)
    turns.meddle(FRAUD, (body) => withValue(body, '/tags', others))
    turns.commit([kept], 'c3')
    expect(told(turns.settle())).toEqual([
      'detach OnlineDeployment blue',
      'detach OnlineDeployment spare',
    ])
    expect(held(turns)).toEqual([])
  })

  test.each(ways)('also when it left in an earlier commit than its deployments (%s)', (how) => {
    const turns = leaving(how)
    turns.commit([kept, ...whole.slice(1)], 'c3')
    expect(told(turns.settle())).toEqual(['detach OnlineEndpoint fraud'])
    turns.commit([kept], 'c4')
    expect(told(turns.settle())).toEqual([
      'detach OnlineDeployment blue',
      'detach OnlineDeployment spare',
    ])
  })

  test.each<[string, Policy, string]>([
    ['until a date', { suspendUntil: NOW + 5 * HOURS }, 'fraud blocked Suspended'],
    ['for good', { prune: 'disabled' }, 'fraud blocked PruneDisabled'],
  ])('also while the endpoint itself is kept %s', (_, policy, why) => {
    const turns = leaving('kind')
    turns.commit([kept, { ...serving, policy }, ...whole.slice(1)], 'c3')
    turns.settle()
    turns.commit([kept], 'c4')
    expect(told(turns.settle())).toEqual([
      'detach OnlineDeployment blue',
      'detach OnlineDeployment spare',
    ])
    expect(held(turns)).toEqual([why])
  })

  test('of one that says nothing, and lost its tags, its deployments are asked', () => {
    const turns = new Turns([kept, ...whole])
    turns.settle()
    turns.meddle(FRAUD, (body) => withValue(body, '/tags', {}))
    turns.commit([kept], 'c2')
    expect(told(turns.settle())).toEqual(['delete OnlineDeployment spare'])
  })

  test('one that was never in Git has said nothing: the policy is for what is ours', () => {
    const turns = new Turns([kept, ...whole])
    set(turns, { onDelete })
    turns.settle()
    turns.meddle(FRAUD, (body) => withValue(body, '/tags', {}))
    turns.commit([kept], 'c2')
    turns.input = { ...turns.input, lately: new Map() }
    expect(told(turns.settle())).toEqual(['delete OnlineDeployment spare'])
  })
})

describe('deployments that are detached in an endpoint that is to be deleted', () => {
  const both = [serving, deployment('fraud', 'blue')]

  function stuck(how: string): Turns {
    const turns = new Turns([kept, ...both.map((one) => (isPart(one) ? saying(how, one) : one))])
    set(turns, how === 'kind' ? { onDelete: { OnlineDeployment: 'detach' } } : {})
    turns.settle()
    turns.commit([kept], 'c2')
    return turns
  }

  test.each([
    ['annotation', 'its annotation verdigris.dev/on-delete'],
    ['kind', 'sync.prune.onDelete.OnlineDeployment'],
  ])('the policy that keeps it is named, before and after (%s)', (how, policy) => {
    const turns = stuck(how)
    const told = () => turns.plan().held.find(({ ref }) => ref.name === 'fraud')
    expect(told()).toMatchObject({ reason: 'DeploymentsStay' })
    expect(told()?.message).toContain(`blue by ${policy}`)
    turns.settle()
    expect(told()).toMatchObject({ reason: 'HasForeignDeployments' })
    expect(told()?.message).toContain(`blue by ${policy}`)
  })

  test.each<[string, 'delete' | 'detach', number, readonly string[]]>(
    ['annotation', 'kind'].flatMap((how) => [
      [how, 'delete', 1, ['delete OnlineDeployment blue', 'delete OnlineEndpoint fraud']],
      [how, 'detach', 0, ['detach OnlineDeployment blue', 'detach OnlineEndpoint fraud']],
    ]),
  )('what the message says leads on (%s): %s', (how, onDelete, place, last) => {
    const turns = stuck(how)
    turns.settle()
    const again = both.map((one, at) => ({
      ...(isPart(one) ? saying(how, one) : one),
      ...(at === place ? { policy: { onDelete } } : {}),
    }))
    turns.commit([kept, ...again], 'c3')
    turns.settle()
    const policy = (one: Desired): Desired => ({ ...one, policy: { ...one.policy, adopt: true } })
    turns.commit([kept, ...again.map(policy)], 'c4')
    turns.settle()
    turns.commit([kept], 'c5')
    const done = told(turns.settle()).filter((one) => !one.startsWith('update'))
    expect(done).toEqual(last)
    expect(held(turns)).toEqual([])
  })

  test('a foreign one that no policy detaches is told as before', () => {
    const turns = new Turns([kept, ...both])
    turns.settle()
    turns.meddle(BLUE, (body) => withValue(body, '/tags', {}))
    turns.commit([kept], 'c2')
    const [fraud] = turns.plan().held
    expect(fraud).toMatchObject({ reason: 'HasForeignDeployments' })
    expect(fraud?.message.endsWith('remove them in a later commit.')).toBe(true)
  })
})

describe('who says what is done', () => {
  const said = (onDelete: 'detach' | 'delete'): Desired => ({
    ...deployment('fraud', 'spare'),
    policy: { onDelete },
  })

  test.each<[string, OnDelete, 'detach' | 'delete', string]>([
    ['detach', {}, 'detach', 'detach OnlineDeployment spare'],
    ['delete', detached, 'delete', 'delete OnlineDeployment spare'],
  ])('the annotation %s goes before the Application', (_, onDelete, annotation, done) => {
    const from = [...whole.slice(0, 2), said(annotation)]
    expect(told(removed(onDelete, whole.slice(0, 2), from).settle())).toEqual([done])
  })

  test('the last commit that declared it has the word, also where it wrote nothing', () => {
    const turns = new Turns([kept, ...whole.slice(0, 2), said('detach')])
    turns.settle()
    turns.commit([kept, ...whole.slice(0, 2), said('delete')], 'c2')
    expect(turns.settle()).toEqual([])
    turns.commit([kept, ...whole.slice(0, 2)], 'c3')
    expect(told(turns.settle())).toEqual(['delete OnlineDeployment spare'])
  })

  test('nobody: what is usual for the kind', () => {
    expect(told(removed({ Model: 'detach' }, whole.slice(0, 2)).settle())).toEqual([
      'delete OnlineDeployment spare',
    ])
  })
})
