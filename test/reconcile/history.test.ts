import { describe, expect, test } from '@jest/globals'
import { valueAt } from '../../src/core/model/values/pointer.ts'
import { SourceError } from '../../src/reconcile/ports.ts'
import { type Commits, createCommits } from '../support/commits.ts'
import { endpointFile } from '../support/manifests.ts'
import { createReconciler, type Reconciler } from '../support/reconciler.ts'

const old = { 'endpoint.yml': endpointFile('old') }
const good = { 'endpoint.yml': endpointFile('new') }
const broken = { ...good, 'other.yml': '{' }

function description({ world }: Reconciler): unknown {
  return world.resources.map(({ body }) => valueAt(body, '/properties/description'))[0]
}

/** `old`, then `good`, which is applied; a side that left before `good` takes the branch in, and breaks it. */
async function merged(): Promise<{ applied: string; commits: Commits; reconciler: Reconciler }> {
  const commits = createCommits()
  const first = commits.commit(old)
  const applied = commits.commit(good)
  const reconciler = createReconciler(commits)
  await reconciler.settle()
  reconciler.started.length = 0
  const side = commits.beside(first, { ...old, 'README.md': 'side' })
  commits.mergeInto(side, broken)
  return { applied, commits, reconciler }
}

describe('a broken merge whose first parent lies beside what is applied', () => {
  test('leaves the last good commit in force', async () => {
    const { applied, reconciler } = await merged()
    const report = await reconciler.settle()
    expect(report).toMatchObject({ appliedRevision: applied, failure: { reason: 'YamlSyntax' } })
    expect(reconciler.started).toEqual([])
    expect(description(reconciler)).toBe('new')
  })

  test('after a restart nothing is written, because what is applied is not in that history', async () => {
    const { reconciler } = await merged()
    reconciler.restart()
    const report = await reconciler.settle()
    expect(reconciler.started).toEqual([])
    expect(description(reconciler)).toBe('new')
    expect(report.plan.held).toMatchObject([{ state: 'blocked', reason: 'HistoryRewritten' }])
  })

  test('once it is mended, what it says is applied', async () => {
    const { commits, reconciler } = await merged()
    reconciler.restart()
    await reconciler.settle()
    commits.commit({ 'endpoint.yml': endpointFile('newest') })
    expect((await reconciler.settle()).converged).toBe(true)
    expect(description(reconciler)).toBe('newest')
  })
})

describe('a broken commit', () => {
  test('on top of a good one that was never seen: the good one comes into force', async () => {
    const commits = createCommits()
    commits.commit(old)
    const reconciler = createReconciler(commits)
    await reconciler.settle()
    const newer = commits.commit(good)
    commits.commit(broken)
    expect(await reconciler.settle()).toMatchObject({ appliedRevision: newer })
    expect(description(reconciler)).toBe('new')
  })

  test.each([
    ['at the start', true],
    ['while a good one is in force', false],
  ])('%s, and the past cannot be read for a moment: it is looked for again', async (_, isStart) => {
    const commits = createCommits()
    commits.commit(old)
    const reconciler = createReconciler(commits)
    await reconciler.settle()
    if (isStart) reconciler.restart()
    const newer = commits.commit(good)
    commits.commit(broken)
    commits.failPast(new SourceError('TimedOut', 'no answer'))
    expect(await reconciler.tick()).not.toMatchObject({ appliedRevision: newer })
    expect(description(reconciler)).toBe('old')
    commits.failPast(undefined)
    expect(await reconciler.tick()).toMatchObject({ appliedRevision: newer })
  })
})
