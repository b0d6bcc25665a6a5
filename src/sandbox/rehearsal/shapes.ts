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

const PER_SECOND_MAX = 100_000
const PERIOD_MAX_MS = 365 * DAY_MS

/** The least and the most that a field may be; 'perSecond' of steps is a list. */
const FIELDS: { readonly [S in Shape]: Readonly<Record<string, readonly [number, number]>> } = {
  constant: { perSecond: [0, PER_SECOND_MAX] },
  steps: { perSecond: [0, PER_SECOND_MAX], everyMs: [1, PERIOD_MAX_MS] },
  diurnal: { perSecond: [0, PER_SECOND_MAX], swing: [0, 1], periodMs: [1, PERIOD_MAX_MS] },
  bursts: {
    ...{ perSecond: [0, PER_SECOND_MAX], burstPerSecond: [0, PER_SECOND_MAX] },
    ...{ everyMs: [1, PERIOD_MAX_MS], lastsMs: [0, PERIOD_MAX_MS] },
  },
}

/** The rate with its defaults, of what somebody asked for: a number is a constant one. Throws a RangeError. */
export function rateOf(asked: unknown): Rate {
  const given = typeof asked === 'number' ? { shape: 'constant', perSecond: asked } : Object(asked)
  if (!Object.hasOwn(FIELDS, given.shape)) {
    const names = Object.keys(FIELDS).join(', ')
    throw new RangeError(`A rate is a number of requests per second, or has a shape: ${names}`)
  }
  const rate = given.shape === 'diurnal' ? { periodMs: DAY_MS, ...given } : given
  for (const [name, [least, most]] of Object.entries(FIELDS[rate.shape as Shape])) {
    const isList = rate.shape === 'steps' && name === 'perSecond'
    const values: readonly unknown[] =
      isList && Array.isArray(rate[name]) ? rate[name] : [rate[name]]
    const isGood = (value: unknown) => typeof value === 'number' && value >= least && value <= most
    if (values.length > 0 && values.every(isGood)) continue
    throw new RangeError(`${name} of a rate must be from ${least} to ${most}`)
  }
  return rate
}

/** Requests per second of a rate, `sinceMs` after its beginning. */
export function perSecondAt(rate: Rate, sinceMs: number): number {
  const shape = SHAPES[rate.shape] as (rate: Rate, sinceMs: number) => number
  return shape(rate, sinceMs)
}
