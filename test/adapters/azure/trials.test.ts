import { describe, expect, test } from '@jest/globals'
import type { AzureOptions } from '../../../src/adapters/azure/cloud.ts'
import { openTrials } from '../../../src/adapters/azure/trials.ts'
import type { JsonObject } from '../../../src/core/model/json.ts'
import { comparePredictions } from '../../../src/core/rollout/predictions.ts'
import type { TrialAsk } from '../../../src/reconcile/ports.ts'
import {
  play,
  type Reply,
  ROOT,
  type Seen,
  samples,
  signal,
  tokens,
  virtualTime,
  WORKSPACE,
  WORKSPACE_BODY,
} from './stage.ts'

const SCORING = 'https://nightly.eastus.inference.ml.azure.com/jobs'
const REGION = 'https://eastus.api.azureml.ms'
const ACCOUNT_KEY = Buffer.from('account-key-canary').toString('base64')
const KEY = 'BatchDeployment/nightly/green'

const ASK: TrialAsk = {
  key: KEY,
  endpoint: 'nightly',
  candidate: { slot: 'green', rev: '22222222' },
  stable: { slot: 'blue', rev: '11111111' },
  trial: { input: 'azureml:sample:3', tolerance: 1e-6, mismatches: 0 },
}

interface Service {
  readonly scoringUri?: string
  readonly discoveryUrl?: string
  readonly dataType?: string
  readonly datastore?: JsonObject
  readonly secrets?: JsonObject
  /** Statuses by deployment, one for each look; the last one stays. */
  readonly statuses?: Readonly<Record<string, readonly (string | undefined)[]>>
  /** Rows by deployment. */
  readonly rows?: Readonly<Record<string, string | Reply>>
  readonly options?: Partial<AzureOptions>
  /** Answers before the service does. */
  before?(request: Seen): Reply | undefined | Promise<Reply | undefined>
}

const DATASTORE: JsonObject = {
  accountName: 'store1',
  containerName: 'azureml-blobstore',
  endpoint: 'core.windows.net',
  protocol: 'https',
  credentials: { credentialsType: 'AccountKey' },
}

/** Trials before a workspace that the test plays: a job is named after its deployment and the order it came in. */
function trying(given: Service = {}) {
  const started: { readonly name: string; readonly requestId: string }[] = []
  const left = new Map(
    Object.entries(given.statuses ?? {}).map(([name, words]) => [name, [...words]]),
  )

  function statusOf(job: string): string | undefined {
    const words = left.get(job.split('-')[0] ?? '') ?? ['Completed']
    return words.length > 1 ? words.shift() : words[0]
  }

  function start({ headers }: Seen): Reply {
    const requestId = headers['repeatability_request-id'] ?? ''
    const known = started.find((one) => one.requestId === requestId)
    const name = known?.name ?? `${headers['azureml-model-deployment']}-${started.length}`
    if (known === undefined) started.push({ name, requestId })
    return { status: 201, body: { name, properties: { outputFileName: 'predictions.csv' } } }
  }

  function ofJob({ path }: Seen): Reply | undefined {
    const job = /jobs\/([^/]+)$/.exec(path)?.[1]
    const run = /runs\/([^/]+)\/children$/.exec(path)?.[1]
    if (run !== undefined)
      return { body: { value: [{ name: 'batchscoring', runId: `child-of-${run}` }] } }
    const status = job === undefined ? undefined : statusOf(job)
    return status === undefined ? undefined : { body: { properties: { status } } }
  }

  function blobOf({ path }: Seen): Reply | undefined {
    const blob = /azureml\/child-of-([^-]+)-\d+\/score\/predictions\.csv$/.exec(path)?.[1]
    if (blob === undefined) return undefined
    const rows = given.rows?.[blob] ?? 'a.txt 1\n'
    return typeof rows === 'string' ? { body: rows } : rows
  }

  function answer(request: Seen): Reply | undefined {
    if (request.url.href === (given.scoringUri ?? SCORING)) return start(request)
    return ofJob(request) ?? blobOf(request) ?? atRest(given, request.path)
  }

  const { transport, seen } = play(
    async (request) => (await given.before?.(request)) ?? answer(request),
  )
  const clock = virtualTime()
  const credential = tokens()
  const trials = openTrials({
    ...{ workspace: WORKSPACE, credential, transport, clock, meter: samples().meter },
    ...{ compare: comparePredictions, ...given.options },
  })
  const look = async (ask = ASK) => (await trials.look([ask], signal())).get(ask.key)
  return { trials, look, seen, clock, credential, started, serve: answer }
}

/** What does not change while jobs run. */
function atRest(given: Service, path: string): Reply | undefined {
  const { scoringUri = SCORING, dataType = 'uri_folder' } = given
  const { discoveryUrl = `${REGION}/discovery` } = given
  if (path === '.') return { body: { ...WORKSPACE_BODY, properties: { discoveryUrl } } }
  if (path === 'batchEndpoints/nightly') return { body: { properties: { scoringUri } } }
  if (path === 'data/sample/versions/3') return { body: { properties: { dataType } } }
  if (path === 'datastores/workspaceblobstore')
    return { body: { properties: { ...DATASTORE, ...given.datastore } } }
  if (path === 'datastores/workspaceblobstore/listSecrets')
    return { body: given.secrets ?? { secretsType: 'AccountKey', key: ACCOUNT_KEY } }
  return undefined
}

const posts = (seen: readonly Seen[]): readonly Seen[] =>
  seen.filter(({ url, method }) => method === 'POST' && url.hostname !== 'management.azure.com')

describe('a trial', () => {
  test('runs both deployments on the registered input, past the default, and compares their rows', async () => {
    const { look, seen, credential } = trying({
      rows: { blue: 'b 2\na 1\n', green: 'b 2\na 1.0\n' },
    })
    expect(await look()).toMatchObject({ is: 'same' })
    const sent = posts(seen)
    expect(sent.map(({ url }) => url.href)).toEqual([SCORING, SCORING])
    expect(sent.map(({ headers }) => headers['azureml-model-deployment'])).toEqual([
      'green',
      'blue',
    ])
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual(
      Array(2).fill({
        properties: {
          inputData: {
            UriFolder: { uri: `${ROOT}/data/sample/versions/3`, jobInputType: 'UriFolder' },
          },
        },
      }),
    )
    expect(credential.asked).toContain('https://ml.azure.com/.default')
  })

  test('gives a file as a file', async () => {
    const { look, seen } = trying({ dataType: 'uri_file' })
    await look()
    expect(posts(seen)[0]?.body).toContain('"UriFile":{"uri"')
  })

  test('waits for no job: each look tells how both do, and starts none again', async () => {
    const { look, started } = trying({
      statuses: { blue: ['Preparing', 'Completed'], green: ['Queued', 'Running', 'Completed'] },
    })
    const first = await look()
    expect(first).toMatchObject({ is: 'running' })
    expect(first?.message).toMatch(/blue is Preparing.*green is Queued/)
    expect(await look()).toMatchObject({ is: 'running' })
    expect(await look()).toMatchObject({ is: 'same' })
    expect(started).toHaveLength(2)
  })

  test('that found the same is not made again for the same revisions, and is for others', async () => {
    const { look, started, seen } = trying()
    await look()
    const before = seen.length
    expect(await look()).toMatchObject({ is: 'same' })
    expect(seen).toHaveLength(before)
    await look({ ...ASK, candidate: { slot: 'green', rev: '33333333' } })
    await look({ ...ASK, stable: { slot: 'blue', rev: '33333333' } })
    expect(started).toHaveLength(6)
  })

  test('that found a difference says so once: a retry is a trial of its own', async () => {
    const { look, started } = trying({ rows: { blue: 'a 1\n', green: 'a 2\n' } })
    expect(await look()).toMatchObject({ is: 'different' })
    expect(started).toHaveLength(2)
    expect(await look()).toMatchObject({ is: 'different' })
    expect(started).toHaveLength(4)
  })

  // How the jobs end: [blue, green, answer, jobs in all after another look].
  test.each([
    ['Completed', 'Failed', 'different', 4],
    ['Failed', 'Completed', 'problem', 2],
    ['Failed', 'Failed', 'problem', 2],
    ['Completed', 'Canceled', 'problem', 2],
    ['Canceled', 'Failed', 'problem', 2],
  ] as const)('of which blue %s and green %s is %s', async (blue, green, is, jobs) => {
    const { look, started } = trying({ statuses: { blue: [blue], green: [green] } })
    expect(await look()).toMatchObject({ is })
    await look()
    expect(started).toHaveLength(jobs)
  })

  test('that said nothing is made anew after a while, not at each look', async () => {
    const { look, started, clock } = trying({ statuses: { blue: ['Failed', 'Completed'] } })
    expect(await look()).toMatchObject({ is: 'problem' })
    clock.advance(599_000)
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(started).toHaveLength(2)
    clock.advance(1_000)
    expect(await look()).toMatchObject({ is: 'same' })
    expect(started).toHaveLength(4)
  })

  test('whose jobs are gone begins anew', async () => {
    const { look, started } = trying({ statuses: { blue: [undefined, 'Completed'] } })
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(await look()).toMatchObject({ is: 'same' })
    expect(started).toHaveLength(4)
  })

  test('known to one process only: another one makes its own', async () => {
    const service = trying()
    await service.look()
    const other = trying({ before: service.serve })
    expect(await other.look()).toMatchObject({ is: 'same' })
    expect(service.started).toHaveLength(4)
    expect(new Set(service.started.map(({ requestId }) => requestId)).size).toBe(4)
  })

  test('whose start is lost on the way is repeated under the same id, and runs one job', async () => {
    let lost = 0
    const { look, started, seen } = trying({
      before(request) {
        if (request.url.href !== SCORING || lost > 0) return undefined
        lost += 1
        return Promise.reject(new Error('reset'))
      },
    })
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(started).toHaveLength(0)
    expect(await look()).toMatchObject({ is: 'same' })
    const [first, second] = posts(seen).map(({ headers }) => headers['repeatability_request-id'])
    expect(second).toBe(first)
    expect(started).toHaveLength(2)
  })

  test('does not run the default deployment for nothing', async () => {
    const { look, started, seen } = trying({
      before: ({ headers }) =>
        headers['azureml-model-deployment'] === 'green'
          ? { status: 404, body: 'There is no deployment green' }
          : undefined,
    })
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(posts(seen)).toHaveLength(1)
    expect(started).toEqual([])
  })

  test('renews a refused token once', async () => {
    const { look, seen } = trying({
      before: ({ url, headers }) =>
        url.href === SCORING && headers.authorization === 'Bearer token-1'
          ? { status: 401, body: 'key_auth_access_denied' }
          : undefined,
    })
    expect(await look()).toMatchObject({ is: 'same' })
    expect(posts(seen)).toHaveLength(3)
  })

  test.each([401, 403])('of somebody who may not start jobs says so: %d', async (status) => {
    const { look } = trying({
      before: ({ url }) => (url.href === SCORING ? { status, body: 'token-1' } : undefined),
    })
    const answer = await look()
    expect(answer).toMatchObject({ is: 'problem' })
    expect(answer?.message).toContain('batchEndpoints/jobs/write')
    expect(answer?.message).not.toContain('token-1')
  })

  test('reads again what could not be read, and keeps the jobs', async () => {
    let failures = 0
    const { look, started } = trying({
      before({ url }) {
        if (!url.hostname.endsWith('.blob.core.windows.net') || failures > 1) return undefined
        failures += 1
        return { status: 503, body: '' }
      },
    })
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(await look()).toMatchObject({ is: 'same' })
    expect(started).toHaveLength(2)
  })

  test.each([
    ['wrote no file', { status: 404, body: '' }],
    ['wrote more than 64 MiB', { body: 'x'.repeat(64 * 1024 * 1024 + 1) }],
    ['is forbidden to us', { status: 403, body: '<Error>AuthorizationFailure</Error>' }],
  ] as const)('of a job that %s says nothing about the deployment', async (_, reply) => {
    const { look } = trying({ rows: { green: reply } })
    expect(await look()).toMatchObject({ is: 'problem' })
  })

  test('of one endpoint does not keep another from being looked at', async () => {
    const { trials } = trying()
    const other = { ...ASK, key: 'BatchDeployment/other/green', endpoint: 'other' }
    const answers = await trials.look([other, ASK], signal())
    expect([...answers].map(([key, { is }]) => [key, is])).toEqual([
      [other.key, 'problem'],
      [KEY, 'same'],
    ])
  })

  test('on what is no file or folder, or not there, is not begun', async () => {
    const table = trying({ dataType: 'mltable' })
    expect(await table.look()).toMatchObject({ is: 'problem' })
    const absent = trying()
    const trial = { ...ASK.trial, input: 'azureml:sample:4' }
    expect(await absent.look({ ...ASK, trial })).toMatchObject({ is: 'problem' })
    expect([...table.started, ...absent.started]).toEqual([])
  })

  test.each([{ name: '../jobs' }, { name: '' }, {}, '[]', 'x'])(
    'whose start is answered with %j asks nothing of it',
    async (body) => {
      const { look, seen } = trying({
        before: ({ url }) => (url.href === SCORING ? { status: 201, body } : undefined),
      })
      expect(await look()).toMatchObject({ is: 'problem' })
      expect(seen.filter(({ path }) => path.startsWith('jobs/'))).toEqual([])
    },
  )
})

describe('a token', () => {
  const elsewhere = [
    'https://evil.example/jobs',
    'https://nightly.eastus.inference.ml.azure.com.evil.example/jobs',
    'https://user@nightly.eastus.inference.ml.azure.com/jobs',
    'http://nightly.eastus.inference.ml.azure.com/jobs',
    'http://127.0.0.1:9/nightly/jobs',
    'http://169.254.169.254/jobs',
    'not an address',
  ]
  test.each(elsewhere)(
    'is not sent to a batch endpoint that says it is at %s',
    async (scoringUri) => {
      const { look, seen, credential } = trying({ scoringUri })
      expect(await look()).toMatchObject({ is: 'problem' })
      expect(seen.every(({ url }) => url.hostname === 'management.azure.com')).toBe(true)
      expect(credential.asked).not.toContain('https://ml.azure.com/.default')
    },
  )

  test.each([
    'https://evil.example/discovery',
    'https://eastus.api.azureml.ms.evil.example/discovery',
    'https://evil.example/eastus.api.azureml.ms',
    'https://api.azureml.ms:8443/discovery',
    'http://eastus.api.azureml.ms/discovery',
    'http://127.0.0.1:9/discovery',
    'not an address',
  ])('is not sent to services of a region that are said to be at %s', async (discoveryUrl) => {
    const { look, seen } = trying({ discoveryUrl })
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(seen.filter(({ path }) => path.endsWith('/children'))).toEqual([])
  })

  test.each([
    'https://eastus.api.azureml.ms/discovery',
    'https://0a1b.workspace.eastus.api.azureml.ms/discovery',
    'https://usgovvirginia.api.ml.azure.us/discovery',
    'https://chinaeast2.api.ml.azure.cn/discovery',
  ])('may go to %s', async (discoveryUrl) => {
    const { look } = trying({ discoveryUrl })
    expect(await look()).toMatchObject({ is: 'same' })
  })

  test.each<[string, JsonObject, JsonObject, RegExp, RegExp]>([
    ['key', {}, { secretsType: 'AccountKey', key: ACCOUNT_KEY }, /^SharedKey store1:/, /^$/],
    ['SAS', {}, { secretsType: 'Sas', sasToken: '?sv=1&sig=sas-canary' }, /^$/, /sig=sas-canary/],
    ['identity', { credentials: { credentialsType: 'None' } }, {}, /^Bearer token-1$/, /^$/],
  ])('of the storage is its own: by %s', async (_, datastore, secrets, authorization, query) => {
    const { look, seen } = trying({ datastore, secrets })
    const answer = await look()
    const reads = seen.filter(({ url }) => url.hostname === 'store1.blob.core.windows.net')
    expect(reads).toHaveLength(2)
    for (const { headers, url } of reads) {
      expect(headers.authorization ?? '').toMatch(authorization)
      expect(url.search).toMatch(query)
    }
    expect(JSON.stringify(answer)).not.toContain('canary')
  })

  test.each<[string, JsonObject]>([
    [
      'a host that is not Azure’s, by our identity',
      { endpoint: 'evil.example', credentials: { credentialsType: 'None' } },
    ],
    ['loopback', { endpoint: '127.0.0.1:10000', protocol: 'http' }],
    ['plain http', { protocol: 'http' }],
    ['an address with a path', { endpoint: 'core.windows.net/x' }],
  ])('is not sent to storage at %s', async (_, datastore) => {
    const { look, seen } = trying({ datastore })
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(seen.filter(({ path }) => path.includes('predictions.csv'))).toEqual([])
  })

  test('of a host that hangs up is in no message', async () => {
    const { look } = trying({
      before: ({ url, headers }) =>
        url.href === SCORING
          ? Promise.reject(new Error(`reset ${headers.authorization}`))
          : undefined,
    })
    const answer = await look()
    expect(answer).toMatchObject({ is: 'problem' })
    expect(answer?.message).not.toContain('token-1')
  })
})
