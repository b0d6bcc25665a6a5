import { describe, expect, test } from '@jest/globals'
import { keptTrials } from '../../support/kept-trials.ts'
import type { Reply, Seen } from './stage.ts'
import { ASK, trying } from './trials-stage.ts'

const RUNNING = { blue: ['Running'], green: ['Running'] }
const OTHER = { ...ASK, candidate: { slot: 'green', rev: '33333333' } }

/** The names of jobs that Azure was asked to cancel. */
const cancelledIn = (seen: readonly Seen[]): readonly string[] =>
  seen.flatMap(({ method, path }) => {
    const name = /^jobs\/([^/]+)\/cancel$/.exec(path)?.[1]
    return method === 'POST' && name !== undefined ? [name] : []
  })

const answering = (reply: (name: string) => Reply) => ({
  before: ({ method, path }: Seen) => {
    const name = /^jobs\/([^/]+)\/cancel$/.exec(path)?.[1]
    return method === 'POST' && name !== undefined ? reply(name) : undefined
  },
})

const OVER = {
  error: {
    code: 'UserError',
    message: 'Job is in a terminal status.',
    innerError: {
      code: 'BadArgument',
      innerError: {
        code: 'ArgumentInvalid',
        innerError: { code: 'CancelPipelineRunInTerminalStatus' },
      },
    },
  },
}

describe('the jobs of a trial that nobody needs', () => {
  test('are cancelled, both, by their names, and the trial is made anew when it is asked again', async () => {
    const { look, cancel, trials, seen, started } = trying({ statuses: RUNNING })
    await look()
    expect(trials.running()).toEqual([ASK])
    const told = await cancel()
    expect(cancelledIn(seen).toSorted()).toEqual(['blue-1', 'green-0'])
    expect(told.map(({ deployment, job, result }) => [deployment, job, result])).toEqual([
      ['blue', 'blue-1', 'cancelled'],
      ['green', 'green-0', 'cancelled'],
    ])
    expect(told[0]?.message).toBe('The trial job blue-1 of blue is cancelled: nobody waits for it.')
    expect(trials.running()).toEqual([])
    await look()
    expect(started).toHaveLength(4)
  })

  test('are no others than those of the trial that is named', async () => {
    const { look, cancel, trials, seen } = trying({ statuses: RUNNING })
    await look()
    await look(OTHER)
    expect(trials.running()).toEqual([ASK, OTHER])
    await cancel([OTHER])
    expect(cancelledIn(seen).toSorted()).toEqual(['blue-3', 'green-2'])
    expect(trials.running()).toEqual([ASK])
    await cancel([{ ...ASK, endpoint: 'other', key: 'BatchDeployment/other/green' }])
    expect(cancelledIn(seen)).toHaveLength(2)
  })

  test.each([['Completed'], ['Failed'], ['Canceled'], ['CancelRequested'], [undefined]])(
    'are not cancelled, and nothing is said, where one is %s meanwhile',
    async (status) => {
      const statuses = { blue: ['Running'], green: ['Running', status] }
      const { look, cancel, seen } = trying({ statuses })
      await look()
      expect(await cancel()).toMatchObject([{ job: 'blue-1' }])
      expect(cancelledIn(seen)).toEqual(['blue-1'])
    },
  )

  test('of a trial that is over are not asked for', async () => {
    const { look, trials } = trying()
    await look()
    expect(trials.running()).toEqual([])
  })

  test('are cancelled where only one of both was started', async () => {
    const { look, cancel, seen } = trying({
      statuses: RUNNING,
      before: ({ headers }) =>
        headers['azureml-model-deployment'] === 'blue' ? { status: 503, body: '' } : undefined,
    })
    await look()
    await cancel()
    expect(cancelledIn(seen)).toEqual(['green-0'])
  })

  test('are cancelled where the other one is gone and the trial has begun anew', async () => {
    const { look, cancel, seen } = trying({
      statuses: { blue: [undefined, 'Running'], green: ['Running'] },
    })
    expect(await look()).toMatchObject({ is: 'problem' })
    await look()
    await cancel()
    expect(cancelledIn(seen)).toEqual(expect.arrayContaining(['green-0', 'green-2', 'blue-3']))
  })

  test.each([
    ['another deployment', { tags: { 'azureml.deploymentname': 'red' } }],
    ['another endpoint', { experimentName: 'training' }],
    ['no deployment', { tags: {} }],
    ['no endpoint', { experimentName: null }],
  ])('are left alone where Azure tells of %s', async (_, job) => {
    const { look, cancel, trials, seen } = trying({ statuses: RUNNING, job })
    await look()
    const told = await cancel()
    expect(cancelledIn(seen)).toEqual([])
    expect(told.map(({ result }) => result)).toEqual(['refused', 'refused'])
    expect(told[0]?.message).toContain('is left alone')
    expect(trials.running()).toEqual([])
  })

  test.each([
    [{ status: 404, body: { error: { code: 'UserError', message: 'x' } } }, 'ended'],
    [{ status: 409, body: '' }, 'ended'],
    [{ status: 400, body: OVER }, 'ended'],
    [{ status: 400, body: { error: { code: 'BadRequest', message: 'no' } } }, 'refused'],
    [{ status: 200, body: '' }, 'cancelled'],
  ] as const)('of which one is answered %j are asked for once', async (reply, result) => {
    const { look, cancel, trials, seen } = trying({
      statuses: RUNNING,
      ...answering(() => reply as Reply),
    })
    await look()
    expect((await cancel()).map((one) => one.result)).toEqual([result, result])
    expect(trials.running()).toEqual([])
    expect(await cancel()).toEqual([])
    expect(cancelledIn(seen)).toHaveLength(2)
  })

  test.each([401, 403])('say which action is missing where Azure answers %d', async (status) => {
    const { look, cancel, seen } = trying({
      statuses: RUNNING,
      ...answering(() => ({ status, body: { error: { code: 'AuthorizationFailed' } } })),
    })
    await look()
    const told = await cancel()
    expect(told.map(({ result }) => result)).toEqual(['refused', 'refused'])
    expect(told[0]?.message).toContain(
      'this identity may not cancel jobs, which needs Microsoft.MachineLearningServices/workspaces/jobs/cancel/action',
    )
    expect(await cancel()).toEqual([])
    expect(new Set(cancelledIn(seen)).size).toBe(2)
  })

  test('are asked for again where Azure does not take it just now, five times at most', async () => {
    const { look, cancel, trials, seen } = trying({
      statuses: RUNNING,
      ...answering((name) => ({ status: name === 'green-0' ? 503 : 202, body: '' })),
    })
    await look()
    expect(await cancel()).toMatchObject([{ job: 'blue-1', result: 'cancelled' }])
    for (let time = 0; time < 3; time += 1) expect(await cancel()).toEqual([])
    expect(await cancel()).toMatchObject([{ job: 'green-0', result: 'refused' }])
    expect(trials.running()).toEqual([])
    const green = cancelledIn(seen).filter((name) => name === 'green-0')
    expect([cancelledIn(seen).length - green.length, green.length]).toEqual([1, 5])
  })
})

describe('the jobs of a trial, behind a restart,', () => {
  test('are known by name: they are cancelled, and not looked at', async () => {
    const kept = keptTrials()
    const first = trying({ statuses: RUNNING, options: { kept } })
    await first.look()
    expect(kept.rows).toEqual([
      {
        ask: ASK,
        jobs: [
          { deployment: 'blue', name: 'blue-1' },
          { deployment: 'green', name: 'green-0' },
        ],
      },
    ])
    const second = trying({ statuses: RUNNING, options: { kept } })
    expect(second.trials.running()).toEqual([ASK])
    await second.look()
    expect(second.started).toHaveLength(2)
    const jobs = () => kept.rows.flatMap((row) => row.jobs.map(({ name }) => name))
    expect(new Set(jobs())).toEqual(new Set(['blue-1', 'green-0']))
    await second.cancel()
    expect(kept.rows).toEqual([])
  })

  test('that had been asked to be cancelled are not asked again', async () => {
    const kept = keptTrials()
    const first = trying({ statuses: RUNNING, options: { kept } })
    await first.look()
    const rows = kept.rows
    await first.cancel()
    // The process ended between Azure's answer and its note of it.
    kept.rows = rows
    const second = trying({
      statuses: { blue: ['CancelRequested'], green: ['Canceled'] },
      options: { kept },
    })
    expect(await second.cancel()).toEqual([])
    expect(cancelledIn(second.seen)).toEqual([])
    expect(kept.rows).toEqual([])
  })

  test('of many trials are the newest 64', async () => {
    const kept = keptTrials()
    const { look, trials } = trying({ statuses: RUNNING, options: { kept } })
    const asks = Array.from({ length: 140 }, (_, at) => ({
      ...ASK,
      candidate: { slot: 'green', rev: String(10_000_000 + at) },
    }))
    for (const ask of asks) await look(ask)
    expect(trials.running()).toHaveLength(128)
    expect(kept.rows.at(-1)?.ask).toEqual(asks.at(-1))
  })
})
