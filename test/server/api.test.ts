import { afterEach, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import { createJournal } from '../../src/adapters/journal/memory.ts'
import { createServer, type ServerOptions } from '../../src/server/server.ts'
import * as a from '../support/report.ts'
import { eventfulStory } from '../support/story.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

function serve(names: readonly string[], options: Partial<ServerOptions> = {}) {
  const journals = new Map(names.map((name) => [name, createJournal({ history: 10 })]))
  const applications = [...journals].map(([name, journal]) => ({ name, journal }))
  const server = createServer({
    applications,
    metrics: async () => 'up 1\n',
    version: '0.1.0',
    ...options,
  })
  open.push(server)
  const record = (...reports: Parameters<ReturnType<typeof createJournal>['record']>[0][]) => {
    for (const report of reports) journals.get(report.application)?.record(report)
  }
  return { server, record, get: (url: string) => server.inject({ url, headers: LOCAL }) }
}

const LOCAL = { host: 'localhost' }
const ALL = ['fraud-prod', 'churn-prod', 'broken-prod']

describe('every answer is what the OpenAPI document says', () => {
  test.each([
    '/healthz',
    '/readyz',
    '/api/v1/applications',
    '/api/v1/applications/fraud-prod',
    '/api/v1/applications/nobody',
    '/api/v1/applications/churn-prod/resources',
    '/api/v1/applications/fraud-prod/resources/OnlineDeployment%2Ffraud%2Fblue',
    '/api/v1/applications/fraud-prod/resources/OnlineDeployment/fraud/blue',
    '/api/v1/applications/fraud-prod/resources/Model/none:1',
    '/api/v1/applications/churn-prod/drift',
    '/api/v1/applications/churn-prod/plan',
    '/api/v1/applications/broken-prod/problems',
    '/api/v1/applications/fraud-prod/rollouts',
    '/api/v1/applications/fraud-prod/rollouts/fraud',
    '/api/v1/applications/fraud-prod/rollouts/fraud/samples',
    '/api/v1/applications/churn-prod/rollouts/churn/samples',
    '/api/v1/applications/churn-prod/rollouts/churn',
    '/api/v1/events?format=json',
  ])('%s', async (url) => {
    const { record, get } = serve(ALL)
    const silent = serve(['fraud-prod'])
    record(...eventfulStory(a.START))
    const previous = { deployment: 'red', revision: '0badcafe', untilMs: a.START }
    const status = a.aborted({
      previous,
      power: 'at 40 requests/min …',
      bandwidth: 'The copies …',
      probe: {
        ...{ perMinute: 60, different: 3, sent: 9, failed: 1, unanswered: 2 },
        problem: { reason: 'Unauthorized', message: 'It may not score.' },
      },
      stepDeadlineAt: a.START,
    })
    const blue = a.drifted(a.deployment('fraud', 'blue'))
    record(a.report({ tick: 6, resources: [a.rolling(status), blue] }))
    const document = (await get('/api/v1/openapi.json')).json()
    for (const served of [get, silent.get]) {
      const answer = await served(url)
      const schema = schemaOf(document, url, answer.statusCode)
      expect(schema).toBeDefined()
      const ajv = new Ajv2020({ strict: false })
      addFormatsModule.default(ajv)
      const validate = ajv.compile({ ...schema, components: document.components })
      expect({ valid: validate(answer.json()), errors: validate.errors }).toEqual({
        valid: true,
        errors: null,
      })
    }
  })
})

/** The schema the document gives for this path: the longest template that matches. */
function schemaOf(document: Document, url: string, status: number) {
  const path = new URL(url, 'http://localhost').pathname
  const template = Object.keys(document.paths)
    .filter((one) =>
      new RegExp(`^${one.replace('{key}', '.+').replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
    )
    .toSorted((one, other) => other.length - one.length)[0]
  const answer = document.paths[template ?? '']?.get.responses[status]
  return answer?.content['application/json']?.schema
}

interface Document {
  readonly components: object
  readonly paths: Record<
    string,
    { get: { responses: Record<number, { content: Record<string, { schema: object }> }> } }
  >
}

describe('what the routes tell', () => {
  test('an Application shows its newest tick, its counts and its history', async () => {
    const { record, get } = serve(ALL)
    record(...eventfulStory(a.START))
    const answer = (await get('/api/v1/applications/churn-prod')).json()
    expect(answer).toMatchObject({
      name: 'churn-prod',
      tick: 2,
      converged: false,
      counts: { resources: 3, drifted: 1, degraded: 1, outOfSync: 1 },
    })
    expect(answer.history).toHaveLength(2)
  })

  test('that an Application only observes stands beside its name, and at its plan', async () => {
    const { record, get } = serve(ALL)
    record(a.report({ application: 'churn-prod', mode: 'observe' }))
    const answers = ['', '/churn-prod', '/churn-prod/plan'].map((path) =>
      get(`/api/v1/applications${path}`),
    )
    const [all, one, plan] = (await Promise.all(answers)).map((answer) => answer.json())
    expect(all.items).toContainEqual(
      expect.objectContaining({ name: 'churn-prod', mode: 'observe' }),
    )
    expect([one.mode, plan.mode]).toEqual(['observe', 'observe'])
    record(a.report({ application: 'churn-prod' }))
    expect((await get('/api/v1/applications/churn-prod')).json()).not.toHaveProperty('mode')
  })

  test('one thing shows its differences and what happened to it', async () => {
    const { record, get } = serve(ALL)
    record(...eventfulStory(a.START).slice(0, 3))
    const answer = await get(
      '/api/v1/applications/fraud-prod/resources/onlinedeployment/FRAUD/blue',
    )
    expect(answer.json()).toMatchObject({
      key: 'OnlineDeployment/fraud/blue',
      differences: [{ path: '/sku/capacity', live: 5, desired: 3 }],
    })
    expect(answer.json().events.map(({ reason }: { reason: string }) => reason)).toContain(
      'UpdateStarted',
    )
  })

  test('what is in no Git is told with whose it is, and counted', async () => {
    const { record, get } = serve(['fraud-prod'])
    const another = { owner: 'another', application: 'old', reason: 'OwnedByAnother' } as const
    record(a.report({ orphans: [a.orphan(a.endpoint('byhand'), another)] }))
    expect((await get('/api/v1/applications/fraud-prod/plan')).json().orphans).toEqual([
      {
        key: 'OnlineEndpoint/byhand',
        ref: { kind: 'OnlineEndpoint', name: 'byhand' },
        ...another,
        message: 'x',
      },
    ])
    const { counts } = (await get('/api/v1/applications/fraud-prod')).json()
    expect(counts.orphans).toBe(1)
  })

  test('problems carry file, line and column', async () => {
    const { record, get } = serve(['fraud-prod'])
    record(a.report({ problems: [a.problem()], converged: false }))
    expect((await get('/api/v1/applications/fraud-prod/problems')).json().items).toEqual([
      {
        severity: 'error',
        reason: 'UnknownField',
        message: 'unknown field instance_cuont; did you mean instance_count?',
        file: 'fraud/blue.yml',
        line: 7,
        column: 1,
      },
    ])
  })

  test('bodies of actions are not shown: they carry what nobody asked to see', async () => {
    const { record, get } = serve(['fraud-prod'])
    const body = { properties: { marker: 'BODY-CANARY' } }
    record(a.report({ outcomes: [a.started(a.endpoint('fraud'), { body })] }))
    expect((await get('/api/v1/applications/fraud-prod/plan')).body).not.toContain('BODY-CANARY')
  })

  test('metrics are Prometheus text', async () => {
    const answer = await serve([]).get('/metrics')
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(answer.body).toBe('up 1\n')
  })

  test('every answer is observed by route pattern, never by path', async () => {
    const seen: unknown[] = []
    const { get } = serve(['x'], { observe: (...sample) => seen.push(sample) })
    await get('/api/v1/applications/x')
    await get('/api/v1/applications/who')
    await get('/no/such')
    expect(seen).toEqual([
      ['/api/v1/applications/:name', 'GET', 200],
      ['/api/v1/applications/:name', 'GET', 404],
      ['other', 'GET', 404],
    ])
  })
})

describe('readiness', () => {
  test('comes with the first good tick of every Application, and stays', async () => {
    const { record, get } = serve(['fraud-prod', 'churn-prod'])
    const source = { type: 'SourceReady', status: 'False', reason: 'Unreachable' } as const
    record(a.report({ conditions: [a.condition(source)] }))
    expect((await get('/readyz')).json()).toEqual({
      status: 'not ready',
      reasons: ['fraud-prod: Unreachable', 'churn-prod: no tick yet'],
    })
    record(a.report(), a.report({ application: 'churn-prod' }))
    expect((await get('/readyz')).statusCode).toBe(200)
    record(a.report({ conditions: [a.condition(source)] }))
    expect((await get('/readyz')).statusCode).toBe(200)
  })

  test('a process that is about to stop is not ready, whatever its ticks', async () => {
    const { get } = serve([], { notReady: () => ['stopping'] })
    const answer = await get('/readyz')
    expect([answer.statusCode, answer.json().reasons]).toEqual([503, ['stopping']])
  })
})
