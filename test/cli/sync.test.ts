import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isDone, isOver } from '../../src/cli/sync/over.ts'
import * as a from '../support/report.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import {
  createFolder,
  type RunningSandbox,
  run,
  startSandboxProgram,
  writeFiles,
} from './program.ts'

const blue = a.deployment('fraud', 'blue')
const green = a.deployment('fraud', 'green')
const keeps = { ref: blue, state: 'waiting', reason: 'RollbackWindow', message: 'x' } as const
const removal = { ref: blue, verb: 'delete', reason: 'Prune', differences: [] } as const
const kept = { deployment: 'blue', revision: '9435df3c', untilMs: a.START + 1 }
const served = [
  { ...a.serving('fraud', { green: 100 }), rollout: a.rollout({ previous: kept }) },
  a.resource(green),
]
const inWindow = a.report({
  converged: false,
  plan: a.plan({ changes: [removal], held: [keeps], wakeAt: a.START }),
  resources: [...served, a.resource(blue, { sync: 'out_of_sync' })],
})

describe('when sync is done', () => {
  test('what Git wants serves, and what it replaced is kept for its window', () => {
    expect([isDone(inWindow, 'promoted'), isDone(inWindow, 'kept')]).toEqual([true, false])
    expect([isOver(inWindow, 'promoted'), isOver(inWindow, 'kept')]).toEqual([true, false])
  })

  test.each([
    [
      'the candidate does not serve yet',
      {
        resources: [...inWindow.resources, a.resource(a.model('m', '1'), { sync: 'out_of_sync' })],
      },
    ],
    [
      'something else waits',
      {
        plan: a.plan({
          ...inWindow.plan,
          held: [keeps, { ...keeps, ref: green, reason: 'Provisioning' }],
        }),
      },
    ],
    [
      'something else is to change',
      {
        plan: a.plan({
          ...inWindow.plan,
          changes: [removal, { ...removal, ref: green, verb: 'update' }],
        }),
      },
    ],
    [
      'what serves is not healthy',
      { resources: [a.serving('fraud'), a.resource(green, { health: 'degraded' })] },
    ],
    ['a manifest has a mistake', { problems: [a.problem()] }],
  ] as const)('not while %s', (_, fields) => {
    expect(isDone({ ...inWindow, ...fields } as never, 'promoted')).toBe(false)
  })

  test.each(['QuotaShort', 'OutOfQuota'])(
    'it ends at once when only quota is missing: %s',
    (reason) => {
      const held = { ref: green, state: 'blocked', reason, message: 'x' } as const
      const short = a.report({
        converged: false,
        plan: a.plan({ held: [held], wakeAt: a.START }),
        resources: served,
      })
      expect([isOver(short, 'promoted'), isDone(short, 'promoted')]).toEqual([true, false])
      const works = { ...held, ref: blue, state: 'waiting', reason: 'Provisioning' } as const
      const plan = a.plan({ held: [held, works], wakeAt: a.START })
      expect(isOver({ ...short, plan }, 'promoted')).toBe(false)
    },
  )
})

describe('sync that waits for somebody', () => {
  const failed = { ref: green, state: 'blocked', reason: 'ResourceNotReady', message: 'x' } as const
  const of = (...held: (typeof failed | typeof keeps)[]) =>
    a.report({
      ...inWindow,
      plan: a.plan({ ...inWindow.plan, held: held as never, wakeAt: a.START + 60_000 }),
      resources: [...inWindow.resources, a.resource(a.model('m', '1'), { sync: 'out_of_sync' })],
    })

  test('ends, although there is a next look', () => {
    expect([isOver(of(failed), 'promoted'), isDone(of(failed), 'promoted')]).toEqual([true, false])
  })

  test('ends although what is kept for its window waits, unless that is to end, too', () => {
    expect([isOver(of(failed, keeps), 'promoted'), isOver(of(failed, keeps), 'kept')]).toEqual([
      true,
      false,
    ])
  })

  test.each(['Provisioning', 'Deleting', 'OperationOverdue', 'OwnWriteNotSeen'])(
    'goes on while Azure is at work even on what is kept: %s',
    (reason) => {
      expect(isOver(of(failed, { ...keeps, reason } as never), 'promoted')).toBe(false)
    },
  )

  test('goes on while anything else moves by itself', () => {
    const moves = { ...failed, ref: a.endpoint('other'), state: 'waiting' } as never
    expect(isOver(of(failed, moves), 'promoted')).toBe(false)
  })
})

describe('as a process', () => {
  const folder = createFolder()
  let sandbox: RunningSandbox
  beforeAll(async () => {
    sandbox = await startSandboxProgram(folder.path)
  })
  afterAll(async () => {
    await sandbox.stop()
    folder.remove()
  })

  test('sync passes when the new revision serves, long before the window of the old one is over', async () => {
    const source = join(folder.path, 'source')
    const commit = (model: number) =>
      writeFiles(
        source,
        rolloutFiles({
          model,
          steps: '\n        - setWeight: 50',
          spec: '\n  bake: 0s\n  keep: { for: 7d }',
        }),
      )
    const sync = () =>
      run(folder.path, ['sync', source, '--sandbox', sandbox.file, '--timeout', '60'])
    commit(1)
    expect((await sync()).code).toBe(0)
    commit(2)
    const { code, stdout } = await sync()
    expect([code, stdout]).toEqual([0, expect.stringContaining('traffic green 100 %')])
  })
})
