import { describe, expect, test } from '@jest/globals'
import type { Live } from '../../src/core/model/live.ts'
import type { Outcome, Report } from '../../src/core/model/report.ts'
import { withValue } from '../../src/core/model/values/pointer.ts'
import { type Cloud, CloudError, SourceError } from '../../src/reconcile/ports.ts'
import { type Commits, createCommits } from '../support/commits.ts'
import { deploymentFile, endpointFile } from '../support/manifests.ts'
import { createReconciler, type Reconciler } from '../support/reconciler.ts'
import { story } from '../support/world.ts'

const both = {
  'endpoint.yml': endpointFile(),
  'blue.yml': deploymentFile('blue'),
  'green.yml': deploymentFile('green'),
}
const { 'blue.yml': _, ...onlyGreen } = both

/** Everything is as Git says; what happens from then on is given. */
async function converged(
  later: Partial<Cloud> = {},
): Promise<{ commits: Commits; reconciler: Reconciler }> {
  const commits = createCommits()
  commits.commit(both)
  const overrides: { start?: Cloud['start'] } = {}
  const reconciler = createReconciler(commits, overrides)
  expect((await reconciler.settle()).converged).toBe(true)
  Object.assign(overrides, later)
  reconciler.started.length = 0
  return { commits, reconciler }
}

function meddle(reconciler: Reconciler, name: string, change: (live: Live) => Live): void {
  const { world } = reconciler
  const resources = world.resources.map((one) => (one.ref.name === name ? change(one) : one))
  reconciler.world = { ...world, resources }
}

function reasons({ plan }: Report): readonly string[] {
  return plan.held.map(({ ref, reason }) => `${ref.name} ${reason}`)
}

test('what an operator asked for waits while the workspace cannot be read, and is given up in the end (S31)', async () => {
  const gone = new CloudError({
    reason: 'Down',
    message: '',
    errorClass: 'service',
    retry: 'Later',
  })
  let isDown = true
  const observe = async () => (isDown ? Promise.reject(gone) : reconciler.world)
  const { reconciler } = await converged({ observe })
  const said = { id: '1', verb: 'promote', endpoint: 'fraud', who: 'anna', why: '', at: 0 } as const
  const heard = reconciler.inbox.put(said)
  expect((await reconciler.tick()).answers).toMatchObject([{ result: 'pending' }])
  reconciler.advance(59 * 60_000)
  expect((await reconciler.tick()).answers).toMatchObject([{ result: 'pending' }])
  reconciler.advance(60_000)
  isDown = false
  // Nothing is planned with it either.
  expect((await reconciler.tick()).plan.answers).toEqual([])
  expect(await heard).toMatchObject({
    result: 'refused',
    message: expect.stringContaining('say it again'),
  })
  expect((await reconciler.tick()).answers).toEqual([])
})

test('what an operator asks for while the workspace is read is heard in that turn', async () => {
  const observe = async () => {
    void reconciler.inbox.put(said)
    return reconciler.world
  }
  const { reconciler } = await converged({ observe })
  const said = { id: '1', verb: 'promote', endpoint: 'fraud', who: 'anna', why: '', at: 0 } as const
  expect((await reconciler.tick()).answers).toMatchObject([
    { intent: { id: '1' }, result: 'refused' },
  ])
})

describe('a tick with the real reader', () => {
  test('deletes what a commit removed', async () => {
    const { commits, reconciler } = await converged()
    commits.commit(onlyGreen)
    await reconciler.settle()
    expect(story(reconciler.started)).toEqual(['delete_online_deployment blue'])
  })

  test('neither deletes nor makes again while a list was not read to its end', async () => {
    const refusal = { reason: 'Unrecoverable', message: '', errorClass: 'user', retry: 'Never' }
    const { commits, reconciler } = await converged({
      start: async (action) => ({ action, result: 'Failed', ...refusal }) as Outcome,
    })
    commits.commit(onlyGreen)
    const failure = { code: 'InternalServerError', message: '' }
    meddle(reconciler, 'green', (live) => ({ ...live, phase: 'Failed', failure }))
    reconciler.world = { ...reconciler.world, complete: false }
    // Azure says that green can only be deleted and made again.
    await reconciler.settle()
    expect(reasons(await reconciler.tick())).toEqual([
      'blue IncompleteList',
      'green IncompleteList',
    ])
    expect(reconciler.started).toEqual([])
  })

  test.each(['hello', '', '../../x', 'c'.repeat(39)])(
    'a tag that says commit %j makes its own thing unproven and halts nothing else',
    async (revision) => {
      const { commits, reconciler } = await converged()
      meddle(reconciler, 'blue', (live) => ({
        ...live,
        body: withValue(live.body, '/tags/verdigris.revision', revision),
      }))
      commits.commit({ 'endpoint.yml': endpointFile('b'), 'green.yml': both['green.yml'] })
      const report = await reconciler.settle()
      expect(story(reconciler.started)).toEqual(['update_endpoint fraud'])
      expect(reasons(report)).toEqual(['blue NotProven'])
    },
  )

  test('writes nothing while the commits recorded on live resources cannot be looked up', async () => {
    const { commits, reconciler } = await converged()
    reconciler.restart()
    commits.commit({ ...onlyGreen, 'endpoint.yml': endpointFile('b') })
    commits.failPast(new SourceError('TimedOut', 'no answer'))
    const report = await reconciler.settle()
    expect(reconciler.started).toEqual([])
    expect(new Set(reasons(report))).toEqual(new Set(['fraud TimedOut', 'blue TimedOut']))
    commits.failPast(undefined)
    await reconciler.settle()
    expect(story(reconciler.started)).toEqual([
      'update_endpoint fraud',
      'delete_online_deployment blue',
    ])
  })
})

describe('a manifest that says prune: disabled in a commit that changed nothing else', () => {
  const kept = {
    ...both,
    'blue.yml': deploymentFile('blue', { 'verdigris.dev/prune': 'disabled' }),
  }

  async function removedAfter(): Promise<{ commits: Commits; reconciler: Reconciler }> {
    const started = await converged()
    started.commits.commit(kept)
    await started.reconciler.settle()
    expect(started.reconciler.started).toEqual([])
    started.commits.commit(onlyGreen)
    return started
  }

  test('keeps its thing when a later commit removes it, also after a restart', async () => {
    const { reconciler } = await removedAfter()
    expect(reasons(await reconciler.settle())).toEqual(['blue PruneDisabled'])
    reconciler.restart()
    expect(reasons(await reconciler.settle())).toEqual(['blue PruneDisabled'])
    expect(reconciler.started).toEqual([])
  })

  test('however many commits ago it was', async () => {
    const { commits, reconciler } = await removedAfter()
    for (let turn = 0; turn < 30; turn += 1) {
      commits.commit({ ...onlyGreen, 'README.md': `${turn}` })
      await reconciler.settle()
    }
    reconciler.restart()
    expect(reasons(await reconciler.settle())).toEqual(['blue PruneDisabled'])
    expect(reconciler.started).toEqual([])
  })

  test('when the past cannot be read for a moment: nothing is decided from half of it', async () => {
    const { commits, reconciler } = await removedAfter()
    commits.failPast(new SourceError('Unreachable', 'no answer'))
    await reconciler.settle()
    commits.failPast(undefined)
    expect(reasons(await reconciler.settle())).toEqual(['blue PruneDisabled'])
    expect(reconciler.started).toEqual([])
  })
})
