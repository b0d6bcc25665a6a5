/** A source of uniform numbers in (0, 1): sfc32 (Chris Doty-Humphrey, public domain), seeded by three whole numbers. */
export function uniform(seed: number, stream: number, run: number): () => number {
  let a = seed | 0
  let b = stream | 0
  let c = run | 0
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return ((t >>> 0) + 0.5) / 4_294_967_296
  }
  for (let round = 0; round < 15; round += 1) next()
  return next
}

/** A distribution on whole numbers as a table: one uniform number, and about one comparison, for a draw. */
export interface Table {
  readonly first: number
  readonly cumulative: Float64Array
  readonly guide: Int32Array
}

/** Left out at either end: less than the distance of two uniform numbers of 32 bits. */
const TAIL = 1e-11

/**
 * Counts with mean `mean`: Poisson, or, with a coefficient of variation `cv` of the rate itself, Poisson of a gamma
 * distributed rate (negative binomial). By the ratios of neighbouring probabilities from the mode outwards.
 */
export function tableOf(mean: number, cv: number): Table {
  const shape = cv > 0 ? 1 / (cv * cv) : Number.POSITIVE_INFINITY
  const odds = cv > 0 ? mean / (mean + shape) : 0
  const up = (k: number) => (cv > 0 ? ((k + shape) / (k + 1)) * odds : mean / (k + 1))
  const mode = Math.max(0, Math.floor(cv > 0 ? mean * (1 - 1 / shape) : mean))
  const above = [1]
  for (let k = mode, p = 1; p > TAIL; k += 1) {
    p *= up(k)
    above.push(p)
  }
  const below: number[] = []
  for (let k = mode - 1, p = 1; k >= 0 && p > TAIL; k -= 1) {
    p /= up(k)
    below.push(p)
  }
  return withGuide(mode - below.length, [...below.reverse(), ...above])
}

function withGuide(first: number, weights: readonly number[]): Table {
  const cumulative = new Float64Array(weights.length)
  let sum = 0
  for (const [place, weight] of weights.entries()) {
    sum += weight
    cumulative[place] = sum
  }
  for (let place = 0; place < weights.length; place += 1) {
    cumulative[place] = (cumulative[place] as number) / sum
  }
  cumulative[weights.length - 1] = 1
  const guide = new Int32Array(weights.length)
  for (let slot = 0, place = 0; slot < guide.length; slot += 1) {
    while ((cumulative[place] as number) < slot / guide.length) place += 1
    guide[slot] = place
  }
  return { first, cumulative, guide }
}

export function draw({ first, cumulative, guide }: Table, u: number): number {
  let place = guide[Math.floor(u * guide.length)] as number
  while ((cumulative[place] as number) < u) place += 1
  return first + place
}

/** Tables by what they are of: a scenario has few different ones. */
export class Tables {
  private readonly known = new Map<string, Table>()

  of(mean: number, cv = 0): Table {
    const key = `${mean} ${cv}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const table = tableOf(mean, cv)
    this.known.set(key, table)
    return table
  }
}
