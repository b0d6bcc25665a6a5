import { Panel } from '../../../src/core/judge/panel.ts'
import { freeze } from '../../../src/core/judge/thresholds.ts'
import type { Delta, Window } from '../../../src/core/judge/windows.ts'
import { draw, type Table, Tables, uniform } from './random.ts'
import { BASELINE_WINDOWS, WINDOW_S } from './scenarios.ts'

export interface LatencyTask {
  /** What is wrong with the candidate: all requests 20 % slower, or two of a hundred five times as slow. */
  readonly change: 'none' | 'shift' | 'tail'
  readonly boundsMs: readonly number[]
  readonly margin: number
  readonly alpha: number
  readonly seed: number
  readonly from: number
  readonly to: number
}

const STABLE_RPS = 45
const CANDIDATE_RPS = 5
const WINDOWS = 180
const MEDIAN_MS = 100
const SIGMA = 0.5

type Share = (latencyMs: number) => number

/** Share of requests that take at most so long: log-normal, median 100 ms, σ 0.5. */
const stableShare: Share = (latencyMs) => normal(Math.log(latencyMs / MEDIAN_MS) / SIGMA)

const CANDIDATE: Readonly<Record<LatencyTask['change'], Share>> = {
  none: stableShare,
  shift: (latencyMs) => stableShare(latencyMs / 1.2),
  tail: (latencyMs) => 0.98 * stableShare(latencyMs) + 0.02 * stableShare(latencyMs / 5),
}

/** The window after the start in which each run is aborted; -1 where none is. 50 rps, 10 %, half an hour. */
export function latencies(task: LatencyTask): Int32Array {
  const tables = new Tables()
  const decisions = new Int32Array(task.to - task.from)
  for (let run = task.from; run < task.to; run += 1) {
    decisions[run - task.from] = decisionOf(task, tables, uniform(task.seed, 1000, run))
  }
  return decisions
}

function decisionOf(task: LatencyTask, tables: Tables, random: () => number): number {
  const { change, boundsMs, margin, alpha } = task
  const seconds = BASELINE_WINDOWS * WINDOW_S
  const stable = cellsOf(stableShare, boundsMs)
  const history = deltaOf(
    stable.map((cell) => tables.of(50 * seconds * cell)),
    random,
  )
  const frozen = freeze(boundsMs, [history], undefined)
  if (frozen === undefined) return -1
  const chosen = frozen.thresholds.map(({ boundMs }) => boundMs)
  const sideOf = (share: Share, rps: number) =>
    cellsOf(share, chosen).map((cell) => tables.of(rps * WINDOW_S * cell))
  const [before, after] = [sideOf(stableShare, 50), sideOf(stableShare, STABLE_RPS)]
  const candidate = sideOf(CANDIDATE[change], CANDIDATE_RPS)
  const events = frozen.thresholds.map(({ isCommon }, place) => ({
    count: (delta: Delta) => delta.requests - (delta.within[place] as number),
    isCommon,
  }))
  const lines = { abortAt: Math.log(1 / alpha), passAt: Number.POSITIVE_INFINITY }
  const panel = new Panel(events, frozen.middle, { margin, worseBy: 1.5, alone: 1 }, lines)
  for (let window = -BASELINE_WINDOWS; window < 0; window += 1) {
    panel.rehearse({ ...span(window), stable: deltaOf(before, random) })
  }
  for (let window = 0; window < WINDOWS; window += 1) {
    const sides = { stable: deltaOf(after, random), candidate: deltaOf(candidate, random) }
    panel.take({ ...span(window), ...sides })
    if (panel.failedAt !== undefined) return window + 1
  }
  return -1
}

function span(window: number): Pick<Window, 'startMs' | 'endMs'> {
  return { startMs: window * WINDOW_S * 1000, endMs: (window + 1) * WINDOW_S * 1000 }
}

/** Shares of the requests between neighbouring bounds, and above the last. */
function cellsOf(share: Share, boundsMs: readonly number[]): readonly number[] {
  const ends = [...boundsMs.map(share), 1]
  return ends.map((end, place) => Math.max(0, end - (ends[place - 1] ?? 0)))
}

function deltaOf(cells: readonly Table[], random: () => number): Delta {
  const within: number[] = []
  let requests = 0
  for (const cell of cells) {
    requests += draw(cell, random())
    within.push(requests)
  }
  within.pop()
  return { requests, errors: 0, within }
}

/** Standard normal distribution, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const series =
    0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
  const above = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * t * series
  return z > 0 ? 1 - above : above
}
