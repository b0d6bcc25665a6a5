import { expect, test } from '@jest/globals'
import type { Application } from '../../src/core/model/application.ts'
import type { Report } from '../../src/core/model/report.ts'
import { TAGS } from '../../src/core/plan/ownership/ownership.ts'
import { fellowsOf, type NeighbourApplication } from '../../src/reconcile/neighbours.ts'
import { type Cloud, CloudError } from '../../src/reconcile/ports.ts'
import { createReader } from '../../src/reconcile/read.ts'
import { type Commits, createCommits, type Files } from '../support/commits.ts'
import { deploymentFile, endpointFile } from '../support/manifests.ts'
import { createReconciler } from '../support/reconciler.ts'
import { live, SYNC, world } from '../support/world.ts'

const FILES = { 'endpoint.yml': endpointFile(), 'blue.yml': deploymentFile('blue') }
const CHURN = { 'churn.yml': endpointFile().replaceAll('fraud', 'churn') }

function repository(files: Files): Commits {
  const commits = createCommits()
  commits.commit(files)
  return commits
}

function neighbour(name: string, source: Commits): NeighbourApplication {
  const application: Application = {
    name,
    source: { repository: name, revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: SYNC,
    variables: {},
  }
  return { application, reader: createReader(source, application) }
}

function keys({ orphans = [] }: Report): readonly string[] {
  return orphans.map(({ key }) => key)
}

const byHand = live({ kind: 'OnlineEndpoint', name: 'churn' })
const kept = live(
  { kind: 'OnlineEndpoint', name: 'spam' },
  { tags: { [TAGS.application]: 'other' } },
)
const signal = new AbortController().signal

test('another Application of this process answers for what it keeps, and for what it declares', async () => {
  const other = neighbour('other', repository(CHURN))
  const reconciler = createReconciler(repository(FILES), {}, [other])
  reconciler.world = world([byHand, kept])
  await reconciler.settle()
  // As long as it was never read, only its name is known.
  expect(keys(await reconciler.tick())).toEqual(['OnlineEndpoint/churn'])
  await other.reader.read(signal)
  expect(keys(await reconciler.tick())).toEqual([])
})

test('alone, it names both, and writes to neither', async () => {
  const reconciler = createReconciler(repository(FILES))
  reconciler.world = world([byHand, kept])
  await reconciler.settle()
  expect(keys(await reconciler.tick())).toEqual(['OnlineEndpoint/churn', 'OnlineEndpoint/spam'])
  expect(reconciler.started.map(({ ref }) => ref.name)).toEqual(['fraud', 'blue'])
})

test('a single look reads what the others declare, once', async () => {
  const source = repository(CHURN)
  let readings = 0
  const read: Commits['read'] = (asked) => {
    readings += 1
    return source.read(asked)
  }
  const others = [neighbour('other', { ...source, read })]
  expect(await fellowsOf(others, { asLook: false }, signal)).toEqual(
    new Map([['other', new Set()]]),
  )
  expect(readings).toBe(0)
  const declared = new Map([['other', new Set(['OnlineEndpoint/churn'])]])
  for (const _ of [1, 2])
    expect(await fellowsOf(others, { asLook: true }, signal)).toEqual(declared)
  expect(readings).toBe(1)
})

test('after an unreadable workspace those of before are shown', async () => {
  const overrides: Partial<Cloud> = {}
  const reconciler = createReconciler(repository(FILES), overrides)
  reconciler.world = world([byHand])
  await reconciler.settle()
  const gone = { reason: 'Down', message: '', errorClass: 'service', retry: 'Later' } as const
  Object.assign(overrides, { observe: async () => Promise.reject(new CloudError(gone)) })
  const report = await reconciler.tick()
  expect(report.failure).toMatchObject({ reason: 'Down' })
  expect(keys(report)).toEqual(['OnlineEndpoint/churn'])
})
