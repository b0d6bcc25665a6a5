import type { RolloutRecord } from '../../../src/core/rollout/record.ts'
import { REVISION_TAG } from '../../../src/core/rollout/record.ts'
import type { TraceEvent, WorldState } from '../trace.ts'
import type { Call } from './call.ts'
import type { History } from './history.ts'
import { acceptedWriteIn } from './invariant.ts'
import {
  deploymentIn,
  endpointIn,
  mirrorIn,
  mirrorOf,
  recordIn,
  recordOfEndpoint,
  tagsIn,
  type Weights,
  weightsIn,
  weightsOf,
} from './world.ts'

/** A PUT of an endpoint that Azure took: who had the traffic in truth, and who is to have it. */
export interface Shift {
  readonly call: Call
  readonly route: 'online' | 'batch'
  readonly endpoint: string
  readonly after: Weights
  readonly mirror: Weights
  readonly recordBefore: RolloutRecord | undefined
  readonly recordAfter: RolloutRecord | undefined
  /** The states of the tick in which it was decided. */
  readonly during: readonly WorldState[]
}

export function shiftIn(history: History, event: TraceEvent): Shift | undefined {
  const call = acceptedWriteIn(history, event)
  if (call?.method !== 'PUT' || call.target.kind !== 'endpoint') return undefined
  const { endpoint = '', route = 'online' } = call.target
  return {
    call,
    route,
    endpoint,
    after: weightsIn(call.requestBody, route),
    mirror: route === 'online' ? mirrorIn(call.requestBody) : {},
    recordBefore: recordOfEndpoint(history.state, endpoint),
    recordAfter: recordIn(tagsIn(call.requestBody), route, endpoint),
    during: history.statesDuring(call),
  }
}

/** Deployments that get more than they had at any moment of the tick. */
export function risesOf({ after, during, endpoint }: Shift): readonly string[] {
  return Object.keys(after).filter((name) =>
    during.every(
      (state) => (weightsOf(endpointIn(state, endpoint))[name] ?? 0) < (after[name] ?? 0),
    ),
  )
}

export function mirrorRisesOf({ mirror, during, endpoint }: Shift): readonly string[] {
  return Object.keys(mirror).filter((name) =>
    during.every(
      (state) => (mirrorOf(endpointIn(state, endpoint))[name] ?? 0) < (mirror[name] ?? 0),
    ),
  )
}

/** The revision that a deployment runs, as the record of the write says, or its own tag. */
export function revisionOf(history: History, shift: Shift, deployment: string): string | undefined {
  const { recordAfter, endpoint } = shift
  const slots = [recordAfter?.stable, recordAfter?.candidate, recordAfter?.previous]
  const found = slots.find((slot) => slot?.slot === deployment)
  return found?.rev ?? deploymentIn(history.state, endpoint, deployment)?.tags[REVISION_TAG]
}

/** Whether traffic goes back to what has been stable already, and not on to something new. */
export function isWayBack(history: History, shift: Shift, deployment: string): boolean {
  const revision = revisionOf(history, shift, deployment)
  const { proven } = history.lineages.of(shift.endpoint)
  return revision !== undefined && proven.has(revision)
}

/** A record's write that begins to tell of a rollout being over: the candidate is stable from here on. */
export function isPromotion({ recordBefore, recordAfter }: Shift): boolean {
  const candidate = recordBefore?.candidate
  const isMoving = recordBefore?.phase === 'progressing' || recordBefore?.phase === 'baking'
  if (!isMoving || candidate === undefined || recordAfter?.phase !== 'stable') return false
  return recordAfter.stable.slot === candidate.slot && recordAfter.stable.rev === candidate.rev
}

/** Said since, or before and not answered by then. */
export function saidSince(
  history: History,
  verb: string,
  endpoint: string,
  since: number,
): boolean {
  return history.intents.some(
    ({ id, at, answeredAt = id === undefined ? at : Number.POSITIVE_INFINITY, ...intent }) =>
      intent.verb === verb && intent.endpoint.toLowerCase() === endpoint && answeredAt >= since,
  )
}
