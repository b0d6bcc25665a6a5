import type { Series } from '../model/measurements/measurement.ts'
import type { Evidence, JudgeRules, Tally } from './evidence.ts'
import { type Lines, Panel, type PanelBake, type PanelEvent } from './panel.ts'
import { type Frozen, freeze } from './thresholds.ts'
import { verdictOf } from './verdict.ts'
import { type Window, windowsOf } from './windows.ts'

export type { Evidence, JudgeRules } from './evidence.ts'

/** Where stable has no requests, a candidate that fails more often than this is a regression. */
const ALONE = 0.5

/** After so many windows without usable samples, what was learnt before does not pass any more. */
const STALE_WINDOWS = 5

const ERRORS: PanelEvent = { count: (delta) => delta.errors, isCommon: true }

interface Span {
  readonly startMs: number
  readonly endMs: number
  /** When the candidate got the traffic of the bake: windows that end later are judged by the bake's rules, too. */
  readonly fullMs?: number
  /** What was known of stable by then, where a provider may have forgotten it. */
  readonly reference?: Tally
}

/**
 * Judges the candidate by everything known since the start, as a pure function: the same series gives the same evidence,
 * and one that goes on never takes a `fail` back. It may be asked at any time and as often as one likes: a candidate that
 * is at most `margin` times as bad as stable fails with chance at most `alpha`, over all looks together (see
 * `Regression`), and one at least `worseBy` times as bad passes with chance at most `beta` (`Parity`, `Tolerance`).
 */
export function judge(series: Series, about: Span, rules: JudgeRules): Evidence {
  const isErrors = rules.metric === 'errors'
  const windows = isErrors ? windowsOf(series) : windowsOf(series).map(withHistogram)
  const before = windows.filter(({ endMs }) => endMs <= about.startMs)
  const since = windows.filter(({ startMs }) => startMs >= about.startMs)
  const dueMs = about.endMs - rules.latenessMs
  const inTime = since.filter(({ endMs }) => endMs <= dueMs)
  const frozen = isErrors ? undefined : thresholdsOf(series, before, rules)
  const events = isErrors ? [ERRORS] : (frozen?.thresholds ?? []).map(exceedanceOf)
  const lines = { abortAt: Math.log(1 / rules.alpha), passAt: Math.log(1 / rules.beta) }
  const alone = isErrors ? ALONE : 1
  const bake = bakeOf(about, rules)
  const panel = new Panel(events, frozen?.middle ?? 0, { ...rules, alone }, lines, bake)
  for (const window of before) panel.rehearse(window)
  for (const window of inTime) panel.take(window)
  return evidenceOf(panel, {
    rules,
    lines,
    frozen,
    missing: missing(isErrors || frozen !== undefined, series),
    isStale: dueMs - (panel.endMs ?? about.startMs) > STALE_WINDOWS * series.windowMs,
    late: since.length - inTime.length,
  })
}

/**
 * The bake's own share of false aborts, and with a frozen reference half of it for the bound that it rests on. There is a
 * part of β for that bound, too, which the line of a pass leaves to it.
 */
function bakeOf({ fullMs, reference }: Span, { bake }: JudgeRules): PanelBake | undefined {
  if (fullMs === undefined || bake === undefined) return undefined
  const { alpha, beta, hasControl } = bake
  const abortAt = Math.log((hasControl ? 1 : 2) / alpha)
  const recorded = reference === undefined ? {} : { recorded: reference }
  return { fullMs, hasControl, abortAt, upperChance: alpha / 2, lowerChance: beta, ...recorded }
}

/** A side without a histogram says nothing of latency. */
function withHistogram({ startMs, endMs, stable, candidate }: Window): Window {
  return {
    startMs,
    endMs,
    ...(stable !== undefined && stable.within.length > 0 ? { stable } : {}),
    ...(candidate !== undefined && candidate.within.length > 0 ? { candidate } : {}),
  }
}

function thresholdsOf(
  series: Series,
  before: readonly Window[],
  rules: JudgeRules,
): Frozen | undefined {
  if (series.boundsMs.length === 0) return undefined
  const baseline = before.flatMap(({ stable }) => stable ?? [])
  return freeze(series.boundsMs, baseline, rules.sloMs)
}

function exceedanceOf({ place, isCommon }: Frozen['thresholds'][number]): PanelEvent {
  return { count: (delta) => delta.requests - (delta.within[place] as number), isCommon }
}

function missing(isComparable: boolean, series: Series): 'NoHistogram' | 'NoBaseline' | undefined {
  if (isComparable) return undefined
  return series.boundsMs.length === 0 ? 'NoHistogram' : 'NoBaseline'
}

function evidenceOf(
  panel: Panel,
  about: {
    readonly rules: JudgeRules
    readonly lines: Lines
    readonly frozen: Frozen | undefined
    readonly missing: 'NoHistogram' | 'NoBaseline' | undefined
    readonly isStale: boolean
    readonly late: number
  },
): Evidence {
  const { logAbort, logPass, stable, candidate, used, voided, failedAt, passedAt } = panel
  const { isTolerated, noisiest } = panel
  const { missing, isStale } = about
  const inBake = panel.hasFailedInBake ? { baked: panel.baked } : {}
  const sides = { stable, candidate, reference: panel.reference, ...inBake }
  const facts = { logAbort, failedAt, passedAt, isTolerated, isStale, used, ...sides }
  const verdict = verdictOf({ ...facts, missing }, about.rules)
  const decidedAt = failedAt ?? (verdict.outcome === 'pass' ? passedAt : undefined)
  const thresholds = about.frozen?.thresholds
  return {
    ...verdict,
    logAbort,
    logPass,
    ...about.lines,
    stable,
    candidate,
    windows: { used, voided, late: about.late },
    reference: panel.reference,
    phi: noisiest?.dispersion.phi ?? 1,
    eta: noisiest?.eta ?? 1,
    ...(thresholds && { thresholdsMs: thresholds.map(({ boundMs }) => boundMs) }),
    ...(decidedAt !== undefined && { decidedAt }),
  }
}
