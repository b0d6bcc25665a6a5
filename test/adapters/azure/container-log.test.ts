import { describe, expect, test } from '@jest/globals'
import { ARM, endpointBody, NOTHING, type Reply, signal, stage, workspaceOf } from './stage.ts'

/** Why a deployment failed is read with the end of its log: the operation says that the container crashed, the log says why. */

const URI = `${ARM}/mfeOperationsStatus/1`
const HEAD = 'Instance status:\nSystemSetup: Succeeded\n\nContainer events:\n\nContainer logs:\n'
const FAILED = endpointBody('blue', {
  provisioningState: 'Failed',
  properties: { AzureAsyncOperationUri: URI },
})
const LIVE = workspaceOf({
  'onlineEndpoints/fraud': endpointBody('fraud'),
  'onlineEndpoints/fraud/deployments/blue': FAILED,
})

function failedWith(logs: () => Reply | Promise<Reply>) {
  const azure = stage((request) => {
    if (request.url.href === URI)
      return {
        body: { status: 'Failed', error: { code: 'ResourceNotReady', message: 'It crashed.' } },
      }
    return request.method === 'POST' ? logs() : LIVE(request)
  })
  return {
    ...azure,
    async failure() {
      const { resources } = await azure.cloud.observe(NOTHING, signal())
      return resources.find(({ ref }) => ref.name === 'blue')?.failure
    },
  }
}

const told =
  (content: unknown): (() => Reply) =>
  () => ({ body: { content } as Reply['body'] })

describe('the end of the log of a failed deployment', () => {
  test('is its last four lines, without what Azure says of the instance, or has said already', async () => {
    const lines = [
      'one',
      'two',
      '',
      'three',
      'four',
      'five',
      "ModuleNotFoundError: No module named 'x'",
    ]
    const { failure, seen } = failedWith(told(`${HEAD}${lines.join('\n')}\n`))
    expect(await failure()).toEqual({
      ...{ code: 'ResourceNotReady', message: 'It crashed.' },
      log: "three | four | five | ModuleNotFoundError: No module named 'x'",
    })
    const [asked] = seen.filter(({ method }) => method === 'POST')
    expect(asked?.path).toBe('onlineEndpoints/fraud/deployments/blue/getLogs')
    expect(JSON.parse(asked?.body ?? '')).toEqual({ containerType: 'InferenceServer', tail: 16 })
  })

  test('is asked for once, whatever comes of it', async () => {
    const { failure, seen } = failedWith(() => ({ status: 403, body: {} }))
    for (const _ of [1, 2, 3]) expect(await failure()).toMatchObject({ message: 'It crashed.' })
    expect(seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('has no secret in it, one line, and a bounded length that keeps the last words', async () => {
    const secret = `AccountKey=${'Ab1+'.repeat(21)}Ab==`
    const { failure } = failedWith(
      told(`${HEAD}${secret}\n\u001b[31m${'x '.repeat(2_000)}\nthe end`),
    )
    const log = (await failure())?.log ?? ''
    expect(log).toMatch(/^\S+ \| \S*\[31m(?:x )*x?… \| the end$/)
    expect(log.length).toBeLessThanOrEqual(601)
    expect([...log].every((character) => character >= ' ')).toBe(true)
    expect(log).not.toContain('Ab1+Ab1+')
  })

  test('has no line of a key that goes over several', async () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'short line\n'.repeat(9)}-----END PRIVATE KEY-----`
    const { failure } = failedWith(told(`${HEAD}before\n${key}\nafter`))
    expect((await failure())?.log).toBe('before | [redacted] | after')
  })

  test('is looked for in the last 50,000 characters only', async () => {
    const { failure } = failedWith(
      told(`${HEAD}${'first\n'.repeat(20_000)}${'y'.repeat(40_000)}\nlast`),
    )
    expect((await failure())?.log).toMatch(/^first \| first \| y{200}… \| last$/)
    const endless = failedWith(told(`${HEAD}begin\n${'z'.repeat(60_000)}`))
    expect(await endless.failure()).not.toHaveProperty('log')
  })

  test.each<[string, () => Reply]>([
    ['no right to read it', () => ({ status: 403, body: {} })],
    ['no such deployment', () => ({ status: 404, body: {} })],
    ['too many requests', () => ({ status: 429, headers: { 'retry-after': '30' }, body: {} })],
    ['a fault of the service', () => ({ status: 500, body: {} })],
    ['no text', told(5)],
    ['an empty log', told(HEAD)],
    ['a text without its head', told('something else')],
  ])('is left out, and nothing else with it: %s', async (_, logs) => {
    const { failure } = failedWith(logs)
    expect(await failure()).toEqual({ code: 'ResourceNotReady', message: 'It crashed.' })
  })
})
