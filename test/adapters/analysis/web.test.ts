import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { json, measureOne, question, reasonOf, serve } from './stage.ts'

const QUERY = { host: 'quality', path: '/v1/{{endpoint}}?of={{deployment}}&than={{stable}}' }
const NUMBER = question({
  provider: 'web',
  wants: 'value',
  query: { ...QUERY, pointer: '/data/0/a~1b' },
})

describe('a number of a web host', () => {
  test('is found at its pointer, for the names that are compared', async () => {
    const { url, asked } = await serve(json({ data: [{ 'a/b': 12.5 }] }))
    const web = { quality: { url: `${url}/base/` } }
    const { measurement, samples } = await measureOne({ web }, NUMBER)
    expect(measurement).toMatchObject({ id: 'errors', is: 'value', value: 12.5 })
    expect(asked.map((one) => one.url)).toEqual(['/base/v1/fraud?of=green&than=blue'])
    expect(samples).toEqual([{ provider: 'web', result: 'ok', durationMs: 0 }])
  })

  test.each([
    ['{"data":[]}', { is: 'value', value: 0 }],
    ['{}', { is: 'value', value: 0 }],
    ['{"data":[{"a/b":null}]}', { is: 'noData', reason: 'NotANumber' }],
    ['{"data":[{"a/b":"x"}]}', { is: 'noData', reason: 'NotANumber' }],
    ['', { is: 'noData', reason: 'UnreadableAnswer' }],
  ])('where what is absent counts as 0, %s is %j', async (body, expected) => {
    const { url } = await serve(json(body))
    const web = { quality: { url } }
    const { measurement } = await measureOne({ web }, { ...NUMBER, onMissing: 'zero' })
    expect(measurement).toMatchObject(expected)
  })

  const bodies: [string, string, string][] = [
    ['an HTML page', '<html>secret-canary</html>', 'UnreadableAnswer'],
    ['nothing', '', 'UnreadableAnswer'],
    ['NaN', '{"data":[{"a/b":NaN}]}', 'UnreadableAnswer'],
    ['a number beyond all numbers', '{"data":[{"a/b":1e999}]}', 'NotANumber'],
    ['a text', '{"data":[{"a/b":"secret-canary"}]}', 'NotANumber'],
    ['an empty list', '{"data":[]}', 'NotANumber'],
    ['a list for a number', '{"data":[{"a/b":[1]}]}', 'NotANumber'],
    ['null', 'null', 'NotANumber'],
    ['a prototype', '{"__proto__":{"data":[{"a/b":1}]}}', 'NotANumber'],
    ['a deep nest', '['.repeat(200_000), 'UnreadableAnswer'],
  ]
  test.each(bodies)('row 62: %s is no data, and is not repeated', async (_, body, reason) => {
    const { url } = await serve(json(body))
    const { measurement, samples } = await measureOne({ web: { quality: { url } } }, NUMBER)
    expect(measurement).toMatchObject({ is: 'noData', reason })
    expect(JSON.stringify([measurement, samples])).not.toContain('canary')
    expect(samples).toMatchObject([{ result: 'noData', reason }])
  })

  test('row 62: an answer of a gigabyte is cut at the limit', async () => {
    let sent = 0
    const { url } = await serve((_, response) => {
      const chunk = Buffer.alloc(1 << 20, 32)
      const pour = (): void => {
        while (sent < 1024 && !response.destroyed && response.write(chunk)) sent += 1
      }
      response.on('drain', pour)
      pour()
    })
    expect(await reasonOf({ web: { quality: { url } } }, NUMBER)).toBe('AnswerTooLarge')
    expect(sent).toBeLessThan(64)
  })

  test('row 62: nor is one that would take long to parse', async () => {
    const deep = (bytes: number): string => `{"a":${'['.repeat(bytes / 2)}${']'.repeat(bytes / 2)}}`
    const reasons: string[] = []
    for (const bytes of [200 * 1024, 300 * 1024]) {
      const { url } = await serve(json(deep(bytes)))
      reasons.push((await reasonOf({ web: { quality: { url } } }, NUMBER)) ?? '')
    }
    expect(reasons).toEqual(['NotANumber', 'AnswerTooLarge'])
  })

  const statuses: [number, string][] = [
    [401, 'Unauthorized'],
    [403, 'Unauthorized'],
    [404, 'NotFound'],
    [400, 'QueryRefused'],
    [429, 'Throttled'],
    [500, 'Unavailable'],
    [204, 'QueryRefused'],
  ]
  test.each(statuses)('row 63: a %i is no data', async (status, reason) => {
    const { url, asked } = await serve((_, response) => {
      response.writeHead(status).end(status === 204 ? undefined : 'secret-canary')
    })
    const { measurement, samples } = await measureOne({ web: { quality: { url } } }, NUMBER)
    expect(measurement).toMatchObject({ is: 'noData', reason })
    expect(samples).toMatchObject([{ result: 'error', reason }])
    expect(JSON.stringify(measurement)).not.toContain('canary')
    expect(asked).toHaveLength(1)
  })

  const silences: [string, (request: IncomingMessage, response: ServerResponse) => void][] = [
    ['no answer', () => {}],
    ['an answer that does not end', (_, response) => response.writeHead(200).write('{')],
  ]
  test.each(silences)('row 63: %s ends at the time limit', async (_, answer) => {
    const { url } = await serve(answer)
    const options = { web: { quality: { url } }, limits: { queryTimeoutMs: 50 } }
    expect(await reasonOf(options, NUMBER)).toBe('TimedOut')
  })

  test('row 63: a host that is not there, or hangs up, is unreachable', async () => {
    const { url } = await serve((request) => request.socket.destroy())
    expect(await reasonOf({ web: { quality: { url } } }, NUMBER)).toBe('Unreachable')
    const gone = { quality: { url: 'http://127.0.0.1:9' } }
    expect(await reasonOf({ web: gone }, NUMBER)).toBe('Unreachable')
  })

  test('a host that is not configured says which variable would do it', async () => {
    const { measurement, samples } = await measureOne({}, NUMBER)
    expect(measurement).toMatchObject({ is: 'noData', reason: 'ProviderNotConfigured' })
    expect(JSON.stringify(measurement)).toContain('VERDIGRIS_WEB_HOSTS')
    expect(samples).toMatchObject([{ result: 'error' }])
  })

  test('row 61: a name that is none never gets into a path', async () => {
    const { url, asked } = await serve(json({ data: [{ 'a/b': 1 }] }))
    const about = { ...NUMBER.about, candidate: 'green&admin=true' }
    expect(await reasonOf({ web: { quality: { url } } }, { ...NUMBER, about })).toBe('InvalidName')
    expect(asked).toHaveLength(0)
  })
})
