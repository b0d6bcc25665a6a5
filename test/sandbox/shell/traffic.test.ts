import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { pick, strikes } from '../../../src/sandbox/scoring/share.ts'
import { createDataPlane, type DataPlane, deployment, endpoint } from './data-plane.ts'

const naming = `
import os, time, json
def init():
    pass
def run(raw):
    time.sleep(json.loads(raw))
    return os.environ["NAME"]
`

let plane: DataPlane
let code: string
beforeAll(async () => {
  plane = createDataPlane(async (token) => {
    if (token === 'all') return { objectId: 'a' }
    return token === 'reader' ? { objectId: 'r', actions: ['x/read'] } : undefined
  })
  code = await plane.upload('naming', { 'score.py': naming })
})
afterAll(() => plane.runtime.close())

function named(name: string, change: Parameters<typeof deployment>[1] = {}) {
  return deployment(code, {
    name,
    environmentVariables: { NAME: name },
    maxConcurrentRequestsPerInstance: 20,
    ...change,
  })
}

async function tally(requests: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (let sent = 0; sent < requests; sent += 1) {
    const { status, body } = await plane.post(0)
    const key = status === 200 ? JSON.parse(body) : String(status)
    found[key] = (found[key] ?? 0) + 1
  }
  return found
}

function requestsOf(name: string, isMirrored: boolean): number {
  return plane.counters
    .read()
    .filter(({ deployment, mirrored }) => deployment === name && mirrored === isMirrored)
    .reduce((sum, { requests }) => sum + requests, 0)
}

describe('live traffic', () => {
  test('is split exactly by weight over a hundred requests', async () => {
    const traffic = { blue: 90, green: 10 }
    await plane.show(endpoint([named('blue'), named('green')], { traffic }))
    expect(await tally(100)).toEqual({ blue: 90, green: 10 })
  })

  test('moves with the weights, without a failed request', async () => {
    const deployments = [named('blue'), named('green')]
    for (const green of [0, 5, 50, 100]) {
      await plane.show(endpoint(deployments, { traffic: { blue: 100 - green, green } }))
      const { green: found = 0, blue = 0, ...others } = await tally(100)
      expect(others).toEqual({})
      expect(Math.abs(found - green)).toBeLessThanOrEqual(1)
      expect(found + blue).toBe(100)
    }
  })

  test('without a positive weight is 404 with the words of Azure', async () => {
    await plane.show(endpoint([named('blue')], { traffic: {} }))
    const answer = await plane.post(0)
    expect(answer.status).toBe(404)
    expect(answer.body).toContain('No valid deployments to route to.')
  })

  test('of an endpoint that does not exist is 404', async () => {
    expect((await plane.post(0, { endpoint: 'nobody' })).status).toBe(404)
  })

  test('picks are fair for all weights', () => {
    const weights = fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.nat(100))
    fc.assert(
      fc.property(weights, (given) => {
        const total = Object.values(given).reduce((sum, weight) => sum + weight, 0)
        const owed = new Map<string, number>()
        const found = new Map<string | undefined, number>()
        for (let turn = 0; turn < total; turn += 1) {
          const name = pick(owed, given)
          found.set(name, (found.get(name) ?? 0) + 1)
        }
        for (const [name, weight] of Object.entries(given)) {
          if ((found.get(name) ?? 0) !== weight) return false
        }
        return true
      }),
      { numRuns: 200 },
    )
  })

  test('a share of any percentage strikes that often in each hundred', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (percent) => {
        const owed = new Map<string, number>()
        let hits = 0
        for (let turn = 0; turn < 100; turn += 1) hits += strikes(owed, 'x', percent) ? 1 : 0
        return hits === percent
      }),
    )
  })
})

describe('the header azureml-model-deployment', () => {
  test('reaches a deployment without weight', async () => {
    await plane.show(endpoint([named('blue'), named('green')], { traffic: { blue: 100 } }))
    const answer = await plane.post(0, { headers: { 'azureml-model-deployment': 'green' } })
    expect(answer).toMatchObject({ status: 200, body: '"green"' })
    expect(answer.headers['azureml-model-deployment']).toBe('green')
  })

  test('with an unknown name is 404', async () => {
    const answer = await plane.post(0, { headers: { 'azureml-model-deployment': 'red' } })
    expect(answer.status).toBe(404)
  })

  test('does not reach a deployment that was never provisioned', async () => {
    const unready = named('red', { inForce: false, provisioningState: 'Creating' })
    await plane.show(endpoint([named('blue'), unready]))
    const answer = await plane.post(0, { headers: { 'azureml-model-deployment': 'red' } })
    expect(answer.status).toBe(404)
  })
})

describe('mirrored traffic', () => {
  test('copies its percentage, waits for no answer, and shows none', async () => {
    const slow = named('shadow', { requestTimeoutMs: 60_000 })
    const mirrorTraffic = { shadow: 20 }
    await plane.show(endpoint([named('blue'), slow], { mirrorTraffic }))
    expect(await tally(100)).toEqual({ blue: 100 })
    await until(() => requestsOf('shadow', true) === 20)
    expect(requestsOf('shadow', false)).toBe(0)
  })

  test('does not copy requests that name their deployment', async () => {
    const before = requestsOf('shadow', true)
    for (let sent = 0; sent < 20; sent += 1) {
      await plane.post(0, { headers: { 'azureml-model-deployment': 'blue' } })
    }
    expect(requestsOf('shadow', true)).toBe(before)
  })
})

describe('who may score', () => {
  const auth = (authorization: string) => ({ headers: { authorization } })

  test.each([
    ['the primary key', 'Bearer primary', 200, ''],
    ['the secondary key', 'Bearer secondary', 200, ''],
    ['another key', 'Bearer wrong', 401, 'key_auth_access_denied'],
    ['no scheme', 'primary', 401, 'key_auth_bad_header_forbidden'],
    ['another scheme', 'Basic cHJpbWFyeTo=', 401, 'key_auth_bad_header_forbidden'],
    ['nothing', '', 401, 'key_auth_bad_header_forbidden'],
  ])('by key: %s', async (_, authorization, status, text) => {
    await plane.show(endpoint([named('blue')]))
    const answer = await plane.post(0, auth(authorization))
    expect(answer.status).toBe(status)
    if (text) expect(answer.body).toBe(text)
  })

  test('an empty key opens nothing', async () => {
    const keys = { primaryKey: '', secondaryKey: '' }
    await plane.show(endpoint([named('blue')], { keys }))
    expect((await plane.post(0, auth('Bearer '))).status).toBe(401)
  })

  test('by AML token: those handed out, and no key', async () => {
    await plane.show(endpoint([named('blue')], { authMode: 'AMLToken', tokens: ['t1'] }))
    expect((await plane.post(0, auth('Bearer t1'))).status).toBe(200)
    expect((await plane.post(0, auth('Bearer primary'))).status).toBe(401)
  })

  test('by Entra token: those of a caller with the score action', async () => {
    await plane.show(endpoint([named('blue')], { authMode: 'AADToken' }))
    expect((await plane.post(0, auth('Bearer all'))).status).toBe(200)
    expect((await plane.post(0, auth('Bearer nobody'))).status).toBe(401)
    const denied = await plane.post(0, auth('Bearer reader'))
    expect(denied.status).toBe(403)
    expect(denied.body).toContain('Microsoft Entra Token denied by policy')
  })
})

describe('changes under traffic', () => {
  test('a new generation takes over without a failed request, and the old one ends', async () => {
    const first = named('rolling', { environmentVariables: { NAME: 'one' } })
    const second = { ...first, containerGeneration: 2, environmentVariables: { NAME: 'two' } }
    await plane.show(endpoint([first]))
    const answers = steadyTraffic(0.02)
    await plane.show(endpoint([second]))
    await until(() => answers.bodies.at(-1) === '"two"')
    await answers.stop()
    expect(answers.failed).toEqual([])
    expect(new Set(answers.bodies)).toEqual(new Set(['"one"', '"two"']))
  })

  test('a new generation that does not start leaves the old one serving', async () => {
    const first = named('kept', { environmentVariables: { NAME: 'old' } })
    await plane.show(endpoint([first]))
    const broken = await plane.upload('broken', { 'score.py': 'raise SystemExit(1)\n' })
    await plane.show(endpoint([{ ...first, codeUri: broken, containerGeneration: 2 }]))
    expect(plane.told.at(-1)).toBe('kept 2 crashed ResourceNotReady')
    expect((await plane.post(0)).body).toBe('"old"')
    // The workspace falls back to what was in force; nothing is started for it.
    await plane.show(endpoint([first]))
    expect(plane.told.at(-1)).toBe('kept 2 crashed ResourceNotReady')
    expect((await plane.post(0)).body).toBe('"old"')
  })

  test('a deployment that is deleted finishes the requests it has', async () => {
    await plane.show(endpoint([named('leaving'), named('staying')]))
    const pinned = plane.post(0.5, { headers: { 'azureml-model-deployment': 'leaving' } })
    await new Promise((resolve) => setImmediate(resolve))
    await plane.show(endpoint([named('staying')]))
    expect((await pinned).body).toBe('"leaving"')
    const after = await plane.post(0, { headers: { 'azureml-model-deployment': 'leaving' } })
    expect(after.status).toBe(404)
  })

  test('blue to green, and the end of blue, without a failed request', async () => {
    const [blue, green] = [named('blue'), named('green')]
    await plane.show(endpoint([blue, green], { traffic: { blue: 100 } }))
    const answers = steadyTraffic(0.01)
    for (const share of [10, 50, 100]) {
      const before = answers.bodies.length
      await plane.show(endpoint([blue, green], { traffic: { blue: 100 - share, green: share } }))
      await until(() => answers.bodies.length > before + 30)
    }
    await plane.show(endpoint([green], { traffic: { green: 100 } }))
    const before = answers.bodies.length
    await until(() => answers.bodies.length > before + 30)
    await answers.stop()
    expect(answers.failed).toEqual([])
    expect(answers.bodies.at(-1)).toBe('"green"')
  })
})

describe('faults of a model', () => {
  test('strike their share of requests with the status of the model', async () => {
    const faults = [{ name: 'FailingModel', percent: 25, status: 500 }]
    await plane.show(endpoint([named('blue', { faults })]))
    expect(await tally(20)).toEqual({ blue: 15, 424: 5 })
  })

  test('delay every answer, up to the time-out', async () => {
    const faults = [{ name: 'SlowModel', delayMs: 400 }]
    await plane.show(endpoint([named('blue', { faults, requestTimeoutMs: 100 })]))
    expect((await plane.post(0)).status).toBe(408)
  })
})

/** Two clients that ask without a pause until they are told to stop. */
function steadyTraffic(seconds: number) {
  const bodies: string[] = []
  const failed: number[] = []
  let isStopped = false
  async function ask(): Promise<void> {
    while (!isStopped) {
      const { status, body } = await plane.post(seconds)
      if (status === 200) bodies.push(body)
      else failed.push(status)
    }
  }
  const clients = Promise.all([ask(), ask()])
  return {
    bodies,
    failed,
    async stop() {
      isStopped = true
      await clients
    },
  }
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error('It did not come to pass in 10 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
