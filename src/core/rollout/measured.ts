import type { Counters, Measured, ValueSeen } from '../model/measurements/measured.ts'
import type { Asked, Measurement, Sample, Series } from '../model/measurements/measurement.ts'
import { cleanText } from '../model/redact/redact.ts'
import type { Judgement } from '../model/rollout.ts'
import { once, onceByText } from '../model/values/once.ts'

/** Bytes, as JSON, of what is kept with the verdict of one check; and of all checks of a rollout together. */
export const MEASURED_BYTES_MAX = 16 * 1024
export const ROLLOUT_MEASURED_BYTES_MAX = 256 * 1024

/** Of a time longer than that the older samples are thinned out. A power of two. */
const MOST_SAMPLES = 512

/** Looks of a threshold that are remembered. */
const MOST_VALUES = 60

/** What one of so many checks of a rollout may keep. */
export function bytesFor(checks: number): number {
  return Math.min(MEASURED_BYTES_MAX, Math.floor(ROLLOUT_MEASURED_BYTES_MAX / Math.max(1, checks)))
}

export interface Seen {
  readonly answer: Measurement | undefined
  /** Of a threshold: what was seen at the looks so far, this one's with them. */
  readonly values: readonly ValueSeen[]
  readonly bytesMax: number
}

/**
 * The judgement with what it rests on. Counters are cumulative: where a sample is left out, what lies between its neighbours
 * is still counted, and only the time between them is longer. The newest samples are kept whole, by which most verdicts
 * fall; if not even two find room there are none, and at last no query either.
 */
export function withMeasured(judgement: Judgement, seen: Seen): Judgement {
  const measured = measuredOf(judgement, seen)
  return measured === undefined ? judgement : { ...judgement, measured }
}

function measuredOf(
  { evidence }: Judgement,
  { answer, values, bytesMax }: Seen,
): Measured | undefined {
  if (answer === undefined) return undefined
  const about = answer.asked === undefined ? {} : aboutOf(answer.asked)
  if (answer.is === 'series') {
    const { series } = answer
    const boundsMs = evidence?.thresholdsMs
    const columns = { ...about, windowMs: series.windowMs, ...(boundsMs && { boundsMs }) }
    return fitted(MOST_SAMPLES, bytesMax, about, (most) => ({
      ...columns,
      ...countersOf(series, boundsMs, most),
    }))
  }
  return fitted(MOST_VALUES, bytesMax, about, (most) => {
    const kept = newest(values, most)
    return {
      ...about,
      ...(kept.length === 0 ? {} : { values: kept }),
      left: values.length - kept.length,
    }
  })
}

const QUERIES_MAX = 1000
const clean = onceByText(QUERIES_MAX, (text) => cleanText(text))

function aboutOf({ query, fromMs, toMs }: Asked): Omit<Measured, 'left'> {
  return { query: clean(query), fromMs, toMs }
}

/** What `make` gives of the largest number of samples, halved again and again, that is no larger than `bytesMax`. */
function fitted(
  most: number,
  bytesMax: number,
  about: Omit<Measured, 'left'>,
  make: (most: number) => Measured,
): Measured | undefined {
  const fits = (made: Measured): boolean => Buffer.byteLength(JSON.stringify(made)) <= bytesMax
  for (let count = most; count >= 2; count = Math.floor(count / 2)) {
    const made = make(count)
    if (fits(made)) return made
  }
  const { left } = make(0)
  const bare = [{ ...about, left }, { left }]
  return bare.find(fits)
}

function countersOf(
  series: Series,
  thresholdsMs: readonly number[] | undefined,
  most: number,
): Pick<Measured, 'stable' | 'candidate' | 'left'> {
  const { boundsMs, stable, candidate } = series
  const all = instantsOf(series)
  const chosen = new Set(thinned(all, most))
  const places = thresholdsMs?.map((bound) => boundsMs.indexOf(bound))
  const sideOf = (samples: readonly Sample[]): Counters => {
    const kept = samples.filter(({ at }) => chosen.has(at))
    return {
      at: kept.map(({ at }) => at),
      requests: kept.map(({ requests }) => requests),
      errors: kept.map(({ errors }) => errors),
      ...(places && {
        within: places.map((place) => kept.map(({ within = [] }) => within[place] ?? 0)),
      }),
    }
  }
  return {
    stable: sideOf(stable),
    candidate: sideOf(candidate),
    left: all.length - chosen.size,
  }
}

/** Of both sides, ascending. A series is a value, which is asked about by several checks and rounds. */
const instantsOf = once(({ stable, candidate }: Series): readonly number[] => {
  const all = new Set<number>()
  for (const { at } of stable) all.add(at)
  for (const { at } of candidate) all.add(at)
  return [...Float64Array.from(all).sort()]
})

/** Of so many at most, three of four are the newest, and the others lie evenly before them, from the first on. */
function thinned(all: readonly number[], most: number): readonly number[] {
  if (all.length <= most) return all
  const whole = Math.floor((most * 3) / 4)
  const older = all.slice(0, all.length - whole)
  const each = Math.ceil(older.length / Math.max(1, most - whole))
  const few = older.filter((_, place) => most > 0 && place % each === 0)
  return [...few, ...all.slice(all.length - whole)]
}

/** So many of them at most: what was counted against the candidate goes last, and of the rest the oldest first. */
function newest(values: readonly ValueSeen[], most: number): readonly ValueSeen[] {
  const inOrder = values.toSorted((a, b) => Number(a.missed ?? false) - Number(b.missed ?? false))
  const left = new Set(inOrder.slice(0, Math.max(0, values.length - most)))
  return values.filter((one) => !left.has(one))
}

/** The looks of a threshold with one more; the same number seen again is one look. */
export function withMeasuredValue(
  values: readonly ValueSeen[],
  one: ValueSeen,
): readonly ValueSeen[] {
  const last = values.at(-1)
  const isSeen = last !== undefined && last.at >= one.at
  if (isSeen && one.missed === undefined) return values
  return newest([...(isSeen ? values.slice(0, -1) : values), one], MOST_VALUES)
}
