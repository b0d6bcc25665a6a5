import { boundsOf, meanOf } from './statistics.ts'

/** One operating characteristic with the line it is held against. */
export interface Bar {
  readonly id: string
  readonly title: string
  readonly value: number
  /** What the value is held against; absent where it is only reported. */
  readonly bar?: number
  readonly holds?: 'atMost' | 'atLeast'
  readonly met: boolean
  /** Of a share or a mean: where it lies with 95 %. */
  readonly low?: number
  readonly high?: number
  readonly unit?: '%' | 'x' | 's' | 'requests' | 'windows/s'
}

/** A number with its interval. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

export function shareOf(count: number, runs: number): Estimate {
  return { value: count / runs, ...boundsOf(count, runs) }
}

export function meanWithError(numbers: ArrayLike<number>): Estimate {
  const value = meanOf(numbers)
  const squares = Float64Array.from(numbers, (number) => (number - value) ** 2)
  const reach = 1.96 * Math.sqrt(meanOf(squares) / numbers.length)
  return { value, low: value - reach, high: value + reach }
}

/**
 * Runs from which on rates must be below their bars beyond doubt, and means and powers as they are. With fewer, a bar is missed only when it is missed beyond doubt.
 */
const FULL_RUNS = 100_000

export interface BarText {
  readonly id: string
  readonly title: string
  readonly bar: number
  readonly unit?: NonNullable<Bar['unit']>
}

/** A rate that must lie below a bar with its whole interval. */
export function rateAtMost(text: BarText, estimate: Estimate, runs: number): Bar {
  const held = runs >= FULL_RUNS ? estimate.high : estimate.low
  return { ...text, unit: '%', ...estimate, holds: 'atMost', met: held <= text.bar }
}

export function atMost(text: BarText, estimate: Estimate, runs: number): Bar {
  const held = runs >= FULL_RUNS ? estimate.value : estimate.low
  return { ...text, ...estimate, holds: 'atMost', met: held <= text.bar }
}

export function atLeast(text: BarText, estimate: Estimate, runs: number): Bar {
  const held = runs >= FULL_RUNS ? estimate.value : estimate.high
  return { ...text, ...estimate, holds: 'atLeast', met: held >= text.bar }
}

/** The estimate that is worst for a bar. */
export function worstOf(estimates: readonly Estimate[], holds: 'atMost' | 'atLeast'): Estimate {
  const sorted = [...estimates].sort((a, b) => a.value - b.value)
  const worst = holds === 'atMost' ? sorted.at(-1) : sorted[0]
  if (worst === undefined) throw new Error('nothing was measured')
  return { value: worst.value, low: worst.low, high: worst.high }
}
