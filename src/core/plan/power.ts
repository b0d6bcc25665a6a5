import { powerOf } from '../judge/power.ts'
import type { Rollout } from '../model/desired.ts'
import type { Measurement, Question, Series } from '../model/measurement.ts'
import { checksOf, questionId, sharesOf } from '../rollout/judgements.ts'

const MINUTE_MS = 60_000

/**
 * What the first weight can see, in a sentence: "at 40 requests/min and 5 % this needs about 3 h to see a doubled error
 * rate". Computed from stable's own past; undefined while that is not known, or nothing is judged by errors.
 */
export function powerText(
  rollout: Rollout,
  questions: readonly Question[],
  measurements: ReadonlyMap<string, Measurement>,
): string | undefined {
  const checks = checksOf(rollout)
  const check = checks.find(({ rule }) => rule.judge === 'errors')
  const first = rollout.steps.find((step) => step.type === 'setWeight')
  const endpoint = questions[0]?.about.endpoint
  if (check === undefined || endpoint === undefined || check.rule.judge !== 'errors')
    return undefined
  const answer = measurements.get(questionId(endpoint, check))
  const seen = answer?.is === 'series' ? rateOf(answer.series) : undefined
  if (seen === undefined) return undefined
  const percent = first?.type === 'setWeight' ? first.percent : 100
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
    margin: check.rule.margin,
  })
  return `${where} this needs about ${spanText(minutes)} to see a doubled error rate of ${Number((seen.rate * 100).toPrecision(2))} %.`
}

/** Stable's requests per minute and error ratio, from its counters before the start. */
function rateOf({
  stable,
}: Series): { readonly perMinute: number; readonly rate: number } | undefined {
  const [first, last] = [stable[0], stable.at(-1)]
  if (first === undefined || last === undefined || last.at - first.at < MINUTE_MS) return undefined
  const requests = last.requests - first.requests
  const errors = last.errors - first.errors
  if (!(requests > 0) || !(errors >= 0)) return undefined
  return { perMinute: (requests * MINUTE_MS) / (last.at - first.at), rate: errors / requests }
}

function spanText(minutes: number): string {
  if (!Number.isFinite(minutes)) return 'for ever'
  if (minutes < 1) return 'a minute'
  if (minutes < 90) return `${Math.round(minutes)} min`
  return minutes < 60 * 48 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`
}
