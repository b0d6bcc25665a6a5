import { describe, expect, test } from '@jest/globals'
import type { Application } from '../../src/core/model/application.ts'
import type { Report } from '../../src/core/model/report.ts'
import { SourceError } from '../../src/reconcile/ports.ts'
import { createReader } from '../../src/reconcile/read.ts'
import { type Commits, createCommits } from '../support/commits.ts'
import { deploymentFile, endpointFile } from '../support/manifests.ts'
import { createReconciler, type Reconciler } from '../support/reconciler.ts'
import { SYNC, story } from '../support/world.ts'

const UNREACHABLE = new SourceError('Unreachable', 'no answer')
const NEVER = new AbortController().signal
const both = {
  'endpoint.yml': endpointFile(),
  'blue.yml': deploymentFile('blue'),
  'green.yml': deploymentFile('green'),
}
const { 'blue.yml': _, ...onlyGreen } = both
const changed = { ...onlyGreen, 'endpoint.yml': endpointFile('b') }

interface Started {
  readonly commits: Commits
  readonly reconciler: Reconciler
}

/** A commit has removed blue, and its requests are not over yet: it is deleted in some minutes. */
async function removing(files: Readonly<Record<string, string>> = onlyGreen): Promise<Started> {
  const commits = createCommits()
  commits.commit(both)
  const reconciler = createReconciler(commits)
  await reconciler.settle()
  reconciler.started.length = 0
  commits.commit(files)
  await commits.read(NEVER)
  // What is idle is not remembered: its last requests are waited for anew.
  reconciler.restart()
  return { commits, reconciler }
}

function reasons({ plan }: Report): readonly string[] {
  return plan.held.map(({ ref, reason }) => `${ref.name} ${reason}`)
}

describe('a removal that good content has decided, and that is not done yet', () => {
  test.each<[string, string, (commits: Commits) => unknown]>([
    ['the repository is out of reach (P1)', 'Unreachable', (commits) => commits.fail(UNREACHABLE)],
    [
      'the newest commit is broken (P2)',
      'ManifestProblems',
      (commits) => commits.commit({ ...onlyGreen, 'broken.yml': '{' }),
    ],
    [
      'the newest commit declares nothing (P5)',
      'ManifestProblems',
      (commits) => commits.commit({ 'README.md': 'x' }),
    ],
  ])('waits while %s', async (_, reason, spoil) => {
    const { commits, reconciler } = await removing()
    await reconciler.tick()
    expect(reconciler.started).toEqual([])
    spoil(commits)
    const report = await reconciler.settle()
    expect(reconciler.started).toEqual([])
    expect(reasons(report)).toEqual([`blue ${reason}`])
    commits.fail(undefined)
    commits.commit(onlyGreen)
    await reconciler.settle()
    expect(story(reconciler.started)).toEqual(['delete_online_deployment blue'])
  })
})

describe('what another Application of this process may declare now', () => {
  const beside = (commits: Commits, repository = 'memory') => {
    const source = { repository, revision: 'main', path: 'other' }
    const application = { name: 'other', source, sync: SYNC, variables: {} } as Application
    return { application, reader: createReader(commits, application) }
  }

  test.each<[string, (others: Commits) => unknown]>([
    ['cannot be read', (others) => others.fail(UNREACHABLE)],
    ['is broken', (others) => others.commit({ 'broken.yml': '{' })],
  ])('is not deleted while its newest commit %s (S15)', async (_, spoil) => {
    const others = createCommits()
    others.commit({ 'endpoint.yml': endpointFile().replaceAll('fraud', 'other') })
    const commits = createCommits()
    commits.commit(both)
    const reconciler = createReconciler(commits, {}, [beside(others)])
    await reconciler.settle()
    reconciler.started.length = 0
    commits.commit(onlyGreen)
    spoil(others)
    expect(reasons(await reconciler.settle())).toEqual(['blue NeighbourUnread'])
    expect(reconciler.started).toEqual([])
    others.fail(undefined)
    others.commit({ 'endpoint.yml': endpointFile().replaceAll('fraud', 'other') })
    await reconciler.settle()
    expect(story(reconciler.started)).toEqual(['delete_online_deployment blue'])
  })

  test('is not deleted when it does', async () => {
    const others = createCommits()
    others.commit({ 'endpoint.yml': both['endpoint.yml'], 'blue.yml': both['blue.yml'] })
    const commits = createCommits()
    commits.commit(both)
    const reconciler = createReconciler(commits, {}, [beside(others)])
    await reconciler.settle()
    reconciler.started.length = 0
    commits.commit(onlyGreen)
    expect(reasons(await reconciler.settle())).toEqual(['blue HandedOver'])
    expect(reconciler.started).toEqual([])
  })
})

test('of two broken commits neither comes into force (P8)', async () => {
  const { commits, reconciler } = await removing(both)
  commits.commit({ ...changed, 'broken.yml': '{' })
  commits.commit({ ...changed, 'broken.yml': '{ ' })
  reconciler.restart()
  await reconciler.settle()
  expect(reconciler.started).toEqual([])
})

describe('a process that starts while Git is out of reach', () => {
  test('goes on from the copy on disk, and deletes nothing (L10)', async () => {
    const { commits, reconciler } = await removing(changed)
    commits.fail(UNREACHABLE)
    reconciler.restart()
    const report = await reconciler.settle()
    expect(story(reconciler.started)).toEqual(['update_endpoint fraud'])
    expect(reasons(report)).toEqual(['blue Unreachable'])
  })

  test('does nothing where there is no copy', async () => {
    const { commits, reconciler } = await removing(changed)
    commits.fail(UNREACHABLE)
    commits.loseCopy()
    reconciler.restart()
    await reconciler.settle()
    expect(reconciler.started).toEqual([])
  })
})

/** What a reader needs of one. */
const APP = {
  name: 'app',
  source: { repository: 'memory', revision: 'main', path: '' },
  sync: SYNC,
  variables: {},
} as unknown as Application

test('a commit beside this history says nothing of what is to be taken over, and one in it does (S14)', async () => {
  const commits = createCommits()
  const first = commits.commit(both)
  const side = commits.beside(first, onlyGreen)
  const current = commits.commit(changed)
  const reader = createReader(commits, APP)
  const none = { gone: [], unrecorded: [], unmarked: [], bereft: [] }
  const nothing = { ...none, recorded: new Map(), current }
  const foreign = new Map([first, side].map((revision) => [revision, []]))
  const { bases, freezes } = await reader.history({ ...nothing, foreign }, NEVER)
  expect([[...bases.keys()], freezes]).toEqual([[first], []])
})

test.each([
  ['a stable deployment is gone', ['onlineendpoint/fraud'], ['remakes TimedOut']],
  ['none is', [], []],
])(
  'history that cannot be read holds what would come into its place where %s (U1)',
  async (_, bereft, held) => {
    const commits = createCommits()
    commits.commit(both)
    const current = commits.commit(changed)
    const reader = createReader(commits, APP)
    const none = { gone: [], unrecorded: [], unmarked: [], recorded: new Map(), foreign: new Map() }
    commits.failPast(new SourceError('TimedOut', 'no answer within 30 s'))
    const { former, freezes } = await reader.history({ ...none, bereft, current }, NEVER)
    expect(former).toEqual([])
    expect(freezes.map(({ what, reason }) => `${what} ${reason}`)).toEqual(held)
  },
)
