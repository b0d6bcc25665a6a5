import { expect, test } from '@jest/globals'
import { replay } from './checking.ts'
import { scenarioOf, workloadOf } from './workloads/index.ts'
import { LOST } from './workloads/lost.ts'

/** What a rollout rests on is lost, left out or made smaller: each was an outage once. By workload, without other faults. */
const STORIES: readonly (readonly [string, string])[] = [
  ['recordLost', 'a record that somebody removes is put back, and its candidate stays judged'],
  ['deletedAfterAbort', 'an aborted revision does not serve because its endpoint is made again'],
  ['stableDeleted', 'a candidate beside which stable is deleted is judged, and stable made again'],
  ['commitWithoutStable', 'a newer revision waits until stable, which was deleted, is there again'],
  [
    'overexposed',
    'users that somebody gives a candidate are taken back, also where drift is only reported',
  ],
  ['wayBackShrunk', 'a rollback is carried although somebody made the way back smaller'],
  [
    'scaledBesideRollout',
    'a commit that scales reaches what serves beside a candidate or an abort',
  ],
  [
    'scaledWithRevision',
    'a way back has the instances that came with the revision it is the way back from',
  ],
  ['slotsRenamed', 'a commit that scales reaches a slot that the Rollout does not name any more'],
  ['rolloutNotDeclared', 'a rollout that Git no longer declares gives its users back'],
  ['trafficNotDeclared', 'traffic that Git no longer declares stays as it is'],
  ['mirrorThenTemplate', 'mirroring to the only free slot does not keep a Rollout from beginning'],
  [
    'queueAfterExplicit',
    'a Rollout in the template form does not queue behind one of the explicit form',
  ],
  ['podMoved', 'users leave a candidate that nobody can judge, when Git and its copy are lost'],
  ['abortedInPlace', 'an abort of what was never put anywhere writes nothing'],
]

const SEEDS = [1, 2, 3, 4]

test.each(STORIES)(`%s: %s (seeds ${SEEDS.join(' ')})`, async (name) => {
  const workload = workloadOf(name)
  for (const seed of SEEDS) expect(await replay(scenarioOf(workload, seed))).toEqual([])
})

test('every workload of this kind has its story', () => {
  expect(STORIES.map(([name]) => name).sort()).toEqual(LOST.map(({ name }) => name).sort())
})
