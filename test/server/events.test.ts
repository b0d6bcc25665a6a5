import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createJournal } from '../../src/adapters/journal/memory.ts'
import { createServer, type ServerOptions } from '../../src/server/server.ts'
import { get } from '../support/http.ts'
import * as a from '../support/report.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function serve(limits: ServerOptions['limits'] = {}) {
  const journal = createJournal({ history: 10 })
  const other = createJournal({ history: 10 })
  const server = createServer({
    applications: [
      { name: 'fraud-prod', journal },
      { name: 'churn-prod', journal: other },
    ],
    metrics: async () => '',
    version: '0.1.0',
    limits,
  })
  endings.push(() => server.close())
  const url = await server.listen({ port: 0 })
  return { journal, other, server, url: `${url}/api/v1/events` }
}

/** Opens a stream and gives a function that waits until its text contains something. */
async function listen(url: string, headers: Record<string, string> = {}) {
  const call: ClientRequest = request(url, { agent: false, headers })
  endings.push(() => call.destroy())
  call.on('error', () => {})
  call.end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  let text = ''
  response.on('error', () => {})
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
  })
  const until = async (part: string) => {
    while (!text.includes(part)) await once(response, 'data')
    return text
  }
  return {
    response,
    until,
    ended: new Promise((resolve) => response.once('close', resolve)),
    text: () => text,
  }
}

const ids = (text: string) => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id ?? '')

describe('the event stream', () => {
  test('tells what happened before, and then what happens', async () => {
    const { journal, url } = await serve()
    journal.record(a.report())
    const { response, until } = await listen(url)
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    await until('RevisionSeen')
    journal.record(a.report({ tick: 2, outcomes: [a.failed(a.endpoint('fraud'))] }))
    expect(await until('OutOfQuota')).toContain('event: Warning\ndata: {"at":')
  })

  test('resumes after Last-Event-ID without loss or repetition', async () => {
    const { journal, url } = await serve()
    journal.record(a.report())
    const first = await listen(url)
    const seen = ids(await first.until('Converged'))
    first.response.destroy()
    journal.record(a.report({ tick: 2, problems: [a.problem()] }))
    const second = await listen(url, { 'last-event-id': seen.at(-1) ?? '' })
    const later = ids(await second.until('UnknownField'))
    expect(later.filter((id) => seen.includes(id))).toEqual([])
    const all = (await get(`${url}?format=json`)).text
    expect(JSON.parse(all).items.map(({ id }: { id: string }) => id)).toEqual([...seen, ...later])
  })

  test('an id of another process gives everything that is kept', async () => {
    const { journal, url } = await serve()
    journal.record(a.report())
    const { until } = await listen(url, { 'last-event-id': 'gone-7' })
    expect(await until('Converged')).toContain('RevisionSeen')
  })

  test('can be narrowed to one Application', async () => {
    const { journal, other, url } = await serve()
    const { until } = await listen(`${url}?application=churn-prod`)
    journal.record(a.report())
    other.record(a.report({ application: 'churn-prod' }))
    expect(await until('churn-prod')).not.toContain('fraud-prod')
  })

  test('beats while nothing happens', async () => {
    const { url } = await serve({ heartbeatMs: 20 })
    const { until } = await listen(url)
    await until(': still here')
  })

  test('gives its headers alone to who asks for them, which takes no room', async () => {
    const { url } = await serve({ eventClients: 1 })
    for (let asked = 0; asked < 3; asked += 1) {
      const { status, headers, text } = await get(url, { method: 'HEAD' })
      expect([status, headers['content-type'], text]).toEqual([
        200,
        'text/event-stream; charset=utf-8',
        '',
      ])
    }
    expect((await listen(url)).response.statusCode).toBe(200)
  })

  test('is refused to more clients than there is room for, and free again when one leaves', async () => {
    const { url } = await serve({ eventClients: 1 })
    const first = await listen(url)
    const refused = await get(url)
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '10'])
    first.response.destroy()
    await first.ended
    let status = 503
    while (status === 503) {
      const probe = await listen(url)
      status = probe.response.statusCode ?? 0
    }
    expect(status).toBe(200)
  })

  test('sends a kept history of many megabytes to whoever reads it, whole and in order', async () => {
    const { journal, url } = await serve()
    const problem = a.problem({ message: 'x'.repeat(2000) })
    const at = (line: number) => ({ ...problem, at: { ...problem.at, line } })
    for (let tick = 1; tick <= 900; tick += 1)
      journal.record(a.report({ tick, problems: Array.from({ length: 1 }, () => at(tick)) }))
    const { until } = await listen(url)
    const text = await until(':900:')
    expect(text.length).toBeGreaterThan(1_500_000)
    const numbers = ids(text).map((id) => Number(id.split('-')[1]))
    expect(numbers).toEqual(numbers.map((_, place) => (numbers[0] ?? 0) + place))
  })

  test('ends when the server closes', async () => {
    const { url, server } = await serve()
    const { ended } = await listen(url)
    await server.close()
    await ended
  })

  test('keeps a bounded list', async () => {
    const { journal, url } = await serve({ eventHistory: 5 })
    for (let tick = 1; tick <= 20; tick++) {
      journal.record(a.report({ tick, attemptedRevision: `c${tick}` }))
    }
    const { items } = JSON.parse((await get(`${url}?format=json`)).text)
    expect(items).toHaveLength(5)
  })
})
