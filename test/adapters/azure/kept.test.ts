import { describe, expect, test } from '@jest/globals'
import type { Live } from '../../../src/core/model/live.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { ARM, endpointBody, NOTHING, ROOT, signal, stage, workspaceOf } from './stage.ts'

const LINK = '/properties/properties/AzureAsyncOperationUri'
const deployment = (name: string): JsonObject => ({
  id: `x/onlineEndpoints/fraud/deployments/${name}`,
  name,
  properties: { provisioningState: 'Succeeded', model: 'one', list: [1, { a: null }] },
})

/** A workspace whose endpoint is as it is told before each look; what a look gives, by name. */
function looks() {
  let bodies: { [path: string]: JsonObject } = {
    'onlineEndpoints/fraud': withValue(endpointBody('fraud'), LINK, 'https://x/od:ws:1?t=1&s=a'),
    'onlineEndpoints/fraud/deployments/blue': deployment('blue'),
  }
  const failure = {
    body: { status: 'Failed', error: { code: 'OutOfQuota', message: 'none left' } },
  }
  const refused = new Set<string>()
  const azure = stage((request) => {
    const { path, url } = request
    if (refused.has(path) || refused.has(`${path}${url.search}`))
      return { status: 403, body: { error: { code: 'X' } } }
    return path === 'failed' ? failure : workspaceOf(bodies)(request)
  })
  return {
    sent: azure.sent,
    refuse: (path: string) => refused.add(path),
    change(path: string, change: (body: JsonObject) => JsonObject | undefined) {
      const { [path]: body = {}, ...others } = bodies
      const changed = change(body)
      bodies = changed === undefined ? others : { ...others, [path]: changed }
    },
    async look(): Promise<{ readonly [name: string]: Live }> {
      const { resources } = await azure.cloud.observe(NOTHING, signal())
      return Object.fromEntries(resources.map((live) => [live.ref.name, live]))
    },
  }
}

const OUT_OF_QUOTA = { code: 'OutOfQuota', message: 'none left' }

/** Its last operation has failed, and is told of at this address. */
function failedAt(path: string): (body: JsonObject) => JsonObject {
  return (body) =>
    withValue(
      withValue(body, '/properties/provisioningState', 'Failed'),
      LINK,
      `${ARM}${ROOT}/${path}`,
    )
}

const FRAUD = 'onlineEndpoints/fraud'
const DEPLOYMENTS = 'onlineEndpoints/fraud/deployments'
const BLUE = `${DEPLOYMENTS}/blue`

describe('what is read again', () => {
  test('is the same object as long as Azure says the same of it', async () => {
    const { look } = looks()
    const [first, second] = [await look(), await look()]
    expect(Object.keys(first)).toEqual(['fraud', 'blue'])
    expect(second.fraud).toBe(first.fraud)
    expect(second.blue).toBe(first.blue)
  })

  test('is the same object though the address of its last operation is signed anew', async () => {
    const { look, change } = looks()
    const first = await look()
    change(FRAUD, (body) => withValue(body, LINK, 'https://x/od:ws:1?t=2&s=b'))
    expect((await look()).fraud).toBe(first.fraud)
  })

  test('is the same object as long as it has failed for the same reason', async () => {
    const { look, change } = looks()
    change(BLUE, failedAt('failed?t=1'))
    const first = await look()
    expect(first.blue?.failure).toEqual(OUT_OF_QUOTA)
    expect((await look()).blue).toBe(first.blue)
  })

  test('is asked why it failed at the address as it was signed last', async () => {
    const { look, change, refuse } = looks()
    refuse('failed?t=1')
    refuse('failed?t=2')
    change(BLUE, failedAt('failed?t=1'))
    const first = await look()
    expect(first.blue?.failure).toBeUndefined()
    change(BLUE, failedAt('failed?t=2'))
    expect((await look()).blue).toBe(first.blue)
    change(BLUE, failedAt('failed?t=3'))
    expect((await look()).blue?.failure).toEqual(OUT_OF_QUOTA)
  })

  test('is asked once why it failed, however often the address is signed anew', async () => {
    const { look, change, sent } = looks()
    change(BLUE, failedAt('failed?t=1'))
    const first = await look()
    change(BLUE, failedAt('failed?t=2'))
    expect((await look()).blue).toBe(first.blue)
    expect(sent().filter((one) => one === 'GET failed')).toHaveLength(1)
  })

  test('is asked again why it failed after another operation', async () => {
    const { look, change, sent } = looks()
    change(BLUE, failedAt('before/failed?t=1'))
    expect((await look()).blue?.failure).toBeUndefined()
    change(BLUE, failedAt('failed?t=1'))
    expect((await look()).blue?.failure).toEqual(OUT_OF_QUOTA)
    expect(sent().filter((one) => one.endsWith('failed'))).toHaveLength(2)
  })

  test.each<readonly [string, (body: JsonObject) => JsonObject]>([
    ['a value', (body) => withValue(body, '/properties/description', 'x')],
    ['a value that is gone', (body) => withValue(body, '/properties', {})],
    ['its state', (body) => withValue(body, '/properties/provisioningState', 'Updating')],
    ['another operation', (body) => withValue(body, LINK, 'https://x/od:ws:2?t=1&s=a')],
    ['an address elsewhere', (body) => withValue(body, '/tags/AzureAsyncOperationUri', 'x?t=2')],
  ])('is another object when Azure says something else of it: %s', async (_, changed) => {
    const { look, change } = looks()
    change(FRAUD, (body) => withValue(body, '/tags/AzureAsyncOperationUri', 'x?t=1'))
    const first = await look()
    change(FRAUD, changed)
    const second = await look()
    expect(second.fraud).not.toBe(first.fraud)
    expect(second.blue).toBe(first.blue)
  })

  test('is another object when its deployments could not be read', async () => {
    const { look, refuse } = looks()
    const first = await look()
    refuse(DEPLOYMENTS)
    const second = await look()
    expect([first.fraud?.phase, second.fraud?.phase]).toEqual(['Ready', 'Provisioning'])
    expect(second.fraud?.body).toEqual(first.fraud?.body)
  })

  test('is forgotten with the thing', async () => {
    const { look, change } = looks()
    change(`${DEPLOYMENTS}/green`, () => deployment('green'))
    const first = await look()
    change(BLUE, () => undefined)
    expect(Object.keys(await look())).toEqual(['fraud', 'green'])
    change(BLUE, () => deployment('blue'))
    const again = await look()
    expect(again.blue).toEqual(first.blue)
    expect(again.blue).not.toBe(first.blue)
  })
})
