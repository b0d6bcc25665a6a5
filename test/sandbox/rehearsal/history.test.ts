import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  COUNTER_BOUNDS_MS,
  createCounters,
  prometheusText,
} from '../../../src/sandbox/scoring/counters/counters.ts'
import {
  createHistory,
  refuseSeries,
  seriesOf,
} from '../../../src/sandbox/scoring/counters/history.ts'
import { bucketOf, LATENCY_BOUNDS_MS } from '../../../src/sandbox/scoring/counters/latency.ts'
import { collected } from '../../support/collected.ts'

const START = Date.UTC(2026, 0, 5, 9)
const HOUR = 3_600_000
const STATUSES = [200, 401, 403, 404, 408, 424, 429, 500, 503]
const ERRORS = [408, 424, 429, 500, 503]

interface Asked {
  readonly afterMs: number
  readonly deployment: string
  readonly status: number
  readonly latencyMs: number
}

const REQUESTS = fc.array(
  fc.record<Asked>({
    // Steps of a grid, odd ones, and pauses longer than a block.
    afterMs: fc.oneof(fc.constantFrom(0, 1000, 59_000), fc.nat(2_500), fc.nat(4_000_000)),
    deployment: fc.constantFrom('blue', 'green'),
    status: fc.constantFrom(...STATUSES),
    latencyMs: fc.double({ min: 0, max: 90_000, noNaN: true }),
  }),
  { maxLength: 60 },
)

/** Writes the requests down, and tells when each of them was. */
function written(requests: readonly Asked[]) {
  const history = createHistory(START)
  let at = START
  const all = requests.map((request) => {
    at += request.afterMs
    const { deployment, status, latencyMs } = request
    history.of('fraud', deployment).add(at, status, bucketOf(latencyMs))
    return { ...request, at }
  })
  return { history, all, endMs: at + 1000 }
}

function naive(all: readonly (Asked & { at: number })[], deployment: string, instantMs: number) {
  const wholeSecond = Math.floor(instantMs / 1000) * 1000
  const before = all.filter((one) => one.deployment === deployment && one.at < wholeSecond)
  return {
    requests: before.length,
    errors: before.filter(({ status }) => ERRORS.includes(status)).length,
    within: LATENCY_BOUNDS_MS.map(
      (bound) => before.filter(({ latencyMs }) => latencyMs <= bound).length,
    ),
  }
}

describe('the series of an endpoint', () => {
  test('is the plain count of what was written down, at every instant of any grid', () => {
    const windows = fc.constantFrom(1000, 10_000, 60_000, 61_500, 1_000_000)
    fc.assert(
      fc.property(REQUESTS, windows, fc.nat(5000), (requests, windowMs, shiftMs) => {
        const { history, all, endMs } = written(requests)
        const fromMs = Math.max(START, endMs - 100 * windowMs) + shiftMs
        const query = { endpoint: 'Fraud', fromMs, toMs: endMs + HOUR, windowMs }
        const { deployments } = seriesOf(history, query, ['blue'], endMs)
        for (const [name, { at, requests, errors, within }] of Object.entries(deployments)) {
          at.forEach((instant, place) => {
            const found = { requests: requests[place], errors: errors[place] }
            expect({ ...found, within: within[place] }).toEqual(naive(all, name, instant))
          })
        }
      }),
      { numRuns: 60 },
    )
  })

  test('never goes down and is asked again as it was answered, whatever comes later', () => {
    fc.assert(
      fc.property(REQUESTS, REQUESTS, (first, later) => {
        const { history, endMs } = written(first)
        const fromMs = Math.max(START, endMs - 200_000)
        const query = { endpoint: 'fraud', fromMs, toMs: endMs, windowMs: 1000 }
        const known = ['blue', 'green']
        const before = seriesOf(history, query, known, endMs)
        for (const { requests, errors } of Object.values(before.deployments)) {
          for (const counts of [requests, errors]) {
            expect(counts).toEqual([...counts].sort((one, two) => one - two))
          }
        }
        // Also a clock that was set back changes nothing.
        for (const { status, deployment } of later) {
          history.of('fraud', deployment).add(endMs, status, 3)
          history.of('fraud', deployment).add(endMs - 100_000, status, 3)
        }
        expect(seriesOf(history, query, known, endMs)).toEqual(before)
      }),
      { numRuns: 60 },
    )
  })

  test('has the instants from the beginning of the history to now, and deployments without a request', () => {
    const history = createHistory(START)
    const query = { endpoint: 'fraud', fromMs: START - 5000, toMs: START + HOUR, windowMs: 2000 }
    const { boundsMs, deployments } = seriesOf(history, query, ['blue'], START + 4000)
    expect(deployments.blue?.at).toEqual([START + 1000, START + 3000])
    expect(deployments.blue?.requests).toEqual([0, 0])
    expect(boundsMs).toBe(LATENCY_BOUNDS_MS)
    const other = seriesOf(history, { ...query, endpoint: 'other' }, [], START + 4000)
    expect(other.deployments).toEqual({})
  })

  test('remembers twelve hours exactly and counts on from what it forgot', () => {
    const history = createHistory(START)
    const track = history.of('fraud', 'blue')
    for (let second = 0; second < 30 * 3600; second += 60) {
      track.add(START + second * 1000, second % 3600 === 0 ? 500 : 200, 10)
    }
    const nowMs = START + 30 * HOUR
    const query = { endpoint: 'fraud', fromMs: START, toMs: nowMs, windowMs: HOUR }
    const blue = seriesOf(history, query, [], nowMs).deployments.blue
    expect(blue?.at[0]).toBe(nowMs - 12 * HOUR)
    expect(blue?.requests).toEqual(Array.from({ length: 13 }, (_, hour) => (18 + hour) * 60))
    expect(blue?.errors).toEqual(Array.from({ length: 13 }, (_, hour) => 18 + hour))
  })

  test('stays within its memory, also for deployments that nobody asks any more', async () => {
    const history = createHistory(START)
    history.of('fraud', 'old').add(START, 200, 10)
    const asked = history.of('fraud', 'blue')
    await collected()
    const bytesBefore = process.memoryUsage().arrayBuffers
    for (let hour = 0; hour < 1440; hour += 1) asked.add(START + hour * HOUR, 200, 10)
    await collected()
    const bytes = process.memoryUsage().arrayBuffers - bytesBefore
    // Twelve blocks are kept of the 1440 (270 MB) that were written.
    expect(bytes).toBeLessThan(10_000_000)
    const nowMs = START + 1440 * HOUR
    const query = { endpoint: 'fraud', fromMs: nowMs, toMs: nowMs, windowMs: HOUR }
    const { deployments } = seriesOf(history, query, [], nowMs)
    expect(deployments).toMatchObject({ old: { requests: [1] }, blue: { requests: [1440] } })
  })
})

describe('a query for a series is refused', () => {
  const query = { endpoint: 'fraud', fromMs: START, toMs: START + HOUR, windowMs: 1000 }
  test.each([
    ['without a from', { fromMs: Number.NaN }, 'whole numbers'],
    ['with half a millisecond', { toMs: START + 0.5 }, 'whole numbers'],
    ['for windows shorter than what is kept', { windowMs: 999 }, 'at least 1000'],
    ['from the end to the beginning', { toMs: START - 1 }, 'after'],
    ['for more than 20,000 instants', { toMs: START + 20_000_000 }, '20001 instants'],
  ])('%s', (_, change, words) => {
    expect(refuseSeries({ ...query, ...change })).toContain(words)
  })

  test('but not for 20,000', () => {
    expect(refuseSeries({ ...query, toMs: START + 19_999_000 })).toBeUndefined()
  })
})

describe('latencies', () => {
  test('fall into the first bucket that holds them', () => {
    const nearBounds = fc
      .constantFrom(...LATENCY_BOUNDS_MS)
      .chain((bound) => fc.constantFrom(bound, bound - 1e-9, bound + 1e-9))
    fc.assert(
      fc.property(fc.oneof(nearBounds, fc.double({ min: 0, max: 1e9, noNaN: true })), (ms) => {
        const found = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound)
        expect(bucketOf(ms)).toBe(found < 0 ? LATENCY_BOUNDS_MS.length : found)
      }),
    )
  })

  test('have bounds from 1 ms to 60 s, none further than 20 % from the next', () => {
    expect(LATENCY_BOUNDS_MS.at(0)).toBe(1)
    expect(LATENCY_BOUNDS_MS.at(-1)).toBe(60_000)
    const rest = LATENCY_BOUNDS_MS.slice(1)
    const steps = rest.map((bound, place) => bound / (LATENCY_BOUNDS_MS[place] ?? 0))
    expect(Math.min(...steps)).toBeGreaterThan(1.1)
    expect(Math.max(...steps)).toBeLessThan(1.2)
  })

  test('are shown to Prometheus in at most 40 cumulative buckets', () => {
    const counters = createCounters(START)
    const counter = counters.of({ endpoint: 'e', deployment: 'd', status: 200, mirrored: false })
    for (const bound of COUNTER_BOUNDS_MS) counter.add(bound)
    counter.add(70_000)
    const lines = prometheusText(counters.read())
      .split('\n')
      .filter((line) => /_bucket/.test(line))
    expect(lines).toHaveLength(40)
    expect(lines.map((line) => Number(line.split(' ').at(-1)))).toEqual(
      Array.from({ length: 40 }, (_, place) => place + 1),
    )
    expect(lines.every((line) => /le="([\d.]{1,9}|\+Inf)"/.test(line))).toBe(true)
  })
})
