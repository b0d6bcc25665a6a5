import { describe, expect, test } from '@jest/globals'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { Live, World } from '../../../src/core/model/live.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import { reportOf } from '../../../src/core/report/report.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { Turns } from '../../support/world.ts'
import { template } from '../rollout/play.ts'

/**
 * Work is counted by how often a name is read: whatever goes through things, and through what is made of them, reads their
 * names. What is quadratic reads sixteen times as many at four times as many endpoints.
 */
class Reads {
  count = 0

  of<Named extends { readonly ref: Ref }>(named: Named): Named {
    return { ...named, ref: this.counted(named.ref) }
  }

  private counted(ref: Ref): Ref {
    return new Proxy(ref, {
      get: (target, name) => {
        this.count += 1
        return Reflect.get(target, name)
      },
    })
  }
}

/** The same for each of so many endpoints. */
function fleet(count: number, of: (name: string) => readonly Desired[]): readonly Desired[] {
  return Array.from({ length: count }, (_, place) => of(`end${place}`)).flat()
}

function plain(name: string): readonly Desired[] {
  return [endpoint(name, { traffic: { blue: 100 } }), deployment(name, 'blue')]
}

function labelled(name: string): readonly Desired[] {
  const model = { model: 'azureml:fraud@latest' }
  return [endpoint(name, { traffic: { blue: 100 } }), deployment(name, 'blue', model)]
}

function rolling(name: string): readonly Desired[] {
  return JSON.parse(JSON.stringify(template(1)).replaceAll('"fraud"', `"${name}"`))
}

function inPlace(desired: readonly Desired[]): Turns {
  const turns = new Turns(desired)
  turns.input = { ...turns.input, sync: { ...turns.input.sync, maxRollouts: 1_000 } }
  for (let turn = 0; turn < 8; turn += 1) {
    turns.step()
    turns.now += 3_600_000
  }
  return turns
}

/** Reads of a plan of these turns, as they are, and of its report. */
function readsOf(turns: Turns): number {
  const reads = new Reads()
  const of = <Named extends { readonly ref: Ref }>(all: readonly Named[]): readonly Named[] =>
    all.map((one) => reads.of(one))
  const bases = [...turns.input.bases].map(([commit, all]) => [commit, of(all)] as const)
  const input = {
    ...turns.input,
    ...{ desired: of(turns.input.desired), bases: new Map(bases) },
    world: { ...turns.world, resources: of(turns.world.resources) },
    ...{ memory: turns.memory, now: turns.now },
  }
  const { plan } = makePlan(input)
  reportOf({
    ...{ application: 'app', tick: 1, startedAt: 0, endedAt: 1, dryRun: false },
    source: { problems: [], appliedRevision: 'c1' },
    ...{ plan, outcomes: [], intents: [], previous: undefined },
  })
  return reads.count
}

function changed(turns: Turns, change: (live: Live) => Live): Turns {
  const world: World = { ...turns.world, resources: turns.world.resources.map(change) }
  turns.world = world
  return turns
}

/** Of deployments: their endpoints prove whose they are. */
const untagged = (live: Live): Live =>
  live.ref.parent === undefined ? live : { ...live, body: withValue(live.body, '/tags', {}) }

const CASES: { readonly [what: string]: (count: number) => Turns } = {
  'are to be made': (count) => new Turns(fleet(count, plain)),
  'are in place': (count) => inPlace(fleet(count, plain)),
  'have rollouts that are to begin': (count) => new Turns(fleet(count, rolling)),
  'have rollouts in place': (count) => inPlace(fleet(count, rolling)),
  'wait for a label': (count) => new Turns(fleet(count, labelled)),
  'have failed': (count) =>
    changed(inPlace(fleet(count, plain)), (live) => ({ ...live, phase: 'Failed' })),
  'are at work': (count) =>
    changed(inPlace(fleet(count, plain)), (live) => ({ ...live, phase: 'Provisioning' })),
  'have deployments that lost their tags': (count) =>
    changed(inPlace(fleet(count, plain)), untagged),
  'have rollouts, and deployments that lost their tags': (count) =>
    changed(inPlace(fleet(count, rolling)), untagged),
  'are declared no longer, some of them, while others come': (count) => {
    const turns = inPlace(fleet(count, plain))
    const prune = { ...turns.input.sync.prune, maxDeletions: 10_000 }
    turns.input = { ...turns.input, sync: { ...turns.input.sync, prune } }
    turns.commit(fleet(2 * count, plain).slice(2 * Math.floor(count / 5)), 'c2')
    const awaited = turns.plan().held.filter(({ reason }) => reason === 'ReplacementNotServing')
    expect(awaited.length).toBeGreaterThan(count / 6)
    return turns
  },
}

describe('a plan and a report of four times as many endpoints read no more than four times as many names, where they', () => {
  test.each(Object.keys(CASES))('%s', (what) => {
    const reads = (count: number): number => readsOf(CASES[what]?.(count) as Turns)
    const [few, many] = [reads(20), reads(80)]
    expect(few).toBeGreaterThan(100)
    expect(many / few).toBeLessThan(4.5)
  })
})
