import { powerOf } from '../../judge/power.ts'
import type { Rollout } from '../../model/desired.ts'
import type { Measurement, MeasurementQuery, Series } from '../../model/measurements/measurement.ts'
import type { Check, CheckRule } from '../../model/rollout.ts'
import { decidingChecks, queryId, sharesOf } from '../../rollout/judgements.ts'

const MINUTE_MS = 60_000

/** Stable's traffic of so long, of late, is what is reckoned with. */
const RECENT_MS = 30 * MINUTE_MS

/**
 * What a weight can see, in a sentence: "at 40 requests/min and 5 % this needs about 3 h to see a doubled error rate".
 * `share` is the candidate's percent, 0 before it has any: then it is the first weight. Computed from stable's own last half hour;
 * undefined while that is not known, or nothing is judged by errors.
 */
export function powerText(
  rollout: Rollout,
  queries: readonly MeasurementQuery[],
  measurements: ReadonlyMap<string, Measurement>,
  share: number,
): string | undefined {
  const seen = trafficOf(rollout, queries, measurements)
  if (seen === undefined) return undefined
  const { check, rule } = seen
  const first = rollout.steps.find((step) => step.type === 'setWeight')
  const percent = share > 0 ? share : first?.type === 'setWeight' ? first.percent : 100
  const perMinute = Math.round(seen.perMinute)
  const where = `at ${perMinute} requests/min and ${percent} %`
  if (seen.rate === 0)
    return `${where} stable has no errors to compare with: a new kind of error shows at once, a rate cannot be doubled.`
  const { minutes } = powerOf({
    requestsPerMinute: seen.perMinute,
    share: Math.min(percent / 100, 0.99),
    rate: seen.rate,
    ratio: 2,
    alpha: sharesOf(check, rollout).alpha,
    margin: rule.margin,
  })
  return `${where} this needs about ${spanText(minutes)} to see a doubled error rate of ${Number((seen.rate * 100).toPrecision(2))} %.`
}

/** The endpoint's traffic of late, by the first check of errors that decides; undefined while it is not known. */
export function trafficOf(
  rollout: Rollout,
  queries: readonly MeasurementQuery[],
  measurements: ReadonlyMap<string, Measurement>,
): (Rate & { readonly check: Check; readonly rule: ErrorRule }) | undefined {
  const checks = decidingChecks(rollout)
  const check = checks.find(({ rule }) => rule.judge === 'errors')
  const endpoint = queries[0]?.about.endpoint
  if (check === undefined || endpoint === undefined || check.rule.judge !== 'errors')
    return undefined
  const answer = measurements.get(queryId(endpoint, check))
  const seen = answer?.is === 'series' ? rateOf(answer.series) : undefined
  return seen === undefined ? undefined : { ...seen, check, rule: check.rule }
}

type ErrorRule = Exclude<CheckRule, { readonly judge: 'threshold' }>

interface Rate {
  readonly perMinute: number
  readonly rate: number
}

/** The endpoint's requests per minute, and stable's error ratio, of late. */
function rateOf({ stable, candidate }: Series): Rate | undefined {
  const since = (stable.at(-1)?.at ?? 0) - RECENT_MS
  const own = countedIn(stable, since)
  if (own === undefined || own.ms < MINUTE_MS || !(own.requests > 0) || !(own.errors >= 0))
    return undefined
  const all = own.requests + Math.max(0, countedIn(candidate, since)?.requests ?? 0)
  return { perMinute: (all * MINUTE_MS) / own.ms, rate: own.errors / own.requests }
}

/** What was counted since a moment, from the first sample after it to the last; `ms` is how long that is. */
function countedIn(
  samples: Series['stable'],
  since: number,
): { readonly requests: number; readonly errors: number; readonly ms: number } | undefined {
  const first = samples.find(({ at }) => at >= since)
  const last = samples.at(-1)
  if (first === undefined || last === undefined) return undefined
  const requests = last.requests - first.requests
  return { requests, errors: last.errors - first.errors, ms: last.at - first.at }
}

function spanText(minutes: number): string {
  if (!Number.isFinite(minutes)) return 'for ever'
  if (minutes < 1) return 'a minute'
  if (minutes < 90) return `${Math.round(minutes)} min`
  return minutes < 60 * 48 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`
}
