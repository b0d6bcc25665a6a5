import { describe, expect, test } from '@jest/globals'
import { checkExchange, operationOf, RELAXED } from '../../support/openapi.ts'
import { endpointBody, LOCATION, member, ORIGIN, shop, WORKSPACE, World } from './support.ts'

const code = (body: unknown) => member(body as never, 'error.code')

describe('the gateway of ARM', () => {
  test('asks for an api-version, and for one it knows', () => {
    const world = new World()
    const without = world.send('GET', `${ORIGIN}${WORKSPACE}?api-version=`)
    expect([without.status, code(without.json)]).toEqual([400, 'MissingApiVersionParameter'])
    const unknown = world.send('GET', `${ORIGIN}${WORKSPACE}?api-version=2019-01-01`)
    expect([unknown.status, code(unknown.json)]).toEqual([400, 'NoRegisteredProviderFound'])
    const wrong = world.send('GET', `${ORIGIN}${WORKSPACE}?api-version=latest`)
    expect([wrong.status, code(wrong.json)]).toEqual([400, 'InvalidApiVersionParameter'])
  })

  test('asks who comes, with a challenge that names the tenant', () => {
    const world = new World()
    const request = { principal: undefined, headers: {} } as never
    const missing = world.send('GET', '', undefined, request)
    expect([missing.status, code(missing.json)]).toEqual([401, 'AuthenticationFailed'])
    expect(missing.headers['WWW-Authenticate']).toContain('72f988bf-86f1-41af-91ab-2d7cd011db47')
    const bad = world.send('GET', '', undefined, { principal: undefined } as never)
    expect([bad.status, code(bad.json)]).toEqual([401, 'InvalidAuthenticationToken'])
  })

  test('names the action that a caller lacks', () => {
    const world = shop()
    const principal = (...actions: string[]) => ({ principal: { objectId: 'who', actions } })
    const read = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read'
    const path = 'onlineEndpoints/shop'
    expect(world.send('GET', path, undefined, principal(read)).status).toBe(200)
    expect(world.send('GET', path, undefined, principal('*/read')).status).toBe(200)
    const refused = world.send('POST', `${path}/listKeys`, undefined, principal(read))
    expect([refused.status, code(refused.json)]).toEqual([403, 'AuthorizationFailed'])
    expect(member(refused.json, 'error.message')).toContain(
      'workspaces/onlineEndpoints/listKeys/action',
    )
  })

  test('reads ids in any case', () => {
    const world = shop()
    const shouted = `${WORKSPACE}/onlineEndpoints/shop`.toUpperCase()
    expect(world.send('GET', shouted.replace('/SUBSCRIPTIONS', '/subscriptions')).json.name).toBe(
      'shop',
    )
  })

  test.each([
    ['SubscriptionNotFound', WORKSPACE.replace('11111111', '99999999')],
    ['ResourceGroupNotFound', WORKSPACE.replace('/rg/', '/other/')],
    ['ResourceNotFound', WORKSPACE.replace('/workspaces/ws', '/workspaces/other')],
  ])('says %s', (expected, path) => {
    const answer = new World().send('GET', path)
    expect([answer.status, code(answer.json)]).toEqual([404, expected])
    expect(answer.headers['x-ms-failure-cause']).toBe('gateway')
  })

  test('answers what it does not support with its name', () => {
    const answer = new World().send('PUT', 'schedules/nightly', endpointBody())
    expect([answer.status, code(answer.json)]).toEqual([501, 'NotImplemented'])
    expect(member(answer.json, 'error.message')).toContain(
      'PUT Microsoft.MachineLearningServices/workspaces/schedules',
    )
  })

  test('counts down, throttles, says when to come back, and lets in again then', () => {
    const world = new World()
    const left = 'x-ms-ratelimit-remaining-subscription-reads'
    expect(world.send('GET', '').headers[left]).toBe('249')
    expect(
      world.send('GET', '').headers['x-ms-ratelimit-remaining-subscription-global-reads'],
    ).toBe('3748')
    for (let requests = 2; requests < 250; requests++) world.send('GET', '')
    const refused = world.send('GET', '')
    expect([refused.status, code(refused.json)]).toEqual([429, 'SubscriptionRequestsThrottled'])
    world.pass(Number(refused.headers['Retry-After']) * 1000)
    expect(world.send('GET', '').status).toBe(200)
    const unlimited = new World({ rateLimits: false })
    for (let requests = 0; requests < 300; requests++) {
      expect(unlimited.send('GET', '').status).toBe(200)
    }
  })

  test('gives regions their usages, quotas and sizes', () => {
    const world = shop(['blue'], { quotas: { standardDSv2Family: 40 } })
    const usages = world.send('GET', `${LOCATION}/usages`).json.value as { [key: string]: never }[]
    const family = usages.find((usage) => member(usage, 'name.value') === 'standardDSv2Family')
    expect(family).toMatchObject({ currentValue: 8, limit: 40 })
    expect(world.send('GET', `${LOCATION}/quotas`).status).toBe(200)
    expect(world.send('GET', `${LOCATION}/vmSizes`).status).toBe(200)
    const compute = world.send('GET', 'computes/none')
    expect([compute.status, compute.body]).toEqual([404, null])
  })
})

describe('the judge by Azure documents', () => {
  const url = `${ORIGIN}${WORKSPACE}/onlineEndpoints/shop?api-version=2024-04-01`
  const request = { method: 'GET', url, headers: {} }

  test('knows the operation of a path, in any case', () => {
    expect(operationOf('GET', url)).toBe('OnlineEndpoints_Get')
    expect(operationOf('POST', url.replace('shop?', 'shop/LISTKEYS?'))).toBe(
      'OnlineEndpoints_ListKeys',
    )
    expect(RELAXED.length).toBeGreaterThan(0)
  })

  test.each([
    ['a wrong type', { properties: { traffic: { blue: 'all' } } }],
    ['a word that no enum has', { properties: { provisioningState: 'Ready' } }],
    ['a missing required member', { location: undefined }],
  ])('finds %s', (_, change) => {
    const { json } = shop().send('GET', 'onlineEndpoints/shop')
    checkExchange(request, { status: 200, headers: {}, body: json })
    const properties = {
      ...(json.properties as object),
      ...(change as { properties?: object }).properties,
    }
    const body = JSON.parse(JSON.stringify({ ...json, ...change, properties }))
    expect(() => checkExchange(request, { status: 200, headers: {}, body })).toThrow(
      /OnlineEndpoints_Get 200/,
    )
  })

  test('finds a wrong member of a subtype, and a status that is not described', () => {
    const { json } = shop(['blue']).send('GET', 'onlineEndpoints/shop/deployments/blue')
    const deployment = { ...request, url: url.replace('shop?', 'shop/deployments/blue?') }
    const properties = { ...(json.properties as object), instanceType: 7 }
    const body = JSON.parse(JSON.stringify({ ...json, properties }))
    const answer = { status: 200, headers: {}, body }
    expect(() => checkExchange(deployment, answer)).toThrow(/instanceType/)
    expect(() => checkExchange(deployment, { status: 206, headers: {} })).toThrow(/206/)
  })
})
