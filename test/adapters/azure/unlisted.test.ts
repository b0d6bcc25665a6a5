import { describe, expect, test } from '@jest/globals'
import { keyOf, type Ref, scopeOf } from '../../../src/core/model/ref.ts'
import { endpointBody, NOTHING, type Reply, signal, stage, workspaceOf } from './stage.ts'

const BLUE: Ref = { kind: 'OnlineDeployment', name: 'blue', parent: 'fraud' }
const PATH = 'onlineEndpoints/fraud/deployments/blue'
const BODY = { id: `x/${PATH}`, name: 'blue', properties: { provisioningState: 'Succeeded' } }

/** The lists show no deployment; a GET of blue is answered like this. */
async function observed(reply: Reply | undefined, unlisted: readonly Ref[] = [BLUE]) {
  const read = workspaceOf({ 'onlineEndpoints/fraud': endpointBody('fraud') })
  const azure = stage((request) => (request.path === PATH ? reply : read(request)))
  const wanted = { ...NOTHING, unlisted: () => unlisted }
  const world = await azure.cloud.observe(wanted, signal())
  return { azure, world, there: world.resources.map(({ ref }) => keyOf(ref)) }
}

describe('what the lists leave out (S26)', () => {
  test('is there when a GET shows it', async () => {
    const { world, there } = await observed({ body: BODY })
    expect(there).toContain(keyOf(BLUE))
    expect([[...world.absent], [...world.unread]]).toEqual([[], []])
  })

  test('and is read so from then on', async () => {
    const { azure } = await observed({ body: BODY })
    const { resources } = await azure.cloud.observe(NOTHING, signal())
    expect(resources.map(({ ref }) => keyOf(ref))).toContain(keyOf(BLUE))
  })

  test('is gone when a GET answers 404', async () => {
    const { world, there } = await observed(undefined)
    expect(there).not.toContain(keyOf(BLUE))
    expect([[...world.absent], [...world.unread]]).toEqual([[keyOf(BLUE)], []])
  })

  test.each([400, 403, 409, 410, 500, 503])(
    'is neither when a GET answers %i, and its scope is unread',
    async (status) => {
      const { world, there } = await observed({ status, body: { error: { code: 'X' } } })
      expect(there).not.toContain(keyOf(BLUE))
      expect([[...world.absent], [...world.unread]]).toEqual([[], [scopeOf(BLUE)]])
    },
  )

  test('after a list that showed it is read directly, once', async () => {
    const full = workspaceOf({ 'onlineEndpoints/fraud': endpointBody('fraud') })
    let isShown = true
    const azure = stage((request) =>
      isShown || request.path !== 'onlineEndpoints' ? full(request) : { body: { value: [] } },
    )
    const look = async () => {
      const { resources } = await azure.cloud.observe(NOTHING, signal())
      return resources.map(({ ref }) => keyOf(ref))
    }
    expect(await look()).toEqual(['OnlineEndpoint/fraud'])
    isShown = false
    expect(await look()).toEqual(['OnlineEndpoint/fraud'])
    isShown = true
    await look()
    const before = azure.sent().length
    await look()
    expect(azure.sent().slice(before)).not.toContain('GET onlineEndpoints/fraud')
  })

  test('or shows as it was before is read directly, and written to by nobody while a GET shows it so, too', async () => {
    const at = (second: number) => ({
      ...endpointBody('fraud'),
      systemData: { createdAt: 'x', lastModifiedAt: `2026-01-01T00:00:0${second}Z` },
    })
    let [listed, read] = [at(2), at(2)]
    const azure = stage((request) => {
      if (request.path === 'onlineEndpoints/fraud') return { body: read }
      return workspaceOf({ 'onlineEndpoints/fraud': listed })(request)
    })
    const look = async () => {
      const { resources } = await azure.cloud.observe(NOTHING, signal())
      return resources.map(({ phase, body }) => [phase, body.systemData])
    }
    await look()
    listed = at(1)
    expect(await look()).toEqual([['Ready', at(2).systemData]])
    read = at(1)
    expect(await look()).toEqual([['Provisioning', at(1).systemData]])
  })

  test('is not asked for when nothing is missing', async () => {
    const { azure } = await observed(undefined, [])
    expect(azure.sent()).not.toContain(`GET ${PATH}`)
  })
})

test('an asset that cannot be read is unread, and nothing else is (S15)', async () => {
  const model: Ref = { kind: 'Model', name: 'fraud', version: '1' }
  const read = workspaceOf({})
  const azure = stage((request) =>
    request.path.startsWith('models/') ? { status: 500, body: {} } : read(request),
  )
  const { complete, unread } = await azure.cloud.observe({ ...NOTHING, assets: [model] }, signal())
  expect([complete, ...unread]).toEqual([true, keyOf(model)])
})
