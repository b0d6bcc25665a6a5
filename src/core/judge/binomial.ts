/**
 * Exact one-sided bounds of a rate after `events` of `requests`, each wrong with chance `chance` at most (Clopper and
 * Pearson, 1934): quantiles of the beta distribution. Counts need not be whole.
 */
export function upperBound(events: number, requests: number, chance: number): number {
  if (events >= requests) return 1
  return bisect((p) => betaShare(p, events + 1, requests - events) < 1 - chance)
}

export function lowerBound(events: number, requests: number, chance: number): number {
  if (events <= 0) return 0
  return bisect((p) => betaShare(p, events, requests - events + 1) < chance)
}

/** P(X ≥ events) of `requests` at a rate. */
export function chanceOfAtLeast(events: number, requests: number, rate: number): number {
  if (events <= 0) return 1
  return events > requests ? 0 : betaShare(rate, events, requests - events + 1)
}

/** Halves (0, 1) to 4e-15. */
const ROUNDS = 48

/** Where the answer turns from yes to no, in (0, 1). */
function bisect(isBelow: (chance: number) => boolean): number {
  let low = 0
  let high = 1
  for (let round = 0; round < ROUNDS; round += 1) {
    const middle = (low + high) / 2
    if (isBelow(middle)) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The regularized incomplete beta function Iₓ(a, b), by its continued fraction. */
function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)
  // The fraction is quick on the near side of the mean; the other side is its complement.
  return x < (a + 1) / (a + b + 2)
    ? (Math.exp(front) * fraction(x, a, b)) / a
    : 1 - (Math.exp(front) * fraction(1 - x, b, a)) / b
}

const MOST_TERMS = 20_000
const TINY = 1e-300

/** Lentz's method (Numerical Recipes 6.4): of the order of √max(a, b) terms. */
function fraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= MOST_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < 1e-14) break
  }
  return value
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}

/** Stirling's series from 10 on, below it by the recurrence: 14 digits. */
function logGamma(x: number): number {
  let shift = 0
  let z = x
  for (; z < 10; z += 1) shift += Math.log(z)
  const inverse = 1 / (z * z)
  const series =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) /
    z
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift
}
