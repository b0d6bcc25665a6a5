/** A part of a window in which nothing changes. */
export interface Stretch {
  /** Of the window, 0..1. */
  readonly part: number
  /** Requests per second of the endpoint, the candidate's share of them, and stable's error rate. */
  readonly rps: number
  readonly weight: number
  readonly rate: number
}

/** Traffic to be judged: windows, and sixty of them before the start. */
export interface Scenario {
  readonly id: string
  readonly title: string
  readonly windows: number
  /** Length of a window; ten seconds when absent. */
  readonly windowS?: number
  /** What happens in a window: 0 is the first after the start; the ones before it have weight 0 whatever this says. */
  readonly at: (window: number) => readonly Stretch[]
  /** Candidate's error rate over stable's, never above 1 altogether. */
  readonly ratio: number
  /** The same where it changes. */
  readonly ratioAt?: (window: number) => number
  /** Coefficient of variation of each side's error rate from window to window. */
  readonly cv?: number
  /** Noise that lasts: for so many windows, each side's error rate is by so much higher, or lower, as a coin falls. */
  readonly swing?: { readonly windows: number; readonly by: number }
}

/** Seconds of a window, where a scenario says nothing else. */
export const WINDOW_S = 10
export const BASELINE_WINDOWS = 60
export const MINUTE = 60 / WINDOW_S
export const HOUR = 60 * MINUTE

function steady(rps: number, weight: number, rate: number): Scenario['at'] {
  return () => [{ part: 1, rps, weight, rate }]
}

/** 5, 25 and 50 % for a third of the time each. */
export function steps(
  windows: number,
  rps: number,
  rate: (window: number) => number,
): Scenario['at'] {
  const weights = [0.05, 0.25, 0.5]
  return (window) => {
    const step = Math.min(2, Math.max(0, Math.floor((3 * window) / windows)))
    return [{ part: 1, rps, weight: weights[step] as number, rate: rate(window) }]
  }
}

/** A tenfold incident on both sides for five of thirty minutes, beginning and ending within windows. */
function incident(rps: number, rate: number): Scenario['at'] {
  const calm = steps(30 * MINUTE, rps, () => rate)
  const [from, to] = [10.5 * MINUTE + 0.5, 15.5 * MINUTE + 0.5]
  return (window) => {
    const hit = Math.max(0, Math.min(window + 1, to) - Math.max(window, from))
    return calm(window).flatMap((stretch) => [
      { ...stretch, part: 1 - hit },
      { ...stretch, part: hit, rate: rate * 10 },
    ])
  }
}

/** A day in three hours: traffic and error rate swing against each other. */
function diurnal(rps: number, rate: number): Scenario['at'] {
  return (window) => {
    const phase = Math.sin((2 * Math.PI * window) / (3 * HOUR))
    const traffic = { rps: rps * (1 + 0.8 * phase), rate: rate * (1 - 0.5 * phase) }
    return steps(3 * HOUR, traffic.rps, () => traffic.rate)(window)
  }
}

/** The weight changes in the middle of every seventh window. */
function restless(rps: number, rate: number): Scenario['at'] {
  const weights = [0.05, 0.5, 0.1, 0.75, 0.25]
  const weightOf = (turn: number) => weights[((turn % 5) + 5) % 5] as number
  return (window) => {
    const turn = Math.floor(window / 7)
    const next = window % 7 === 6 ? turn + 1 : turn
    return [turn, next].map((at) => ({ part: 0.5, rps, weight: weightOf(at), rate }))
  }
}

/** Bursts of errors, two of every thirty minutes, where there are none otherwise. */
function bursts(rps: number, weight: number): Scenario['at'] {
  return (window) => {
    const isBurst = window % (30 * MINUTE) >= 28 * MINUTE
    return [{ part: 1, rps, weight, rate: isBurst ? 0.05 : 0 }]
  }
}

type Row = readonly [id: string, title: string, windows: number, at: Scenario['at']]

const HALF_HOUR = 30 * MINUTE
const SHAPE_ROWS: readonly Row[] = [
  ['trickle', '1 rps, 10 %, p₀ 1 %, 3 h', 3 * HOUR, steady(1, 0.1, 0.01)],
  ['trickle-half', '1 rps, 50 %, p₀ 5 %, 3 h', 3 * HOUR, steady(1, 0.5, 0.05)],
  ['slow', '5 rps, 20 %, p₀ 0.1 %, 3 h', 3 * HOUR, steady(5, 0.2, 0.001)],
  ['steps-10', '10 rps, 5/25/50 %, p₀ 0.5 %, 30 min', HALF_HOUR, steps(HALF_HOUR, 10, () => 0.005)],
  ['steps-50', '50 rps, 5/25/50 %, p₀ 0.5 %, 30 min', HALF_HOUR, steps(HALF_HOUR, 50, () => 0.005)],
  ['long', '50 rps, 10 %, p₀ 1 %, 3 h', 3 * HOUR, steady(50, 0.1, 0.01)],
  ['long-rare', '50 rps, 10 %, p₀ 0.1 %, 3 h', 3 * HOUR, steady(50, 0.1, 0.001)],
  ['diurnal', '200 rps ± 80 %, 5/25/50 %, p₀ 0.2 % ± 50 %, 3 h', 3 * HOUR, diurnal(200, 0.002)],
  ['busy', '500 rps, 1 %, p₀ 5 %, 1 h', HOUR, steady(500, 0.01, 0.05)],
  ['busy-half', '500 rps, 50 %, p₀ 1 %, 1 h', HOUR, steady(500, 0.5, 0.01)],
  ['restless', '20 rps, weight changes within windows, p₀ 2 %, 1 h', HOUR, restless(20, 0.02)],
  ['bursts', '20 rps, 25 %, p₀ 0 with bursts of 5 %, 1 h', HOUR, bursts(20, 0.25)],
]

/** What C1 is measured on: both sides are equally bad, however the traffic comes. */
export const SHAPES: readonly Scenario[] = SHAPE_ROWS.map(([id, title, windows, at]) => ({
  id,
  title,
  windows,
  at,
  ratio: 1,
}))

const A = '50 rps, 10 %, 3 h'

function inA(ratio: number, rate: number, more: { readonly cv?: number } = {}): Scenario {
  const noise = more.cv === undefined ? '' : `, CV ${more.cv}`
  const id = `a-${ratio}-${rate}${more.cv === undefined ? '' : `-cv${more.cv}`}`
  const title = `${A}, p₀ ${rate * 100} %, r = ${ratio}${noise}`
  return { id, title, windows: 3 * HOUR, at: steady(50, 0.1, rate), ratio, ...more }
}

/** Everything else: found by `id`. */
const OTHERS: readonly Scenario[] = [
  {
    id: 'incident',
    title: '50 rps, 5/25/50 %, p₀ 0.5 %, tenfold on both sides for 5 of 30 min',
    windows: HALF_HOUR,
    at: incident(50, 0.005),
    ratio: 1,
  },
  ...[2, 5, 1.1].map((ratio) => inA(ratio, 0.01)),
  ...[2, 5].map((ratio) => inA(ratio, 0.001)),
  ...[2, 5].map((ratio) => ({
    id: `fine-${ratio}`,
    title: `50 rps, 10 %, 1 h in windows of a second, p₀ 1 %, r = ${ratio}`,
    windows: 3600,
    windowS: 1,
    at: steady(50, 0.1, 0.01),
    ratio,
  })),
  ...[0.5, 1].flatMap((cv) => [inA(1, 0.01, { cv }), inA(2, 0.01, { cv })]),
  {
    id: 'noise-half',
    title: '50 rps, 50 %, 3 h, p₀ 1 %, r = 1, CV 1',
    windows: 3 * HOUR,
    at: steady(50, 0.5, 0.01),
    ratio: 1,
    cv: 1,
  },
  {
    id: 'lasting-noise',
    title: '50 rps, 10 %, 3 h, p₀ 1 %, r = 1, rates ± 50 % for a minute',
    windows: 3 * HOUR,
    at: steady(50, 0.1, 0.01),
    ratio: 1,
    swing: { windows: MINUTE, by: 0.5 },
  },
  {
    id: 'lasting-noise-minutes',
    title: 'the same in windows of a minute',
    windows: 180,
    windowS: 60,
    at: steady(50, 0.1, 0.01),
    ratio: 1,
    swing: { windows: 1, by: 0.5 },
  },
  ...[1, 1.5, 2].flatMap((ratio) =>
    [0.01, 0.005, 0.001].map((rate) => ({
      id: `promote-${ratio}-${rate}`,
      title: `50 rps, 5/25/50 % for 1 h each, p₀ ${rate * 100} %, r = ${ratio}`,
      windows: 3 * HOUR,
      at: steps(3 * HOUR, 50, () => rate),
      ratio,
    })),
  ),
  ...[0, 0.01, 0.05].flatMap((rate) =>
    [0.05, 0.1, 0.25, 0.5].flatMap((weight) =>
      [1, 10, 50].map((rps) => ({
        id: `broken-${rate}-${weight}-${rps}`,
        title: `${rps} rps, ${weight * 100} %, p₀ ${rate * 100} %, every candidate request fails`,
        windows: HOUR,
        at: steady(rps, weight, rate),
        ratio: Number.POSITIVE_INFINITY,
      })),
    ),
  ),
]

export const SCENARIOS: readonly Scenario[] = [...SHAPES, ...OTHERS]

export function scenarioOf(id: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.id === id)
  if (found === undefined) throw new Error(`no scenario ${id}`)
  return found
}
