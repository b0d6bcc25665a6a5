import { describe, expect, test } from '@jest/globals'
import type { SyncPolicy } from '../../../src/core/model/application.ts'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import { valueAt, withValue } from '../../../src/core/model/pointer.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { SYNC, Turns } from '../../support/world.ts'
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
