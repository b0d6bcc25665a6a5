import { describe, expect, test } from '@jest/globals'
import { endpointViews } from '../../../src/sandbox/core/machine.ts'
import { deploymentBody, endpointBody, HOUR, member, shop, World } from './support.ts'

const state = (body: unknown) => member(body as never, 'properties.provisioningState')

describe('an online endpoint', () => {
  test('is Creating until its time has passed, then Succeeded with a scoring address', () => {
    const world = new World()
    const put = world.send('PUT', 'onlineEndpoints/shop', endpointBody())
    expect(put.status).toBe(201)
    expect(state(put.json)).toBe('Creating')
    const operation = put.headers['Azure-AsyncOperation'] ?? ''
    expect(world.send('GET', operation).json.status).toBe('Updating')
    world.pass(15_000)
    expect(world.send('GET', operation).json.status).toBe('Succeeded')
    const read = world.send('GET', 'onlineEndpoints/shop')
    expect(state(read.json)).toBe('Succeeded')
    expect(member(read.json, 'properties.scoringUri')).toBe(
      'https://shop.eastus.inference.ml.azure.com/score',
    )
  })

  test('is refused without an identity', () => {
    const { identity: _, ...body } = endpointBody()
    const put = new World().send('PUT', 'onlineEndpoints/shop', body)
    expect(put.status).toBe(400)
    expect(member(put.json, 'error.code')).toBe('BadRequest')
  })

  test('loses its traffic by a PUT that does not name it', () => {
    const world = shop(['blue'])
    world.send('PUT', 'onlineEndpoints/shop', endpointBody({ traffic: { blue: 100 } }))
    world.pass(HOUR)
    expect(endpointViews(world.state, world.now)[0]?.traffic).toEqual({ blue: 100 })
    const put = world.send('PUT', 'onlineEndpoints/shop', endpointBody())
    expect(put.status).toBe(200)
    world.pass(HOUR)
    expect(endpointViews(world.state, world.now)[0]?.traffic).toEqual({})
  })

  test('moves its traffic only when the operation has succeeded', () => {
    const world = shop(['blue', 'green'])
    const asked = endpointBody({ traffic: { blue: 100 } })
    expect(world.send('PUT', 'onlineEndpoints/shop', asked).status).toBe(200)
    world.pass(39_000)
    expect(endpointViews(world.state, world.now)[0]?.traffic).toEqual({})
    expect(member(world.send('GET', 'onlineEndpoints/shop').json, 'properties.traffic')).toEqual({})
    world.pass(1000)
    expect(endpointViews(world.state, world.now)[0]?.traffic).toEqual({ blue: 100 })
  })

  test.each([
    ['a sum of 50', { traffic: { blue: 50 } }],
    ['a sum over 100', { traffic: { blue: 60, green: 60 } }],
    ['a negative share', { traffic: { blue: -100, green: 100 } }],
    ['a deployment that does not exist', { traffic: { red: 100 } }],
    ['mirroring over 50', { traffic: { blue: 100 }, mirrorTraffic: { green: 51 } }],
    ['mirroring to two', { traffic: {}, mirrorTraffic: { blue: 10, green: 10 } }],
    ['live and mirrored at once', { traffic: { blue: 100 }, mirrorTraffic: { blue: 10 } }],
  ])('refuses %s', (_, properties) => {
    const world = shop(['blue', 'green'])
    const put = world.send('PUT', 'onlineEndpoints/shop', endpointBody(properties))
    expect(put.status).toBe(400)
    expect(String(member(put.json, 'error.details.0.message'))).toContain('validation errors')
    expect(world.send('GET', 'onlineEndpoints/shop').status).toBe(200)
  })

  test('keeps what it does not know, whatever the write', () => {
    const world = shop(['blue'])
    const body = {
      ...endpointBody({ traffic: { blue: 100 }, futureThing: { deep: [1, null, 'x'] } }),
      tags: { owner: 'someone else' },
      futureSide: true,
    }
    world.send('PUT', 'onlineEndpoints/shop', body)
    world.pass(HOUR)
    const read = world.send('GET', 'onlineEndpoints/shop').json
    world.send('PUT', 'onlineEndpoints/shop', read)
    world.pass(HOUR)
    const again = world.send('GET', 'onlineEndpoints/shop').json
    expect(member(again, 'properties.futureThing')).toEqual({ deep: [1, null, 'x'] })
    expect(again.futureSide).toBe(true)
    expect(again.tags).toEqual({ owner: 'someone else' })
    const uri = 'properties.properties.AzureAsyncOperationUri'
    expect(member(again, uri)).not.toEqual(member(read, uri))
  })

  test.each([
    ['51 tags', Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`t${at}`, 'x']))],
    ['names that differ by case only', { Team: 'a', team: 'b' }],
    ['a name with a slash', { 'cost/center': 'x' }],
    ['a value of 257 characters', { a: 'x'.repeat(257) }],
  ])('takes no %s, as ARM', (_, tags) => {
    const world = shop(['blue'])
    const put = world.send('PUT', 'onlineEndpoints/shop', { ...endpointBody(), tags })
    const patch = world.send('PATCH', 'onlineEndpoints/shop', { tags })
    expect([put.status, patch.status]).toEqual([400, 400])
  })

  test('keeps the identity that it was made with', () => {
    const world = shop(['blue'])
    const changed = {
      ...endpointBody(),
      identity: { type: 'UserAssigned', userAssignedIdentities: { '/a/b': {} } },
    }
    const refused = world.send('PUT', 'onlineEndpoints/shop', changed)
    expect([refused.status, JSON.stringify(refused.json)]).toEqual([
      400,
      expect.stringContaining('identity of an endpoint cannot be changed'),
    ])
  })

  test('takes only tags and identity by PATCH, and answers 202 with a Location alone', () => {
    const world = shop(['blue'])
    const patch = world.send('PATCH', 'onlineEndpoints/shop', {
      tags: { a: 'b' },
      properties: { traffic: { blue: 100 } },
    })
    expect(patch.status).toBe(202)
    expect(patch.headers['Azure-AsyncOperation']).toBeUndefined()
    expect(world.send('GET', patch.headers.Location ?? '').status).toBe(202)
    world.pass(HOUR)
    expect(world.send('GET', patch.headers.Location ?? '').json.status).toBe('Succeeded')
    const read = world.send('GET', 'onlineEndpoints/shop').json
    expect(read.tags).toEqual({ a: 'b' })
    expect(member(read, 'properties.traffic')).toEqual({})
  })

  test('takes one write at a time in its tree', () => {
    const world = shop(['blue'])
    world.send('PUT', 'onlineEndpoints/shop/deployments/green', deploymentBody())
    for (const [method, path, body] of [
      ['PUT', 'onlineEndpoints/shop', endpointBody()],
      ['PATCH', 'onlineEndpoints/shop', { tags: {} }],
      ['DELETE', 'onlineEndpoints/shop', undefined],
      ['PUT', 'onlineEndpoints/shop/deployments/blue', deploymentBody()],
      ['DELETE', 'onlineEndpoints/shop/deployments/blue', undefined],
    ] as const) {
      const refused = world.send(method, path, body)
      expect([method, refused.status]).toEqual([method, 409])
      expect(member(refused.json, 'error.details.0.code')).toBe('OperationDuplicationConflict')
    }
  })

  test('takes its deployments along when it is deleted', () => {
    const world = shop(['blue'])
    expect(world.send('DELETE', 'onlineEndpoints/shop').status).toBe(202)
    expect(state(world.send('GET', 'onlineEndpoints/shop').json)).toBe('Deleting')
    world.pass(HOUR)
    expect(world.send('GET', 'onlineEndpoints/shop').status).toBe(404)
    expect(world.send('DELETE', 'onlineEndpoints/shop/deployments/blue').status).toBe(204)
    expect(endpointViews(world.state, world.now)).toEqual([])
  })

  test.each(['ab', '1abc', 'abc-', 'a_b_c', 'a'.repeat(33)])('refuses the name %s', (name) => {
    expect(new World().send('PUT', `onlineEndpoints/${name}`, endpointBody()).status).toBe(400)
  })

  test('shows its keys only where callers use keys, and changes one by an operation', () => {
    const world = shop()
    const before = world.send('POST', 'onlineEndpoints/shop/listKeys').json
    const path = 'onlineEndpoints/shop/regenerateKeys'
    expect(world.send('POST', path, { keyType: 'Primary' }).status).toBe(202)
    expect(world.send('POST', 'onlineEndpoints/shop/listKeys').json).toEqual(before)
    world.pass(HOUR)
    const after = world.send('POST', 'onlineEndpoints/shop/listKeys').json
    expect(after.primaryKey).not.toBe(before.primaryKey)
    expect(after.secondaryKey).toBe(before.secondaryKey)
    const asPython = { keyType: 'Secondary', keyValue: after.secondaryKey ?? null }
    world.send('POST', path, asPython)
    world.pass(HOUR)
    const rotated = world.send('POST', 'onlineEndpoints/shop/listKeys').json
    expect(rotated.secondaryKey).not.toBe(after.secondaryKey)
    world.send('PUT', 'onlineEndpoints/entra', endpointBody({ authMode: 'aadtoken' }))
    world.pass(HOUR)
    expect(world.send('POST', 'onlineEndpoints/entra/listKeys').json).toEqual({
      primaryKey: null,
      secondaryKey: null,
    })
  })

  test('hands out tokens that its data plane knows until they end', () => {
    const world = shop()
    const { accessToken } = world.send('POST', 'onlineEndpoints/shop/token').json
    expect(endpointViews(world.state, world.now)[0]?.tokens).toEqual([accessToken])
    world.pass(24 * HOUR)
    expect(endpointViews(world.state, world.now)[0]?.tokens).toEqual([])
  })

  test('is listed in pages whose links carry on', () => {
    const world = new World()
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      world.send('PUT', `onlineEndpoints/${name}`, endpointBody())
    }
    const names: unknown[] = []
    let link: unknown = 'onlineEndpoints?count=2'
    for (let pages = 0; typeof link === 'string' && pages < 5; pages++) {
      const { json } = world.send('GET', link)
      names.push(...(json.value as { name: string }[]).map(({ name }) => name))
      link = json.nextLink
      if (link !== undefined) expect(link).toContain('$skipToken=')
    }
    expect(names).toEqual(['one', 'two', 'three', 'four', 'five'])
  })

  test('is listed in pages that are shorter than asked for, and in empty ones, where the workspace is set so', () => {
    const world = new World({ pageSizeMax: 1, emptyPages: 2 })
    for (const name of ['one', 'two']) world.send('PUT', `onlineEndpoints/${name}`, endpointBody())
    const pages: number[] = []
    let link: unknown = 'onlineEndpoints?count=100'
    while (typeof link === 'string' && pages.length < 9) {
      const { json } = world.send('GET', link)
      pages.push((json.value as readonly unknown[]).length)
      link = json.nextLink
    }
    expect(pages).toEqual([1, 1, 0, 0])
  })
})

describe('an online deployment', () => {
  test('shows zeros until it is provisioned, then the defaults', () => {
    const world = shop()
    const put = world.send('PUT', 'onlineEndpoints/shop/deployments/blue', deploymentBody())
    expect(put.status).toBe(201)
    expect(member(put.json, 'properties.requestSettings.requestTimeout')).toBe('PT0S')
    expect(member(put.json, 'properties.livenessProbe')).toBeNull()
    world.pass(HOUR)
    const read = world.send('GET', 'onlineEndpoints/shop/deployments/blue').json
    expect(member(read, 'properties.requestSettings.requestTimeout')).toBe('PT5S')
    expect(member(read, 'properties.requestSettings.maxQueueWait')).toBe('PT0S')
    expect(member(read, 'properties.livenessProbe.period')).toBe('PT10S')
    expect(read.sku).toEqual({ name: 'Default', tier: 'Standard', capacity: 1 })
  })

  test('of a missing asset fails after seconds, stays readable and cannot be updated', () => {
    const world = shop()
    const model = `${member(world.send('GET', '').json, 'id')}/models/none/versions/1`
    const path = 'onlineEndpoints/shop/deployments/blue'
    const put = world.send('PUT', path, deploymentBody({ model }))
    world.pass(5000)
    const operation = world.send('GET', put.headers['Azure-AsyncOperation'] ?? '').json
    expect(operation.status).toBe('Failed')
    expect(member(operation, 'error.code')).toBe('ModelRegistryError')
    const read = world.send('GET', path).json
    expect(state(read)).toBe('Failed')
    expect(member(read, 'sku.capacity')).toBeUndefined()
    const again = world.send('PUT', path, deploymentBody())
    expect(again.status).toBe(400)
    expect(JSON.stringify(again.json)).toContain('unrecoverable state')
    const traffic = endpointBody({ traffic: { blue: 100 } })
    expect(world.send('PUT', 'onlineEndpoints/shop', traffic).status).toBe(400)
    expect(world.send('DELETE', path).status).toBe(202)
  })

  test('with live traffic is not deleted', () => {
    const world = shop(['blue', 'green'])
    world.send('PUT', 'onlineEndpoints/shop', endpointBody({ traffic: { blue: 100, green: 0 } }))
    world.pass(HOUR)
    expect(world.send('DELETE', 'onlineEndpoints/shop/deployments/blue').status).toBe(400)
    expect(world.send('DELETE', 'onlineEndpoints/shop/deployments/green').status).toBe(202)
  })

  test('is refused beyond the quota, with a fifth more than it asks for', () => {
    const world = shop([], { quotas: { standardDSv2Family: 8 } })
    const blue = 'onlineEndpoints/shop/deployments/blue'
    expect(world.send('PUT', blue, deploymentBody({}, 2)).status).toBe(400)
    expect(world.send('PUT', blue, deploymentBody({}, 1)).status).toBe(201)
    world.pass(HOUR)
    const green = world.send('PUT', 'onlineEndpoints/shop/deployments/green', deploymentBody())
    expect(JSON.stringify(green.json)).toContain('Current usage/limit: 8/8. Additional needed: 8')
    expect(world.send('PATCH', blue, { sku: { capacity: 2 } }).status).toBe(400)
  })

  test.each([
    ['no instance type', deploymentBody({ instanceType: null })],
    ['an unknown size', deploymentBody({ instanceType: 'Standard_Nothing' })],
    ['no compute type', deploymentBody({ endpointComputeType: null })],
    ['no instances', deploymentBody({}, 0)],
    ['too many instances', deploymentBody({}, 51)],
    ['a time-out over 180 s', deploymentBody({ requestSettings: { requestTimeout: 'PT3M1S' } })],
    ['target utilization', deploymentBody({ scaleSettings: { scaleType: 'TargetUtilization' } })],
  ])('is refused with %s', (_, body) => {
    const put = shop().send('PUT', 'onlineEndpoints/shop/deployments/blue', body)
    expect(put.status).toBe(400)
  })

  test('is scaled by PATCH without a new container', () => {
    const world = shop(['blue'])
    const path = 'onlineEndpoints/shop/deployments/blue'
    expect(world.send('PATCH', path, { sku: { capacity: 3 } }).status).toBe(202)
    world.pass(HOUR)
    const [blue] = endpointViews(world.state, world.now)[0]?.deployments ?? []
    expect(blue).toMatchObject({ instanceCount: 3, containerGeneration: 1 })
  })

  test('says no more than its log, and only the tail of it', () => {
    const world = shop(['blue'])
    const path = 'onlineEndpoints/shop/deployments/blue'
    const logs = world.send('POST', `${path}/getLogs`, {}).json
    expect(String(logs.content)).toContain('Instance status:')
    expect(world.send('GET', `${path}/skus`).status).toBe(200)
  })
})
