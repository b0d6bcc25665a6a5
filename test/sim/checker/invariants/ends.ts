import type { TraceEvent } from '../../trace.ts'
import { differencesFrom } from '../desired.ts'
import { roadOf } from '../git.ts'
import type { Call, History } from '../history.ts'
import { type Invariant, NOTHING, writeIn } from '../invariant.ts'
import { isModel } from '../model.ts'
import { deploymentIn, endpointIn, recordIn, tagsIn, weightsIn, weightsOf } from '../world.ts'

/** L1: where it all comes to. */
export const ENDS: readonly Invariant[] = [
  {
    id: 'L1',
    title:
      'When faults have stopped, live comes to equal what is desired, and stays so without further writes',
    observe: writesAfterwards,
    finish: (history) => [
      ...unlikeGit(history),
      ...notConverged(history),
      ...endsElsewhere(history),
    ],
  },
]

/** Once an Application said that it is done, and nothing new came, nothing is written. */
function writesAfterwards(history: History, event: TraceEvent): readonly string[] {
  const call = writeIn(history, event)
  if (call === undefined || !history.expectation.converges) return NOTHING
  const plan = history.plans.get(call.application)
  if (history.faultsEndAt === undefined || plan === undefined || !plan.report.converged)
    return NOTHING
  if (history.lastInputSeq > history.tickBefore(plan) || isHousekeeping(history, call))
    return NOTHING
  return [`${call.method} ${call.target.key} though all was done and nothing new came`]
}

/** A rollout window that is over frees a slot, and takes it out of the record: by the clock, once. */
function isHousekeeping(history: History, call: Call): boolean {
  const { endpoint = '', deployment, route = 'online' } = call.target
  const road = roadOf(history.newest(call.application), endpoint)
  if (road === undefined) return false
  if (deployment !== undefined) {
    const isFree = (weightsOf(endpointIn(history.state, endpoint))[deployment] ?? 0) === 0
    return call.method === 'DELETE' && road.slots.includes(deployment) && isFree
  }
  const before = history.lineages.of(endpoint).record
  const after = recordIn(tagsIn(call.requestBody), route, endpoint)
  const isSame =
    JSON.stringify(weightsIn(call.requestBody, route)) ===
    JSON.stringify(weightsOf(endpointIn(history.state, endpoint)))
  return isSame && before?.previous !== undefined && after?.previous === undefined
}

function unlikeGit(history: History): readonly string[] {
  const { converges, endsOn } = history.expectation
  if (!converges) return NOTHING
  const names = new Set(history.commits.map(({ application }) => application))
  return [...names].flatMap((name) => {
    const commit = history.commitsOf(name).findLast(({ isBroken }) => !isBroken)
    return commit === undefined ? [] : differencesFrom(commit, history.state, lowered(endsOn))
  })
}

function lowered(
  endsOn: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(endsOn).map(([name, model]) => [name.toLowerCase(), model]),
  )
}

function notConverged(history: History): readonly string[] {
  if (!history.expectation.converges) return NOTHING
  return [...history.plans.values()].flatMap(({ application, report }) => {
    if (report.converged || report.dryRun) return []
    const held = report.plan.held.map(
      ({ ref, reason }) => `${ref.parent ?? ''}/${ref.name} ${reason}`,
    )
    const phases = report.resources.flatMap(({ rollout }) => rollout?.reason ?? [])
    return [
      `${application} does not say that it is done: ${[...held, ...phases].join(', ') || 'no reason'}`,
    ]
  })
}

function endsElsewhere(history: History): readonly string[] {
  return Object.entries(history.expectation.endsOn ?? {}).flatMap(([endpoint, model]) => {
    if (model === undefined) return []
    const found = endpointIn(history.state, endpoint.toLowerCase())
    const weights = Object.entries(weightsOf(found))
    const isThere =
      found?.provisioningState === 'Succeeded' &&
      weights.length > 0 &&
      weights.every(([name]) => {
        const runs = deploymentIn(history.state, endpoint.toLowerCase(), name)?.model
        return runs !== undefined && isModel(runs, model)
      })
    return isThere
      ? []
      : [`${endpoint} is to end on ${model} and has ${JSON.stringify(weightsOf(found))}`]
  })
}
