import type { Decision } from './ours.ts'
import { BASELINE_WINDOWS, WINDOW_S } from './scenarios.ts'
import type { Stream } from './stream.ts'

/** The rules of others, as they document them, on the same streams (CANARY: one verdict a minute, on the minute's counts). */
export const PEERS = {
  'z-test each minute, p < 0.05': (minutes: Minutes) => zTest(minutes, 1.645),
  'z-test each minute, p < 0.01': (minutes: Minutes) => zTest(minutes, 2.326),
  'Argo docs rule, 95 %, 4 fails': (minutes: Minutes) => threshold(minutes, 0.95, 4, false),
  'Flagger 99 %, threshold 5': (minutes: Minutes) => threshold(minutes, 0.99, 5, true),
  'Flagger 99 %, threshold 10': (minutes: Minutes) => threshold(minutes, 0.99, 10, true),
  'Kayenta MW 98 %, 60 min each': kayenta,
} as const

export type PeerName = keyof typeof PEERS

export const PEER_NAMES = Object.keys(PEERS) as readonly PeerName[]

/** A minute's counts since the start. */
interface Minute {
  readonly n0: number
  readonly x0: number
  readonly n1: number
  readonly x1: number
}

type Minutes = readonly Minute[]

const WINDOWS = 60 / WINDOW_S

export function minutesOf(stream: Stream): Minutes {
  const minutes: Minute[] = []
  const { length } = stream.stableRequests
  for (let start = BASELINE_WINDOWS; start + WINDOWS <= length; start += WINDOWS) {
    const sum = (counts: Int32Array) => {
      let total = 0
      for (let place = start; place < start + WINDOWS; place += 1) total += counts[place] as number
      return total
    }
    minutes.push({
      n0: sum(stream.stableRequests),
      x0: sum(stream.stableErrors),
      n1: sum(stream.candidateRequests),
      x1: sum(stream.candidateErrors),
    })
  }
  return minutes
}

/** Decides after so many minutes; none when that is undefined. */
function decided(minutes: Minutes, after: number | undefined): Decision {
  let requests = 0
  let errors = 0
  for (const { n1, x1 } of minutes.slice(0, after)) {
    requests += n1
    errors += x1
  }
  return { window: after === undefined ? -1 : after * WINDOWS, requests, errors, last: 0, pass: -1 }
}

/** One-sided two-proportion z-test of everything so far, looked at every minute. */
function zTest(minutes: Minutes, z: number): Decision {
  let [n0, x0, n1, x1] = [0, 0, 0, 0]
  for (const [at, minute] of minutes.entries()) {
    n0 += minute.n0
    x0 += minute.x0
    n1 += minute.n1
    x1 += minute.x1
    if (n0 === 0 || n1 === 0) continue
    const pooled = (x0 + x1) / (n0 + n1)
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    if (error > 0 && x1 / n1 - x0 / n0 > z * error) return decided(minutes, at + 1)
  }
  return decided(minutes, undefined)
}

/** So many minutes, consecutive or not, whose success rate is below a bound; `countsSilence`: no requests are a failure. */
function threshold(
  minutes: Minutes,
  bound: number,
  limit: number,
  countsSilence: boolean,
): Decision {
  let failures = 0
  for (const [at, { n1, x1 }] of minutes.entries()) {
    const isFailed = n1 === 0 ? countsSilence : (n1 - x1) / n1 < bound
    if (isFailed) failures += 1
    if (failures >= limit) return decided(minutes, at + 1)
  }
  return decided(minutes, undefined)
}

const RUN_MINUTES = 60
const NORMAL_98 = 2.326

/**
 * Mann-Whitney on the error rates of sixty minutes, as MannWitneyClassifier does it: worse when the lower end of the 98 %
 * interval of the difference is above a quarter of its Hodges-Lehmann estimate. It needs whole hours.
 */
function kayenta(minutes: Minutes): Decision {
  for (let end = RUN_MINUTES; end <= minutes.length; end += RUN_MINUTES) {
    const hour = minutes.slice(end - RUN_MINUTES, end)
    const rates = hour.filter(({ n0, n1 }) => n0 > 0 && n1 > 0)
    if (
      isHigh(
        rates.map(({ n0, x0 }) => x0 / n0),
        rates.map(({ n1, x1 }) => x1 / n1),
      )
    ) {
      return decided(minutes, end)
    }
  }
  return decided(minutes, undefined)
}

function isHigh(control: readonly number[], experiment: readonly number[]): boolean {
  const n = control.length
  if (n === 0) return false
  const differences = new Float64Array(n * n)
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n; j += 1) {
      differences[i * n + j] = (experiment[i] as number) - (control[j] as number)
    }
  }
  differences.sort()
  const reach = NORMAL_98 * Math.sqrt((n * n * (2 * n + 1)) / 12)
  const low = differences[Math.max(0, Math.floor((n * n) / 2 - reach))] as number
  const estimate = differences[Math.floor((n * n) / 2)] as number
  return low > 0.25 * Math.abs(estimate)
}
