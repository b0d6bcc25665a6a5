/** Natural logarithm of P(X = k) by P(X = 0), for the binomial distribution, step by step. */
function tailUpTo(count: number, runs: number, chance: number): number {
  const odds = Math.log(chance / (1 - chance))
  let log = runs * Math.log1p(-chance)
  let most = log
  let sum = 1
  for (let k = 0; k < count; k += 1) {
    log += Math.log((runs - k) / (k + 1)) + odds
    if (log > most) {
      sum = sum * Math.exp(most - log) + 1
      most = log
    } else sum += Math.exp(log - most)
  }
  return most + Math.log(sum)
}

/**
 * Exact bounds of a rate after `count` of `runs`, each one-sided with 97.5 % (Clopper and Pearson, 1934): the chances at
 * which so few, or so many, are seen with 2.5 %. Bisects the binomial distribution's own sum.
 */
export function boundsOf(
  count: number,
  runs: number,
): { readonly low: number; readonly high: number } {
  const high = count >= runs ? 1 : bisect((p) => tailUpTo(count, runs, p) > Math.log(0.025))
  const low = count === 0 ? 0 : 1 - bisect((q) => tailUpTo(runs - count, runs, q) > Math.log(0.025))
  return { low, high }
}

/** Where the answer turns from yes to no, in (0, 1). */
function bisect(isBelow: (chance: number) => boolean): number {
  let low = 0
  let high = 1
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2
    if (isBelow(middle)) low = middle
    else high = middle
  }
  return high
}

export function meanOf(numbers: ArrayLike<number>): number {
  let sum = 0
  for (let place = 0; place < numbers.length; place += 1) sum += numbers[place] as number
  return sum / numbers.length
}

export function quantileOf(numbers: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(numbers).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/**
 * Fewest candidate requests that a test of level α and power one needs on average to tell r from ρ (Wald): ln(1/α)/KL
 * events, of which a candidate of share w has θ = wr/(wr + 1 − w).
 */
export function leastRequests(about: {
  readonly weight: number
  readonly rate: number
  readonly ratio: number
  readonly margin: number
  readonly alpha: number
}): number {
  const { weight, rate, ratio, margin, alpha } = about
  const shareAt = (r: number) => (weight * r) / (weight * r + 1 - weight)
  const [truth, null0] = [shareAt(ratio), shareAt(margin)]
  const divergence =
    truth * Math.log(truth / null0) + (1 - truth) * Math.log((1 - truth) / (1 - null0))
  const errors = Math.log(1 / alpha) / divergence
  return (weight * errors) / ((1 - weight) * rate + weight * rate * ratio)
}
