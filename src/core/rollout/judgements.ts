import { upperBound } from '../judge/binomial.ts'
import type { Tally } from '../judge/evidence.ts'
import { type Evidence, type JudgeRules, judge } from '../judge/judge.ts'
import { windowsOf } from '../judge/windows.ts'
import type { Rollout } from '../model/desired.ts'
import type { ValueSeen } from '../model/measurements/measured.ts'
import type {
  Comparison,
  Measurement,
  MeasurementQuery,
} from '../model/measurements/measurement.ts'
import type { FailureCounts } from '../model/memory.ts'
import { ALPHA, BETA, type Check, type Judgement } from '../model/rollout.ts'
import { GOLDEN_SHARE } from './golden/golden-verdict.ts'
import { withMeasuredValue } from './measured.ts'
import { withProbesNamed } from './probed.ts'
import { PROVIDERS } from './providers/index.ts'

/** How long before the first weight stable's own counters are read. */
const BASELINE_MS = 30 * 60_000
/** Samples that one question may ask for: with more, the windows of a long rollout are made wider. */
const MAX_SAMPLES = 10_000
const NOTHING = { stable: { requests: 0, errors: 0 }, candidate: { requests: 0, errors: 0 } }

/** Every check of a rollout, each once wherever it is used. */
export function checksOf({ analysis, steps }: Rollout): readonly Check[] {
  const own = steps.flatMap((step) => (step.type === 'analysis' ? step.checks : []))
  const all = [...analysis, ...own]
  return all.filter(({ id }, index) => all.findIndex((one) => one.id === id) === index)
}

/** Those of them that hold, fail and abort: all but dry runs. */
export function decidingChecks(rollout: Rollout): readonly Check[] {
  return checksOf(rollout).filter(({ dryRun }) => dryRun === undefined)
}

/** Of a check's share of false aborts, and of wrong passes: what goes to the bake, where that is judged on its own. */
const BAKE_ALPHA = { alone: 1 / 3, withControl: 0.5 }
const BAKE_BETA = 0.1

/**
 * The false-abort rate is one for the whole rollout: golden requests have a tenth of it, the checks that compare and decide
 * share the rest (a dry run is held against the same line as these and takes none of it), and one that is watched in the bake leaves a third of its share to that, or half where a control group makes that the
 * better evidence. The parts are the same from the first
 * look to the last, so that no line moves.
 */
export function sharesOf(
  { id }: Check,
  rollout: Rollout,
): Pick<JudgeRules, 'alpha' | 'beta' | 'bake'> {
  const { analysis, steps, bakeMs, bakeControl } = rollout
  const judged = decidingChecks(rollout).filter(({ rule }) => rule.judge !== 'threshold').length
  const golden = steps.some(({ type }) => type === 'verify') ? GOLDEN_SHARE : 0
  const own = (ALPHA * (1 - golden)) / Math.max(1, judged)
  const isBaked = bakeMs > 0 && analysis.some((check) => check.id === id)
  if (!isBaked) return { alpha: own, beta: BETA }
  const hasControl = bakeControl > 0
  const share = hasControl ? BAKE_ALPHA.withControl : BAKE_ALPHA.alone
  return {
    alpha: own * (1 - share),
    beta: hasControl ? BETA : BETA * (1 - BAKE_BETA),
    bake: { alpha: own * share, beta: BETA * BAKE_BETA, hasControl },
  }
}

/** What is compared, and since when; `startMs` 0 = there was no traffic yet, and only stable's own past is asked for. */
export function comparisonOf(about: {
  readonly endpoint: string
  readonly stable: string
  readonly candidate: string
  readonly startMs: number
  /** When the candidate got the traffic of the bake. */
  readonly fullMs?: number
  readonly now: number
}): Comparison {
  const { endpoint, stable, candidate, startMs, fullMs, now } = about
  const start = startMs === 0 ? now : startMs
  const bake = fullMs === undefined ? {} : { fullMs }
  return {
    endpoint,
    stable,
    candidate,
    startMs: start,
    baselineMs: BASELINE_MS,
    endMs: now,
    ...bake,
  }
}

/** The question behind a check. Its windows are the same from the first look to the last. */
export function queryOf(check: Check, rollout: Rollout, about: Comparison): MeasurementQuery {
  const { minWindowMs } = PROVIDERS[check.provider]
  const atLeast = Math.max(check.windowMs, minWindowMs)
  const factor = Math.ceil((rollout.deadlineMs + BASELINE_MS) / (atLeast * MAX_SAMPLES))
  return {
    id: queryId(about.endpoint, check),
    wants: check.rule.judge === 'threshold' ? 'value' : 'series',
    provider: check.provider,
    query: check.query,
    about,
    windowMs: atLeast * Math.max(1, factor),
    ...(check.onMissing && { onMissing: check.onMissing }),
  }
}

export function queryId(endpoint: string, { id }: Check): string {
  return `${endpoint}#${id}`
}

export interface Judging {
  readonly rollout: Rollout
  readonly about: Comparison
  readonly hasTraffic: boolean
  readonly failureCounts: FailureCounts
  /** What the record keeps of stable since the bake began. */
  readonly reference?: Tally | undefined
  answerTo(check: Check): Measurement | undefined
}

/** The verdict of a check. The judge's rate of false aborts is one for the whole rollout, shared out among its checks. */
export function judgementOf(check: Check, judging: Judging): Judgement {
  const judgement = withProbesNamed(verdictOf(check, judging), check, judging.rollout)
  if (judgement.outcome !== 'noData' || !judging.hasTraffic || judgement.dryRun) return judgement
  return { ...judgement, missing: judgement.reason === 'NoRequests' ? 'requests' : 'answer' }
}

/**
 * The judgement because of which nothing may go forward, no clock and no step (INVARIANTS S29): first one whose provider
 * did not answer, or not of late; then one that waits for the candidate's first request. Before there is traffic nothing
 * is missing.
 */
export function missingData(judgements: readonly Judgement[]): Judgement | undefined {
  return (
    judgements.find(({ missing }) => missing === 'answer') ??
    judgements.find(({ missing }) => missing === 'requests')
  )
}

function verdictOf(check: Check, judging: Judging): Judgement {
  const { hasTraffic } = judging
  const answer = judging.answerTo(check)
  const { id, name, provider, rule, dryRun } = check
  const base = { id, name, provider, samples: NOTHING, ...(dryRun && { dryRun }) }
  if (!hasTraffic && isAnswered(answer)) {
    const samples = { ...NOTHING, stable: pastOf(answer, judging.about.startMs) }
    const message = 'No traffic to judge yet.'
    return { ...base, samples, outcome: 'noData', reason: 'NoTraffic', message }
  }
  if (answer === undefined || answer.is === 'noData') {
    const { reason = 'NotMeasured', message = 'It was not measured.' } = answer ?? {}
    return { ...base, outcome: 'noData', reason, message }
  }
  if (rule.judge === 'threshold') {
    const missed = judging.failureCounts.checks[id]?.missed ?? 0
    return { ...base, ...thresholdOf(rule, answer, missed) }
  }
  if (answer.is !== 'series')
    return { ...base, outcome: 'noData', reason: 'WrongAnswer', message: 'Counters are needed.' }
  const { judge: metric, ...limits } = rule
  const { graceMs } = PROVIDERS[provider]
  const shares = sharesOf(check, judging.rollout)
  const rules = { ...limits, metric, ...shares, latenessMs: graceMs }
  const isReferred = check.id === referredIn(judging.rollout)?.id
  const recorded = isReferred && judging.reference ? { reference: judging.reference } : {}
  return { ...base, ...shown(judge(answer.series, { ...judging.about, ...recorded }, rules)) }
}

/** The provider said something, be it that there is nothing. */
function isAnswered(answer: Measurement | undefined): answer is Measurement {
  return answer !== undefined && (answer.is !== 'noData' || !UNANSWERED.has(answer.reason))
}

/** The check of errors whose reference a record keeps in the bake. */
function referredIn({ analysis }: Rollout): Check | undefined {
  return analysis.find(({ rule, dryRun }) => rule.judge === 'errors' && dryRun === undefined)
}

/** What the record of a bake keeps of stable; nothing where nothing was counted, or nobody asks. */
export function comparedWith(
  rollout: Rollout,
  of: (check: Check) => Judgement,
): { readonly reference?: Tally } {
  const check = referredIn(rollout)
  if (check === undefined) return {}
  const { reference, samples } = of(check)
  const { requests, errors } = reference ?? samples.stable
  return requests === 0 ? {} : { reference: { requests, errors } }
}

/** Reasons that speak of the way to the provider or of answers that say nothing, and not of what it knows; or of what it can never know any more. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'Aborted',
  'AddressRefused',
  'ClockSkew',
  'NoReference',
  'NotANumber',
  'NotFound',
  'NotMeasured',
  'ProviderNotConfigured',
  'QueryRefused',
  'RedirectRefused',
  'Throttled',
  'TimedOut',
  'Unauthorized',
  'Unavailable',
  'UnreadableAnswer',
  'Unreachable',
])

/** The provider did not say anything, so nobody knows whether there is anything to see; nobody waits for a dry run. */
export function isUnanswered({ outcome, reason, dryRun }: Judgement): boolean {
  // One that failed for want of an answer still has none.
  const isOpen = outcome === 'noData' || outcome === 'fail'
  return isOpen && UNANSWERED.has(reason) && dryRun === undefined
}

/** What stable counted before there was anything to judge. */
function pastOf(answer: Measurement | undefined, startMs: number): Judgement['samples']['stable'] {
  let [requests, errors] = [0, 0]
  const windows = answer?.is === 'series' ? windowsOf(answer.series) : []
  for (const { endMs, stable } of windows) {
    if (stable === undefined || endMs > startMs) continue
    requests += stable.requests
    errors += stable.errors
  }
  return { requests, errors }
}

/** Chance that stable fails more often than is taken for granted of it. */
const RATE_CHANCE = 0.01

/** How often stable fails at most, by the checks of a rollout; what is tolerated when nothing is known; 0 = nobody says. */
export function stableRate(
  rollout: Rollout,
  of: (check: Check) => Pick<Judgement, 'samples'>,
): number {
  const rates = decidingChecks(rollout).flatMap((check) => {
    if (check.rule.judge !== 'errors') return []
    const { requests, errors } = of(check).samples.stable
    const known = requests === 0 ? 0 : upperBound(errors, requests, RATE_CHANCE)
    return [Math.max(known, check.rule.tolerate ?? 0)]
  })
  return Math.max(0, ...rates)
}

function shown(evidence: Evidence): Omit<Judgement, 'id' | 'name' | 'provider' | 'dryRun'> {
  const { outcome, reason, message, stable, candidate, reference } = evidence
  const { logAbort, abortAt, logPass, passAt, phi, thresholdsMs } = evidence
  return {
    outcome,
    reason,
    message,
    evidence: { logAbort, abortAt, logPass, passAt, phi, ...(thresholdsMs && { thresholdsMs }) },
    samples: { stable, candidate },
    reference,
  }
}

type Threshold = Extract<Check['rule'], { readonly judge: 'threshold' }>

function thresholdOf(
  rule: Threshold,
  answer: Exclude<Measurement, { readonly is: 'noData' }>,
  missed: number,
): Pick<Judgement, 'outcome' | 'reason' | 'message' | 'value'> {
  if (answer.is !== 'value')
    return { outcome: 'noData', reason: 'WrongAnswer', message: 'One number is needed.' }
  const { value, requests } = answer
  const message = `${value} (${boundsText(rule)}), missed ${missed} of ${rule.failureLimit + 1} times.`
  if (missed > rule.failureLimit) return { outcome: 'fail', reason: 'Threshold', message, value }
  // A miss counts also where nobody knows of how many requests; a pass does not.
  if ((requests ?? 0) < rule.minRequests) {
    const seen = requests ?? 'The provider does not count requests; none'
    const few = `${seen} of ${rule.minRequests} requests seen.`
    return { outcome: 'inconclusive', reason: 'TooFewRequests', message: few, value }
  }
  return isWithin(rule, value)
    ? { outcome: 'pass', reason: 'WithinThreshold', message, value }
    : { outcome: 'inconclusive', reason: 'Missed', message, value }
}

function boundsText({ min, max }: Threshold): string {
  return [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ].join(', ')
}

function isWithin({ min, max }: Threshold, value: number): boolean {
  return value >= (min ?? Number.NEGATIVE_INFINITY) && value <= (max ?? Number.POSITIVE_INFINITY)
}

/** What the checks had counted and found before, with this turn's numbers counted; a window counts once. */
export function failureCountsAfter(
  before: FailureCounts | undefined,
  { rollout, about, answerTo }: Pick<Judging, 'rollout' | 'about' | 'answerTo'>,
): FailureCounts {
  const isSince = before?.startMs === about.startMs
  const known: FailureCounts = isSince ? before : { startMs: about.startMs, checks: {}, failed: {} }
  const checks: { [check: string]: { missed: number; at: number } } = { ...known.checks }
  const values: { [check: string]: readonly ValueSeen[] } = { ...known.values }
  for (const check of checksOf(rollout)) {
    const answer = answerTo(check)
    const { rule, id, windowMs } = check
    const { missed, at } = known.checks[id] ?? { missed: 0, at: Number.NEGATIVE_INFINITY }
    if (rule.judge !== 'threshold' || answer?.is !== 'value') continue
    const isNew = about.endMs - at >= windowMs
    const isEnough = answer.requests === undefined || answer.requests >= rule.minRequests
    const isMissed = isNew && isEnough && !isWithin(rule, answer.value)
    if (isMissed) checks[id] = { missed: missed + 1, at: about.endMs }
    values[id] = withMeasuredValue(values[id] ?? [], seenOf(answer, isMissed))
  }
  return { ...known, startMs: about.startMs, checks, values }
}

function seenOf(
  { at, value, requests }: Extract<Measurement, { readonly is: 'value' }>,
  isMissed: boolean,
): ValueSeen {
  return {
    at,
    value,
    ...(requests === undefined ? {} : { requests }),
    ...(isMissed ? { missed: true as const } : {}),
  }
}
