import { describe, expect, test } from '@jest/globals'
import { createJournal } from '../../src/adapters/journal/memory.ts'
import type { Application } from '../../src/core/model/application.ts'
import { eventsOf } from '../../src/core/report/events/event.ts'
import {
  type Cloud,
  SourceError,
  type TrialAsk,
  type TrialCancellation,
  type Trials,
} from '../../src/reconcile/ports.ts'
import { createReader } from '../../src/reconcile/read.ts'
import { type TickOptions, tick } from '../../src/reconcile/tick.ts'
import { createCommits } from '../support/commits.ts'
import { quietPorts } from '../support/quiet-ports.ts'
import { trialFiles } from '../support/trial-files.ts'
import { NOW, SYNC, world } from '../support/world.ts'

const APPLICATION: Application = {
  name: 'app',
  source: { repository: 'memory', revision: 'main', path: '' },
  workspace: { sandbox: true },
  sync: SYNC,
  variables: {},
}

/** Of an endpoint that no Git declares. */
const LEFT: TrialAsk = {
  key: 'BatchDeployment/hourly/green',
  endpoint: 'hourly',
  candidate: { slot: 'green', rev: '22222222' },
  stable: { slot: 'blue', rev: '11111111' },
  trial: { input: 'azureml:sample:3', tolerance: 1e-6, mismatches: 0 },
}

const CANCELLED: TrialCancellation = {
  ...{ endpoint: 'hourly', deployment: 'green', job: 'job-1', result: 'cancelled' },
  message: 'It is cancelled.',
}

/** A tick over an empty workspace, in which the jobs of that trial may be running. */
function ticking(cancel: Trials['cancel'] = async () => [CANCELLED]) {
  const done: string[] = []
  const source = createCommits()
  source.commit(trialFiles({ model: 1 }))
  const quiet = quietPorts()
  const cloud: Cloud = {
    observe: async () => world(),
    async start(action) {
      done.push(`start ${action.ref.name}`)
      return { action, result: 'Started' }
    },
  }
  const trials: Trials = {
    ...quiet.trials,
    running: () => [LEFT],
    async cancel(asks, signal) {
      done.push(`cancel ${asks.map(({ key }) => key).join()}`)
      return cancel(asks, signal)
    },
  }
  const clock = { now: () => NOW, sleep: async () => {} }
  const ports = { source, cloud, ...quiet, trials, journal: createJournal({ history: 2 }), clock }
  const { signal } = new AbortController()
  const setting: TickOptions = {
    application: APPLICATION,
    reader: createReader(source, APPLICATION),
    ...{ tick: 1, dryRun: false, pollMs: 5000 },
  }
  const run = async (more: Partial<TickOptions> = {}) => {
    const { report } = await tick(ports, { ...setting, ...more }, {}, signal)
    return { report, events: eventsOf(report, undefined).filter(({ ref }) => ref === REF) }
  }
  return { done, run, source }
}

const REF = 'BatchEndpoint/hourly'

describe('trial jobs that nobody needs', () => {
  test('are cancelled behind the writes of the tick, and that is an event', async () => {
    const { done, run } = ticking()
    const { report, events } = await run()
    expect(done.at(-1)).toBe('cancel BatchDeployment/hourly/green')
    expect(done.length).toBeGreaterThan(1)
    expect(report.cancellations).toEqual([CANCELLED])
    expect(events).toMatchObject([
      { type: 'Normal', reason: 'TrialCancelled', message: CANCELLED.message },
    ])
  })

  test('are not cancelled in a dry run', async () => {
    const { done, run } = ticking()
    const { report } = await run({ dryRun: true })
    expect([done, report.cancellations]).toEqual([[], undefined])
  })

  test('are not cancelled without a word of Git', async () => {
    const { done, run, source } = ticking()
    source.fail(new SourceError('Unreachable', 'x'))
    await run()
    expect(done).toEqual([])
  })

  test.each([
    ['ended', 'Normal', 'TrialEnded'],
    ['refused', 'Warning', 'TrialNotCancelled'],
  ] as const)('and were %s are told, and nothing waits for them', async (result, type, reason) => {
    const { done, run } = ticking(async () => [{ ...CANCELLED, result }])
    const { report, events } = await run()
    expect(events).toMatchObject([{ type, reason }])
    expect(report.failure).toBeUndefined()
    expect(report.outcomes).toHaveLength(done.length - 1)
  })

  test('leave the tick as it is where a fault of ours keeps them from being cancelled', async () => {
    const { run } = ticking(async () => {
      throw new Error('a bug')
    })
    const { report, events } = await run()
    expect(report.failure).toBeUndefined()
    expect(report.outcomes.length).toBeGreaterThan(0)
    expect(events).toMatchObject([
      { reason: 'TrialNotCancelled', message: 'Its trial jobs were not cancelled: a bug' },
    ])
  })
})
