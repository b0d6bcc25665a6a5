import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createTraffic, type TrafficOptions } from '../../../src/sandbox/index.ts'
import { perSecondAt, type Rate, rateOf } from '../../../src/sandbox/rehearsal/shapes.ts'
import { costRatio } from '../../support/cost.ts'
import { HOUR, MINUTE, type RehearsalStage, START, setStage } from './stage.ts'

const OPTIONS: TrafficOptions = { endpoint: 'fraud', seed: 11, rate: 50 }

/** Blue serves everything, green is there. */
async function twoSides(
  green: Readonly<Record<string, string>> = {},
  options: Parameters<typeof setStage>[0] = {},
): Promise<RehearsalStage> {
  const stage = await setStage(options)
  await stage.deploy('blue', { tags: { 'sandbox.error_ratio': '0.01' } })
  await stage.deploy('green', { tags: green })
  await stage.weigh({ blue: 100 })
  return stage
}

async function totals(stage: RehearsalStage) {
  const nowMs = stage.sandbox.clock.now()
  const deployments = await stage.series(nowMs, nowMs, 1000)
  return Object.fromEntries(
    Object.entries(deployments).map(([name, { requests, errors }]) => [
      name,
      { requests: requests[0], failed: errors[0] },
    ]),
  )
}

describe('traffic on a workspace in process', () => {
  test('is counted in the history exactly as it is reported', async () => {
    const stage = await twoSides({ 'sandbox.error_ratio': '0.1' })
    const traffic = createTraffic(stage.sandbox, OPTIONS)
    await stage.weigh({ blue: 80, green: 20 })
    stage.sandbox.clock.advance(20 * MINUTE)
    const { requests, failed, byDeployment, overTime } = traffic.figures()
    expect(await totals(stage)).toEqual(byDeployment)
    expect(overTime).toHaveLength(20)
    expect(overTime.map(({ atMs }) => atMs - START)).toEqual(overTime.map((_, at) => at * MINUTE))
    let [minutely, minutelyFailed] = [0, 0]
    for (const minute of overTime) {
      minutely += minute.requests
      minutelyFailed += minute.failed
    }
    expect([minutely, minutelyFailed]).toEqual([requests, failed])
    const { counters } = stage.sandbox.stage
    let counted = 0
    for (const counter of counters.read()) counted += counter.requests
    expect(counted).toBe(requests)
  })

  test('has its Poisson counts, its split and its errors within five standard deviations', async () => {
    const stage = await twoSides({ 'sandbox.error_ratio': '0.05' })
    await stage.weigh({ blue: 90, green: 10 })
    const traffic = createTraffic(stage.sandbox, { ...OPTIONS, seed: 3 })
    stage.sandbox.clock.advance(HOUR)
    const { requests, byDeployment } = traffic.figures()
    const near = (found: number | undefined, mean: number, variance: number) =>
      expect(Math.abs((found ?? Number.NaN) - mean)).toBeLessThan(5 * Math.sqrt(variance))
    near(requests, 180_000, 180_000)
    near(byDeployment.green?.requests, requests * 0.1, requests * 0.09)
    const [blue, green] = [byDeployment.blue, byDeployment.green]
    near(blue?.failed, (blue?.requests ?? 0) * 0.01, (blue?.requests ?? 0) * 0.0099)
    near(green?.failed, (green?.requests ?? 0) * 0.05, (green?.requests ?? 0) * 0.0475)
    // Poisson, and no steadier: the variance of the minutes is that of their mean.
    const minutes = traffic.figures().overTime.map((minute) => minute.requests - 3000)
    let squares = 0
    for (const deviation of minutes) squares += deviation * deviation
    near(squares / 60, 3000, (2 * 3000 ** 2) / 60)
  })

  test('is the same for the same seeds, bit for bit, however the clock is moved', async () => {
    const stepsOf = fc.array(fc.oneof(fc.nat(300), fc.nat(5000), fc.nat(40_000)), { maxLength: 40 })
    async function played(steps: readonly number[], seed = 5, sandboxSeed = 1) {
      const stage = await twoSides({ 'sandbox.slow_ratio': '0.1' }, { seed: sandboxSeed })
      stage.sandbox.clock.advance(137)
      const rate: Rate = { shape: 'diurnal', perSecond: 30, swing: 0.5, periodMs: MINUTE }
      const traffic = createTraffic(stage.sandbox, { ...OPTIONS, seed, rate })
      await stage.weigh({ blue: 50, green: 50 })
      let left = 100_000
      for (const step of steps) {
        const ms = Math.min(step, left)
        stage.sandbox.clock.advance(ms)
        left -= ms
      }
      stage.sandbox.clock.advance(left)
      return { figures: traffic.figures(), counters: stage.sandbox.stage.counters.read() }
    }
    const once = await played([])
    await fc.assert(
      fc.asyncProperty(stepsOf, async (steps) => {
        expect(await played(steps)).toEqual(once)
      }),
      { numRuns: 8 },
    )
    expect(await played([], 6)).not.toEqual(once)
    const other = await played([], 5, 2)
    expect(other.figures.requests).toBe(once.figures.requests)
    expect(other.counters).not.toEqual(once.counters)
  })

  test('follows the weights from the moment they are in force, in the middle of a second', async () => {
    const stage = await twoSides({}, { progress: 'timed' })
    stage.sandbox.clock.advance(MINUTE - (stage.sandbox.clock.now() % MINUTE) + 300)
    const startMs = stage.sandbox.clock.now()
    const traffic = createTraffic(stage.sandbox, { ...OPTIONS, rate: 100, arrivals: 'even' })
    await stage.weigh({ blue: 0, green: 100 })
    // Half an hour at once: the write takes 40 s from 300 ms after the full second.
    stage.sandbox.clock.advance(HOUR / 2)
    const at = startMs - 300 + 40_000
    const { blue, green } = await stage.series(at, at + 2000, 1000)
    // The request of that very moment goes to green already.
    expect(blue?.requests.map((count) => count - 3970)).toEqual([0, 29, 29])
    expect(green?.requests).toEqual([0, 71, 171])
    const { requests, byDeployment } = traffic.figures()
    // The 30 of the last, unfinished second are still to come.
    expect(requests).toBe(180_000 - 30)
    expect(byDeployment.green?.requests).toBe(requests - 3999)
  })

  test("fails for every user where no weight leads anywhere, and is nobody's error", async () => {
    const stage = await twoSides()
    await stage.weigh({})
    const traffic = createTraffic(stage.sandbox, { ...OPTIONS, arrivals: 'even' })
    stage.sandbox.clock.advance(MINUTE)
    const all = { requests: 3000, failed: 3000 }
    expect(traffic.figures()).toMatchObject({ ...all, byDeployment: { '': all } })
    expect(await totals(stage)).toMatchObject({ blue: { requests: 0, failed: 0 } })
  })

  test('ends when it is stopped', async () => {
    const stage = await twoSides()
    const traffic = createTraffic(stage.sandbox, OPTIONS)
    stage.sandbox.clock.advance(MINUTE)
    const figures = traffic.stop()
    stage.sandbox.clock.advance(HOUR)
    expect(traffic.figures()).toEqual(figures)
  })

  test('suffers from the faults of a model', async () => {
    const stage = await twoSides()
    stage.sandbox.injectFault('FailingModel:deployment=green,percent=25')
    stage.sandbox.injectFault('SlowModel:deployment=blue,delayMs=6000')
    await stage.weigh({ green: 100 })
    const even = { ...OPTIONS, arrivals: 'even' } as const
    const traffic = createTraffic(stage.sandbox, even)
    stage.sandbox.clock.advance(MINUTE)
    expect(traffic.figures()).toMatchObject({ requests: 3000, failed: 750 })
    await stage.weigh({ blue: 100 })
    stage.sandbox.clock.advance(MINUTE)
    expect(traffic.stop()).toMatchObject({ requests: 6000, failed: 3750 })
    const late = { deployment: 'blue', status: 408, requests: 3000, latencySumMs: 15_000_000 }
    expect(stage.sandbox.stage.counters.read()).toContainEqual(expect.objectContaining(late))
  })

  test('costs the less for each request the more there are', async () => {
    const minutesAt = async (rate: number) => {
      const stage = await twoSides()
      await stage.weigh({ blue: 95, green: 5 })
      createTraffic(stage.sandbox, { ...OPTIONS, rate })
      stage.sandbox.clock.advance(MINUTE)
      return () => stage.sandbox.clock.advance(10 * MINUTE)
    }
    expect(costRatio(await minutesAt(500), await minutesAt(5))).toBeLessThan(50)
  })
})

describe('a rate', () => {
  const bursts: Rate = {
    ...{ shape: 'bursts', perSecond: 10, burstPerSecond: 100 },
    ...{ everyMs: 60_000, lastsMs: 5000 },
  }
  const steps: Rate = { shape: 'steps', perSecond: [1, 5, 2], everyMs: 10_000 }
  const diurnal: Rate = { shape: 'diurnal', perSecond: 20, swing: 0.5 }
  test.each<[string, Rate, readonly (readonly [number, number])[]]>([
    [
      'constant',
      { shape: 'constant', perSecond: 7 },
      [
        [0, 7],
        [1e9, 7],
      ],
    ],
    [
      'steps',
      steps,
      [
        [0, 1],
        [9999, 1],
        [10_000, 5],
        [20_000, 2],
        [1e9, 2],
      ],
    ],
    [
      'diurnal',
      diurnal,
      [
        [0, 20],
        [6 * HOUR, 30],
        [12 * HOUR, 20],
        [18 * HOUR, 10],
      ],
    ],
    [
      'bursts',
      bursts,
      [
        [0, 10],
        [54_999, 10],
        [55_000, 100],
        [60_000, 10],
        [115_000, 100],
      ],
    ],
  ])('%s', (_, rate, points) => {
    for (const [sinceMs, expected] of points) {
      expect(perSecondAt(rateOf(rate), sinceMs)).toBeCloseTo(expected, 9)
    }
  })

  test.each([
    ['less than none', { shape: 'constant', perSecond: -1 }],
    ['no number', { shape: 'constant', perSecond: Number.NaN }],
    ['an unknown shape', { shape: 'square', perSecond: 1 }],
    ['a step of a word', { shape: 'steps', perSecond: [1, 'two'], everyMs: 1 }],
    ['no step at all', { shape: 'steps', perSecond: [], everyMs: 1 }],
    ['steps that take no time', { shape: 'steps', perSecond: [1], everyMs: 0 }],
    ['a swing below nothing', { shape: 'diurnal', perSecond: 1, swing: 1.1 }],
    ['half of a burst', { shape: 'bursts', perSecond: 1, burstPerSecond: 2, everyMs: 1 }],
    ['nothing', undefined],
  ])('that is %s is refused when traffic begins', async (_, rate) => {
    const stage = await setStage()
    expect(() => createTraffic(stage.sandbox, { ...OPTIONS, rate: rate as Rate })).toThrow(
      RangeError,
    )
  })

  test('that is even loses and gains no request over hours', async () => {
    const stage = await twoSides()
    const traffic = createTraffic(stage.sandbox, { ...OPTIONS, rate: 0.37, arrivals: 'even' })
    stage.sandbox.clock.advance(10 * HOUR)
    expect(Math.abs(traffic.figures().requests - 13_320)).toBeLessThanOrEqual(1)
  })
})
