import { describe, expect, test } from '@jest/globals'
import { openProbeSender } from '../../../src/adapters/azure/scoring/probe-sender.ts'
import type { FaultOf } from '../../../src/core/model/probes/probe.ts'
import type { ProbeTraffic } from '../../../src/core/model/probes/probe-traffic.ts'
import type { GoldenRequest } from '../../../src/core/model/rollout.ts'
import type { Meter } from '../../../src/reconcile/ports.ts'
import {
  endpointBody,
  play,
  type Reply,
  type Seen,
  samples,
  tokens,
  type VirtualTime,
  virtualTime,
  WORKSPACE,
} from './stage.ts'

const HOST = 'fraud.norwayeast.inference.ml.azure.com'
const URI = `https://${HOST}/score`
const KEY = 'OnlineEndpoint/fraud'
const LONG = 3_600_000

function golden(name: string): GoldenRequest {
  const request = { of: name }
  return { name, request, status: 200, expect: { is: 'anything' }, maxLatencyMs: 500 }
}

function traffic(fields: Partial<ProbeTraffic> = {}): ProbeTraffic {
  const requests = ['a', 'b', 'c'].map(golden)
  return { key: KEY, endpoint: 'fraud', step: 'v1', requests, perMinute: 60, ...fields }
}

const faultOf: FaultOf = (_, { status }) =>
  status === 200 ? undefined : { is: 'status', message: `status ${status}` }

interface Service {
  readonly scoringUri?: string
  readonly keys?: readonly string[]
  score?(request: Seen): Reply | undefined | Promise<Reply | undefined>
}

const PASSED: Reply = { body: 1, headers: { 'azureml-model-deployment': 'blue' } }

/** A sender before an endpoint that the test plays. */
function sending({ scoringUri = URI, keys = ['key-1', 'key-2'], score }: Service = {}) {
  const left = [...keys]
  const { transport, seen } = play((request) => {
    if (request.path.endsWith('/score')) return score?.(request) ?? PASSED
    if (request.path === 'onlineEndpoints/fraud')
      return { body: endpointBody('fraud', { authMode: 'Key', scoringUri }) }
    if (request.path === 'onlineEndpoints/fraud/listKeys')
      return { body: { primaryKey: left.shift(), secondaryKey: 'other' } }
    return undefined
  })
  const clock = virtualTime()
  const told: string[] = []
  const meter: Meter = {
    ...samples().meter,
    probe: (result) => told.push(result),
  }
  const sender = openProbeSender({
    ...{ workspace: WORKSPACE, credential: tokens(), transport, clock, meter, faultOf },
  })
  const scored = () => seen.filter(({ path }) => path.endsWith('/score'))
  return { sender, clock, seen, scored, told }
}

/** Lets the virtual clock go on for so long, beside whatever sleeps. */
function pass(clock: VirtualTime, ms: number): Promise<void> {
  return clock.sleep(ms, new AbortController().signal)
}

const bodies = (seen: readonly Seen[]) => seen.map(({ body }) => JSON.parse(body).of as string)

describe('probes', () => {
  test('are sent at their rate, by the traffic split, each once a round', async () => {
    const { sender, clock, scored, told } = sending()
    sender.keep([traffic()], LONG)
    await pass(clock, 60_500)
    await sender.close()
    expect(scored()).toHaveLength(60)
    expect(scored().every(({ headers }) => !('azureml-model-deployment' in headers))).toBe(true)
    expect(scored().every(({ url }) => url.href === URI)).toBe(true)
    const rounds = Array.from({ length: 20 }, (_, round) =>
      bodies(scored().slice(3 * round, 3 * round + 3)),
    )
    expect(rounds.every((round) => round.toSorted().join() === 'a,b,c')).toBe(true)
    expect(new Set(rounds.map(String)).size).toBeGreaterThan(3)
    expect(told).toEqual(Array(60).fill('passed'))
  })

  test('go on while the same step wants them, and begin anew with another one', async () => {
    const { sender, clock, seen } = sending()
    sender.keep([traffic()], LONG)
    await pass(clock, 2500)
    sender.keep([traffic({ requests: ['a', 'b', 'c'].map(golden) })], LONG)
    await pass(clock, 2000)
    expect(sender.counts().get(KEY)).toEqual({ sent: 4, failed: 0, unanswered: 0 })
    sender.keep([traffic({ step: 'v2' })], LONG)
    await pass(clock, 2500)
    expect(sender.counts().get(KEY)).toEqual({ sent: 2, failed: 0, unanswered: 0 })
    await sender.close()
    expect(seen.filter(({ path }) => path.endsWith('/listKeys'))).toHaveLength(2)
  })

  test('end at once when nobody wants them any more, also those that are under way', async () => {
    const answer = Promise.withResolvers<Reply>()
    const { sender, clock, scored } = sending({ score: () => answer.promise })
    sender.keep([traffic()], LONG)
    await pass(clock, 3500)
    expect(scored()).toHaveLength(3)
    sender.keep([], 0)
    await sender.close()
    answer.resolve(PASSED)
    await pass(clock, 10_000)
    expect(scored()).toHaveLength(3)
    expect(sender.counts()).toEqual(new Map())
  })

  test('end by themselves when it is not said again that they are wanted', async () => {
    const { sender, clock, scored } = sending()
    sender.keep([traffic()], 5000)
    await pass(clock, 3000)
    sender.keep([traffic()], 5000)
    await pass(clock, 60_000)
    expect(scored()).toHaveLength(7)
    sender.keep([traffic()], 5000)
    await pass(clock, 3500)
    expect(scored()).toHaveLength(10)
    await sender.close()
  })

  test('are no more than so many at once before an endpoint that does not answer, and never a burst', async () => {
    const answers: (() => void)[] = []
    const { sender, clock, scored } = sending({
      score: () => new Promise((resolve) => answers.push(() => resolve(PASSED))),
    })
    sender.keep(
      [traffic({ perMinute: 600, requests: [{ ...golden('a'), maxLatencyMs: 180_000 }] })],
      LONG,
    )
    await pass(clock, 60_000)
    expect(scored()).toHaveLength(20)
    for (const reply of answers) reply()
    await pass(clock, 1050)
    expect(scored().length).toBeLessThanOrEqual(31)
    await sender.close()
  })

  test('are not made up for by a process that was held up', async () => {
    const { sender, clock, scored } = sending()
    sender.keep([traffic()], LONG)
    await pass(clock, 2500)
    clock.advance(30_000)
    await pass(clock, 3000)
    expect(scored().length).toBeLessThanOrEqual(2 + 4)
    await sender.close()
  })

  test('count what is not answered as its file says, and what has no answer', async () => {
    const replies: Reply[] = [
      { status: 424, body: 'boom', headers: { 'azureml-model-deployment': 'green' } },
      { status: 408, body: 'late' },
      { status: 429, body: '', headers: { 'retry-after': '30' } },
    ]
    const { sender, clock, scored, told } = sending({ score: () => replies.shift() ?? PASSED })
    sender.keep([traffic()], LONG)
    await pass(clock, 3500)
    expect(sender.counts().get(KEY)).toEqual({
      ...{ sent: 3, failed: 2, unanswered: 1 },
      problem: { reason: 'Throttled', message: 'The endpoint takes no more requests for now.' },
    })
    await pass(clock, 29_000)
    expect(scored()).toHaveLength(3)
    await pass(clock, 3000)
    expect(told.slice(0, 4)).toEqual([...['failed', 'failed', 'unanswered', 'passed']])
    await sender.close()
  })

  test('take a renewed key once, and do not hammer with one that is refused', async () => {
    const { sender, clock, scored, seen } = sending({
      keys: ['key-1', 'key-2', 'key-3'],
      score: () => ({ status: 401, body: '' }),
    })
    sender.keep([traffic()], LONG)
    await pass(clock, 60_000)
    expect(scored().length).toBeLessThanOrEqual(2)
    expect(seen.filter(({ path }) => path.endsWith('/listKeys')).length).toBeLessThanOrEqual(2)
    expect(sender.counts().get(KEY)?.problem?.reason).toBe('Unauthorized')
    await sender.close()
  })

  test('a key that was renewed in Azure costs no request, and is no problem', async () => {
    const renewed = 120_000
    const { sender, clock, scored } = sending({
      score: ({ headers }) =>
        clock.now() - 1_000_000 < renewed || headers.authorization === 'Bearer key-2'
          ? PASSED
          : { status: 401, body: '' },
    })
    sender.keep([traffic()], LONG)
    await pass(clock, 130_500)
    expect(sender.counts().get(KEY)).toEqual({ sent: 130, failed: 0, unanswered: 0 })
    expect(scored()).toHaveLength(131)
    await sender.close()
  })

  test('of several that are under way as a key is renewed, each is sent once more by one fresh key', async () => {
    const refused = Promise.withResolvers<undefined>()
    const { sender, clock, scored, seen } = sending({
      score: async ({ headers }) => {
        if (headers.authorization === 'Bearer key-2' || clock.now() - 1_000_000 < 120_000)
          return PASSED
        await refused.promise
        return { status: 401, body: '' }
      },
    })
    sender.keep([traffic()], LONG)
    await pass(clock, 122_500)
    refused.resolve(undefined)
    await pass(clock, 500)
    const { sent = 0, unanswered } = sender.counts().get(KEY) ?? {}
    expect(unanswered).toBe(0)
    expect(scored().length - sent).toBeGreaterThanOrEqual(2)
    expect(seen.filter(({ path }) => path.endsWith('/listKeys'))).toHaveLength(2)
    await sender.close()
  })

  test.each(['http://fraud.norwayeast.inference.ml.azure.com/score', 'https://evil.example/score'])(
    'send no key to %s',
    async (scoringUri) => {
      const { sender, clock, seen } = sending({ scoringUri })
      sender.keep([traffic()], LONG)
      await pass(clock, 10_000)
      await sender.close()
      expect(seen.filter(({ url }) => url.hostname !== 'management.azure.com')).toEqual([])
      expect(seen.some(({ path }) => path.endsWith('/listKeys'))).toBe(false)
    },
  )

  test('without an answer of ARM nothing is thrown, and a later attempt gets in', async () => {
    let isDown = true
    const { transport } = play(({ path }) => {
      if (isDown) throw new Error('socket')
      if (path.endsWith('/score')) return PASSED
      if (path.endsWith('/listKeys')) return { body: { primaryKey: 'k', secondaryKey: 'l' } }
      return { body: endpointBody('fraud', { authMode: 'Key', scoringUri: URI }) }
    })
    const clock = virtualTime()
    const { meter } = samples()
    const sender = openProbeSender({
      workspace: WORKSPACE,
      credential: tokens(),
      transport,
      clock,
      meter,
      faultOf,
    })
    sender.keep([traffic()], LONG)
    await pass(clock, 30_000)
    isDown = false
    await pass(clock, 200_000)
    const { sent = 0, unanswered = 0 } = sender.counts().get(KEY) ?? {}
    expect(unanswered).toBeGreaterThan(0)
    expect(sent).toBeGreaterThan(unanswered)
    await sender.close()
  })
})
