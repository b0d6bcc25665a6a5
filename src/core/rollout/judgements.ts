import { type Evidence, judge } from '../judge/judge.ts'
import type { Rollout } from '../model/desired.ts'
import type { Comparison, Measurement, Question } from '../model/measurement.ts'
import type { Tallies } from '../model/memory.ts'
import { ALPHA, BETA, type Check, type Judgement } from '../model/rollout.ts'
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

/** What is compared, and since when; `startMs` 0 = there was no traffic yet, and only stable's own past is asked for. */
export function comparisonOf(about: {
  readonly endpoint: string
  readonly stable: string
  readonly candidate: string
  readonly startMs: number
  readonly now: number
}): Comparison {
  const { endpoint, stable, candidate, startMs, now } = about
  const start = startMs === 0 ? now : startMs
  return { endpoint, stable, candidate, startMs: start, baselineMs: BASELINE_MS, endMs: now }
}

/** The question behind a check. Its windows are the same from the first look to the last. */
export function questionOf(check: Check, rollout: Rollout, about: Comparison): Question {
  const { minWindowMs } = PROVIDERS[check.provider]
  const atLeast = Math.max(check.windowMs, minWindowMs)
  const factor = Math.ceil((rollout.deadlineMs + BASELINE_MS) / (atLeast * MAX_SAMPLES))
  return {
    id: questionId(about.endpoint, check),
    wants: check.rule.judge === 'threshold' ? 'value' : 'series',
    provider: check.provider,
    query: check.query,
    about,
    windowMs: atLeast * Math.max(1, factor),
  }
}

export function questionId(endpoint: string, { id }: Check): string {
  return `${endpoint}#${id}`
}

export interface Judging {
  readonly rollout: Rollout
  readonly about: Comparison
  readonly hasTraffic: boolean
  readonly tallies: Tallies
  answerTo(check: Check): Measurement | undefined
}

/** The verdict of a check. The judge's rate of false aborts is one for the whole rollout, shared out among its checks. */
export function judgementOf(check: Check, judging: Judging): Judgement {
  const { hasTraffic } = judging
  const answer = judging.answerTo(check)
  const { id, name, provider, rule } = check
  const base = { id, name, provider, samples: NOTHING }
  const isAnswered =
    answer !== undefined && (answer.is !== 'noData' || !UNANSWERED.has(answer.reason))
  if (!hasTraffic && isAnswered)
    return { ...base, outcome: 'noData', reason: 'NoTraffic', message: 'No traffic to judge yet.' }
  if (answer === undefined || answer.is === 'noData') {
    const { reason = 'NotMeasured', message = 'It was not measured.' } = answer ?? {}
    return { ...base, outcome: 'noData', reason, message }
  }
  if (rule.judge === 'threshold') {
    const missed = judging.tallies.checks[id]?.missed ?? 0
    return { ...base, ...thresholdOf(rule, answer, missed) }
  }
  if (answer.is !== 'series')
    return { ...base, outcome: 'noData', reason: 'WrongAnswer', message: 'Counters are needed.' }
  const { judge: metric, ...limits } = rule
  const { graceMs } = PROVIDERS[provider]
  const checks = checksOf(judging.rollout).filter((one) => one.rule.judge !== 'threshold')
  const rules = {
    ...limits,
    metric,
    alpha: ALPHA / Math.max(1, checks.length),
    beta: BETA,
    latenessMs: graceMs,
  }
  return { ...base, ...shown(judge(answer.series, judging.about, rules)) }
}

/** Reasons that speak of the way to the provider, and not of what it knows. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'Aborted',
  'AddressRefused',
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

/** The provider did not say anything, so nobody knows whether there is anything to see. */
export function isUnanswered({ outcome, reason }: Judgement): boolean {
  return outcome === 'noData' && UNANSWERED.has(reason)
}

export function isWithoutData({ outcome }: Judgement): boolean {
  return outcome === 'noData'
}

function shown(evidence: Evidence): Omit<Judgement, 'id' | 'name' | 'provider'> {
  const { outcome, reason, message, stable, candidate } = evidence
  const { logAbort, abortAt, logPass, passAt, phi } = evidence
  return {
    outcome,
    reason,
    message,
    evidence: { logAbort, abortAt, logPass, passAt, phi },
    samples: { stable, candidate },
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

/** How often each threshold was missed, with this turn's numbers counted; a window counts once. */
export function talliesAfter(
  before: Tallies | undefined,
  { rollout, about, answerTo }: Pick<Judging, 'rollout' | 'about' | 'answerTo'>,
): Tallies {
  const known = before?.startMs === about.startMs ? before.checks : {}
  const checks: { [check: string]: { missed: number; at: number } } = { ...known }
  for (const check of checksOf(rollout)) {
    const answer = answerTo(check)
    const { rule, id, windowMs } = check
    const { missed, at } = known[id] ?? { missed: 0, at: Number.NEGATIVE_INFINITY }
    if (rule.judge !== 'threshold' || answer?.is !== 'value') continue
    const isNew = about.endMs - at >= windowMs
    const isEnough = answer.requests === undefined || answer.requests >= rule.minRequests
    if (isNew && isEnough && !isWithin(rule, answer.value))
      checks[id] = { missed: missed + 1, at: about.endMs }
  }
  return { startMs: about.startMs, checks }
}
