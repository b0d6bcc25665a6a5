import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals'
import type { Behaviour, EndpointView } from '../../../src/sandbox/core/contract.ts'
import { startSandbox } from '../../../src/sandbox/index.ts'
import { createTrafficDesk } from '../../../src/sandbox/rehearsal/desk.ts'
import { createRealStage } from '../../../src/sandbox/rehearsal/real-stage.ts'
import { createCounters } from '../../../src/sandbox/scoring/counters/counters.ts'
import { play } from '../../../src/sandbox/scoring/simulated/play.ts'
import { createRandom } from '../../../src/sandbox/scoring/simulated/random.ts'
import { createDataPlane, deployment, endpoint } from '../shell/data-plane.ts'
import { MINUTE } from './stage.ts'

const FAILING: Behaviour = { errorRatio: 0.3, latencySigma: 0, slowRatio: 0, slowFactor: 1 }
const echo = 'def init(): pass\ndef run(raw): return "from the script"\n'

describe('a declared behaviour in real time', () => {
  const plane = createDataPlane()
  afterAll(() => plane.runtime.close())

  test('fails as many requests of a scoring script as it says, those that its seed says', async () => {
    const code = await plane.upload('echo', { 'score.py': echo })
    await plane.show(endpoint([deployment(code, { behaviour: FAILING })]))
    const dice = { random: createRandom('7/fraud/blue'), owed: new Map(), asked: { count: 0 } }
    for (let sent = 0; sent < 40; sent += 1) {
      const { status, headers, body } = await plane.post({})
      const isGood = play([], FAILING, dice).status === 200
      expect(status).toBe(isGood ? 200 : 424)
      if (isGood) expect(body).toBe('"from the script"')
      else expect(headers['ms-azureml-model-error-statuscode']).toBe('500')
    }
  })

  test('makes a scoring script slower, up to the time-out', async () => {
    const code = await plane.upload('echo', { 'score.py': echo })
    const slow: Behaviour = { ...FAILING, errorRatio: 0, latencyMs: 150 }
    await plane.show(endpoint([deployment(code, { name: 'slow', behaviour: slow })]))
    const { status, headers } = await plane.post({})
    expect(status).toBe(200)
    expect(Number(headers['ms-azureml-model-time'])).toBeGreaterThanOrEqual(149)
    const short = deployment(code, { name: 'slow', behaviour: slow, requestTimeoutMs: 50 })
    await plane.show(endpoint([short]))
    expect((await plane.post({})).status).toBe(408)
  })

  test('answers by itself where there is no script', async () => {
    const { codeUri: _, scoringScript: __, ...view } = deployment('', { name: 'declared' })
    const behaviour = { ...FAILING, errorRatio: 0, answer: { score: 1 } }
    await plane.show(endpoint([{ ...view, behaviour }]))
    expect(plane.told.at(-1)).toBe('declared 1 declared')
    const { status, body } = await plane.post({})
    expect([status, body]).toEqual([200, '{"score":1}'])
  })
})

describe('traffic in real time', () => {
  afterEach(() => void jest.useRealTimers())

  function desk(views: readonly EndpointView[]) {
    jest.useFakeTimers({ now: 1_000_000_300 })
    const counters = createCounters(Date.now())
    const stage = createRealStage({ seed: 1, counters, views: () => views, now: Date.now })
    return createTrafficDesk(stage)
  }

  test('comes as the clock goes on, and fails where nothing is declared', () => {
    const blue = deployment('', { name: 'blue', behaviour: { ...FAILING, errorRatio: 0 } })
    const green = deployment('', { name: 'green' })
    const traffic = { blue: 50, green: 50 }
    const { begin, figures, end } = desk([endpoint([blue, green], { traffic })])
    begin({ endpoint: 'Fraud', rate: 100, arrivals: 'even' })
    jest.advanceTimersByTime(MINUTE)
    const { requests, failed, byDeployment } = figures().fraud ?? {}
    // The last whole second ended 300 ms ago.
    expect(requests).toBe(5970)
    expect(byDeployment?.blue?.failed).toBe(0)
    expect(byDeployment?.green?.failed).toBe(failed)
    expect(byDeployment?.green?.requests).toBe(failed)
    end()
    jest.advanceTimersByTime(MINUTE)
    expect(figures().fraud?.requests).toBe(requests)
  })

  test('of an endpoint is one at a time', () => {
    const { begin, figures } = desk([endpoint([])])
    begin({ endpoint: 'fraud', rate: 1000 })
    begin({ endpoint: 'FRAUD', rate: 1, arrivals: 'even' })
    jest.advanceTimersByTime(MINUTE)
    expect(figures().fraud?.requests).toBeLessThanOrEqual(60)
  })

  test.each([
    ['no endpoint', { rate: 1 }, 'endpoint must be'],
    ['a seed that is none', { endpoint: 'e', rate: 1, seed: 'x' }, 'seed must be'],
    ['arrivals of another kind', { endpoint: 'e', rate: 1, arrivals: 'odd' }, 'arrivals must be'],
    ['no rate', { endpoint: 'e' }, 'A rate is'],
    ['nothing', null, 'endpoint must be'],
  ])('is refused for %s', (_, asked, words) => {
    expect(() => desk([]).begin(asked)).toThrow(words)
  })

  test('is set going and told of by a sandbox that runs nothing', async () => {
    const sandbox = await startSandbox({ runsScripts: false, progress: 'immediate' })
    try {
      const at = (path: string) => `${sandbox.arm}/sandbox/${path}`
      const json = { 'content-type': 'application/json' }
      const post = (body: unknown, headers: Record<string, string> = json) =>
        fetch(at('traffic'), { method: 'POST', headers, body: JSON.stringify(body) })
      expect((await post({ endpoint: 'fraud', rate: 50 }, {})).status).toBe(415)
      expect((await post({ endpoint: 'fraud', rate: -1 })).status).toBe(400)
      expect((await post({ endpoint: 'fraud', rate: 200, arrivals: 'even' })).status).toBe(204)
      const told = async () => (await (await fetch(at('traffic'))).json()) as Told
      const giveUpAt = Date.now() + 10_000
      while (((await told()).fraud?.requests ?? 0) < 200) {
        if (Date.now() > giveUpAt) throw new Error('No traffic came in 10 s')
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      expect((await fetch(at('traffic'), { method: 'DELETE' })).status).toBe(204)
      const last = await told()
      // There is no such endpoint: every request of a user fails.
      expect(last.fraud?.failed).toBe(last.fraud?.requests)
    } finally {
      await sandbox.close()
    }
  })
})

type Told = Readonly<Record<string, { readonly requests: number; readonly failed: number }>>
