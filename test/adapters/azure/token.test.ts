import type { TokenCredential } from '@azure/core-auth'
import { describe, expect, test } from '@jest/globals'
import { createCredential } from '../../../src/adapters/azure/identity/credential.ts'
import { NOTHING, play, samples, signal, stage, tokens, virtualTime, workspaceOf } from './stage.ts'

const empty = workspaceOf({})

describe('the token', () => {
  test('is asked for one audience, whatever the endpoint', async () => {
    const credential = tokens()
    const { transport } = play(empty)
    const { cloud } = stage(empty, { credential, transport, endpoint: 'http://127.0.0.1:9' })
    await cloud.observe(NOTHING, signal())
    expect(credential.asked).toEqual(['https://management.azure.com/.default'])
  })

  test('goes with each request and is asked for once', async () => {
    const credential = tokens()
    const { cloud, seen } = stage(empty, { credential })
    await cloud.observe(NOTHING, signal())
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-1',
    ])
    expect(credential.asked).toHaveLength(1)
  })

  test('that Azure refuses is renewed once, and the request sent again (attack 68)', async () => {
    const { cloud, seen } = stage((request) =>
      request.headers.authorization === 'Bearer token-1'
        ? { status: 401, body: '' }
        : empty(request),
    )
    await expect(cloud.observe(NOTHING, signal())).resolves.toMatchObject({ complete: true })
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-2',
      'Bearer token-2',
    ])
  })

  test('refused for good: one renewal, then silence for a minute (attack 68)', async () => {
    const credential = tokens()
    const { cloud, seen, clock } = stage(() => ({ status: 401, body: '' }), { credential })
    for (let tick = 0; tick < 5; tick += 1) {
      await expect(cloud.observe(NOTHING, signal())).rejects.toMatchObject({
        reason: 'Unauthorized',
        errorClass: 'auth',
        retry: 'Later',
      })
    }
    expect(seen).toHaveLength(2)
    clock.advance(60_000)
    await expect(cloud.observe(NOTHING, signal())).rejects.toMatchObject({ reason: 'Unauthorized' })
    expect(seen).toHaveLength(4)
  })

  test('that could not be had is asked for again, though the clock was set back meanwhile', async () => {
    let isWrong = true
    const good = tokens()
    const getToken: TokenCredential['getToken'] = () =>
      isWrong ? Promise.reject(new Error('AADSTS700024: not valid yet')) : good.getToken()
    const { cloud, clock } = stage(empty, { credential: { getToken } })
    const refused = { reason: 'CredentialRefused' }
    await expect(cloud.observe(NOTHING, signal())).rejects.toMatchObject(refused)
    isWrong = false
    clock.advance(-3_600_000)
    await expect(cloud.observe(NOTHING, signal())).rejects.toMatchObject(refused)
    clock.advance(60_000)
    await expect(cloud.observe(NOTHING, signal())).resolves.toMatchObject({ complete: true })
  })

  test('cannot be had: the identity host is asked once, then left alone for a while (attack 68)', async () => {
    let asked = 0
    const credential = {
      getToken: () => {
        asked += 1
        return Promise.reject(
          new Error('connect ECONNREFUSED client_secret=abcdefgh12345678\nTried: another\n'),
        )
      },
    }
    const { cloud, seen } = stage(empty, { credential })
    for (let tick = 0; tick < 5; tick += 1) {
      const error = await cloud.observe(NOTHING, signal()).catch((thrown) => thrown)
      expect(error).toMatchObject({ reason: 'IdentityUnavailable', errorClass: 'auth' })
      expect(error.message).not.toContain('abcdefgh12345678')
      expect(error.message).toMatch(
        /^No token could be had: connect ECONNREFUSED .*; Tried: another$/,
      )
    }
    expect(asked).toBe(1)
    expect(seen).toEqual([])
  })

  test('a claims challenge is answered with its claims', async () => {
    const asked: unknown[] = []
    const credential = {
      getToken: async (_: unknown, how: unknown) => {
        asked.push(how)
        return { token: `t${asked.length}`, expiresOnTimestamp: Number.MAX_SAFE_INTEGER }
      },
    }
    const claims = Buffer.from('{"access_token":{}}').toString('base64')
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${claims}"`
    const { cloud } = stage(
      (request) =>
        request.headers.authorization === 'Bearer t1'
          ? { status: 401, headers: { 'www-authenticate': challenge }, body: '' }
          : empty(request),
      { credential },
    )
    await cloud.observe(NOTHING, signal())
    const abortSignal = expect.any(AbortSignal)
    expect(asked).toEqual([{ abortSignal }, { abortSignal, claims: '{"access_token":{}}' }])
  })

  test('is asked for anew two minutes before it ends', async () => {
    const asked: number[] = []
    const clock = virtualTime()
    const credential = {
      getToken: async () => {
        asked.push(clock.now())
        return { token: `token-${asked.length}`, expiresOnTimestamp: clock.now() + 300_000 }
      },
    }
    const { cloud } = stage(empty, { credential, clock })
    await cloud.observe(NOTHING, signal())
    clock.advance(179_999)
    await cloud.observe(NOTHING, signal())
    expect(asked).toHaveLength(1)
    clock.advance(1)
    await cloud.observe(NOTHING, signal())
    expect(asked).toHaveLength(2)
  })

  test('is not renewed again for a 401 that comes late', async () => {
    const credential = tokens()
    const late = Promise.withResolvers<void>()
    const { cloud } = stage(
      async (request) => {
        const isOld = request.headers.authorization === 'Bearer token-1'
        if (isOld && request.path.startsWith('models/late')) await late.promise
        if (isOld && request.path.startsWith('models/')) return { status: 401, body: '' }
        return request.path.startsWith('models/') ? { body: { name: '1' } } : empty(request)
      },
      { credential },
    )
    const model = (name: string) => ({ kind: 'Model' as const, name, version: '1' })
    const slow = cloud.observe({ assets: [model('late')], labels: [] }, signal())
    await cloud.observe({ assets: [model('soon')], labels: [] }, signal())
    late.resolve()
    await slow
    expect(credential.asked).toHaveLength(2)
  })

  test('many reads that meet the same 401 renew once', async () => {
    const credential = tokens()
    let isExpired = false
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`models/m${index}/versions/1`, { name: '1' }]),
    )
    const { cloud } = stage(
      (request) =>
        isExpired && request.headers.authorization === 'Bearer token-1'
          ? { status: 401, body: '' }
          : workspaceOf(many)(request),
      { credential },
    )
    await cloud.observe(NOTHING, signal())
    isExpired = true
    const assets = Object.keys(many).map((path) => ({
      kind: 'Model' as const,
      name: path.split('/')[1] ?? '',
      version: '1',
    }))
    const world = await cloud.observe({ assets, labels: [] }, signal())
    expect(world.resources).toHaveLength(20)
    expect(credential.asked).toHaveLength(2)
  })
})

describe('the credential', () => {
  const tenantId = '00000000-0000-4000-8000-000000000003'
  const settings = {
    authorityHost: 'https://login.example',
    tenantId,
    clientId: 'client',
    clientSecret: 'a-secret-of-ours',
  }

  const answer = { token_type: 'Bearer', expires_in: 3600, access_token: 'the-token' }
  const base = `https://login.example/${tenantId}`
  const configuration = {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  }

  function host() {
    const taken = samples()
    const login = play(({ method }) => ({ body: method === 'POST' ? answer : configuration }))
    const measure = { clock: virtualTime(), meter: taken.meter }
    const credential = createCredential(settings, { transport: login.transport, measure })
    return { credential, ...login, ...taken }
  }

  test('asks the configured host only, without asking Microsoft whether it exists', async () => {
    const { credential, seen, requests } = host()
    const token = await credential.getToken('https://management.azure.com/.default')
    expect(token?.token).toBe('the-token')
    expect(new Set(seen.map(({ url }) => url.origin))).toEqual(new Set(['https://login.example']))
    expect(requests.every(({ api }) => api === 'login')).toBe(true)
    expect(requests.length).toBe(seen.length)
  })

  test('a renewed one asks again, although its token is still good', async () => {
    const { credential, seen } = host()
    const tokenRequests = () => seen.filter(({ method }) => method === 'POST').length
    await credential.getToken('https://management.azure.com/.default')
    await credential.getToken('https://management.azure.com/.default')
    expect(tokenRequests()).toBe(1)
    credential.renew?.()
    await credential.getToken('https://management.azure.com/.default')
    expect(tokenRequests()).toBe(2)
  })

  test('a secret without its client id is refused at once', () => {
    expect(() => createCredential({ clientSecret: 'x', tenantId })).toThrow('client id')
  })

  test('without a secret it is the chain of workload identity, managed identity and CLI', () => {
    const file = { tenantId, clientId: 'client', federatedTokenFile: '/var/run/token' }
    expect(createCredential(file)).toHaveProperty('getToken')
    expect(createCredential({})).toHaveProperty('renew')
  })
})
