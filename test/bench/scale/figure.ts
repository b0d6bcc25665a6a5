/** What is measured, and the line it is held against. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly bar: number
  readonly unit: string
}

export interface Bench {
  readonly id: string
  readonly title: string
  /** In another arm something is spoilt on purpose: a bench whose figures are as good then measures nothing. */
  readonly sabotage: string
  /** Takes minutes: only where it is asked for by name. */
  readonly isLong?: true
  measure(isSabotaged: boolean): Promise<readonly Figure[]>
}

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS

export function figure(what: string, value: number, bar: number, unit: string): Figure {
  return { what, value, bar, unit }
}

/** Milliseconds of CPU. */
export async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** CPU of one thing ÷ CPU of another, round by round, so that a busy machine slows both; the median. */
export async function cpuRatio(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<number> {
  return medianOf(async () => (await cpuOf(one)) / (await cpuOf(other)))
}

/** The median of what is measured so often. */
export async function medianOf(
  measure: (round: number) => Promise<number>,
  rounds = 15,
): Promise<number> {
  const measured: number[] = []
  for (let round = 0; round < rounds; round += 1) measured.push(await measure(round))
  return median(measured)
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
