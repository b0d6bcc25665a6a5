import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DEFAULT_LIMITS, type Limits } from '../../../src/adapters/azure/limits.ts'
import { openThrottle, type Settle } from '../../../src/adapters/azure/throttle/throttle.ts'
import { CloudError } from '../../../src/reconcile/ports.ts'
import { samples, signal, type VirtualTime, virtualTime } from './stage.ts'

const LEFT = 'x-ms-ratelimit-remaining-subscription-reads'
const DEPLOYMENT = '/x/workspaces/ws/onlineEndpoints/e/deployments/d'

interface Sent {
  readonly method: string
  readonly at: number
}

/** Sends one request through the throttle to a service that answers after `latencyMs`. */
async function send(
  throttle: ReturnType<typeof openThrottle>,
  clock: VirtualTime,
  sent: Sent[],
  request: { method: string; path?: string; latencyMs: number },
  answer: (at: number) => { status: number; retryAfterMs?: number } | undefined,
): Promise<'sent' | 'held'> {
  try {
    const settle = await throttle.admit(request.method, request.path ?? '/x', signal())
    sent.push({ method: request.method, at: clock.now() })
    const said = answer(clock.now())
    if (request.latencyMs > 0) await clock.sleep(request.latencyMs, signal())
    settle(said && { status: said.status, headers: {}, retryAfterMs: said.retryAfterMs })
    return 'sent'
  } catch (error) {
    if (error instanceof CloudError && ['Throttled', 'Queued'].includes(error.reason)) return 'held'
    throw error
  }
}

function timesOf(sent: readonly Sent[], method: string): number[] {
  return sent.filter((one) => one.method === method).map(({ at }) => at)
}

/** The most requests in any window, less what the rate alone allows in it. */
function tightestBurst(times: readonly number[], perSecond: number): number {
  const excess = times.flatMap((from, first) =>
    times.slice(first).map((until, count) => count + 1 - (perSecond * (until - from)) / 1000),
  )
  return Math.max(0, ...excess)
}

const limitsOf = (changes: Partial<Limits>): Limits => ({ ...DEFAULT_LIMITS, ...changes })

describe('the throttle', () => {
  test('never sends more than burst + rate × time in any window, whatever is asked', async () => {
    const requests = fc.array(
      fc.record({
        method: fc.constantFrom('GET', 'PUT', 'DELETE'),
        pauseMs: fc.integer({ min: 0, max: 400 }),
        latencyMs: fc.integer({ min: 0, max: 100 }),
      }),
      { minLength: 1, maxLength: 120 },
    )
    await fc.assert(
      fc.asyncProperty(requests, async (asked) => {
        const bucket = { burst: 5, perSecond: 4 }
        const limits = limitsOf({ reads: bucket, writes: bucket, deletes: bucket })
        const clock = virtualTime()
        const throttle = openThrottle({ limits, clock, meter: samples().meter })
        const sent: Sent[] = []
        const all: Promise<unknown>[] = []
        for (const request of asked) {
          all.push(send(throttle, clock, sent, request, () => ({ status: 200 })))
          if (request.pauseMs > 0) await clock.sleep(request.pauseMs, signal())
        }
        await Promise.all(all)
        for (const method of ['GET', 'PUT', 'DELETE']) {
          expect(tightestBurst(timesOf(sent, method), bucket.perSecond)).toBeLessThanOrEqual(
            bucket.burst + 1e-6,
          )
        }
      }),
      { numRuns: 60 },
    )
  })

  test('sends nothing inside a Retry-After window, and one probe after it while the storm lasts (S18)', async () => {
    const storm = fc.array(
      fc.record({
        pauseMs: fc.integer({ min: 0, max: 3_000 }),
        waitMs: fc.integer({ min: 1_000, max: 20_000 }),
      }),
      { minLength: 5, maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(storm, async (steps) => {
        const clock = virtualTime()
        const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
        const sent: Sent[] = []
        const windows: { from: number; to: number }[] = []
        const all: Promise<unknown>[] = []
        for (const step of steps) {
          const request = { method: 'GET', latencyMs: 0 }
          const refuse = (at: number) => {
            windows.push({ from: at, to: at + step.waitMs })
            return { status: 429, retryAfterMs: step.waitMs }
          }
          all.push(send(throttle, clock, sent, request, refuse))
          if (step.pauseMs > 0) await clock.sleep(step.pauseMs, signal())
        }
        await Promise.all(all)
        for (const { from, to } of windows) {
          expect(sent.filter(({ at }) => at > from && at < to)).toEqual([])
        }
        // What was not already sent with the first answer still out comes one by one, each after all windows before it.
        const probes = sent.filter(({ at }) => at > (sent[0]?.at ?? 0)).map(({ at }) => at)
        expect(new Set(probes).size).toBe(probes.length)
      }),
      { numRuns: 60 },
    )
  })

  test('lets one request probe after a window, and all others once it is answered well', async () => {
    const clock = virtualTime()
    const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
    const sent: Sent[] = []
    const get = (latencyMs: number, status: number) =>
      send(throttle, clock, sent, { method: 'GET', latencyMs }, () => ({
        status,
        ...(status === 429 && { retryAfterMs: 2_000 }),
      }))
    await get(0, 429)
    const probe = get(700, 200)
    const others = [get(0, 200), get(0, 200)]
    await Promise.all([probe, ...others])
    const [refused, first, ...rest] = sent.map(({ at }) => at)
    expect((first ?? 0) - (refused ?? 0)).toBe(2_000)
    expect(rest.map((at) => at - (first ?? 0))).toEqual([700, 700])
  })

  test('an answer to a request of before the window does not end it', async () => {
    const clock = virtualTime()
    const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
    const [early, refused] = await Promise.all([
      throttle.admit('GET', '/x', signal()),
      throttle.admit('GET', '/x', signal()),
    ])
    refused({ status: 429, headers: {}, retryAfterMs: 2_000 })
    early({ status: 200, headers: {}, retryAfterMs: undefined })
    const probe = await throttle.admit('GET', '/x', signal())
    expect(clock.now()).toBe(1_002_000)
    // Whether it is over is not known yet: the next one waits for the probe's answer.
    let isSent = false
    const next = throttle.admit('GET', '/x', signal()).then(() => {
      isSent = true
    })
    await Promise.resolve()
    expect(isSent).toBe(false)
    probe({ status: 200, headers: {}, retryAfterMs: undefined })
    await next
    expect(isSent).toBe(true)
  })

  test('fails a write at once when the window is longer than a write waits, and says for how long', async () => {
    const clock = virtualTime()
    const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
    const settle = await throttle.admit('PUT', '/x', signal())
    settle({ status: 429, headers: {}, retryAfterMs: 60_000 })
    const held = throttle.admit('PUT', '/x', signal())
    await expect(held).rejects.toMatchObject({ reason: 'Throttled', retryAfterMs: 60_000 })
    expect(clock.now()).toBe(1_000_000)
  })

  test('a window of writes does not hold reads, nor the other way round', async () => {
    const clock = virtualTime()
    const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
    const settle = await throttle.admit('PUT', '/x', signal())
    settle({ status: 429, headers: {}, retryAfterMs: 60_000 })
    await expect(throttle.admit('GET', '/x', signal())).resolves.toBeInstanceOf(Function)
    await expect(throttle.admit('DELETE', '/x', signal())).resolves.toBeInstanceOf(Function)
  })

  test('an answer to a request that was sent before a window lets no more than one through after it', async () => {
    const clock = virtualTime()
    const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
    const [refused, earlier] = [
      await throttle.admit('GET', '/x', signal()),
      await throttle.admit('GET', '/x', signal()),
    ]
    refused({ status: 429, headers: {}, retryAfterMs: 3_000 })
    earlier({ status: 200, headers: {}, retryAfterMs: undefined })
    await clock.sleep(3_000, signal())
    const sent: number[] = []
    const next = [1, 2].map(async (one) => {
      const settle = await throttle.admit('GET', '/x', signal())
      sent.push(one)
      return settle
    })
    const probe = await Promise.race(next)
    expect(sent).toHaveLength(1)
    probe({ status: 200, headers: {}, retryAfterMs: undefined })
    await Promise.all(next)
    expect(sent).toHaveLength(2)
  })

  test('without a Retry-After the wait doubles', async () => {
    const clock = virtualTime()
    const patient = limitsOf({ readPatienceMs: 600_000 })
    const throttle = openThrottle({ limits: patient, clock, meter: samples().meter })
    const sent: Sent[] = []
    for (let count = 0; count < 5; count += 1) {
      await send(throttle, clock, sent, { method: 'GET', latencyMs: 0 }, () => ({ status: 429 }))
    }
    const gaps = sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? 0))
    expect(gaps).toEqual([2_000, 4_000, 8_000, 16_000])
  })

  test('keeps places for writes that are being prepared, and says Queued when there are none', async () => {
    const clock = virtualTime()
    const limits = limitsOf({ deploymentWrites: { burst: 2, perSecond: 0.5 } })
    const throttle = openThrottle({ limits, clock, meter: samples().meter })
    const letGo = throttle.hold('PUT', DEPLOYMENT)
    throttle.hold('PUT', DEPLOYMENT)
    expect(() => throttle.hold('PUT', DEPLOYMENT)).toThrow(
      expect.objectContaining({ reason: 'Queued', retryAfterMs: 2000 }),
    )
    expect(throttle.hold('PUT', '/x/onlineEndpoints/e')).toBeInstanceOf(Function)
    letGo()
    expect(throttle.hold('PUT', DEPLOYMENT)).toBeInstanceOf(Function)
  })

  test('deployment PUTs also draw on their own small bucket', async () => {
    const clock = virtualTime()
    const limits = limitsOf({ deploymentWrites: { burst: 2, perSecond: 0.01 } })
    const throttle = openThrottle({ limits, clock, meter: samples().meter })
    const settle = await throttle.admit('PUT', DEPLOYMENT, signal())
    settle({ status: 201, headers: {}, retryAfterMs: undefined })
    await throttle.admit('PUT', DEPLOYMENT, signal())
    await expect(throttle.admit('PUT', DEPLOYMENT, signal())).rejects.toBeInstanceOf(CloudError)
    await expect(throttle.admit('PUT', '/x/onlineEndpoints/e', signal())).resolves.toBeDefined()
  })

  test('what the service says remains lowers the bucket, never raises it', async () => {
    const clock = virtualTime()
    const taken = samples()
    const limits = limitsOf({
      reads: { burst: 10, perSecond: 0.001 },
      readPatienceMs: 0,
    })
    const throttle = openThrottle({ limits, clock, meter: taken.meter })
    const header = 'x-ms-ratelimit-remaining-subscription-reads'
    const first = await throttle.admit('GET', '/x', signal())
    first({ status: 200, headers: { [header]: '11999' }, retryAfterMs: undefined })
    const second = await throttle.admit('GET', '/x', signal())
    second({ status: 200, headers: { [header]: '1' }, retryAfterMs: undefined })
    await throttle.admit('GET', '/x', signal())
    await expect(throttle.admit('GET', '/x', signal())).rejects.toBeInstanceOf(CloudError)
    expect(taken.remaining).toEqual([
      ['reads', 11_999],
      ['reads', 1],
    ])
  })

  test('a lost connection of a probe lets the next one probe', async () => {
    const clock = virtualTime()
    const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
    const sent: Sent[] = []
    await send(throttle, clock, sent, { method: 'GET', latencyMs: 0 }, () => ({
      status: 429,
      retryAfterMs: 1_000,
    }))
    await send(throttle, clock, sent, { method: 'GET', latencyMs: 10 }, () => undefined)
    await send(throttle, clock, sent, { method: 'GET', latencyMs: 0 }, () => ({ status: 200 }))
    expect(sent).toHaveLength(3)
  })
})

describe('the bucket of deployments, of which nobody says how fast it fills', () => {
  const HEADER = 'x-ms-ratelimit-remaining-subscription-resource-requests'

  /** Sends so many PUTs, as fast as may be, to a service that fills it so fast; gives refusals, and seconds. */
  async function sent(count: number, perSecond: number) {
    const clock = virtualTime()
    const limits = limitsOf({ writePatienceMs: 3_600_000 })
    const throttle = openThrottle({ limits, clock, meter: samples().meter })
    let [level, at, refused] = [25, clock.now(), 0]
    const startedAt = clock.now()
    for (let put = 0; put < count; put += 1) {
      const settle = await throttle.admit('PUT', DEPLOYMENT, signal())
      level = Math.min(25, level + ((clock.now() - at) * perSecond) / 1000)
      at = clock.now()
      const isRefused = level < 1
      if (isRefused) refused += 1
      else level -= 1
      const headers = { [HEADER]: String(Math.floor(level)) }
      settle({
        status: isRefused ? 429 : 201,
        headers,
        retryAfterMs: isRefused ? 12_000 : undefined,
      })
    }
    return { refused, seconds: Math.round((clock.now() - startedAt) / 1000) }
  }

  test.each([
    ['as slowly as is taken for granted', 25 / 300, 2100],
    ['six times as fast', 0.5, 350],
    ['forty times as fast', 40 * (25 / 300), 53],
    ['sixty times as fast', 5, 35],
  ])('is used as fast as it fills, and no refusal tells how fast: %s', async (_, rate, leastS) => {
    const { refused, seconds } = await sent(200, rate)
    expect(refused).toBe(0)
    expect(seconds).toBeGreaterThanOrEqual(leastS)
    expect(seconds).toBeLessThanOrEqual(leastS + 24)
  })
})

test.each([
  ['as they came', (place: number) => 23 - place],
  ['with what was left after the last of them', () => 0],
])(
  'many PUTs under way at once, answered %s, say nothing of how fast the bucket of deployments fills',
  async (_, leftAt) => {
    const clock = virtualTime()
    const limits = limitsOf({ writePatienceMs: 3_600_000 })
    const throttle = openThrottle({ limits, clock, meter: samples().meter })
    const answered = (left: number): Parameters<Settle>[0] => ({
      status: 201,
      headers: { 'x-ms-ratelimit-remaining-subscription-resource-requests': String(left) },
      retryAfterMs: undefined,
    })
    const first = await throttle.admit('PUT', DEPLOYMENT, signal())
    first(answered(24))
    const all = Array.from({ length: 24 }, () => throttle.admit('PUT', DEPLOYMENT, signal()))
    for (const [place, settle] of (await Promise.all(all)).entries()) {
      await clock.sleep(50, signal())
      settle(answered(leftAt(place)))
    }
    const emptyAt = clock.now()
    const next = await throttle.admit('PUT', DEPLOYMENT, signal())
    next(answered(0))
    await throttle.admit('PUT', DEPLOYMENT, signal())
    expect(clock.now() - emptyAt).toBeGreaterThan(22_000)
  },
)

test('the level that an answer tells while others are under way is not what the pace is measured from', async () => {
  const clock = virtualTime()
  const limits = limitsOf({ writePatienceMs: 3_600_000 })
  const throttle = openThrottle({ limits, clock, meter: samples().meter })
  const put = () => throttle.admit('PUT', DEPLOYMENT, signal())
  const answer = (settle: Settle, left: number): void =>
    settle({
      status: 201,
      headers: { 'x-ms-ratelimit-remaining-subscription-resource-requests': String(left) },
      retryAfterMs: undefined,
    })
  answer(await put(), 0)
  await clock.sleep(600_000, signal())
  for (const settle of await Promise.all([put(), put(), put(), put(), put(), put()])) {
    await clock.sleep(1_200, signal())
    answer(settle, 19)
  }
  answer(await put(), 0)
  const emptyAt = clock.now()
  await put()
  expect(clock.now() - emptyAt).toBe(12_000)
})

describe('one thing that is refused', () => {
  const ENDPOINTS = '/subscriptions/s/workspaces/ws/onlineEndpoints'
  const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((name) => `${ENDPOINTS}/${name}`)
  const REFUSED = { status: 429, headers: {}, retryAfterMs: 60_000 } as const
  const GOOD = { status: 200, headers: {}, retryAfterMs: undefined } as const

  function opened() {
    const clock = virtualTime()
    const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
    const ask = async (path = '', answer: Parameters<Settle>[0] = GOOD, method = 'GET') => {
      const settle = await throttle.admit(method, path, signal())
      settle(answer)
    }
    return { throttle, clock, ask }
  }

  const CLOSED = { reason: 'Throttled', retryAfterMs: 60_000 }

  test('stops no other, and nobody waits for it', async () => {
    const { throttle, clock, ask } = opened()
    await ask(A, REFUSED)
    await expect(ask(A)).rejects.toMatchObject(CLOSED)
    await expect(ask(`${A}/deployments`)).rejects.toMatchObject(CLOSED)
    await ask(B)
    await ask(`${B}/deployments/blue`)
    await ask(ENDPOINTS)
    await ask(A, GOOD, 'PUT')
    expect(throttle.areReadsClosed()).toBe(false)
    expect(clock.now()).toBe(1_000_000)
    await clock.sleep(60_000, signal())
    await ask(A)
    await ask(A)
  })

  test('is closed for as long as it was to be, when a clock was set back', async () => {
    let time = 10_000_000
    const clock = { now: () => time, sleep: () => Promise.resolve() }
    const throttle = openThrottle({ limits: DEFAULT_LIMITS, clock, meter: samples().meter })
    for (const path of [A, ENDPOINTS]) {
      const settle = await throttle.admit('GET', path ?? '', signal())
      settle(REFUSED)
    }
    time -= 3_600_000
    expect(throttle.areReadsClosed()).toBe(true)
    time += 60_000
    expect(throttle.areReadsClosed()).toBe(false)
    await throttle.admit('GET', A ?? '', signal())
  })

  test.each(['mfeOperationsStatus/1', 'mfeOperationResults/1', 'usages', 'vmSizes'])(
    'may be one of the region, and stops no other: %s',
    async (page) => {
      const { throttle, ask } = opened()
      const path = `/subscriptions/s/providers/P/locations/eastus/${page}`
      await ask(path, REFUSED)
      await expect(ask(path)).rejects.toMatchObject(CLOSED)
      expect(throttle.areReadsClosed()).toBe(false)
      await ask(A)
      await ask(ENDPOINTS)
    },
  )

  test('again and again stops no other either, though nothing else is asked meanwhile', async () => {
    const { clock, ask } = opened()
    for (let window = 0; window < 4; window += 1) {
      await ask(A, REFUSED, 'PUT')
      await clock.sleep(60_000, signal())
    }
    await ask(A, REFUSED, 'PUT')
    await ask(B, GOOD, 'PUT')
  })

  test('is probed by one request when its window is over', async () => {
    const { throttle, clock, ask } = opened()
    await ask(A, REFUSED)
    await clock.sleep(60_000, signal())
    const probe = await throttle.admit('GET', A ?? '', signal())
    let isSent = false
    const next = ask(A).then(() => {
      isSent = true
    })
    await ask(B)
    expect(isSent).toBe(false)
    probe(GOOD)
    await next
    expect(isSent).toBe(true)
  })

  test('holds no place for a write to it, and all places for others', async () => {
    const { throttle, ask } = opened()
    await ask(A, REFUSED, 'PUT')
    expect(() => throttle.hold('PUT', `${A}/deployments/blue`)).toThrow(
      expect.objectContaining(CLOSED),
    )
    expect(throttle.hold('PUT', B ?? '')).toBeInstanceOf(Function)
  })

  test.each<[string, readonly (readonly [string | undefined, Parameters<Settle>[0]])[]]>([
    [
      'three are refused in a row',
      [
        [A, REFUSED],
        [B, REFUSED],
        [C, REFUSED],
      ],
    ],
    ['the answer says that nothing is left', [[A, { ...REFUSED, headers: { [LEFT]: '0' } }]]],
    ['it was no single thing', [[ENDPOINTS, REFUSED]]],
  ])('closes all when %s', async (_, refusals) => {
    const { throttle, ask } = opened()
    for (const [path, answer] of refusals) await ask(path, answer)
    expect(throttle.areReadsClosed()).toBe(true)
    await expect(ask(D)).rejects.toMatchObject(CLOSED)
    await ask(D, GOOD, 'PUT')
  })

  test('an empty bucket of deployments holds no other write, not even one to the same endpoint', async () => {
    const { ask } = opened()
    const headers = { 'x-ms-ratelimit-remaining-subscription-resource-requests': '0' }
    for (const path of [A, B, C, D])
      await ask(`${path}/deployments/blue`, { ...REFUSED, headers }, 'PUT').catch(() => {})
    await expect(ask(`${D}/deployments/blue`, GOOD, 'PUT')).rejects.toMatchObject(CLOSED)
    await ask(A, GOOD, 'PUT')
    await ask(D, GOOD, 'PUT')
  })

  test('two that are refused for ever stop no other either', async () => {
    const { throttle, clock, ask } = opened()
    for (let turn = 0; turn < 10; turn += 1) {
      await ask(A, REFUSED)
      await ask(B, REFUSED)
      for (const path of [C, D, C, D]) await ask(path)
      expect(throttle.areReadsClosed()).toBe(false)
      await clock.sleep(60_000, signal())
    }
  })
})
