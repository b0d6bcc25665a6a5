import type { Desired, Rollout } from '../../model/desired.ts'
import type { FailureCounts } from '../../model/memory.ts'
import { keyOf } from '../../model/ref.ts'
import type { Check, Judged, Judgement } from '../../model/rollout.ts'
import type { RolloutDecision } from '../../rollout/decide/decision.ts'
import {
  checksOf,
  comparisonOf,
  failureCountsAfter,
  judgementOf,
  queryId,
  queryOf,
} from '../../rollout/judgements.ts'
import { bytesFor, withMeasured } from '../../rollout/measured.ts'
import { silencesOf, withoutData } from '../../rollout/no-data.ts'
import { isSameSlot, isUnderWay, type RolloutRecord, type Slot } from '../../rollout/record.ts'
import type { Weights } from '../../rollout/weights.ts'
import type { PlanContext } from '../context.ts'
import type { RolloutPlan } from './rollout-plan.ts'

interface Known {
  readonly context: PlanContext
  /** The endpoint. */
  readonly desired: Desired
  readonly rollout: Rollout
  readonly record: RolloutRecord | undefined
  readonly wanted: Slot
  /** Live weights by deployment. */
  readonly flows: { readonly live: Weights }
}

export interface Judgings {
  readonly of: (check: Check) => Judgement
  readonly judgements: readonly Judgement[]
  /** The same with whom they are about; absent while nothing is judged. */
  readonly judged?: Judged
  readonly queries: RolloutPlan['queries']
  readonly failureCounts: RolloutPlan['failureCounts']
}

/** The questions of this rollout, and the verdicts that the answers to them give. */
export function judgingOf(known: Known): Judgings {
  const { context, desired, rollout, record, wanted, flows } = known
  const { answers, memory, now } = context
  const { name: endpoint } = desired.ref
  const isComing = record?.phase === 'stable' && !isSameSlot(record.stable, wanted)
  const isMoving = isUnderWay(record)
  const hasTraffic = isMoving && record.startMs > 0
  const about = comparedOf(known)
  const checks = checksOf(rollout)
  const bytesMax = bytesFor(checks.length)
  const answerTo = (check: Check) => answers.measurements.get(queryId(endpoint, check))
  const before = memory[keyOf(desired.ref)]?.tallies
  const failureCounts: FailureCounts = hasTraffic
    ? failureCountsAfter(before, { rollout, about, answerTo })
    : { startMs: 0, checks: {}, failed: {} }
  const reference = record?.reference
  const judging = { rollout, about, hasTraffic, failureCounts, reference, answerTo }
  const candidate = record?.candidate?.slot ?? ''
  const seen = { now, hasUsers: hasTraffic && (flows.live[candidate] ?? 0) > 0 }
  const verdicts = new Map<string, Judgement>()
  const judged = (check: Check): Judgement => {
    const verdict = withoutData(check, judgementOf(check, judging), failureCounts, seen)
    if (!hasTraffic) return verdict
    const values = failureCounts.values?.[check.id] ?? []
    return withMeasured(verdict, { answer: answerTo(check), values, bytesMax })
  }
  const of = (check: Check): Judgement => {
    const kept = failureCounts.failed[check.id] ?? verdicts.get(check.id)
    const verdict = kept ?? judged(check)
    verdicts.set(check.id, verdict)
    return verdict
  }
  const judgements = hasTraffic ? checks.map(of) : []
  // What failed for want of data has not been seen to fail.
  const failed = judgements.filter((one) => one.outcome === 'fail' && one.noDataMs === undefined)
  return {
    of,
    judgements,
    ...judgedOf(record?.candidate, judgements, now),
    // Before the first weight, stable's own past says how long it will take to be sure.
    queries:
      hasTraffic || isComing || isMoving
        ? checks.map((check) => queryOf(check, rollout, about))
        : [],
    failureCounts: {
      ...failureCounts,
      failed: Object.fromEntries(failed.map((one) => [one.id, one])),
      silent: silencesOf(judgements, now),
    },
  }
}

function judgedOf(
  candidate: Slot | undefined,
  judgements: readonly Judgement[],
  at: number,
): Pick<Judgings, 'judged'> {
  if (candidate === undefined || judgements.length === 0) return {}
  return { judged: { deployment: candidate.slot, revision: candidate.rev, at, judgements } }
}

/** Who is compared, and since when. */
function comparedOf({ context: { now }, desired, record, wanted }: Known) {
  const { startMs = 0 } = isUnderWay(record) ? record : {}
  const isBaking = startMs > 0 && record?.phase === 'baking'
  return comparisonOf({
    endpoint: desired.ref.name,
    stable: record?.stable.slot ?? '',
    candidate: record?.candidate?.slot ?? wanted.slot,
    startMs: Math.max(0, startMs),
    ...(isBaking ? { fullMs: record.sinceMs } : {}),
    now,
  })
}

/** While users are on the candidate, the next look is no later than the next window of a check. */
export function nextJudgement(
  rollout: Rollout,
  { judgements }: Judgings,
  { wakeAt }: RolloutDecision,
  now: number,
): { readonly wakeAt?: number } {
  const windows = judgements.length === 0 ? [] : checksOf(rollout).map(({ windowMs }) => windowMs)
  const looks = [...windows.map((ms) => now + ms), ...(wakeAt === undefined ? [] : [wakeAt])]
  return looks.length === 0 ? {} : { wakeAt: Math.min(...looks) }
}
