import { expect, test } from '@jest/globals'
import type { Desired, Rollout } from '../../../src/core/model/desired.ts'
import type { Held, Plan } from '../../../src/core/model/plan.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import { reportOf } from '../../../src/core/report/report.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { Turns } from '../../support/world.ts'

/** Work is counted by how often an element of a list is looked at: what is quadratic looks sixteen times as often at four times as many. */
function counted<Item>(list: readonly Item[]): { readonly list: readonly Item[]; looks(): number } {
  let looks = 0
  const proxy = new Proxy(list, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) looks += 1
      return Reflect.get(target, name)
    },
  })
  return { list: proxy, looks: () => looks }
}

const AT = { file: 'rollout.yml', line: 1, column: 1 }

/** Endpoints with a Rollout of the explicit form, each with the deployment that serves. */
function explicit(count: number, model: number): readonly Desired[] {
  return Array.from({ length: count }, (_, place) => {
    const name = `end${place}`
    const declared = endpoint(name, { traffic: { blue: 100 } })
    const policy: Rollout = {
      name,
      endpoint: declared.ref,
      strategy: 'canary',
      steps: [],
      analysis: [],
      bakeMs: 0,
      bakeControl: 0,
      keep: { revisions: 0, forMs: 0 },
      onFailure: 'rollback',
      onNewCommit: 'supersede',
      deadlineMs: 3_600_000,
      at: AT,
    }
    const placed = deployment(name, 'blue', { model: `azureml:fraud:${model}` })
    return [{ ...declared, rollout: policy }, placed]
  }).flat()
}

function turnsOf(count: number): Turns {
  const turns = new Turns(explicit(count, 1))
  for (let turn = 0; turn < 8; turn += 1) {
    turns.step()
    turns.now += 60_000
  }
  return turns
}

function ratio(of: (count: number) => number): number {
  return of(100) / of(25)
}

test('a plan of four times as many endpoints looks at no more than four times as many declarations', () => {
  const looks = (count: number): number => {
    const turns = turnsOf(count)
    const { list, looks } = counted(turns.input.desired)
    makePlan({ ...turns.input, desired: list, world: turns.world, memory: {}, now: turns.now })
    return looks()
  }
  expect(ratio(looks)).toBeLessThan(4.5)
})

test('so does a report of what is held', () => {
  const looks = (count: number): number => {
    const turns = turnsOf(count)
    // Other content in place: every deployment is held.
    turns.commit(explicit(count, 2), 'c2')
    const plan: Plan = turns.plan()
    const { list, looks } = counted<Held>(plan.held)
    expect(list.length).toBeGreaterThanOrEqual(count)
    reportOf({
      ...{ application: 'app', tick: 1, startedAt: 0, endedAt: 1, dryRun: false },
      source: { problems: [], appliedRevision: 'c2' },
      plan: { ...plan, held: list },
      ...{ outcomes: [], intents: [], previous: undefined },
    })
    return looks()
  }
  expect(ratio(looks)).toBeLessThan(4.5)
})
