import { isObject } from '../../../../src/core/model/values/json.ts'
import type { RolloutRecord } from '../../../../src/core/rollout/record.ts'
import type { TraceEvent } from '../../trace.ts'
import type { Call } from '../call.ts'
import { isRefusedByChance, noteRequests } from '../chance.ts'
import { differencesFrom } from '../desired.ts'
import { roadOf } from '../git.ts'
import type { History } from '../history.ts'
import { type Invariant, NOTHING, writeIn } from '../invariant.ts'
import { isModel } from '../model.ts'
import {
  deploymentIn,
  endpointIn,
  recordIn,
  recordOfEndpoint,
  tagsIn,
  weightsIn,
  weightsOf,
} from '../world.ts'

/** L1, L2, L4: where it all comes to, and how fast. */
export const ENDS: readonly Invariant[] = [
  {
    id: 'L1',
    title:
      'When faults have stopped, live comes to equal what is desired, and stays so without further writes',
    on: ['call', 'requests'],
    observe: (history, event) => {
      noteRequests(history, event)
      return writesAfterwards(history, event)
    },
    finish: (history) =>
      isAtWork(history) || isRefusedByChance(history)
        ? NOTHING
        : [...unlikeGit(history), ...notConverged(history), ...endsElsewhere(history)],
  },
  {
    id: 'L2',
    title: 'What is desired is reached within a bound',
    observe: () => NOTHING,
    finish: tooSlow,
  },
  {
    id: 'L4',
    title: 'An abort takes all traffic from the candidate by one write',
    observe: partialAborts,
    finish: unfinishedAborts,
  },
]

const QUIET_MS = 300_000

/** The trace ends before all has come to rest: a write was made, or something changed, a moment ago. How long that may last says L2. */
function isAtWork({ now, changedAt, lastInputAt }: History): boolean {
  return now - Math.max(changedAt, lastInputAt) < QUIET_MS
}

const MOMENT_MS = 2000

/** A version of an asset is read again within five minutes, and at the next turn. */
const ASSETS_MS = 6 * 60_000

/** Once an Application said that it is done, and nothing new came, nothing is written. */
function writesAfterwards(history: History, event: TraceEvent): readonly string[] {
  const call = writeIn(history, event)
  if (call === undefined || !history.expectation.converges) return NOTHING
  // Of two controllers that free a slot at the same instant one comes too late.
  if (call.status === 409) return NOTHING
  const plan = history.plans.get(call.application)
  if (history.faultsEndAt === undefined || plan === undefined || !plan.report.converged)
    return NOTHING
  // Git is read before the first call of a tick: what came with that call was not read yet.
  const isUnread = plan.at - history.lastInputAt < MOMENT_MS
  if (isUnread || history.lastInputSeq > history.tickBefore(plan)) return NOTHING
  if (isHousekeeping(history, call)) return NOTHING
  if (call.target.kind === 'asset' && call.at - history.lastInputAt < ASSETS_MS) return NOTHING
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

/**
 * A record was lost, and with it the process that had seen it: a person says where the traffic is to go (L11). Or a rollout
 * has come to wait for a promote since anybody said so last.
 */
function isWithPerson({ plans, intents, changedAt }: History): boolean {
  const held = [...plans.values()].flatMap(({ report }) => report.plan.held)
  const blocked = held.filter(({ state }) => state === 'blocked').map(({ reason }) => reason)
  const saidAt = intents.findLast(({ verb }) => verb === 'promote')?.at ?? Number.POSITIVE_INFINITY
  const isUnsaid = saidAt <= changedAt && blocked.includes('WaitsForPromote')
  return isUnsaid || blocked.includes('RolloutStateUnknown')
}

function unlikeGit(history: History): readonly string[] {
  const { converges, endsOn } = history.expectation
  if (!converges || isWithPerson(history)) return NOTHING
  const names = new Set(history.commits.map(({ application }) => application))
  return [...names].flatMap((name) => {
    const commit = history.commitsOf(name).findLast(({ isBroken }) => !isBroken)
    const isScaledByOthers = history.expectation.sync?.[name]?.ignoreDifferences?.some(
      ({ path }) => path === '/sku/capacity',
    )
    const meant = { endsOn: lowered(endsOn), isScaledByOthers: isScaledByOthers === true }
    return commit === undefined ? [] : differencesFrom(commit, history.state, meant)
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
  if (!history.expectation.converges || isWithPerson(history)) return NOTHING
  return [...history.plans.values()].flatMap(({ application, controller, report }) => {
    // Nobody runs it any more.
    if (history.down.has(controller)) return []
    if (report.converged || report.dryRun || hasOpenWindow(history, application)) return []
    const held = report.plan.held.map(
      ({ ref, reason }) => `${ref.parent ?? ''}/${ref.name} ${reason}`,
    )
    const phases = report.resources.flatMap(({ rollout }) => rollout?.reason ?? [])
    return [
      `${application} does not say that it is done: ${[...held, ...phases].join(', ') || 'no reason'}`,
    ]
  })
}

/** What was stable before is kept for a while, as it is: that may differ from what Git wants by now. */
function hasOpenWindow(history: History, application: string): boolean {
  return Object.entries(history.state.endpoints).some(([name, { tags }]) => {
    if (tags['verdigris.application'] !== application) return false
    const record = recordOfEndpoint(history.state, name.toLowerCase())
    return record?.previous !== undefined
  })
}

function endsElsewhere(history: History): readonly string[] {
  if (isWithPerson(history)) return NOTHING
  return Object.entries(history.expectation.endsOn ?? {}).flatMap(([endpoint, model]) => {
    if (model === undefined || isNoWayBack(history, endpoint.toLowerCase(), model)) return []
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

/** It never had any user, and no commit in force wants it: nobody can be given back to it. */
function isNoWayBack(history: History, endpoint: string, model: string): boolean {
  if ([...history.lineages.of(endpoint).served].some((served) => isModel(served, model)))
    return false
  return !history.newestOfAll().some(({ declared }) =>
    declared.some(({ endpoint: of, spec }) => {
      const runs = isObject(spec.template) ? spec.template.model : spec.model
      return of === endpoint && typeof runs === 'string' && isModel(runs, model)
    }),
  )
}

/** Beside all waits of all roads, twice: for Azure’s own work, drains and looks. */
const SLACK_MS = 1_800_000

function tooSlow(history: History): readonly string[] {
  const { expectation, now, lastInputAt } = history
  if (!expectation.converges || !isAtWork(history)) return NOTHING
  return [...history.plans.values()].flatMap(({ application, controller, report }) => {
    // Nobody runs it any more.
    if (history.down.has(controller)) return []
    if (report.converged || hasOpenWindow(history, application)) return []
    const roads = history.commitsInForce(application).flatMap(({ roads: all }) => all)
    const waits = roads.flatMap((road) => road.waits.flat())
    const bound = 2 * waits.reduce<number>((sum, ms) => sum + (ms ?? 0), 0) + SLACK_MS
    if (now - lastInputAt <= bound) return []
    return [
      `${application} is at work ${Math.round((now - lastInputAt) / 60_000)} minutes after the last that happened`,
    ]
  })
}

function partialAborts(history: History, event: TraceEvent): readonly string[] {
  const call = writeIn(history, event)
  if (call?.method !== 'PUT' || call.target.kind !== 'endpoint') return NOTHING
  const { endpoint = '', route = 'online' } = call.target
  const record = recordIn(tagsIn(call.requestBody), route, endpoint)
  const weight = weightsIn(call.requestBody, route)[record?.candidate?.slot ?? ''] ?? 0
  if (record?.phase !== 'aborted' || weight === 0 || isInPlace(record)) return NOTHING
  return [`${endpoint} is aborted and leaves ${weight} % on ${record.candidate?.slot}`]
}

/** Other content of the deployment that serves, which was never put there. */
function isInPlace({ stable, candidate }: RolloutRecord): boolean {
  return candidate?.slot === stable.slot
}

function unfinishedAborts(history: History): readonly string[] {
  if (history.faultsEndAt === undefined || isAtWork(history)) return NOTHING
  return Object.entries(history.state.endpoints).flatMap(([name, endpoint]) => {
    const record = recordOfEndpoint(history.state, name.toLowerCase())
    const weight = weightsOf(endpoint)[record?.candidate?.slot ?? ''] ?? 0
    if (record?.phase !== 'aborted' || weight === 0 || isInPlace(record)) return []
    const stable = deploymentIn(history.state, name.toLowerCase(), record.stable.slot)
    return stable?.isServing === true
      ? [`${name} is aborted, and its candidate keeps ${weight} %`]
      : []
  })
}
