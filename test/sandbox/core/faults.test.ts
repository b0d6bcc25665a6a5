import { describe, expect, test } from '@jest/globals'
import {
  appendLog,
  clearFaults,
  endpointViews,
  FAULT_NAMES,
  injectFault,
  nextEventAt,
  parseFault,
  setContainer,
} from '../../../src/sandbox/core/machine.ts'
import { deploymentBody, endpointBody, HOUR, member, shop, type World } from './support.ts'

const BLUE = 'onlineEndpoints/shop/deployments/blue'

function inject(world: World, text: string): void {
  injectFault(world.state, parseFault(text), world.now)
}

describe('a fault', () => {
  test.each([
    'OutOfQuota',
    'ImageBuildFailure',
    'ResourceNotReady',
    'BadArgument',
    'InternalServerError',
  ])('%s fails the operation of a deployment, once, with its code and guide', (name) => {
    const world = shop()
    inject(world, `${name}:deployment=blue,count=1`)
    const put = world.send('PUT', BLUE, deploymentBody())
    expect(put.status).toBe(201)
    world.pass(HOUR)
    const { json } = world.send('GET', put.headers['Azure-AsyncOperation'] ?? '')
    expect(json.status).toBe('Failed')
    expect(member(json, 'error.code')).toBe(name)
    expect(member(json, 'error.message')).toContain(`oe-tsg#error-${name.toLowerCase()}`)
    expect(world.send('DELETE', BLUE).status).toBe(202)
    world.pass(HOUR)
    expect(world.send('PUT', BLUE, deploymentBody()).status).toBe(201)
    world.pass(HOUR)
    expect(member(world.send('GET', BLUE).json, 'properties.provisioningState')).toBe('Succeeded')
  })

  test('that fails an update leaves what was in force', () => {
    const world = shop(['blue'])
    inject(world, 'ImageBuildFailure:count=1')
    const changed = deploymentBody({ environmentVariables: { A: '1' } })
    expect(world.send('PUT', BLUE, changed).status).toBe(200)
    world.pass(HOUR)
    const [view] = endpointViews(world.state, world.now)[0]?.deployments ?? []
    expect(view).toMatchObject({
      provisioningState: 'Failed',
      inForce: true,
      containerGeneration: 1,
      environmentVariables: {},
    })
    // It is not dead: the same PUT may be tried again, with a fresh container.
    expect(world.send('PUT', BLUE, changed).status).toBe(200)
    world.pass(HOUR)
    expect(endpointViews(world.state, world.now)[0]?.deployments[0]?.containerGeneration).toBe(3)
  })

  test('that fails a traffic write takes its traffic back for good', () => {
    const world = shop(['blue'])
    inject(world, 'InternalServerError:resource=onlineEndpoints$,count=1')
    world.send('PUT', 'onlineEndpoints/shop', endpointBody({ traffic: { blue: 100 } }))
    world.pass(HOUR)
    const state = member(world.send('GET', 'onlineEndpoints/shop').json, 'properties')
    expect(state).toMatchObject({ provisioningState: 'Failed', traffic: {} })
    world.send('PATCH', 'onlineEndpoints/shop', { tags: { a: 'b' } })
    world.pass(HOUR)
    expect(endpointViews(world.state, world.now)[0]?.traffic).toEqual({})
  })

  const TEXT = '/properties/description'
  test.each([
    ['a new field', 'FieldDropped', undefined, 'new', undefined],
    ['a changed field, which stays as it was', 'FieldDropped', 'old', 'new', 'old'],
    ['a field, with another value', 'FieldAltered', 'old', 'new', 'other'],
    ['nothing where the field is not written', 'FieldAltered', 'old', undefined, null],
  ])('of a field accepts a write without %s', (_, name, before, asked, kept) => {
    const world = shop()
    if (before !== undefined)
      world.send('PUT', 'onlineEndpoints/shop', endpointBody({ description: before }))
    world.pass(HOUR)
    inject(world, `${name}:field=${TEXT}${name === 'FieldAltered' ? ',value=other' : ''}`)
    const body = endpointBody(asked === undefined ? {} : { description: asked })
    expect(world.send('PUT', 'onlineEndpoints/shop', body).status).toBe(200)
    world.pass(HOUR)
    const { json } = world.send('GET', 'onlineEndpoints/shop')
    expect(member(json, 'properties.description') ?? null).toBe(kept ?? null)
  })

  test('of a field takes a value as JSON, strikes so often, and leaves the rest of the body', () => {
    const world = shop()
    inject(world, 'FieldAltered:field=/sku/capacity,value=3,count=1')
    world.send('PUT', BLUE, deploymentBody())
    world.pass(HOUR)
    expect(member(world.send('GET', BLUE).json, 'sku.capacity')).toBe(3)
    world.send('PUT', BLUE, deploymentBody())
    world.pass(HOUR)
    expect(member(world.send('GET', BLUE).json, 'sku.capacity')).toBe(1)
  })

  test.each([
    ['FieldDropped', 'field='],
    ['FieldDropped:field=properties/description', 'JSON Pointer'],
    ['FieldDropped:field=/tags/a,value=b', 'takes none'],
    ['FieldAltered:field=/tags/a', 'value='],
  ])('%s is refused with what it needs', (text, said) => {
    expect(() => inject(shop(), text)).toThrow(said)
  })

  test('Conflict, Throttled, ServiceError and TransientError answer in the place of the service', () => {
    const world = shop()
    for (const [fault, status] of [
      ['Conflict:method=PUT,count=1', 409],
      ['Throttled:count=1,retryAfterSeconds=17', 429],
      ['ServiceError:count=1', 500],
      ['TransientError:count=1', 504],
    ] as const) {
      inject(world, fault)
      const put = world.send('PUT', BLUE, deploymentBody())
      expect([fault, put.status]).toEqual([fault, status])
      if (status === 429) expect(put.headers['Retry-After']).toBe('17')
    }
    expect(world.send('PUT', BLUE, deploymentBody()).status).toBe(201)
  })

  test('StaleRead shows an endpoint as it was before the last write', () => {
    const world = shop(['blue'])
    world.send('PUT', 'onlineEndpoints/shop', endpointBody({ traffic: { blue: 100 } }))
    world.pass(HOUR)
    inject(world, 'StaleRead:endpoint=shop,count=1,resource=onlineEndpoints$')
    const traffic = () =>
      member(world.send('GET', 'onlineEndpoints/shop').json, 'properties.traffic')
    expect(traffic()).toEqual({})
    expect(traffic()).toEqual({ blue: 100 })
  })

  test('StaleRead hides what was just made', () => {
    const world = shop(['blue'])
    inject(world, 'StaleRead:deployment=blue,count=1')
    expect(world.send('GET', BLUE).status).toBe(404)
    expect(world.send('GET', BLUE).status).toBe(200)
  })

  test('LostResponse marks the answer of a write that is done', () => {
    const world = shop()
    inject(world, 'LostResponse:method=PUT,count=1')
    expect(world.send('GET', 'onlineEndpoints/shop').lost).toBeUndefined()
    expect(world.send('PUT', BLUE, deploymentBody()).lost).toBe(true)
    expect(world.send('GET', BLUE).status).toBe(200)
  })

  test('ListOmits leaves an item out of a list, not out of the world', () => {
    const world = shop(['blue', 'green'])
    inject(world, 'ListOmits:deployment=blue,count=1')
    const names = () =>
      (world.send('GET', 'onlineEndpoints/shop/deployments').json.value as { name: string }[]).map(
        ({ name }) => name,
      )
    expect(names()).toEqual(['green'])
    expect(names()).toEqual(['blue', 'green'])
  })

  test('NeverEnds keeps an operation running until a DELETE after its time-out', () => {
    const world = shop()
    inject(world, 'NeverEnds:count=1')
    const put = world.send('PUT', BLUE, deploymentBody())
    expect(nextEventAt(world.state, world.now)).toBeUndefined()
    expect(world.send('DELETE', BLUE).status).toBe(409)
    world.pass(24 * HOUR)
    const operation = put.headers['Azure-AsyncOperation'] ?? ''
    expect(world.send('GET', operation).json.status).toBe('Updating')
    expect(world.send('PUT', 'onlineEndpoints/shop', endpointBody()).status).toBe(409)
    expect(world.send('DELETE', BLUE).status).toBe(202)
    expect(world.send('GET', operation).json.status).toBe('Canceled')
    world.pass(HOUR)
    expect(world.send('GET', BLUE).status).toBe(404)
  })

  test('OperationFails fails any write of an endpoint or deployment, with any code', () => {
    const world = shop(['blue'])
    const stateOf = (path: string) =>
      (world.send('GET', path).json.properties as { provisioningState: string }).provisioningState
    inject(world, 'OperationFails:code=ResourceNotReady,count=1')
    const put = world.send('PUT', 'onlineEndpoints/shop', endpointBody())
    world.pass(HOUR)
    expect(stateOf('onlineEndpoints/shop')).toBe('Failed')
    const operation = put.headers['Azure-AsyncOperation'] ?? ''
    expect(JSON.stringify(world.send('GET', operation).json)).toContain('ResourceNotReady')
    inject(world, 'OperationFails:code=ModelRegistryError,count=1')
    world.send('PUT', BLUE, deploymentBody())
    world.pass(HOUR)
    expect(stateOf(BLUE)).toBe('Failed')
    expect(endpointViews(world.state, world.now)[0]?.deployments[0]?.inForce).toBe(true)
  })

  test('OperationLate makes an operation take so many times as long', () => {
    const world = shop()
    const nowMs = world.now
    inject(world, 'OperationLate:factor=3,count=1')
    world.send('PUT', 'onlineEndpoints/shop', endpointBody())
    expect((nextEventAt(world.state, world.now) ?? 0) - nowMs).toBe(45_000)
  })

  test('of a model is shown to the data plane until it is cleared', () => {
    const world = shop(['blue', 'green'])
    inject(world, 'FailingModel:deployment=green,percent=30,status=503')
    inject(world, 'SlowModel:deployment=green,delayMs=250')
    const faults = () =>
      endpointViews(world.state, world.now)[0]?.deployments.map((deployment) => deployment.faults)
    expect(faults()).toEqual([
      undefined,
      [
        { name: 'FailingModel', percent: 30, status: 503 },
        { name: 'SlowModel', delayMs: 250 },
      ],
    ])
    clearFaults(world.state)
    expect(faults()).toEqual([undefined, undefined])
  })

  test.each(['Nothing', 'OutOfQuota:colour=red', 'OutOfQuota:count=many'])(
    'that does not exist is refused: %s',
    (text) => {
      expect(() => parseFault(text)).toThrow(Error)
    },
  )

  test('has a name in any case', () => {
    expect(FAULT_NAMES).toContain('OutOfQuota')
    expect(parseFault('outofquota: deployment = green , count = 1')).toEqual({
      name: 'OutOfQuota',
      deployment: 'green',
      count: 1,
    })
  })
})

describe('a container that a runtime runs', () => {
  function started(): { world: World; operation: string } {
    const world = shop([], { containers: 'runtime' })
    const put = world.send('PUT', BLUE, deploymentBody())
    return { world, operation: put.headers['Azure-AsyncOperation'] ?? '' }
  }

  test('makes its deployment succeed only when it is ready and the time has passed', () => {
    const { world, operation } = started()
    world.pass(1_800_000)
    expect(world.send('GET', operation).json.status).toBe('Updating')
    setContainer(world.state, 'shop', 'blue', 1, { state: 'ready' }, world.now)
    expect(world.send('GET', operation).json.status).toBe('Succeeded')
  })

  test('that is ready early does not hurry the service', () => {
    const { world, operation } = started()
    setContainer(world.state, 'shop', 'blue', 1, { state: 'ready' }, world.now)
    expect(world.send('GET', operation).json.status).toBe('Updating')
    expect(nextEventAt(world.state, world.now)).toBe(world.now + 480_000)
    world.pass(480_000)
    expect(world.send('GET', operation).json.status).toBe('Succeeded')
  })

  test('that crashes fails the operation with the words of its end', () => {
    const { world, operation } = started()
    world.pass(60_000)
    const crash = { state: 'crashed', code: 'ResourceNotReady', message: 'No module x.' } as const
    setContainer(world.state, 'shop', 'blue', 1, crash, world.now)
    const { json } = world.send('GET', operation)
    expect(json.status).toBe('Failed')
    expect(member(json, 'error')).toEqual({
      code: 'ResourceNotReady',
      message:
        'User container has crashed or terminated: No module x. Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-resourcenotready',
    })
  })

  test('that never starts is given up', () => {
    const { world, operation } = started()
    expect(nextEventAt(world.state, world.now)).toBe(world.now + 2_700_000)
    world.pass(2_700_000)
    expect(world.send('GET', operation).json.status).toBe('Failed')
  })

  test('of an older generation is not listened to', () => {
    const { world, operation } = started()
    setContainer(world.state, 'shop', 'blue', 7, { state: 'ready' }, world.now)
    world.pass(HOUR / 2)
    expect(world.send('GET', operation).json.status).toBe('Updating')
  })

  test('is heard in getLogs, the last lines first asked for', () => {
    const world = shop(['blue'])
    appendLog(world.state, 'shop', 'blue', 'one\ntwo\nthree\n')
    const content = String(world.send('POST', `${BLUE}/getLogs`, { tail: 2 }).json.content)
    expect(content.split('Container logs:\n')[1]).toBe('two\nthree\n')
  })
})
