import type { FailureCounts } from '../model/memory.ts'
import type { Check, Judgement } from '../model/rollout.ts'

/** Between two looks no more than this counts as time without data, or two windows: in a longer one nobody looked. */
const GAP_MS = 60_000

/**
 * The judgement of a check that may not stay without data (`onNoData: fail`): how long it has had none while users are on
 * the candidate, and a failure when that is too long. Its reason stays: it says what was missing. With data again it is
 * judged by these, so that nothing is held against the candidate that nobody saw.
 */
export function withoutData(
  check: Check,
  judgement: Judgement,
  { silent = {} }: Pick<FailureCounts, 'silent'>,
  { now, hasUsers }: { readonly now: number; readonly hasUsers: boolean },
): Judgement {
  const { id, noDataMs: mostMs, windowMs } = check
  if (mostMs === undefined || judgement.outcome !== 'noData' || !hasUsers) return judgement
  const { ms, at } = silent[id] ?? { ms: 0, at: now }
  const noDataMs = ms + Math.min(Math.max(0, now - at), Math.max(GAP_MS, 2 * windowMs))
  if (noDataMs < mostMs) return { ...judgement, noDataMs }
  const message = `${judgement.message} It has had no data for ${Math.floor(noDataMs / 1000)} s (onNoData: fail).`
  return { ...judgement, outcome: 'fail', message, noDataMs }
}

/** What is remembered of it until the next look; whoever has data again begins anew. */
export function silencesOf(
  judgements: readonly Judgement[],
  now: number,
): NonNullable<FailureCounts['silent']> {
  return Object.fromEntries(
    judgements.flatMap(({ id, noDataMs }) =>
      noDataMs === undefined ? [] : [[id, { ms: noDataMs, at: now }]],
    ),
  )
}
