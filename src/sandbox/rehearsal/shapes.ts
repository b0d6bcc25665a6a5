/** How many requests a second come, over the time since the traffic began. */
export type Rate =
  | { readonly shape: 'constant'; readonly perSecond: number }
  /** One rate after the other, each for `everyMs`; the last one stays. */
  | { readonly shape: 'steps'; readonly perSecond: readonly number[]; readonly everyMs: number }
  /** A sine around `perSecond`, up and down by `swing` of it (0 to 1); a period is a day unless it is said. */
  | {
      readonly shape: 'diurnal'
      readonly perSecond: number
      readonly swing: number
      readonly periodMs?: number
    }
  /** `burstPerSecond` for `lastsMs` at the end of every `everyMs`, else `perSecond`. */
  | {
      readonly shape: 'bursts'
      readonly perSecond: number
      readonly burstPerSecond: number
      readonly everyMs: number
      readonly lastsMs: number
    }

type Shape = Rate['shape']
type OfShape<S extends Shape> = Extract<Rate, { readonly shape: S }>

const DAY_MS = 86_400_000

const SHAPES: { readonly [S in Shape]: (rate: OfShape<S>, sinceMs: number) => number } = {
  constant: ({ perSecond }) => perSecond,
  steps: ({ perSecond, everyMs }, sinceMs) =>
    perSecond[Math.min(Math.floor(sinceMs / everyMs), perSecond.length - 1)] ?? 0,
  diurnal: ({ perSecond, swing, periodMs = DAY_MS }, sinceMs) =>
    perSecond * (1 + swing * Math.sin((2 * Math.PI * sinceMs) / periodMs)),
  bursts: ({ perSecond, burstPerSecond, everyMs, lastsMs }, sinceMs) =>
    sinceMs % everyMs >= everyMs - lastsMs ? burstPerSecond : perSecond,
}

export const SHAPE_NAMES = Object.keys(SHAPES)

/** Requests per second of a rate, `sinceMs` after its beginning; throws a RangeError for what is no rate. */
export function perSecondAt(rate: Rate, sinceMs: number): number {
  const shape = SHAPES[rate.shape] as ((rate: Rate, sinceMs: number) => number) | undefined
  const perSecond = shape?.(rate, sinceMs)
  if (perSecond !== undefined && perSecond >= 0 && perSecond < PER_SECOND_MAX) return perSecond
  const words = `${SHAPE_NAMES.join(', ')}, with at most ${PER_SECOND_MAX} requests a second`
  throw new RangeError(`There is no rate ${JSON.stringify(rate)}: use ${words}.`)
}

const PER_SECOND_MAX = 100_000
