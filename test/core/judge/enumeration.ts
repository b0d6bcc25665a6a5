import { Parity, Tolerance } from '../../../src/core/judge/bake/parity.ts'
import { Regression } from '../../../src/core/judge/bake/regression.ts'

/** Requests of both sides in one window after the other. */
export type Plan = readonly (readonly [n0: number, n1: number])[]

type Counts = readonly (readonly [n0: number, x0: number, n1: number, x1: number])[]

/** E-value of what was counted. */
export type EValue = (windows: Counts) => number

/** The mean of an e-value over everything that can be counted, each request failing on its own. */
export function meanOver(plan: Plan, p0: number, p1: number, value: EValue): number {
  const walk = (counted: Counts, chance: number): number => {
    const next = plan[counted.length]
    if (next === undefined) return chance * value(counted)
    const [n0, n1] = next
    let sum = 0
    for (let x0 = 0; x0 <= n0; x0 += 1) {
      for (let x1 = 0; x1 <= n1; x1 += 1) {
        const here = binomial(n0, x0, p0) * binomial(n1, x1, p1)
        if (here > 0) sum += walk([...counted, [n0, x0, n1, x1]], chance * here)
      }
    }
    return sum
  }
  return walk([], 1)
}

function binomial(n: number, k: number, p: number): number {
  let ways = 1
  for (let i = 0; i < k; i += 1) ways = (ways * (n - i)) / (i + 1)
  return ways * p ** k * (1 - p) ** (n - k)
}

/** The abort process with an exponent η for each window. */
export function regressionValue(margin: number, alone: number, eta: number): EValue {
  return (windows) => {
    const regression = new Regression(margin, alone)
    for (const [n0, x0, n1, x1] of windows) regression.add(n0, x0, n1, x1, eta)
    return regression.value
  }
}

export function parityValue(worseBy: number, eta: number): EValue {
  return (windows) => {
    const parity = new Parity(worseBy)
    for (const [n0, x0, n1, x1] of windows) parity.add(n0, x0, n1, x1, eta)
    return Math.exp(parity.log)
  }
}

export function toleranceValue(tolerate: number, eta: number): EValue {
  return (windows) => {
    const tolerance = new Tolerance(tolerate)
    for (const [, , n1, x1] of windows) tolerance.add(n1, x1, eta)
    return Math.exp(tolerance.log)
  }
}

/** Plans of at most twelve requests, in one window or several; also with a side that has none. */
export const PLANS: readonly Plan[] = [
  [[6, 6]],
  [[11, 1]],
  [[1, 11]],
  [[9, 3]],
  [[3, 9]],
  [
    [4, 2],
    [2, 4],
  ],
  [
    [3, 1],
    [3, 1],
    [3, 1],
  ],
  [
    [1, 2],
    [2, 1],
    [1, 2],
  ],
  [
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
  ],
]

export const RATES = [0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1] as const
export const MARGINS = [1, 1.1, 1.5] as const
export const ETAS = [1, 0.5, 0.1] as const

/** Largest mean of the abort process under "at most ρ times as bad", wherever that is met, of all of these. */
export function largestNullMean(margin: (margin: number) => number = (same) => same): number {
  let largest = 0
  for (const plan of PLANS) {
    for (const ratio of MARGINS) {
      for (const p0 of RATES) {
        for (const share of [1, 0.5]) {
          const p1 = Math.min(1, ratio * p0) * share
          const value = regressionValue(margin(ratio), 0.5, 1)
          largest = Math.max(largest, meanOver(plan, p0, p1, value))
        }
      }
    }
  }
  return largest
}
