import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { hostnameOf, isRefused } from '../../../src/adapters/analysis/http/hosts.ts'
import { json, measureOne, question, reasonOf, serve } from './stage.ts'

const NUMBER = question({
  provider: 'web',
  wants: 'value',
  query: { host: 'quality', path: '/rate', pointer: '/rate' },
})

function hosts(url: string, token?: () => string) {
  return { web: { quality: { url, ...(token && { token }) } } }
}

describe('row 60: an address', () => {
  // [address, refused by default, refused where private ones are allowed]
  const rows: [string, boolean, boolean][] = [
    ['93.184.216.34', false, false],
    ['2606:2800:220:1::1', false, false],
    ['169.254.169.254', true, true],
    ['::ffff:169.254.169.254', true, true],
    ['64:ff9b::a9fe:a9fe', true, true],
    ['fe80::1', true, true],
    ['fd00:ec2::254', true, true],
    ['168.63.129.16', true, true],
    ['0.0.0.0', true, true],
    ['::', true, true],
    ['224.0.0.1', true, true],
    ['255.255.255.255', true, true],
    ['127.0.0.1', true, false],
    ['127.8.8.8', true, false],
    ['::1', true, false],
    ['::ffff:127.0.0.1', true, false],
    ['10.0.0.7', true, false],
    ['172.16.0.1', true, false],
    ['172.32.0.1', false, false],
    ['192.168.1.1', true, false],
    ['100.64.0.1', true, false],
    ['fd12::1', true, false],
    ['::ffff:10.0.0.7', true, false],
    ['64:ff9b::a00:7', true, false],
  ]
  test.each(rows)('%s is judged by what it is', (address, byDefault, whereAllowed) => {
    expect(isRefused(address, 'metrics.example', false)).toBe(byDefault)
    expect(isRefused(address, 'metrics.example', true)).toBe(whereAllowed)
  })

  test('that the operator wrote down himself is meant, unless it is never a host', () => {
    expect(isRefused('10.0.0.7', '10.0.0.7', false)).toBe(false)
    expect(isRefused('10.0.0.8', '10.0.0.7', false)).toBe(true)
    expect(isRefused('127.0.0.1', 'localhost', false)).toBe(false)
    expect(isRefused('10.0.0.7', 'localhost', false)).toBe(true)
    expect(isRefused('169.254.169.254', '169.254.169.254', true)).toBe(true)
  })

  test.each([
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://[::ffff:169.254.169.254]/', '::ffff:a9fe:a9fe'],
  ])('%s is read as what it stands for', (url, address) => {
    expect(hostnameOf(new URL(url))).toBe(address)
  })
})

describe('row 60: a configured host', () => {
  test.each([
    'http://169.254.169.254/metadata/identity/oauth2/token',
    'http://[::ffff:169.254.169.254]',
    'http://[fe80::1]',
    'http://168.63.129.16',
  ])('%s is refused before a connection is made', async (url) => {
    expect(await reasonOf({ ...hosts(url), allowPrivate: true }, NUMBER)).toBe('AddressRefused')
  })

  test('whose name leads to loopback is refused at the connection, and asked where that is allowed', async () => {
    const { port, asked } = await serve(json({ rate: 0.5 }))
    const options = {
      ...hosts(`http://metrics.example:${port}`),
      resolve: async () => ['127.0.0.1'],
    }
    expect(await reasonOf(options, NUMBER)).toBe('AddressRefused')
    expect(asked).toHaveLength(0)
    const { measurement } = await measureOne({ ...options, allowPrivate: true }, NUMBER)
    expect(measurement).toMatchObject({ is: 'value', value: 0.5 })
  })

  test('whose name changes its meaning is judged anew at each connection', async () => {
    const { port, asked } = await serve(json({ rate: 0.5 }))
    const turns = [['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1', '169.254.169.254']]
    const resolve = async () => turns.shift() ?? []
    const options = { ...hosts(`http://metrics.example:${port}`), resolve, allowPrivate: true }
    expect((await measureOne(options, NUMBER)).measurement.is).toBe('value')
    expect(await reasonOf(options, NUMBER)).toBe('AddressRefused')
    expect(await reasonOf(options, NUMBER)).toBe('AddressRefused')
    expect(asked).toHaveLength(1)
  })

  test('that redirects is not followed, and the token stays with it', async () => {
    const elsewhere = await serve(json({ rate: 0 }))
    const { url, asked } = await serve((_, response) => {
      response.writeHead(302, { location: `${elsewhere.url}/rate` }).end()
    })
    expect(
      await reasonOf(
        hosts(url, () => 'canary-token'),
        NUMBER,
      ),
    ).toBe('RedirectRefused')
    expect(asked[0]?.headers.authorization).toBe('Bearer canary-token')
    expect(elsewhere.asked).toHaveLength(0)
  })

  test('gets its own token, read anew each time, and no other host does', async () => {
    const one = await serve(json({ rate: 1 }))
    const other = await serve(json({ rate: 2 }))
    const tokens = ['first', 'second']
    const web = {
      quality: { url: one.url, token: () => tokens.shift() ?? 'none' },
      other: { url: other.url },
    }
    await measureOne({ web }, NUMBER)
    await measureOne({ web }, NUMBER)
    await measureOne({ web }, { ...NUMBER, query: { ...NUMBER.query, host: 'other' } })
    const sent = ({ asked }: { asked: IncomingMessage[] }) =>
      asked.map(({ headers }) => headers.authorization)
    expect(sent(one)).toEqual(['Bearer first', 'Bearer second'])
    expect(sent(other)).toEqual([undefined])
  })
})
