import type {
  Measurement,
  MeasurementQuery,
  Sample,
  Series,
} from '../../core/model/measurements/measurement.ts'

/**
 * What providers have told of the rollouts of the moment. One that forgets (started anew without its disk, or for want of
 * space) would take away what stable is known by, and with that the only thing that a bake is held against (CANARY §6).
 */
export interface Kept {
  /** The answer, with what an earlier answer to the same question told of the time before its first sample. */
  completed(question: MeasurementQuery, answer: Measurement): Measurement
}

/** So many questions; the one that was asked the longest ago is forgotten first. */
const KEPT_MAX = 100

export function createKept(): Kept {
  const kept = new Map<string, Series>()
  return {
    completed(question, answer) {
      if (answer.is !== 'series' || answer.series.candidate.length === 0) return answer
      const key = keyOf(question)
      const before = kept.get(key)
      const series = before === undefined ? answer.series : merged(before, answer.series)
      kept.delete(key)
      kept.set(key, series)
      const [oldest] = kept.keys()
      if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest)
      return { ...answer, series }
    },
  }
}

/** Another start, or another grid, is another question. */
function keyOf({ id, windowMs, about, query }: MeasurementQuery): string {
  const { stable, candidate, startMs, baselineMs } = about
  return JSON.stringify([id, windowMs, stable, candidate, startMs, baselineMs, query])
}

function merged(before: Series, now: Series): Series {
  if (JSON.stringify(before.boundsMs) !== JSON.stringify(now.boundsMs)) return now
  const stable = withEarlier(before.stable, now.stable)
  const candidate = withEarlier(before.candidate, now.candidate)
  // The same value, where nothing was forgotten: what was worked out of it stands.
  return stable === now.stable && candidate === now.candidate ? now : { ...now, stable, candidate }
}

function withEarlier(before: readonly Sample[], now: readonly Sample[]): readonly Sample[] {
  const firstAt = now.reduce((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY)
  const earlier = before.filter(({ at }) => at < firstAt)
  return earlier.length === 0 ? now : [...earlier, ...now]
}
