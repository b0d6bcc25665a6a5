import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { BakeComparison, type ComparisonRules } from '../../../src/core/judge/bake/comparison.ts'

/** A run as both the judge and the reference read it. */
export interface OracleStream extends ComparisonRules {
  /** Requests and events of stable before the start. */
  readonly baseline: readonly (readonly [number, number])[]
  /** Requests and events of stable, then of the candidate. */
  readonly windows: readonly (readonly [number, number, number, number])[]
}

interface Answer {
  readonly abort: readonly number[]
  readonly pass: readonly number[]
  readonly phi: number
  readonly eta: readonly number[]
}

/**
 * Largest difference between the judge and the numpy reference over all windows of these streams: of logarithms, relative
 * where they are beyond 1. `python` has numpy.
 */
export function farthestFromReference(python: string, streams: readonly OracleStream[]): number {
  const input = streams.map((stream) => `${JSON.stringify(stream)}\n`).join('')
  const script = join(import.meta.dirname, 'reference.py')
  const options = { input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const
  const { status, stdout, stderr } = spawnSync(python, [script], options)
  const lines = stdout.trimEnd().split('\n')
  if (status !== 0 || lines.length !== streams.length) throw new Error(stderr)
  let farthest = 0
  for (const [place, stream] of streams.entries()) {
    const theirs = JSON.parse(lines[place] as string) as Answer
    farthest = Math.max(farthest, distance(answerOf(stream), theirs))
  }
  return farthest
}

function answerOf(stream: OracleStream): Answer {
  const comparison = new BakeComparison(stream)
  const answer = { abort: [] as number[], pass: [] as number[], eta: [] as number[] }
  const first = -stream.baseline.length
  for (const [place, [requests, events]] of stream.baseline.entries()) {
    comparison.dispersion.add(first + place, first + place + 1, requests, events)
  }
  for (const [place, [n0, x0, n1, x1]] of stream.windows.entries()) {
    comparison.step({
      startMs: place,
      endMs: place + 1,
      stableRequests: n0,
      stableEvents: x0,
      candidateRequests: n1,
      candidateEvents: x1,
    })
    answer.abort.push(Math.log(comparison.abort))
    answer.pass.push(comparison.pass)
    answer.eta.push(n1 > 0 ? comparison.eta : Number.NaN)
  }
  return { ...answer, phi: comparison.dispersion.phi }
}

/** `Regression` stops counting at 1e300: what comes after e-values near that is not compared, the verdict is long known. */
const COMPARED = 600

function distance(ours: Answer, theirs: Answer): number {
  const end = theirs.abort.findIndex((log) => log > COMPARED)
  const abort = end < 0 ? ours.abort : ours.abort.slice(0, end)
  return Math.max(
    Math.abs(ours.phi - theirs.phi),
    farthestOf(abort, theirs.abort),
    farthestOf(ours.pass, theirs.pass),
    farthestOf(ours.eta, theirs.eta),
  )
}

function farthestOf(ours: readonly number[], theirs: readonly number[]): number {
  let farthest = 0
  for (const [place, value] of ours.entries()) {
    const other = theirs[place] as number
    // A window without candidate requests has no exponent of its own.
    if (Number.isNaN(value)) continue
    farthest = Math.max(farthest, Math.abs(value - other) / Math.max(1, Math.abs(other)))
  }
  return farthest
}
