import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { judge } from '../../../src/core/judge/judge.ts'
import type { Sample } from '../../../src/core/model/measurements/measurement.ts'
import { ERROR_RULES, type Gain, START_MS, seriesOf, spanOf, WINDOW_MS } from './series.ts'

const PARAMETERS = { seed: 20_240_902, numRuns: 200 } as const
const RULES = { ...ERROR_RULES, tolerate: 0.05, minRequests: 0 }

const gains = (most: number) => {
  const gain = fc.nat(most).chain((n) => fc.tuple(fc.constant(n), fc.nat(Math.min(n, 5))))
  return fc.array(gain as fc.Arbitrary<Gain>, { minLength: 40, maxLength: 40 })
}
const worlds = fc.record({ stable: gains(500), candidate: gains(60), baseline: gains(500) })

/** A sample spoilt in one of the ways in which providers spoil them. */
const spoils: readonly ((sample: Sample) => readonly Sample[])[] = [
  () => [],
  (sample) => [{ ...sample, requests: Number.NaN }],
  (sample) => [{ ...sample, errors: Number.POSITIVE_INFINITY }],
  (sample) => [{ ...sample, requests: -1 }],
  (sample) => [{ ...sample, errors: sample.requests + 1 }],
  (sample) => [sample, { ...sample, errors: sample.errors + 1, requests: sample.requests + 1 }],
]
const spoilt = (samples: readonly Sample[], ways: readonly number[]) =>
  samples.flatMap((sample, place) => spoils[ways[place] ?? spoils.length]?.(sample) ?? [sample])
const manyWays = (most: number) => fc.array(fc.nat(most), { minLength: 100, maxLength: 100 })

describe('whatever was counted', () => {
  test('a failure stays one, with the same moment, as samples are appended', () => {
    fc.assert(
      fc.property(worlds, ({ stable, candidate, baseline }) => {
        const series = seriesOf(stable, candidate, { baseline })
        let decidedAt: number | undefined
        let most = 0
        for (let windows = 0; windows <= 40; windows += 1) {
          const evidence = judge(series, spanOf(windows), RULES)
          expect(evidence.logAbort).toBeGreaterThanOrEqual(most)
          most = evidence.logAbort
          if (decidedAt !== undefined)
            expect(evidence).toMatchObject({ outcome: 'fail', decidedAt })
          if (evidence.outcome === 'fail') decidedAt = evidence.decidedAt
        }
      }),
      PARAMETERS,
    )
  })

  test('a judge that sees only what was there then says the same, bit for bit', () => {
    fc.assert(
      fc.property(worlds, fc.nat(40), ({ stable, candidate, baseline }, windows) => {
        const whole = seriesOf(stable, candidate, { baseline })
        const until = ({ at }: Sample) => at <= START_MS + windows * WINDOW_MS
        const then = {
          ...whole,
          stable: whole.stable.filter(until),
          candidate: whole.candidate.filter(until),
        }
        const restored = JSON.parse(JSON.stringify(then))
        const about = spanOf(windows)
        const { windows: seen, ...evidence } = judge(whole, about, RULES)
        const later = { ...evidence, windows: { ...seen, late: 0 } }
        expect(judge(restored, about, RULES)).toStrictEqual(later)
      }),
      PARAMETERS,
    )
  })

  test('spoilt samples take windows away and change nothing in the others', () => {
    fc.assert(
      fc.property(worlds, manyWays(40), ({ stable, candidate, baseline }, ways) => {
        const good = seriesOf(stable, candidate, { baseline })
        const bad = { ...good, candidate: spoilt(good.candidate, ways) }
        const missing = ways.map((way) => (way < spoils.length ? 0 : spoils.length))
        const without = { ...good, candidate: spoilt(good.candidate, missing) }
        const evidence = judge(bad, spanOf(40), RULES)
        expect(evidence).toEqual(judge(without, spanOf(40), RULES))
        expect(evidence.windows.used + evidence.windows.voided).toBe(40)
      }),
      PARAMETERS,
    )
  })

  test('nothing passes, or fails, when no window has both sides', () => {
    fc.assert(
      fc.property(worlds, manyWays(spoils.length - 1), ({ stable, candidate, baseline }, ways) => {
        const series = seriesOf(stable, candidate, { baseline })
        const none = { ...series, candidate: spoilt(series.candidate, ways) }
        expect(judge(none, spanOf(40), RULES)).toMatchObject({ outcome: 'noData', logAbort: 0 })
      }),
      PARAMETERS,
    )
  })

  test('all numbers are finite', () => {
    fc.assert(
      fc.property(worlds, ({ stable, candidate, baseline }) => {
        const evidence = judge(seriesOf(stable, candidate, { baseline }), spanOf(40), RULES)
        const numbers = Object.values(evidence).filter((value) => typeof value === 'number')
        expect(numbers.every(Number.isFinite)).toBe(true)
      }),
      PARAMETERS,
    )
  })
})
