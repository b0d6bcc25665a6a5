import type { Expectation } from '../trace.ts'
import type { Scenario } from '../world/scenario.ts'
import { BAD } from './bad.ts'
import { CHANGES } from './changes.ts'
import { HANDS } from './hands.ts'
import { IGNORED } from './ignored.ts'
import { LEVERS } from './levers.ts'
import { LOST } from './lost.ts'
import { MANY } from './many.ts'
import { RELEASES } from './releases.ts'
import { WAY_BACK } from './way-back.ts'
import { APP, type Draft, diceOf, MINUTE, type Workload } from './workload.ts'

export const WORKLOADS: readonly Workload[] = [
  ...RELEASES,
  ...BAD,
  ...LEVERS,
  ...HANDS,
  ...CHANGES,
  ...MANY,
  ...LOST,
  ...WAY_BACK,
  ...IGNORED,
]

export function workloadOf(name: string): Workload {
  const found = WORKLOADS.find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no workload ${name}.`)
  return found
}

/** The scenario that a seed makes of a workload, without faults. */
export function scenarioOf(workload: Workload, seed: number): Scenario {
  const draft = workload.draft(diceOf(`${workload.name} ${seed}`))
  return {
    workload: workload.name,
    seed,
    applications: draft.applications ?? [{ name: APP }],
    controllers: draft.controllers ?? [{ name: 'c1', application: APP }],
    models: draft.models ?? {},
    events: draft.events,
    expectation: expectationOf(draft),
    lengthMs: draft.lengthMs ?? 40 * MINUTE,
  }
}

function expectationOf(draft: Draft): Expectation {
  const { events, models = {}, applications = [], endsOn, converges = true } = draft
  const sync = applications.flatMap(({ name, sync: said }) => (said ? [[name, said] as const] : []))
  const turned = events.flatMap((event) => (event.do === 'model' ? [event.model] : []))
  const isBad = (model: string): boolean =>
    turned.includes(model) || !['sound', 'noisy', undefined].includes(models[model])
  const all = [
    ...new Set(events.flatMap((event) => (event.do === 'commit' ? modelsIn(event.tree) : []))),
  ]
  return {
    soundModels: all.filter((model) => !isBad(model)),
    badModels: all.filter(isBad),
    ...(endsOn === undefined ? {} : { endsOn }),
    ...(sync.length === 0 ? {} : { sync: Object.fromEntries(sync) }),
    converges,
  }
}

function modelsIn({ endpoints }: Extract<Draft['events'][number], { do: 'commit' }>['tree']) {
  return Object.entries(endpoints).flatMap(([name, { model, deployments = {} }]) =>
    [...(model === undefined ? [] : [model]), ...Object.values(deployments)].map(
      (version) => `${name}:${version}`,
    ),
  )
}
