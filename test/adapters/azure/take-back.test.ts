import { describe, expect, test } from '@jest/globals'
import { lastWriteIn } from '../../../src/core/model/basis.ts'
import type { Action } from '../../../src/core/model/plan.ts'
import type { Ref } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import {
  actionFor,
  endpointBody,
  NO_CONTENT,
  NOTHING,
  type Reply,
  type Seen,
  type Stage,
  signal,
  stage,
  workspaceOf,
} from './stage.ts'

const FRAUD: Ref = { kind: 'OnlineEndpoint', name: 'fraud' }
const BLUE: Ref = { kind: 'OnlineDeployment', name: 'blue', parent: 'fraud' }
const RECORD = '/tags/verdigris.rollout'

function fraud(properties: JsonObject = {}, tags: JsonObject = { 'verdigris.rollout': 'r1' }) {
  return { ...endpointBody('fraud', { traffic: { green: 100 }, ...properties }), tags }
}

const PLANNED = fraud()
const ACCEPTED = (): Reply => ({ status: 200, body: PLANNED })

/** All traffic to blue, as long as the record is r1. */
const BACK: Action = {
  ...actionFor(FRAUD, PLANNED, fraud({ traffic: { blue: 100, green: 0 } })),
  isUrgent: true,
  onto: {
    fields: [
      { path: '/properties/traffic', value: { blue: 100, green: 0 } },
      { path: RECORD, value: 'r2' },
    ],
    dropped: [],
    witness: { path: RECORD, value: 'r1' },
  },
}

/** The endpoint as it is by now; writes get `reply`. */
function endpointIs(live: JsonObject, reply: (request: Seen) => Reply = ACCEPTED): Stage {
  const read = workspaceOf({ 'onlineEndpoints/fraud': live })
  return stage((request) => (request.method === 'GET' ? read(request) : reply(request)))
}

function sentBody({ seen }: Stage): JsonObject | undefined {
  const put = seen.find(({ method }) => method === 'PUT')
  return put && JSON.parse(put.body)
}

describe('a take-back (S27)', () => {
  test('is laid over what a GET shows now, whatever else has moved', async () => {
    const now = fraud({ traffic: { green: 90, pink: 10 }, description: 'theirs' })
    const azure = endpointIs(now)
    expect(await azure.cloud.start(BACK, NO_CONTENT, signal())).toMatchObject({ result: 'Started' })
    expect(sentBody(azure)).toMatchObject({
      properties: { traffic: { blue: 100, green: 0 }, description: 'theirs' },
      tags: { 'verdigris.rollout': 'r2' },
    })
  })

  test('is not sent over another record', async () => {
    const azure = endpointIs(fraud({}, { 'verdigris.rollout': 'r9' }))
    const outcome = await azure.cloud.start(BACK, NO_CONTENT, signal())
    expect(outcome).toMatchObject({ result: 'Failed', reason: 'Moved', retry: 'Later' })
    expect(sentBody(azure)).toBeUndefined()
  })

  test.each(['Updating', 'Deleting'])('is not sent while the endpoint is %s', async (state) => {
    const azure = endpointIs(fraud({ provisioningState: state }))
    const outcome = await azure.cloud.start(BACK, NO_CONTENT, signal())
    expect(outcome).toMatchObject({ result: 'Failed', reason: 'Conflict', retry: 'Later' })
    expect(sentBody(azure)).toBeUndefined()
  })

  test('that was refused is planned anew from a GET, not from the list that misled it', async () => {
    const read = workspaceOf({ 'onlineEndpoints/fraud': fraud({ description: 'newer' }) })
    const stale = { value: [PLANNED] }
    const azure = stage((request) => {
      if (request.method !== 'GET') return { status: 400, body: { error: { code: 'Invalid' } } }
      return request.path === 'onlineEndpoints' ? { body: stale } : read(request)
    })
    expect(await azure.cloud.start(BACK, NO_CONTENT, signal())).toMatchObject({ result: 'Failed' })
    const { resources } = await azure.cloud.observe(NOTHING, signal())
    expect(resources[0]?.body.properties).toMatchObject({ description: 'newer' })
  })

  test('goes out in a Retry-After window, once in each (S18)', async () => {
    const storm = { status: 429, headers: { 'retry-after': '60' }, body: {} }
    const azure = endpointIs(PLANNED, () => storm)
    const puts = () => azure.seen.filter(({ method }) => method === 'PUT').length
    for (let again = 0; again < 3; again += 1)
      await azure.cloud.start({ ...BACK, isUrgent: true }, NO_CONTENT, signal())
    expect(puts()).toBe(2)
    azure.clock.advance(61_000)
    await azure.cloud.start(BACK, NO_CONTENT, signal())
    expect(puts()).toBe(3)
  })
})

describe('a write below an endpoint under a rollout', () => {
  const blue = { properties: { model: 'm', provisioningState: 'Succeeded' } }
  const action: Action = {
    ...actionFor(BLUE, blue, { properties: { model: 'n' } }),
    grounds: [{ ref: FRAUD, lastWrite: lastWriteIn(PLANNED) }],
  }
  const within = (endpoint: JsonObject) => {
    const read = workspaceOf({
      'onlineEndpoints/fraud': endpoint,
      'onlineEndpoints/fraud/deployments/blue': blue,
    })
    return stage((request) => (request.method === 'GET' ? read(request) : ACCEPTED()))
  }

  test('is sent while the endpoint is what the plan saw', async () => {
    const azure = within(PLANNED)
    expect(await azure.cloud.start(action, NO_CONTENT, signal())).toMatchObject({
      result: 'Started',
    })
  })

  test('and not when it was written to meanwhile, though it looks as it did (S3, S13)', async () => {
    const operation = 'https://azure/operations/another?t=1'
    const again = withValue(PLANNED, '/properties/properties/AzureAsyncOperationUri', operation)
    const azure = within(again)
    expect(await azure.cloud.start(action, NO_CONTENT, signal())).toMatchObject({ reason: 'Moved' })
    expect(sentBody(azure)).toBeUndefined()
  })

  test('and not when its traffic has moved (R5)', async () => {
    const azure = within(fraud({ traffic: { blue: 100 } }))
    expect(await azure.cloud.start(action, NO_CONTENT, signal())).toMatchObject({ reason: 'Moved' })
    expect(sentBody(azure)).toBeUndefined()
  })
})
