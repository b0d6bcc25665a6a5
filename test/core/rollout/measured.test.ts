import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Counters, ValueSeen } from '../../../src/core/model/measurements/measured.ts'
import type {
  Asked,
  Measurement,
  Sample,
} from '../../../src/core/model/measurements/measurement.ts'
import type { Judgement } from '../../../src/core/model/rollout.ts'
import {
  bytesFor,
  MEASURED_BYTES_MAX,
  ROLLOUT_MEASURED_BYTES_MAX,
  withMeasured,
  withMeasuredValue,
} from '../../../src/core/rollout/measured.ts'
import * as a from '../../support/report.ts'

const ASKED: Asked = { query: 'up{a="b"}', fromMs: 0, toMs: 90_000 }
const PLAIN = a.judgement()
const LATENCY = a.judgement({
  evidence: { logAbort: 0, abortAt: 1, logPass: 0, passAt: 1, phi: 1, thresholdsMs: [20, 40] },
})

/** So many samples, ten seconds apart; each window has ten requests, of which one failed. */
function samples(count: number, boundsMs: readonly number[] = []): readonly Sample[] {
  return Array.from({ length: count }, (_, place) => ({
    at: place * 10_000,
    ...{ requests: place * 10, errors: place },
    ...(boundsMs.length === 0 ? {} : { within: boundsMs.map((_, bound) => place * bound) }),
  }))
}

function series(count: number, fields: { boundsMs?: number[]; asked?: Asked } = {}): Measurement {
  const { boundsMs = [], asked = ASKED } = fields
  const sides = { stable: samples(count, boundsMs), candidate: samples(count, boundsMs) }
  return { id: 'x', is: 'series', series: { boundsMs, windowMs: 10_000, ...sides }, asked }
}

function kept(
  answer: Measurement | undefined,
  {
    judgement = PLAIN,
    bytesMax = MEASURED_BYTES_MAX,
    values = [],
  }: { judgement?: Judgement; bytesMax?: number; values?: readonly ValueSeen[] } = {},
) {
  return withMeasured(judgement, { answer, values, bytesMax }).measured
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

describe('what a verdict rests on', () => {
  test('is the query, its time and the counters of both sides', () => {
    const side = { at: [0, 10_000, 20_000], requests: [0, 10, 20], errors: [0, 1, 2] }
    expect(kept(series(3))).toEqual({
      ...{ ...ASKED, windowMs: 10_000, left: 0 },
      ...{ stable: side, candidate: side },
    })
  })

  test('of latency are the requests within the bounds that were judged by, and no others', () => {
    const found = kept(series(3, { boundsMs: [10, 20, 30, 40] }), { judgement: LATENCY })
    expect(found?.boundsMs).toEqual([20, 40])
    expect(found?.candidate?.within).toEqual([
      [0, 1, 2],
      [0, 3, 6],
    ])
  })

  test('is the query alone where the provider had nothing', () => {
    const none = { id: 'x', is: 'noData', reason: 'Empty', message: '' } as const
    expect(kept({ ...none, asked: ASKED })).toEqual({ ...ASKED, left: 0 })
    expect(kept(none)).toEqual({ left: 0 })
    expect(kept(undefined)).toBeUndefined()
  })

  test('of a threshold are the numbers of its looks', () => {
    const values = [
      { at: 1, value: 0.1 },
      { at: 2, value: 9, missed: true as const },
    ]
    const answer = { id: 'x', is: 'value', value: 9, at: 2, asked: ASKED } as const
    expect(kept(answer, { values })).toEqual({ ...ASKED, values, left: 0 })
  })

  test('has no secret that a query holds', () => {
    const asked = { ...ASKED, query: 'x{token="abcdef0123456789abcdef0123456789"}' }
    const found = kept(series(2, { asked }))
    expect(found?.query).toContain('[redacted]')
    expect(JSON.stringify(found)).not.toContain('abcdef0123456789')
  })

  test('of a long time are the newest samples whole, and some of the older ones from the first on', () => {
    const { stable, left } = kept(series(3000)) ?? {}
    const at = stable?.at ?? []
    expect([at[0], at.at(-1)]).toEqual([0, 29_990_000])
    const last = at.slice(-40)
    expect(last.every((one, place) => place === 0 || one - (last[place - 1] ?? 0) === 10_000)).toBe(
      true,
    )
    expect(at.length + (left ?? 0)).toBe(3000)
  })
})

test('no more is kept than the bytes say, and never a number that was not told (property)', () => {
  const total = ({ requests, errors }: Counters) => [requests.at(-1), errors.at(-1)]
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2500 }),
      fc.integer({ min: 40, max: MEASURED_BYTES_MAX }),
      fc.string({ maxLength: 4000, unit: 'binary' }),
      fc.boolean(),
      (count, bytesMax, query, isSlow) => {
        const asked = { ...ASKED, query }
        const answer = series(count, isSlow ? { boundsMs: [20, 40], asked } : { asked })
        const found = kept(answer, { bytesMax, judgement: isSlow ? LATENCY : PLAIN })
        expect(bytesOf(found)).toBeLessThanOrEqual(bytesMax)
        if (found?.stable === undefined) return
        expect(total(found.stable)).toEqual([(count - 1) * 10, count - 1])
        expect(found.stable.requests).toEqual(found.stable.at.map((at) => at / 1000))
      },
    ),
  )
})

test('all checks of a rollout together have their bound, too', () => {
  expect(bytesFor(1)).toBe(MEASURED_BYTES_MAX)
  for (const checks of [17, 400, 20_000])
    expect(bytesFor(checks) * checks).toBeLessThanOrEqual(ROLLOUT_MEASURED_BYTES_MAX)
})

describe('the looks of a threshold', () => {
  const look = (at: number, missed = false): ValueSeen => ({
    ...{ at, value: at },
    ...(missed ? { missed: true } : {}),
  })

  test('are remembered once each', () => {
    const once = withMeasuredValue([], look(1))
    expect(withMeasuredValue(once, look(1))).toBe(once)
    expect(withMeasuredValue(once, look(1, true))).toEqual([look(1, true)])
    expect(withMeasuredValue(once, look(2))).toEqual([look(1), look(2)])
  })

  test('are bounded, and what was counted against the candidate goes last', () => {
    let values: readonly ValueSeen[] = []
    for (let at = 0; at < 500; at += 1)
      values = withMeasuredValue(values, look(at, at === 7 || at === 8))
    expect(values).toHaveLength(60)
    expect(values.slice(0, 3)).toEqual([look(7, true), look(8, true), look(442)])
    expect(values.at(-1)).toEqual(look(499))
    for (let at = 500; at < 700; at += 1) values = withMeasuredValue(values, look(at, true))
    expect(values).toHaveLength(60)
    expect(values[0]).toEqual(look(640, true))
  })
})
