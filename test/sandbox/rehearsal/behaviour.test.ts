import { describe, expect, test } from '@jest/globals'
import { hexOf } from '../../../src/sandbox/core/ids.ts'
import { createTraffic } from '../../../src/sandbox/index.ts'
import { LATENCY_BOUNDS_MS } from '../../../src/sandbox/scoring/counters/latency.ts'
import { createRandom } from '../../../src/sandbox/scoring/simulated/random.ts'
import { HOUR, MINUTE, type RehearsalStage, setStage } from './stage.ts'

type Texts = Readonly<Record<string, string>>

/** What an hour of users sees of one deployment that behaves as declared. */
async function hourOf(tags: Texts, variables: Texts = {}) {
  const stage = await setStage()
  expect(await stage.deploy('blue', { tags, variables })).toBe('Succeeded')
  await stage.weigh({ blue: 100 })
  const traffic = createTraffic(stage.sandbox, { endpoint: 'fraud', seed: 1, rate: 20 })
  stage.sandbox.clock.advance(HOUR)
  const { requests, failed } = traffic.stop()
  const nowMs = stage.sandbox.clock.now()
  const { blue } = await stage.series(nowMs, nowMs, 1000)
  const within = blue?.within[0] ?? []
  const quantileMs = (share: number) =>
    LATENCY_BOUNDS_MS[within.findIndex((count) => count >= share * requests)] ?? Number.NaN
  return { requests, failedRatio: failed / requests, quantileMs }
}

describe('a declared behaviour', () => {
  // 72,000 requests: five standard deviations of a ratio of 2 % are 0.26 %; a bucket is 16 % wide.
  test.each<[string, Texts, Texts, number]>([
    ['nothing', {}, {}, 0],
    ['errors, by a tag', { 'sandbox.error_ratio': '0.02' }, {}, 0.02],
    ['errors, by a variable', {}, { SANDBOX_ERROR_RATIO: '0.02' }, 0.02],
    [
      'errors, the variable before the tag',
      { 'sandbox.error_ratio': '1' },
      { SANDBOX_ERROR_RATIO: '0' },
      0,
    ],
    ['errors that begin later', { 'sandbox.error_ratio_after': '0.5@36000' }, {}, 0.25],
    ['a broken model', { 'sandbox.broken': 'true' }, {}, 1],
    ['a model that is not broken', { 'sandbox.broken': 'false' }, {}, 0],
    [
      'a tail beyond the time-out',
      { 'sandbox.latency_ms': '1000', 'sandbox.slow_ratio': '0.02', 'sandbox.slow_factor': '500' },
      {},
      0.02,
    ],
  ])('of %s is seen in the share of failed requests', async (_, tags, variables, ratio) => {
    const { failedRatio } = await hourOf(tags, variables)
    expect(Math.abs(failedRatio - ratio)).toBeLessThan(ratio === 0 || ratio === 1 ? 1e-9 : 0.0026)
  })

  test('of latency is seen in its quantiles', async () => {
    const { quantileMs } = await hourOf({
      'sandbox.latency_ms': '40',
      'sandbox.latency_sigma': '0.5',
    })
    const near = (found: number, expected: number) => {
      expect(found / expected).toBeGreaterThan(0.98)
      expect(found / expected).toBeLessThan(1.2)
    }
    near(quantileMs(0.5), 40)
    // The normal distribution's 99 % quantile is 2.326.
    near(quantileMs(0.99), 40 * Math.exp(0.5 * 2.326))
  })

  test('of a slow tail leaves the median and moves the 99th percentile', async () => {
    const fast = await hourOf({ 'sandbox.latency_ms': '40', 'sandbox.latency_sigma': '0' })
    const slow = await hourOf({
      ...{ 'sandbox.latency_ms': '40', 'sandbox.latency_sigma': '0' },
      ...{ 'sandbox.slow_ratio': '0.02', 'sandbox.slow_factor': '5' },
    })
    expect([fast.quantileMs(0.5), fast.quantileMs(0.99)]).toEqual([
      slow.quantileMs(0.5),
      fast.quantileMs(0.5),
    ])
    expect(slow.quantileMs(0.99)).toBeGreaterThanOrEqual(200)
    expect(slow.quantileMs(0.99)).toBeLessThan(240)
  })

  test.each<[string, Texts, Texts, string]>([
    ['a ratio above 1', { 'sandbox.error_ratio': '1.5' }, {}, "model's tag sandbox.error_ratio"],
    ['a word for a number', {}, { SANDBOX_LATENCY_MS: 'fast' }, 'variable SANDBOX_LATENCY_MS'],
    ['an empty number', { 'sandbox.slow_ratio': ' ' }, {}, 'sandbox.slow_ratio must be a number'],
    ['an answer that is no JSON', { 'sandbox.answer': '{' }, {}, 'sandbox.answer must be JSON'],
    [
      'a later ratio without a number',
      { 'sandbox.error_ratio_after': '0.5' },
      {},
      'RATIO@REQUESTS',
    ],
    ['a broken that is neither', { 'sandbox.broken': 'yes' }, {}, 'must be true or false'],
    ['a misspelt tag', { 'sandbox.eror_ratio': '0' }, {}, 'sandbox.eror_ratio is not one of'],
  ])('of %s crashes the container, with the words why', async (_, tags, variables, words) => {
    const stage = await setStage()
    expect(await stage.deploy('blue', { tags, variables })).toBe('Failed')
    const deployment = await stage.arm('GET', 'onlineEndpoints/fraud/deployments/blue')
    const operation = new URL(deployment.json.properties.properties.AzureAsyncOperationUri)
    const { json } = await stage.arm('GET', operation.pathname)
    expect(json).toMatchObject({ status: 'Failed', error: { code: 'ResourceNotReady' } })
    expect(json.error.message).toContain(words)
  })

  test('that comes to make no sense while it serves breaks the model', async () => {
    const stage = await serving({ tags: { 'sandbox.error_ratio': '0' } })
    expect((await stage.score()).status).toBe(200)
    await stage.model('m1', { 'sandbox.error_ratio': 'none' })
    expect((await stage.score()).status).toBe(424)
  })

  test('of an update begins when the update is over', async () => {
    const stage = await serving({ variables: { SANDBOX_ANSWER: '1' } }, { progress: 'timed' })
    const clock = stage.sandbox.clock
    await stage.arm('PUT', 'onlineEndpoints/fraud/deployments/blue', {
      ...(await stage.arm('GET', 'onlineEndpoints/fraud/deployments/blue')).json,
      properties: {
        endpointComputeType: 'Managed',
        instanceType: 'Standard_DS3_v2',
        environmentVariables: { SANDBOX_ANSWER: '2' },
      },
    })
    clock.advance(5 * MINUTE)
    expect((await stage.score()).text).toBe('1')
    clock.advance(5 * MINUTE)
    expect((await stage.score()).text).toBe('2')
  })
})

/** Chris Doty-Humphrey's generator, after so many numbers that are skipped. */
function sfc32(hex: string, skipped: number, count: number): bigint[] {
  const word = (value: bigint) => value % 2n ** 32n
  let [a = 0n, b = 0n, c = 0n, counter = 0n] = [0, 8, 16, 24].map((at) =>
    BigInt(`0x${hex.slice(at, at + 8)}`),
  )
  const numbers = Array.from({ length: skipped + count }, () => {
    const sum = word(a + b + counter)
    counter = word(counter + 1n)
    a = b ^ (b >> 9n)
    b = word(c * 9n)
    c = word(word(c << 21n) + (c >> 11n) + sum)
    return sum
  })
  return numbers.slice(skipped)
}

/** A stage on which blue serves everything. */
async function serving(
  deployment: Parameters<RehearsalStage['deploy']>[1],
  options: Parameters<typeof setStage>[0] = {},
): Promise<RehearsalStage> {
  const stage = await setStage(options)
  await stage.deploy('blue', deployment)
  await stage.weigh({ blue: 100 })
  stage.sandbox.clock.advance(MINUTE)
  return stage
}

describe('chance', () => {
  test('is sfc32 to the bit, as plain arithmetic modulo 2^32 has it', () => {
    const random = createRandom('seed')
    const found = Array.from({ length: 1000 }, () => BigInt(random.uniform() * 2 ** 32))
    expect(found).toEqual(sfc32(hexOf('seed'), 12, 1000))
  })

  test('is even, normal and exponential', () => {
    const random = createRandom('moments')
    const count = 200_000
    let [uniform, normal, squares, exponential] = [0, 0, 0, 0]
    const tenths = new Array<number>(10).fill(0)
    for (let turn = 0; turn < count; turn += 1) {
      const even = random.uniform()
      tenths[Math.floor(even * 10)] = (tenths[Math.floor(even * 10)] ?? 0) + 1
      uniform += even
      const one = random.normal()
      normal += one
      squares += one * one
      exponential += random.exponential()
    }
    const root = Math.sqrt(count)
    expect(Math.abs(uniform / count - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / root)
    expect(Math.abs(normal / count)).toBeLessThan(5 / root)
    expect(Math.abs(squares / count - 1)).toBeLessThan((5 * Math.SQRT2) / root)
    expect(Math.abs(exponential / count - 1)).toBeLessThan(5 / root)
    for (const tenth of tenths) {
      expect(Math.abs(tenth - count / 10)).toBeLessThan(5 * Math.sqrt(count * 0.09))
    }
  })

  test('of neighbouring seconds has nothing in common', () => {
    const count = 20_000
    const firsts = Array.from({ length: count }, (_, second) =>
      createRandom(`7/fraud/${second}`).uniform(),
    )
    let products = 0
    for (let place = 1; place < count; place += 1) {
      products += ((firsts[place] ?? 0) - 0.5) * ((firsts[place - 1] ?? 0) - 0.5)
    }
    expect(Math.abs((12 * products) / count)).toBeLessThan(5 / Math.sqrt(count))
  })
})
