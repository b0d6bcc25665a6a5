import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type JudgeRules, judge } from '../../../src/core/judge/judge.ts'
import type { Series } from '../../../src/core/model/measurements/measurement.ts'
import { ERROR_RULES, type Gain, START_MS, seriesOf, times, WINDOW_MS } from './series.ts'

const BAKE = { alpha: 0.0025, beta: 0.005, hasControl: false } as const
const RULES: JudgeRules = { ...ERROR_RULES, bake: BAKE }

/** Ten minutes at 10 % of 50 requests a second, of which 1 % fail. */
const CANARY = 60
const STABLE: readonly Gain[] = times(CANARY, [450, 4] as const).map(
  ([requests, errors], place): Gain => [requests, errors + (place % 2)],
)
const CANDIDATE: readonly Gain[] = times(CANARY, [50, 0] as const).map(
  ([requests], place): Gain => [requests, place % 2],
)
const GOOD: Gain = [500, 5]
const NONE: Gain = [0, 0]

/** The evidence after the canary and these windows with all traffic on the candidate; stable's are silent unless given. */
function baked(
  candidate: readonly Gain[],
  options: {
    readonly stable?: readonly Gain[]
    readonly rules?: Partial<JudgeRules>
    readonly windows?: number
    readonly full?: number
  } = {},
) {
  const { stable = times(candidate.length, NONE), rules = {}, full = CANARY } = options
  const series = seriesOf([...STABLE, ...stable], [...CANDIDATE, ...candidate])
  return judgedAt(series, options.windows ?? CANARY + candidate.length, rules, full)
}

function judgedAt(series: Series, windows: number, rules: Partial<JudgeRules> = {}, full = CANARY) {
  const at = (place: number) => START_MS + place * WINDOW_MS
  const about = {
    startMs: START_MS,
    endMs: at(windows),
    ...(windows > full ? { fullMs: at(full) } : {}),
  }
  return judge(series, about, { ...RULES, ...rules })
}

const AFTER_90_S = times(9, GOOD)

describe('a candidate that turns bad with all traffic on it', () => {
  test.each<[string, Gain, number]>([
    ['half of the requests fail', [500, 250], 1],
    ['all fail', [500, 500], 1],
    ['a twentieth fails', [500, 25], 2],
    ['a fiftieth fails, twice as many as before', [500, 10], 30],
  ])('is seen: %s', (_, bad, windows) => {
    const evidence = baked([...AFTER_90_S, ...times(windows, bad)])
    expect(evidence).toMatchObject({ outcome: 'fail' })
    expect(evidence.decidedAt).toBeGreaterThan(START_MS + (CANARY + 9) * WINDOW_MS)
  })

  test('is compared with nothing else: without the bake, nobody would say so', () => {
    const bad = [...AFTER_90_S, ...times(700, [500, 250] as const)]
    const series = seriesOf([...STABLE, ...times(bad.length, NONE)], [...CANDIDATE, ...bad])
    const { bake: _, ...without } = RULES
    const about = { startMs: START_MS, endMs: START_MS + (CANARY + bad.length) * WINDOW_MS }
    expect(judge(series, about, without).outcome).not.toBe('fail')
  })

  test('is held against what was known of stable when a provider has forgotten it', () => {
    const forgotten = seriesOf(times(30, NONE), times(30, [500, 250] as const))
    const about = { startMs: START_MS, endMs: START_MS + 30 * WINDOW_MS, fullMs: START_MS }
    const reference = { requests: 27_000, errors: 270 }
    expect(judge(forgotten, about, RULES).outcome).not.toBe('fail')
    expect(judge(forgotten, { ...about, reference }, RULES)).toMatchObject({
      outcome: 'fail',
      reference,
    })
    // What can be counted still, and is more, stands.
    const whole = seriesOf([...STABLE, ...times(9, NONE)], [...CANDIDATE, ...AFTER_90_S])
    const little = { requests: 100, errors: 0 }
    const full = { startMs: START_MS, endMs: START_MS + (CANARY + 9) * WINDOW_MS }
    const at = { ...full, fullMs: START_MS + CANARY * WINDOW_MS }
    expect(judge(whole, { ...at, reference: little }, RULES)).toEqual(judge(whole, at, RULES))
  })

  test('is not told where nothing was ever counted of stable, and that is lack of data', () => {
    const series = seriesOf(times(30, NONE), times(30, [500, 200] as const))
    const about = { startMs: START_MS, endMs: START_MS + 30 * WINDOW_MS, fullMs: START_MS }
    expect(judge(series, about, RULES)).toMatchObject({ outcome: 'noData', reason: 'NoReference' })
    const known = { ...about, reference: { requests: 10, errors: 4 } }
    expect(judge(series, known, RULES)).toMatchObject({ outcome: 'inconclusive' })
    const tolerant = { ...RULES, tolerate: 0.5 }
    expect(judge(series, about, tolerant)).toMatchObject({ outcome: 'pass' })
  })

  test('is told by what it did in the bake, and what stable did before', () => {
    const { message } = baked([...AFTER_90_S, [500, 250]])
    expect(message).toMatch(
      /^5.9 % \(295 of 5000\) of the candidate's requests in the bake failed, 1 % \(270 of 27000\) of stable's before it: /,
    )
  })

  test('is told by latency against the thresholds of before the start', () => {
    const fast: readonly number[] = [250, 450, 495]
    const slow: readonly number[] = [100, 300, 450]
    const part = (of: readonly number[], share: number) =>
      of.map((count) => Math.round(count * share))
    const windows = (count: number, requests: number, within: readonly number[]) =>
      times(count, [requests, 0, part(within, requests / 500)] as const)
    const series = seriesOf(
      [...windows(CANARY, 450, fast), ...times(20, [0, 0, [0, 0, 0]] as const)],
      [...windows(CANARY, 50, fast), ...windows(10, 500, fast), ...windows(10, 500, slow)],
      { baseline: windows(60, 500, fast), boundsMs: [100, 200, 400] },
    )
    const rules = { metric: 'latency' } as const
    expect(judgedAt(series, CANARY + 10, rules).outcome).not.toBe('fail')
    expect(judgedAt(series, CANARY + 12, rules)).toMatchObject({ reason: 'LatencyHigher' })
  })
})

describe('a good candidate in the bake', () => {
  test('passes by what was seen before all traffic was on it', () => {
    const canary = 400
    const stable = times(canary, [400, 4] as const)
    const candidate = times(canary, [100, 1] as const)
    const series = seriesOf([...stable, ...times(180, NONE)], [...candidate, ...times(180, GOOD)])
    for (const windows of [canary, canary + 1, canary + 30, canary + 180])
      expect(judgedAt(series, windows, {}, canary)).toMatchObject({ outcome: 'pass' })
  })

  test('passes by stable’s own past where it never had a part of the traffic', () => {
    const series = seriesOf(times(180, NONE), times(180, GOOD), { baseline: times(180, GOOD) })
    expect(judgedAt(series, 6, {}, 0)).toMatchObject({ outcome: 'inconclusive' })
    expect(judgedAt(series, 180, {}, 0)).toMatchObject({ outcome: 'pass', reason: 'NotWorse' })
    const worse = seriesOf(times(180, NONE), times(180, [500, 8] as const), {
      baseline: times(180, GOOD),
    })
    expect(judgedAt(worse, 180, {}, 0).outcome).not.toBe('pass')
  })

  test('does not need samples of a stable that has no traffic', () => {
    const whole = seriesOf([...STABLE, ...times(30, NONE)], [...CANDIDATE, ...times(30, GOOD)])
    const silent = { ...whole, stable: whole.stable.slice(0, CANARY + 1) }
    const evidence = judgedAt(silent, CANARY + 30)
    expect(evidence.windows).toMatchObject({ used: CANARY + 30, voided: 0 })
    expect(evidence.logAbort).toBe(judgedAt(whole, CANARY + 30).logAbort)
  })

  test('without samples of its own is no data, and no pass, whatever was seen before', () => {
    const whole = seriesOf([...STABLE, ...times(30, NONE)], [...CANDIDATE, ...times(30, GOOD)])
    const blind = { ...whole, candidate: whole.candidate.slice(0, CANARY + 11) }
    const rules = { tolerate: 0.05 }
    expect(judgedAt(blind, CANARY + 15, rules).outcome).toBe('pass')
    expect(judgedAt(blind, CANARY + 16, rules)).toMatchObject({
      outcome: 'noData',
      reason: 'StaleSamples',
    })
  })

  test('is not blamed for the part of the shift that stable still had, nor for requests that end late', () => {
    const rush: readonly Gain[] = [[450, 5], [200, 100], [2, 2], [1, 1], NONE]
    const shift: readonly Gain[] = [[50, 0], [300, 150], [498, 5], [499, 5], GOOD]
    const evidence = baked([...shift, ...times(30, GOOD)], {
      stable: [...rush, ...times(30, NONE)],
    })
    expect(evidence.outcome).not.toBe('fail')
    // What stable answered after full traffic was declared is no part of what the candidate is held against.
    expect(baked([...shift, [500, 250]], { stable: [...rush, NONE] }).message).toContain('of 27000')
  })

  test('is held against the tolerated rate where that is higher than stable’s', () => {
    const bad = times(60, [500, 20] as const)
    expect(baked(bad).outcome).toBe('fail')
    expect(baked(bad, { rules: { tolerate: 0.05 } }).outcome).not.toBe('fail')
  })

  test('of an endpoint that clumps its errors is judged with more care', () => {
    const clumps = STABLE.map((_, place): Gain => [450, place % 10 === 0 ? 45 : 0])
    const calm = seriesOf([...STABLE, NONE], [...CANDIDATE, [500, 30]])
    const noisy = seriesOf([...clumps, NONE], [...CANDIDATE, [500, 30]])
    expect(judgedAt(calm, CANARY + 1).outcome).toBe('fail')
    expect(judgedAt(noisy, CANARY + 1).outcome).not.toBe('fail')
  })
})

describe('what is known of stable', () => {
  const bad: readonly Gain[] = times(3, [500, 30])

  test('comes from before the start where little came since', () => {
    const few = seriesOf(times(3, NONE), bad, { baseline: times(180, [500, 5]) })
    expect(judgedAt(few, 3, {}, 0)).toMatchObject({ outcome: 'fail' })
    const worse = seriesOf(times(3, NONE), bad, { baseline: times(180, [500, 30]) })
    expect(judgedAt(worse, 3, {}, 0).outcome).not.toBe('fail')
  })

  test('is nothing for an endpoint that never had traffic: then more than half is too much', () => {
    const never = (errors: number) => seriesOf(times(9, NONE), times(9, [50, errors] as const))
    expect(judgedAt(never(20), 9, {}, 0).outcome).not.toBe('fail')
    expect(judgedAt(never(45), 9, {}, 0).outcome).toBe('fail')
  })
})

describe('a control group', () => {
  const rules = { bake: { ...BAKE, hasControl: true } }
  const control: Gain = [25, 0]

  test('shows what is wrong with the candidate', () => {
    const bad = times(20, [475, 100] as const)
    expect(baked(bad, { stable: times(20, control), rules }).outcome).toBe('fail')
  })

  test('takes the blame off it where everybody fails', () => {
    const incident = times(30, [475, 48] as const)
    const alike = times(30, [25, 2] as const).map(
      ([requests, errors], place): Gain => [requests, errors + (place % 2)],
    )
    expect(baked(incident, { stable: alike, rules }).outcome).not.toBe('fail')
    expect(baked(incident).outcome).toBe('fail')
  })

  test('is needed in every window: without it there is no data', () => {
    const whole = seriesOf([...STABLE, ...times(9, control)], [...CANDIDATE, ...times(9, GOOD)])
    const silent = { ...whole, stable: whole.stable.slice(0, CANARY + 1) }
    expect(judgedAt(silent, CANARY + 9, { ...rules, tolerate: 0.05 })).toMatchObject({
      outcome: 'noData',
      reason: 'StaleSamples',
    })
  })
})

describe('whatever was counted in the bake', () => {
  const gain = fc.tuple(fc.constant(500), fc.nat(25)) as fc.Arbitrary<Gain>
  const late = fc.tuple(fc.nat(9), fc.constant(0)) as fc.Arbitrary<Gain>
  const windows = { minLength: 30, maxLength: 30 }
  const worlds = fc.record({
    candidate: fc.array(gain, windows),
    stable: fc.array(late, windows),
    hasControl: fc.boolean(),
  })
  const parameters = { seed: 20_250_115, numRuns: 30 } as const

  test('a failure stays one, and a controller that starts anew says the same, bit for bit', () => {
    fc.assert(
      fc.property(worlds, ({ candidate, stable, hasControl }) => {
        const series = seriesOf([...STABLE, ...stable], [...CANDIDATE, ...candidate])
        const rules = { bake: { ...BAKE, hasControl } }
        let [most, decidedAt]: [number, number | undefined] = [0, undefined]
        for (let at = CANARY; at <= CANARY + 30; at += 1) {
          const until = START_MS + at * WINDOW_MS
          const then = {
            ...series,
            stable: series.stable.filter((sample) => sample.at <= until),
            candidate: series.candidate.filter((sample) => sample.at <= until),
          }
          const { windows: _, ...evidence } = judgedAt(series, at, rules)
          const { windows: __, ...restarted } = judgedAt(
            JSON.parse(JSON.stringify(then)),
            at,
            rules,
          )
          expect(restarted).toStrictEqual(evidence)
          expect(evidence.logAbort).toBeGreaterThanOrEqual(most)
          expect(Number.isFinite(evidence.logAbort) && Number.isFinite(evidence.logPass)).toBe(true)
          most = evidence.logAbort
          if (decidedAt !== undefined)
            expect(evidence).toMatchObject({ outcome: 'fail', decidedAt })
          if (evidence.outcome === 'fail') decidedAt = evidence.decidedAt
        }
      }),
      parameters,
    )
  })
})
