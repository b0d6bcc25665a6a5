import type { Desired, Rollout } from '../../model/desired.ts'
import type { MeasurementQuery } from '../../model/measurements/measurement.ts'
import type { FailureCounts } from '../../model/memory.ts'
import type { Judged, Judgement } from '../../model/rollout.ts'
import type { RolloutDecision } from '../../rollout/decide/decision.ts'
import type { DeploymentState } from '../../rollout/decide/rollout-input.ts'
import { isSameSlot, type Slot } from '../../rollout/record.ts'

/** An endpoint with a Rollout at this moment: where it stands, and what that asks of its deployments. */
export interface RolloutPlan {
  readonly rollout: Rollout
  readonly wanted: Slot
  readonly decision: RolloutDecision
  /** What the slots are to hold now; of the explicit form, what Git declares. */
  readonly deployments: readonly Desired[]
  readonly states: ReadonlyMap<string, DeploymentState>
  /** Slots that are not removed though nothing declares them: the way back, and what is on its way. */
  readonly retained: ReadonlySet<string>
  /** Slots of which nothing may be taken away: they serve, or may have to. */
  readonly protectedSlots: ReadonlySet<string>
  readonly judgements: readonly Judgement[]
  readonly judged?: Judged
  readonly queries: readonly MeasurementQuery[]
  readonly failureCounts: FailureCounts
  /** Whether the endpoint is seen at rest with the weights of its record. */
  readonly isArrived: boolean
  /** What the time that is watched belongs to. */
  readonly watchKey?: string
  /** Whether the rollout's deadline counts the time that passes now. */
  readonly isWatched: boolean
  /** Whether what was counted is forgotten. */
  readonly isWatchedAnew: boolean
  /** How long it, or before the first step its candidate, has been watched. Milliseconds. */
  readonly spentMs: number
  /** Whether a check has no answer while users are on the candidate. */
  readonly isBlind: boolean
  /** When there is something to look at again; milliseconds since the epoch. */
  readonly wakeAt?: number
  /** The record as a tag's text, to know when it is seen in force. */
  readonly recordText?: string
  /** The tag stays as it is. */
  readonly isRecordKept: boolean
}

/** With how many instances a deployment is made where Git leaves them to others: as many as carry the traffic now. */
export function instancesServing({
  decision: { record },
  states,
}: RolloutPlan): number | undefined {
  const [serving] = [record?.stable, record?.candidate].flatMap(
    (one) => states.get(one?.slot ?? '') ?? [],
  )
  return serving?.instances
}

/** What serves is what Git wants, and nothing is on its way. */
export function isComplete({ decision: { record }, wanted }: RolloutPlan): boolean {
  return record?.phase === 'stable' && isSameSlot(record.stable, wanted)
}
