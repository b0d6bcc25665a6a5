import { afterEach, describe, expect, test } from '@jest/globals'
import { createInbox } from '../../src/adapters/inbox/memory.ts'
import { createJournal } from '../../src/adapters/journal/memory.ts'
import { INTENT_VERBS, type IntentAnswer } from '../../src/core/model/rollout.ts'
import { createServer, type ServerOptions } from '../../src/server/server.ts'
import { get } from '../support/http.ts'
import * as a from '../support/report.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const BASE = '/api/v1/applications/fraud-prod/rollouts'
const ROUTE = '/api/v1/applications/:name/rollouts'
const SAID = { who: 'anna', why: 'scores look wrong' }

/** A server whose loop answers as soon as something is put in; `result` undefined = it never does. */
async function serve(
  result: IntentAnswer['result'] | undefined,
  options: Partial<ServerOptions> & { readonly host?: string } = {},
) {
  const journal = createJournal({ history: 3 })
  const inbox = createInbox()
  const { host = '127.0.0.1', ...more } = options
  inbox.onPut(() => {
    if (result === undefined) return
    inbox.answer(inbox.take().map((intent) => ({ intent, result, message: 'So be it.' })))
  })
  const taken: unknown[] = []
  inbox.onPut(() => taken.push(...inbox.take()))
  const server = createServer({
    applications: [
      { name: 'fraud-prod', journal, inbox },
      { name: 'shown', journal },
    ],
    metrics: async () => '',
    version: '0.1.0',
    ...more,
  })
  open.push(server)
  const port = Number(new URL(await server.listen({ port: 0, host })).port)
  const url = `http://127.0.0.1:${port}`
  async function pull(path: string, said: unknown = SAID, headers: Record<string, string> = {}) {
    const body = typeof said === 'string' ? said : JSON.stringify(said)
    const sent = { 'content-type': 'application/json', ...headers }
    const answer = await get(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-length': String(Buffer.byteLength(body)), ...sent },
      body,
    })
    return { ...answer, json: JSON.parse(answer.text) }
  }
  return { journal, inbox, url, pull, taken }
}

describe('a lever', () => {
  test.each(INTENT_VERBS)('%s waits for the tick that answers it', async (verb) => {
    const { pull, journal } = await serve('accepted')
    journal.record(a.report({ resources: [a.rolling()] }))
    const { status, json } = await pull(`${BASE}/FRAUD/${verb}`)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      ...{ application: 'fraud-prod', endpoint: 'fraud', verb },
      ...{ who: 'anna (loopback)', why: 'scores look wrong' },
      ...{ result: 'accepted', message: 'So be it.' },
    })
    expect(json.at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
  })

  test('that is refused is a conflict, with the reason', async () => {
    const { pull } = await serve('refused')
    const { status, json } = await pull(`${BASE}/fraud/undo`)
    expect([status, json.result, json.message]).toEqual([409, 'refused', 'So be it.'])
  })

  test('that nothing answers in time is pending, and stays put in', async () => {
    const { pull, inbox } = await serve(undefined, { limits: { leverWaitMs: 50 } })
    const { status, json } = await pull(`${BASE}/fraud/abort`)
    expect([status, json.result]).toEqual([202, 'pending'])
    expect(inbox.take()).toMatchObject([{ id: json.id, verb: 'abort', who: 'anna (loopback)' }])
  })

  test('is about the revision that the last report shows, or that is named (S31)', async () => {
    const { pull, journal, taken } = await serve(undefined, { limits: { leverWaitMs: 10 } })
    const shown = a.rollout()
    journal.record(a.report({ resources: [a.rolling(shown)] }))
    expect((await pull(`${BASE}/fraud/promote`)).json.revision).toBe(shown.candidate?.revision)
    const revision = '0123abcd'
    const named = await pull(`${BASE}/fraud/promote`, { ...SAID, revision })
    expect([named.json.revision, taken.at(-1)]).toEqual([
      revision,
      expect.objectContaining({ about: { revision } }),
    ])
    expect((await pull(`${BASE}/fraud/promote`, { ...SAID, revision: 'v2' })).status).toBe(400)
  })

  test('undo at rest is about what serves, and not about what is to come', async () => {
    const { pull, journal } = await serve(undefined, { limits: { leverWaitMs: 10 } })
    const { deadlineAt: _, aborted: _aborted, ...shown } = a.rollout()
    journal.record(a.report({ resources: [a.rolling(shown)] }))
    expect((await pull(`${BASE}/fraud/undo`)).json.revision).toBe(shown.stable?.revision)
    expect((await pull(`${BASE}/fraud/abort`)).json.revision).toBe(shown.candidate?.revision)
  })

  test('of an endpoint that no tick has seen is put in all the same: Git may be out of reach', async () => {
    const { pull } = await serve('accepted')
    expect((await pull(`${BASE}/unseen/abort`)).json).toMatchObject({ endpoint: 'unseen' })
  })

  test.each([
    ['no such Application', '/api/v1/applications/nobody/rollouts/fraud/abort', 404],
    ['no such lever', `${BASE}/fraud/explode`, 404],
    ['an Application that is only shown', '/api/v1/applications/shown/rollouts/fraud/abort', 405],
    ['a path that is only read', `${BASE}/fraud`, 405],
  ])('%s', async (_, path, status) => {
    const { pull, taken } = await serve('accepted')
    expect((await pull(path)).status).toBe(status)
    expect(taken).toEqual([])
  })

  test('does nothing when it is only looked at', async () => {
    const { url, taken } = await serve('accepted')
    expect((await get(`${url}${BASE}/fraud/abort`)).status).toBe(404)
    expect(taken).toEqual([])
  })
})

describe('what a lever is given', () => {
  test.each([
    ['no name', { why: 'x' }, 400],
    ['an empty name', { who: ' ', why: 'x' }, 400],
    ['no reason', { who: 'anna' }, 400],
    ['a name too long', { ...SAID, who: 'x'.repeat(201) }, 400],
    ['a reason too long', { ...SAID, why: 'x'.repeat(201) }, 400],
    ['no JSON', 'who=anna', 400],
    ['a body too big', { ...SAID, more: 'x'.repeat(5000) }, 413],
  ])('%s is refused', async (_, said, status) => {
    const { pull, taken } = await serve('accepted')
    expect((await pull(`${BASE}/fraud/abort`, said)).status).toBe(status)
    expect(taken).toEqual([])
  })

  test('is one line of text that no terminal and no log takes for anything else', async () => {
    const { pull } = await serve('accepted')
    const { json } = await pull(`${BASE}/fraud/abort`, { who: 'an\u001b[2Jna', why: 'a\nb' })
    expect([json.who, json.why]).toEqual(['an\\u001b[2Jna (loopback)', 'a\\u000ab'])
  })

  test('has whole characters only, as Azure takes them in tags', async () => {
    const { pull } = await serve('accepted')
    const { json } = await pull(`${BASE}/fraud/abort`, '{"who":"an\\ud83dna","why":"\\udc00"}')
    expect([json.who, json.why]).toEqual(['an\ufffdna (loopback)', '\ufffd'])
  })
})

describe('who may pull levers', () => {
  const apiToken = () => 'correct horse'.replace(' ', '-')

  test('with a token: only who has it, also from this machine', async () => {
    const { pull, taken } = await serve('accepted', { apiToken })
    for (const authorization of [undefined, 'Bearer wrong', 'Basic correct-horse', 'Bearer ']) {
      const headers = authorization === undefined ? {} : { authorization }
      const { status, headers: answered, json } = await pull(`${BASE}/fraud/abort`, SAID, headers)
      expect([status, answered['www-authenticate'], json.error]).toEqual([
        ...[401, 'Bearer', 'Unauthorized'],
      ])
    }
    expect(taken).toEqual([])
    const right = { authorization: `Bearer ${apiToken()}` }
    const { status, json } = await pull(`${BASE}/fraud/abort`, SAID, right)
    expect([status, json.who]).toEqual([200, 'anna (token)'])
  })

  test('an empty token lets nobody in', async () => {
    const { pull } = await serve('accepted', { apiToken: () => '' })
    const { status } = await pull(`${BASE}/fraud/abort`, SAID, { authorization: 'Bearer ' })
    expect(status).toBe(401)
  })

  test('a token that cannot be read lets nobody in, and its place is not told', async () => {
    const { pull, taken } = await serve('accepted', {
      apiToken: () => {
        throw new Error('ENOENT /secret/token')
      },
    })
    const { status, text } = await pull(`${BASE}/fraud/abort`)
    expect([status, text.includes('secret'), taken]).toEqual([500, false, []])
  })

  test('without one: nobody, where others can reach the server too', async () => {
    const { pull, taken } = await serve('accepted', { host: '0.0.0.0' })
    const { status, json } = await pull(`${BASE}/fraud/abort`)
    expect(status).toBe(403)
    expect(json.message).toContain('VERDIGRIS_API_TOKEN')
    expect(taken).toEqual([])
  })

  test.each([
    ...['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'via'],
    ...['x-real-ip', 'x-client-ip', 'cf-connecting-ip', 'true-client-ip', 'x-azure-clientip'],
  ])('without one: nobody whose request a proxy passes on (%s)', async (header) => {
    const { pull } = await serve('accepted')
    const { status } = await pull(`${BASE}/fraud/abort`, SAID, { [header]: '203.0.113.9' })
    expect(status).toBe(403)
  })

  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['text', { 'content-type': 'text/plain' }, 415],
    ['JSON in disguise', { 'content-type': 'text/plain; application/json' }, 415],
    ['another name of this machine', { host: 'evil.example' }, 421],
    ['JSON from its own origin', { origin: 'http://evil.example' }, 403],
    ['JSON from nowhere', { origin: 'null' }, 403],
  ])('no page of another site: %s', async (_, headers, status) => {
    const { pull, taken } = await serve('accepted')
    expect((await pull(`${BASE}/fraud/abort`, SAID, headers)).status).toBe(status)
    expect(taken).toEqual([])
  })

  test('a page of this machine may', async () => {
    const { pull } = await serve('accepted')
    const { status } = await pull(`${BASE}/fraud/abort`, SAID, { origin: 'http://127.0.0.1:3000' })
    expect(status).toBe(200)
  })

  test('who was not admitted is in the log, without what he said', async () => {
    const logged: object[] = []
    const logger = { warn: (fields: object) => logged.push(fields), error: () => {} }
    const { pull } = await serve('accepted', { apiToken: () => 'right', logger })
    await pull(`${BASE}/fraud/abort`, SAID, { authorization: 'Bearer wrong-token' })
    expect(logged).toEqual([{ status: 401, route: `${ROUTE}/:endpoint/:verb`, from: '127.0.0.1' }])
  })

  test('and a browser that asks whether it may send JSON is told no', async () => {
    const { url } = await serve('accepted')
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const answer = await get(`${url}${BASE}/fraud/abort`, { method: 'OPTIONS', headers })
    expect(answer.status).toBe(405)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('what is shown of rollouts', () => {
  test('all of an Application, and one by its endpoint', async () => {
    const { url, journal } = await serve('accepted')
    const evidence = { ...a.judgement().evidence, logPass: Number.NEGATIVE_INFINITY, passAt: 3 }
    const judged = a.judgement({ evidence: { ...NUMBERS, ...evidence } })
    const judgements = [judged, { ...judged, dryRun: true as const, noDataMs: 5000 }]
    const status = a.rollout({
      judgements,
      stepEndsAt: a.START + 480_000,
      stepDeadlineAt: a.START + 540_000,
    })
    journal.record(a.report({ resources: [a.rolling(status)] }))
    const all = JSON.parse((await get(`${url}${BASE}`)).text)
    const one = JSON.parse((await get(`${url}${BASE}/Fraud`)).text)
    expect(all.items).toEqual([one])
    expect(one).toMatchObject({
      key: 'OnlineEndpoint/fraud',
      ...{ phase: 'analyzing', step: 1, weights: { blue: 90, green: 10 } },
      phaseSince: '2026-01-15T12:00:00.000Z',
      stepEndsAt: '2026-01-15T12:08:00.000Z',
      stepDeadlineAt: '2026-01-15T12:09:00.000Z',
      deadlineAt: '2026-01-16T12:00:00.000Z',
      candidate: { deployment: 'green', revision: '77aa1122', model: 'fraud:8' },
    })
    expect(one.judgements[0].evidence).toEqual({ logAbort: 1.5, abortAt: 4.6, passAt: 3, phi: 1 })
    expect(one.judgements.map((each: object) => 'dryRun' in each)).toEqual([false, true])
    expect(one.judgements[1].noDataMs).toBe(5000)
    expect((await get(`${url}${BASE}/churn`)).status).toBe(404)
  })

  test('the numbers behind verdicts, of one that is under way and of one that is over', async () => {
    const { url, journal } = await serve('accepted')
    const { judgements } = a.judged()
    const counted = {
      ...{ name: 'errors', outcome: 'fail', query: 'up', left: 0, windowMs: 10_000 },
      ...{ from: '2026-01-15T12:00:00Z', to: '2026-01-15T12:00:10Z' },
      candidate: {
        at: ['2026-01-15T12:00:00Z', '2026-01-15T12:00:10Z'],
        ...{ requests: [0, 50], errors: [0, 12] },
      },
    }
    for (const status of [a.rollout({ judgements }), a.aborted({ judged: a.judged() })]) {
      journal.record(a.report({ resources: [a.rolling(status)] }))
      const { text } = await get(`${url}${BASE}/Fraud/samples`)
      expect(JSON.parse(text)).toMatchObject({
        ...{ endpoint: 'fraud', deployment: 'green', revision: '77aa1122' },
        items: [counted],
      })
      // Who does not ask for them does not get them.
      expect((await get(`${url}${BASE}`)).text).not.toContain('"query"')
    }
    journal.record(a.report({ resources: [a.rolling(a.atRest())] }))
    const { text } = await get(`${url}${BASE}/fraud/samples`)
    expect(JSON.parse(text)).toEqual({ endpoint: 'fraud', items: [] })
    expect((await get(`${url}${BASE}/churn/samples`)).status).toBe(404)
  })

  test('an aborted one names the commit that is not applied, in the summary too', async () => {
    const { url, journal } = await serve('accepted')
    journal.record(a.report({ converged: false, resources: [a.rolling(a.aborted())] }))
    const [summary] = JSON.parse((await get(`${url}/api/v1/applications`)).text).items
    expect(summary.notApplied).toEqual([
      {
        ...{ endpoint: 'fraud', commit: 'c0ffee', revision: '77aa1122' },
        ...{ reason: 'ErrorsWorse', message: 'Errors are worse than stable.' },
      },
    ])
  })
})

describe('an approval of deletions', () => {
  const PATH = '/api/v1/applications/fraud-prod/approve'

  test('is bound to their id and answered by the tick that carries it out', async () => {
    const { pull, taken } = await serve(undefined, { limits: { leverWaitMs: 1 } })
    const { status, json } = await pull(PATH, { ...SAID, deletions: '1a2b3c4d' })
    expect([status, json.result]).toEqual([202, 'pending'])
    expect(json).toMatchObject({ verb: 'approve', endpoint: '1a2b3c4d', who: 'anna (loopback)' })
    expect(taken).toMatchObject([{ verb: 'approve', endpoint: '1a2b3c4d' }])
  })

  test.each([{}, { deletions: 'all' }, { deletions: '1A2B3C4D' }])(
    'is refused where the id is %j',
    async (said) => {
      const { pull, taken } = await serve('accepted')
      expect((await pull(PATH, { ...SAID, ...said })).status).toBe(400)
      expect(taken).toEqual([])
    },
  )
})

const NUMBERS = { logAbort: 0, abortAt: 0, logPass: 0, passAt: 0, phi: 0 }

describe('reading, where other machines can reach the server', () => {
  const OTHERS = '0.0.0.0'
  const bearer = { authorization: 'Bearer right' }
  const apiToken = (): string => 'right'

  test.each([
    ['probes answer everybody', {}, '/healthz', {}, 200],
    ['the other probe, too', {}, '/readyz', {}, 503],
    ['the API needs a token', { apiToken }, BASE, {}, 401],
    ['the API with the token', { apiToken }, BASE, bearer, 200],
    ['nobody where there is none', {}, BASE, {}, 403],
    ['metrics are no exception', {}, '/metrics', {}, 403],
    ['unless they are open', { open: 'metrics' }, '/metrics', {}, 200],
    ['and then the API is not', { open: 'metrics' }, BASE, {}, 403],
    ['all is open', { open: 'all' }, BASE, {}, 200],
    ['what is not there is not told', {}, '/nothing', {}, 403],
  ] as const)('%s', async (_, options, path, headers, status) => {
    const { url } = await serve('accepted', { host: OTHERS, ...options })
    const answer = await get(`${url}${path}`, { headers })
    expect(answer.status).toBe(status)
    if (status === 403) expect(JSON.parse(answer.text).message).toContain('--open')
  })

  test('from this machine alone nothing is needed, also where there is a token', async () => {
    const { url } = await serve('accepted', { apiToken: () => 'right' })
    expect((await get(`${url}${BASE}`)).status).toBe(200)
  })
})
