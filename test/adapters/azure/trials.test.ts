import { describe, expect, test } from '@jest/globals'
import { ROOT, signal } from './stage.ts'
import { ASK, KEY, posts, SCORING, trying } from './trials-stage.ts'

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

  test.each([
    ['another name in one of them', { green: 'scores.csv' }, { green: 'scores.csv' }],
    [
      'another name in each',
      { blue: 'a b.csv', green: 'é.csv' },
      { blue: 'a b.csv', green: 'é.csv' },
    ],
    ['folders before the name', { green: 'out/scores.csv' }, { green: 'scores.csv' }],
    ['no name at all', { green: '..' }, {}],
  ])('reads rows where the deployment has them written: %s', async (_, names, files) => {
    const settings = Object.fromEntries(
      Object.entries(names).map(([name, outputFileName]) => [name, { outputFileName }]),
    )
    const same = trying({ settings, files })
    expect(await same.look()).toMatchObject({ is: 'same' })
    const other = trying({ settings, files, rows: { blue: 'a 1\n', green: 'a 2\n' } })
    expect(await other.look()).toMatchObject({ is: 'different' })
  })

  test.each(['blue', 'green'])(
    'compares that jobs complete where %s writes no rows, and says so',
    async (name) => {
      const settings = {
        [name]: { outputAction: 'SummaryOnly', outputFileName: 'predictions.csv' },
      }
      const { look } = trying({ settings, rows: { [name]: { status: 404, body: '' } } })
      const answer = await look()
      expect(answer).toMatchObject({ is: 'same' })
      expect(answer?.message).toContain('summary_only writes no rows')
      const failed = trying({ settings, statuses: { green: ['Failed'] } })
      expect(await failed.look()).toMatchObject({ is: 'different' })
    },
  )

  test('takes the new one where the job of the default one fails twice in a row', async () => {
    const { look, started, clock } = trying({ statuses: { blue: ['Failed'] } })
    expect(await look()).toMatchObject({ is: 'problem' })
    clock.advance(600_000)
    const answer = await look()
    expect(answer).toMatchObject({ is: 'same' })
    expect(answer?.message).toContain('blue-3 of blue ended as Failed')
    clock.advance(6_000_000)
    expect(await look()).toEqual(answer)
    expect(started).toHaveLength(4)
  })

  test.each([
    ['fails once only', { blue: ['Failed', 'Canceled'] }],
    ['is canceled', { blue: ['Canceled'] }],
    ['fails with the new one', { blue: ['Failed'], green: ['Failed'] }],
  ])('takes nothing for granted where the default one %s', async (_, statuses) => {
    const { look, clock } = trying({ statuses })
    for (let time = 0; time < 2; time += 1) {
      expect(await look()).toMatchObject({ is: 'problem' })
      clock.advance(600_000)
    }
  })

  test('a new one that fails beside a sound default one is refused also after that one failed', async () => {
    const { look, clock } = trying({
      statuses: { blue: ['Failed', 'Completed'], green: ['Completed', 'Failed'] },
    })
    expect(await look()).toMatchObject({ is: 'problem' })
    clock.advance(600_000)
    expect(await look()).toMatchObject({ is: 'different' })
  })

  test('takes the new one where Azure takes no job of the default one, twice', async () => {
    const { look, started, clock } = trying({
      before: ({ url, headers }) =>
        url.href === SCORING && headers['azureml-model-deployment'] === 'blue'
          ? { status: 404, body: 'There is no deployment blue' }
          : undefined,
    })
    const first = await look()
    expect(first).toMatchObject({ is: 'problem' })
    expect(first?.message).toContain('blue ended as Refused')
    clock.advance(600_000)
    expect(await look()).toMatchObject({ is: 'same' })
    expect(started.map(({ name }) => name)).toEqual(['green-0', 'green-1'])
  })

  test('waits for a service that takes no job of the default one just now', async () => {
    const { look, clock } = trying({
      before: ({ url, headers }) =>
        url.href === SCORING && headers['azureml-model-deployment'] === 'blue'
          ? { status: 503, body: '' }
          : undefined,
    })
    for (let time = 0; time < 3; time += 1) {
      expect(await look()).toMatchObject({ is: 'problem' })
      clock.advance(600_000)
    }
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
