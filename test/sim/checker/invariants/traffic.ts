import { isObject } from '../../../../src/core/model/values/json.ts'
import type { TraceEvent, WorldState } from '../../trace.ts'
import { declaredInstances, roadOf, wishFor } from '../git.ts'
import type { History } from '../history.ts'
import { type Invariant, NOTHING, writeIn } from '../invariant.ts'
import {
  isWayBack,
  mirrorRisesOf,
  revisionOf,
  risesOf,
  type Shift,
  saidSince,
  shiftIn,
} from '../shift.ts'
import { deploymentIn, propertiesOf } from '../world.ts'

/** S1, S2, S4, S7, S24: what the weights may be, and on what. */
export const TRAFFIC: readonly Invariant[] = [
  {
    id: 'S1',
    title:
      'Traffic is integers from 0 to 100 that sum to 0 or 100; one mirror, at most 50, apart from live traffic',
    observe: sharesAreWhole,
  },
  {
    id: 'S2',
    title:
      'Weights and mirrors rise only on what exists and is Succeeded, or serves and is the way back',
    observe: (history, event) => [
      ...risesOnWhatIsUp(history, event),
      ...risesUntested(history, event),
    ],
  },
  {
    id: 'S4',
    title: 'Traffic moves only to what has the instances for it',
    observe: risesOnWhatCarriesIt,
  },
  {
    id: 'S7',
    title: 'An aborted revision gets no more traffic without a new commit or a retry',
    observe: abortedStaysDown,
  },
  {
    id: 'S24',
    title: 'At most one rollout per endpoint, and not more at once than are allowed',
    observe: fewRollouts,
  },
]

function sharesAreWhole(history: History, event: TraceEvent): readonly string[] {
  if (event.type === 'state') return badStates(history, event)
  const call = writeIn(history, event)
  if (call?.method !== 'PUT' || call.target.kind !== 'endpoint' || call.target.route !== 'online')
    return NOTHING
  const { traffic, mirrorTraffic } = propertiesOf(call.requestBody)
  const problem = shareProblem(traffic, mirrorTraffic)
  return problem === undefined ? NOTHING : [`PUT ${call.target.key}: ${problem}`]
}

/** Other people may delete what has traffic, and Azure forgets its share: that is not our write. */
function badStates(
  history: History,
  { state, cause }: Extract<TraceEvent, { readonly type: 'state' }>,
): readonly string[] {
  if (cause === 'hand' || cause === 'start') return NOTHING
  return Object.entries(state.endpoints).flatMap(([name, endpoint]) => {
    if (endpoint.kind !== 'online') return []
    const problem = shareProblem(endpoint.traffic, endpoint.mirror)
    if (problem === undefined || wasBad(history.state, name)) return []
    const tree = `online/${name.toLowerCase()}`
    const ours = history.lastTreeWrite.get(tree)
    if (ours === undefined || history.handSince(tree, ours.seq)) return []
    return [`${name} is in this state: ${problem}`]
  })
}

function wasBad(state: WorldState, name: string): boolean {
  const before = state.endpoints[name]
  return before !== undefined && shareProblem(before.traffic, before.mirror) !== undefined
}

function shareProblem(traffic: unknown, mirror: unknown): string | undefined {
  const live = isObject(traffic) ? traffic : {}
  const copied = isObject(mirror) ? mirror : {}
  const all = [...Object.values(live), ...Object.values(copied)]
  if (!all.every((share) => Number.isInteger(share) && Number(share) >= 0 && Number(share) <= 100))
    return `shares are not integers from 0 to 100: ${JSON.stringify({ live, copied })}`
  const sum = Object.values(live).reduce<number>((total, share) => total + Number(share), 0)
  if (sum !== 0 && sum !== 100) return `traffic sums to ${sum}`
  const targets = Object.keys(copied).filter((name) => Number(copied[name]) > 0)
  if (targets.length > 1) return `mirrored to ${targets.join(' and ')}`
  const [target] = targets
  if (target === undefined) return undefined
  if (Number(copied[target]) > 50) return `${copied[target]} % mirrored`
  return Number(live[target] ?? 0) > 0 ? `${target} has live and mirrored traffic` : undefined
}

function risesOnWhatIsUp(history: History, event: TraceEvent): readonly string[] {
  const shift = shiftIn(history, event)
  if (shift === undefined) return NOTHING
  const rising = [...risesOf(shift), ...mirrorRisesOf(shift)]
  return rising.flatMap((name) => {
    const isBack = isWayBack(history, shift, name)
    const isFine = shift.during.some((state) => isUp(state, shift.endpoint, name, isBack))
    if (isFine) return []
    const found = deploymentIn(history.state, shift.endpoint, name)
    const how = found === undefined ? 'does not exist' : `is ${found.provisioningState}`
    return [`${shift.endpoint} sends more to ${name}, which ${how}`]
  })
}

/** Golden requests, where the road has them, come after the content and before the first weight. */
function risesUntested(history: History, event: TraceEvent): readonly string[] {
  const tested = history.memo('S2', () => new Map<string, number>())
  if (event.type === 'call' && /\/score$/.test(event.path) && event.seenStatus !== undefined)
    tested.set(event.application, history.seq + 1)
  const shift = shiftIn(history, event)
  if (shift === undefined || shift.route === 'batch') return NOTHING
  const { endpoint, call } = shift
  const commits = history.commitsInForce(call.application)
  if (!commits.every((commit) => roadOf(commit, endpoint)?.hasVerify === true)) return NOTHING
  const last = tested.get(call.application) ?? 0
  return risesOf(shift).flatMap((name) => {
    const { climb } = history.lineages.of(endpoint)
    const written = history.lastWrite.get(`online/${endpoint}/${name}`)?.seq ?? 0
    if (climb !== undefined || isWayBack(history, shift, name) || last > written) return []
    return [`${endpoint} sends traffic to ${name} without golden requests`]
  })
}

function isUp(state: WorldState, endpoint: string, name: string, isBack: boolean): boolean {
  const found = deploymentIn(state, endpoint, name)
  if (found === undefined) return false
  return found.provisioningState === 'Succeeded' || (isBack && found.isServing)
}

/**
 * What all traffic needs is the least that anybody may mean by it: declared lately, or what stable has. Where a GET says that
 * stable is gone, nobody else can answer.
 */
function risesOnWhatCarriesIt(history: History, event: TraceEvent): readonly string[] {
  const shift = shiftIn(history, event)
  if (shift?.recordAfter === undefined || shift.route === 'batch') return NOTHING
  const { endpoint, call, after, recordBefore, recordAfter } = shift
  const stable = (recordBefore ?? recordAfter).stable.slot
  if (history.viewOf(call.controller, `online/${endpoint}/${stable}`)?.is === 'gone') return NOTHING
  return risesOf(shift).flatMap((name) => {
    if (isWayBack(history, shift, name)) return []
    const declared = history
      .commitsInForce(call.application)
      .flatMap((commit) => declaredInstances(commit, endpoint, name) ?? [])
    const serving = stable === name ? undefined : deploymentIn(history.state, endpoint, stable)
    const full = Math.min(...declared, ...(serving === undefined ? [] : [serving.instances]))
    if (!Number.isFinite(full)) return []
    const needed = Math.ceil(((after[name] ?? 0) * full) / 100)
    const has = shift.during.map((state) => deploymentIn(state, endpoint, name)?.instances ?? 0)
    if (Math.max(...has) >= needed) return []
    return [
      `${endpoint} sends ${after[name]} % to ${name}: ${Math.max(...has)} of ${needed} instances`,
    ]
  })
}

function abortedStaysDown(history: History, event: TraceEvent): readonly string[] {
  const shift = shiftIn(history, event)
  if (shift === undefined) return NOTHING
  const { aborted } = history.lineages.of(shift.endpoint)
  const { recordBefore, recordAfter, endpoint } = shift
  const isEmpty =
    recordAfter?.phase === 'aborted' &&
    recordAfter.candidate?.rev === recordAfter.stable.rev &&
    recordAfter.candidate.slot === recordAfter.stable.slot
  const pointless = isEmpty ? [`${endpoint} aborts what is stable, ${recordAfter.stable.rev}`] : []
  const revived = risesOf(shift).flatMap((name) => {
    const revision = revisionOf(history, shift, name)
    const since = revision === undefined ? undefined : aborted.get(revision)
    if (since === undefined || isReleased(history, shift, since)) return []
    // The same content under another name: it goes back to what was stable all along.
    if (recordBefore?.stable.slot === name && recordBefore.stable.rev === revision) return []
    return [`${endpoint} sends more to ${name}, whose revision ${revision} was aborted`]
  })
  return [...pointless, ...revived]
}

/** Git said something else of it since, or somebody said retry. */
function isReleased(
  history: History,
  { endpoint, call }: Shift,
  since: { readonly at: number },
): boolean {
  if (saidSince(history, 'retry', endpoint, since.at)) return true
  const commits = history.commitsOf(call.application)
  const then = commits.findLast(({ at }) => at <= since.at)
  const before = then === undefined ? undefined : wishFor(then, endpoint)
  return commits.some((commit) => commit.at > since.at && wishFor(commit, endpoint) !== before)
}

const MOST_ROLLOUTS = 10

function fewRollouts(history: History, event: TraceEvent): readonly string[] {
  const shift = shiftIn(history, event)
  if (shift?.recordAfter?.phase !== 'progressing' || isMoving(shift.recordBefore)) return NOTHING
  const under = Object.keys(history.state.endpoints).filter((name) => {
    const key = name.toLowerCase()
    if (!isMoving(history.lineages.of(key).record)) return false
    return history.state.endpoints[name]?.tags['verdigris.application'] === shift.call.application
  })
  if (under.length < MOST_ROLLOUTS) return NOTHING
  return [`${shift.endpoint} begins a rollout beside ${under.length} others`]
}

function isMoving(record: Shift['recordBefore']): boolean {
  return record?.phase === 'progressing' || record?.phase === 'baking'
}
