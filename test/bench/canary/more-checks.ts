import { BakeComparison } from '../../../src/core/judge/bake/comparison.ts'
import { powerOf } from '../../../src/core/judge/power.ts'
import { LATENCY_BOUNDS_MS } from '../../../src/sandbox/scoring/counters/latency.ts'
import { largestNullMean } from '../../core/judge/enumeration.ts'
import { farthestFromReference } from '../../core/judge/oracle.ts'
import { oracleStreams } from '../../core/judge/streams.ts'
import { tellSkipped, venvWith } from '../../sandbox/python/index-venv.ts'
import {
  atLeast,
  atMost,
  type Bar,
  type Estimate,
  meanWithError,
  rateAtMost,
  shareOf,
} from './bars.ts'
import type { Bench } from './bench.ts'
import type { LatencyTask } from './latency.ts'
import { WINDOW_S } from './scenarios.ts'

/** Prometheus's default buckets: coarser than anybody should judge latency with. */
const COARSE_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

/** C7: 50 rps, 10 %; buckets 15.6 % wide. Beside it what the default margin costs, and coarse buckets. */
export async function latency(bench: Bench): Promise<readonly Bar[]> {
  const { some, runs } = bench
  const run = async (about: Pick<LatencyTask, 'change' | 'boundsMs' | 'margin'>, count: number) => {
    const task = { ...about, alpha: 0.01, seed: bench.seed }
    const parts = bench.chunks(count, 500).map((chunk) => {
      return bench.pool.run('latencies', { ...task, ...chunk })
    })
    return Int32Array.from((await Promise.all(parts)).flatMap((part) => [...part]))
  }
  const few = Math.ceil(some / 5)
  const narrow = { boundsMs: LATENCY_BOUNDS_MS, margin: 1 }
  const margin = { ...narrow, margin: 1.1 }
  const coarse = { boundsMs: COARSE_MS, margin: 1 }
  const [shift, tail, none, marginShift, marginTail, coarseShift, coarseTail] = await Promise.all([
    run({ ...narrow, change: 'shift' }, few),
    run({ ...narrow, change: 'tail' }, few),
    run({ ...narrow, change: 'none' }, some),
    run({ ...margin, change: 'shift' }, few),
    run({ ...margin, change: 'tail' }, few),
    run({ ...coarse, change: 'shift' }, few),
    run({ ...coarse, change: 'tail' }, few),
  ])
  const shiftText = {
    id: 'C7.shift',
    title: 'latency +20 %, ρ = 1: mean time to abort',
    bar: 90,
  } as const
  const tailText = {
    id: 'C7.tail',
    title: '2 % five times as slow, ρ = 1: mean',
    bar: 240,
  } as const
  const nullText = { id: 'C7.null', title: 'false aborts of latency, ρ = 1', bar: 0.01 }
  const falses = none.filter((window) => window >= 0).length
  return [
    atMost({ ...shiftText, unit: 's' }, secondsOf(shift), runs),
    atMost({ ...tailText, unit: 's' }, secondsOf(tail), runs),
    rateAtMost(nullText, shareOf(falses, some), runs),
    reported('C7.margin-shift', 'latency +20 %, ρ = 1.1: mean', secondsOf(marginShift)),
    reported('C7.margin-tail', '2 % five times as slow, ρ = 1.1: mean', secondsOf(marginTail)),
    reported('C7.coarse-shift', 'latency +20 %, coarse buckets: mean', secondsOf(coarseShift)),
    reported(
      'C7.coarse-tail',
      '2 % five times as slow, coarse buckets: mean',
      secondsOf(coarseTail),
    ),
  ]
}

/** A run without an abort counts as the whole half hour. */
function secondsOf(windows: Int32Array): Estimate {
  return meanWithError(Float64Array.from(windows, (at) => (at < 0 ? 180 : at) * WINDOW_S))
}

function reported(id: string, title: string, estimate: Estimate): Bar {
  return { id, title, unit: 's', ...estimate, met: true }
}

/** C10: samples of both sides spoilt in every way, which voids a fifth of the windows; and all of the candidate's. */
export async function spoiltSamples(bench: Bench): Promise<readonly Bar[]> {
  const runs = Math.ceil(bench.runs / 2)
  const run = async (share: number, count: number) => {
    const task = { scenario: 'steps-50', share, seed: bench.seed }
    const parts = await Promise.all(
      bench.chunks(count, 500).map((chunk) => bench.pool.run('corrupted', { ...task, ...chunk })),
    )
    const sum = { fails: 0, passes: 0, used: 0, voided: 0 }
    for (const part of parts) {
      for (const name of ['fails', 'passes', 'used', 'voided'] as const) sum[name] += part[name]
    }
    return sum
  }
  const [some, nothing] = await Promise.all([run(0.056, runs), run(1, Math.ceil(runs / 50))])
  const voided = some.voided / (some.used + some.voided)
  const title = `false aborts with ${Math.round(voided * 100)} % of the windows spoilt`
  const { passes } = nothing
  const none = { value: passes + nothing.used, low: passes, high: passes }
  return [
    rateAtMost({ id: 'C10', title, bar: 0.01 }, shareOf(some.fails, runs), bench.runs),
    atMost({ id: 'C10.empty', title: 'passes on no data', bar: 0 }, none, bench.runs),
  ]
}

/** C11: two workers judge every prefix of a run, as controllers that were killed would; and so does the stepping here. */
export async function restarts(bench: Bench): Promise<readonly Bar[]> {
  const scenarios = ['steps-50', 'restless', 'a-2-0.01-cv1', 'incident', 'bursts']
  const counts = await Promise.all(
    scenarios.map(async (scenario, run) => {
      const task = { scenario, seed: bench.seed, run, margin: 1.1 }
      const [one, other] = await Promise.all([
        bench.pool.run('replayed', task),
        bench.pool.run('replayed', task),
      ])
      const differing = one.evidence.filter((text, place) => text !== other.evidence[place])
      return { windows: one.evidence.length, wrong: differing.length + one.differences }
    }),
  )
  let [windows, value] = [0, 0]
  for (const count of counts) {
    windows += count.windows
    value += count.wrong
  }
  const title = `evidence that differs after a restart, of ${windows} windows`
  return [atMost({ id: 'C11', title, bar: 0 }, { value, low: value, high: value }, bench.runs)]
}

/** C12: the reference, and the largest mean e-value over all that twelve requests can come to. */
export async function oracles(bench: Bench): Promise<readonly Bar[]> {
  const mean = largestNullMean()
  const text = {
    id: 'C12.mean',
    title: 'largest mean e-value, m ≤ 12, all enumerated',
    bar: 1 + 1e-12,
  }
  const enumerated = atMost(text, { value: mean, low: mean, high: mean }, bench.runs)
  const numpy = await venvWith(['numpy==2.*'])
  if (!('python' in numpy)) {
    tellSkipped('the numpy reference', numpy.reason)
    return [enumerated]
  }
  const count = Math.min(1000, bench.runs)
  const value = farthestFromReference(numpy.python, oracleStreams(count, bench.seed))
  const title = `distance from the numpy reference, ${count} streams`
  const estimate = { value, low: value, high: value }
  return [atMost({ id: 'C12', title, bar: 1e-9 }, estimate, bench.runs), enumerated]
}

/** The preflight's promise of 95 % power: found within so many candidate requests. */
export async function preflight(bench: Bench): Promise<readonly Bar[]> {
  const rows = [
    ['a-2-0.01', 2, 0.01, 1.1],
    ['a-5-0.01', 5, 0.01, 1.1],
    ['a-2-0.001', 2, 0.001, 1],
  ] as const
  return Promise.all(
    rows.map(async ([scenario, ratio, rate, margin]) => {
      const plan = { requestsPerMinute: 3000, share: 0.1, rate, ratio, alpha: 0.01, margin }
      const decisions = await bench.judge(scenario, bench.some, { margin })
      const { requests } = powerOf(plan)
      // A verdict comes at the end of a window: half of one more on average.
      const seen = decisions.requests.filter(
        (count, run) => (decisions.window[run] as number) >= 0 && count <= requests + 25,
      )
      const title = `found within ${Math.round(requests)} requests (r = ${ratio}, p₀ ${rate * 100} %)`
      const text = { id: `power.${scenario}`, title, bar: 0.95, unit: '%' as const }
      return atLeast(text, shareOf(seen.length, bench.some), bench.runs)
    }),
  )
}

/** Windows a second that one core steps through. */
export function cost(): Bar {
  const windows = 2_000_000
  const comparison = new BakeComparison({ margin: 1.1, worseBy: 1.5, alone: 0.5 })
  const started = performance.now()
  for (let place = 0; place < windows; place += 1) {
    comparison.step({
      startMs: place,
      endMs: place + 1,
      stableRequests: 440 + (place % 20),
      stableEvents: 3 + (place % 4),
      candidateRequests: 45 + (place % 10),
      candidateEvents: place % 2,
    })
  }
  const value = (windows / (performance.now() - started)) * 1000
  const title = 'windows stepped through in a second, one core'
  const bar = 1_000_000
  return { id: 'cost', title, value, bar, holds: 'atLeast', unit: 'windows/s', met: value >= bar }
}
