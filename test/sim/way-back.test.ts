import { expect, test } from '@jest/globals'
import { replay } from './checking.ts'
import { scenarioOf, workloadOf } from './workloads/index.ts'
import { WAY_BACK } from './workloads/way-back.ts'

/** What users go back to: each was an outage once. By workload, without other faults. */
const STORIES: readonly (readonly [string, string])[] = [
  ['remakeFails', 'a stable deployment that is made again is tried until it comes up'],
  ['rolloutGivenUp', 'a commit without the Rollout sends nobody to what was aborted'],
  [
    'abortedBereft',
    'a commit, or a retry, leads on where nothing makes the stable deployment again',
  ],
  ['movedInBake', 'an endpoint that moves to another Application keeps its way back'],
  ['mergedAgain', 'what Git has taken back is judged again when Git wants it again'],
  ['recordAndTrafficLost', 'a record that is lost together with the traffic is put back'],
  ['nobodyServed', 'users whom somebody takes all traffic from in a rollout are served again'],
  ['previousShrunk', 'an undo finds the way back as large as it was'],
  ['retryWithoutStable', 'a retry gives users the candidate where the stable deployment is lost'],
  ['explicitStableGone', 'a stable deployment that Git no longer declares is made again as it was'],
  ['heldThenQueued', 'a commit that waits for a rollout begins when that one fails and is held'],
  [
    'endpointDeletedInRollout',
    'an endpoint that is deleted in mid-rollout is made again and serves',
  ],
  ['servingDeleted', 'what serves and is made again serves, also where drift is only reported'],
  ['noBake', 'a candidate that has lost stable is judged although no bake is declared'],
  ['deletedToChange', 'what is deleted to be changed in its place is made again as it was'],
]

const SEEDS = [1, 2, 3, 4]

test.each(STORIES)(`%s: %s (seeds ${SEEDS.join(' ')})`, async (name) => {
  const workload = workloadOf(name)
  for (const seed of SEEDS) expect(await replay(scenarioOf(workload, seed))).toEqual([])
})

test('what Git has taken back, and wants again, does not end up with all users (mergedAgain)', async () => {
  for (const seed of SEEDS) {
    const scenario = scenarioOf(workloadOf('mergedAgain'), seed)
    // Where Git is out of reach for long, the revert is never seen: that is why the workload does not say this.
    const expectation = { ...scenario.expectation, endsOn: { fraud: 'fraud:1' } }
    expect(await replay({ ...scenario, expectation })).toEqual([])
  }
})

test('every workload of this kind has its story', () => {
  expect(STORIES.map(([name]) => name).sort()).toEqual(WAY_BACK.map(({ name }) => name).sort())
})
