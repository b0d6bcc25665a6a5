import { describe, expect, test } from '@jest/globals'
import type { Phase } from '../../../src/core/model/live.ts'
import type { Orphan } from '../../../src/core/model/plan.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { without, withValue } from '../../../src/core/model/values/pointer.ts'
import { ownerMark, TAGS } from '../../../src/core/plan/ownership/ownership.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { live, SYNC, Turns } from '../../support/world.ts'
import { template } from '../rollout/play.ts'

const HAND = { kind: 'OnlineEndpoint', name: 'byhand' } as const
const BATCH = { kind: 'BatchEndpoint', name: 'nightly' } as const
const PART = { kind: 'OnlineDeployment', parent: 'fraud', name: 'trial' } as const
const MODEL = { kind: 'Model', name: 'fraud', version: '1' } as const
const SPARE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'spare' } as const

const declared = [endpoint('fraud'), deployment('fraud', 'blue')]

function settled(...more: typeof declared): Turns {
  const turns = new Turns([...declared, ...more])
  turns.settle()
  return turns
}

function add(turns: Turns, ref: Ref, body: JsonObject = {}, phase: Phase = 'Ready'): void {
  const { world } = turns
  turns.world = { ...world, resources: [...world.resources, live(ref, body, phase)] }
}

function orphans(turns: Turns): readonly Orphan[] {
  return turns.plan().orphans ?? []
}

/** `key owner reason` of each. */
function told(turns: Turns): readonly string[] {
  return orphans(turns).map(({ key, owner, reason }) => `${key} ${owner} ${reason}`)
}

const of = (application: string) => ({ tags: { [TAGS.application]: application } })

describe('what is live and in no Git', () => {
  test('is nothing where Git declares all there is', () => {
    expect(orphans(settled())).toEqual([])
  })

  test.each<[string, Ref, JsonObject, string, string[]]>([
    [
      'an endpoint made by hand',
      HAND,
      {},
      'nobody NotOurs',
      ['import <folder> --endpoint byhand', 'adopt byhand', 'may be left'],
    ],
    ['a batch endpoint', BATCH, {}, 'nobody NotOurs', ['--endpoint nightly', 'adopt nightly']],
    [
      'a deployment in our own endpoint',
      PART,
      {},
      'nobody NotOurs',
      ['--endpoint fraud', 'adopt fraud'],
    ],
    [
      'a version of a model',
      MODEL,
      {},
      'nobody NotOurs',
      ['declare it in a commit', 'adopt Model/fraud:1'],
    ],
    [
      'what carries tags that were copied',
      HAND,
      of('app'),
      'nobody NotOurs',
      ['copied from another resource'],
    ],
    [
      'what another Application keeps',
      HAND,
      of('other'),
      'another OwnedByAnother',
      ['Application other', 'Leave it to that one', 'adopt byhand'],
    ],
  ])('%s: whose it is, and what can be done', (_, ref, body, whose, says) => {
    const turns = settled()
    add(turns, ref, body)
    const [orphan, ...others] = orphans(turns)
    expect(others).toEqual([])
    expect(orphan?.ref).toEqual(ref)
    expect(`${orphan?.owner} ${orphan?.reason}`).toBe(whose)
    for (const text of says) expect(orphan?.message).toContain(text)
    // It is told, and that is all.
    expect(turns.settle()).toEqual([])
  })

  test.each<[string, (turns: Turns) => void, string]>([
    ['pruning not enabled', (turns) => sync(turns, { enabled: false }), 'PruneDisabled'],
    ['too many deletions', (turns) => sync(turns, { maxDeletions: 0 }), 'TooManyDeletions'],
    ['no proof', (turns) => Object.assign(turns.input, { bases: new Map() }), 'NotProven'],
    [
      'pruning not enabled, behind a freeze that passes',
      (turns) => {
        sync(turns, { enabled: false })
        freeze(turns)
      },
      'PruneDisabled',
    ],
  ])('what is ours and stays for %s says so', (_, change, reason) => {
    const turns = settled(deployment('fraud', 'spare'))
    turns.commit(declared, 'c2')
    change(turns)
    expect(told(turns)).toEqual([`OnlineDeployment/fraud/spare ours ${reason}`])
    expect(orphans(turns)[0]?.message).toContain('declare it again in a commit')
  })

  test.each<[string, (turns: Turns) => void]>([
    ['deleted next', () => {}],
    ['deleted as soon as a freeze is over', freeze],
    ['handed over to another Application', (turns) => handOver(turns)],
  ])('what is ours and is %s is none', (_, change) => {
    const turns = settled(deployment('fraud', 'spare'))
    turns.commit(declared, 'c2')
    change(turns)
    expect(orphans(turns)).toEqual([])
  })

  test.each<[string, Ref, JsonObject, Phase]>([
    ['what Azure is deleting', HAND, {}, 'Deleting'],
    ['an asset that is archived', MODEL, { properties: { isArchived: true } }, 'Ready'],
    ['uploaded code', { kind: 'Code', name: 'c', version: '1' }, {}, 'Ready'],
  ])('%s is none', (_, ref, body, phase) => {
    const turns = settled()
    add(turns, ref, body, phase)
    expect(orphans(turns)).toEqual([])
  })

  test.each<[string, JsonObject, string, readonly string[]]>([
    ['keeps', of('beside'), 'beside', []],
    ['declares, and does not keep yet', {}, 'beside', ['OnlineEndpoint/byhand']],
    ['declares, and a third one keeps', of('gone'), 'beside', ['OnlineEndpoint/byhand']],
  ])('what another Application of this process %s is that one’s matter', (_, body, name, keys) => {
    const turns = settled()
    add(turns, HAND, body)
    expect(told(turns)).toHaveLength(1)
    turns.input = { ...turns.input, fellows: new Map([[name, new Set(keys)]]) }
    expect(orphans(turns)).toEqual([])
  })

  test('what a rollout keeps in a slot is none, whatever its tags', () => {
    const turns = new Turns(template(1))
    turns.settle()
    turns.commit(template(2), 'c2')
    for (let step = 0; step < 40; step += 1) {
      expect(orphans(turns)).toEqual([])
      // Without its history, and with other tags, nothing but the rollout's record tells of the slot.
      const alone = new Turns([], turns.world)
      alone.memory = turns.memory
      alone.input = { ...turns.input, bases: new Map(), lately: new Map() }
      alone.now = turns.now
      const stable = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
      alone.meddle(stable, (body) => without(body, '/tags'))
      expect(orphans(alone)).toEqual([])
      turns.step()
      turns.now += 60_000
    }
  })

  test.each<[string, number, string, boolean]>([
    ['stays for the budget', 0, 'ours TooManyDeletions', false],
    ['is detached', 3, 'nobody NotOurs', true],
  ])('what stands beside a template Rollout and %s is one', (_, maxDeletions, whose, leaves) => {
    const policy = leaves ? ({ onDelete: 'detach' } as const) : {}
    const turns = new Turns([...template(1), deployment('fraud', 'spare', {}, policy)])
    sync(turns, { maxDeletions })
    turns.settle(400)
    turns.commit(template(1), 'c2')
    turns.settle(400)
    expect(told(turns)).toEqual([`OnlineDeployment/fraud/spare ${whose}`])
  })

  test('our own mark makes it ours again', () => {
    const turns = settled()
    const tags = { [TAGS.application]: 'app', [TAGS.owner]: ownerMark('app', HAND) }
    add(turns, HAND, withValue({}, '/tags', tags))
    expect(told(turns)).toEqual(['OnlineEndpoint/byhand ours NotProven'])
  })
})

function sync(turns: Turns, prune: Partial<typeof SYNC.prune>): void {
  turns.input = { ...turns.input, sync: { ...SYNC, prune: { ...SYNC.prune, ...prune } } }
}

function freeze(turns: Turns): void {
  const freezes = [{ what: 'deletes', reason: 'ManifestProblems', message: 'x' }] as const
  turns.input = { ...turns.input, freezes }
}

function handOver(turns: Turns): void {
  const declaredThere = new Set([`OnlineDeployment/${SPARE.parent}/${SPARE.name}`])
  const neighbours = new Map([
    ['other', { declared: declaredThere, isFresh: true, isBeside: true }],
  ])
  turns.input = { ...turns.input, neighbours }
}
