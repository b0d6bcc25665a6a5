import { expect, test } from '@jest/globals'
import { REACTION_TIMES } from './checker/reaction-times.ts'
import { played } from './played.ts'
import { commit, fraud, hand, lever, MINUTE, template, users } from './workloads/workload.ts'
import type { SimEvent } from './world/scenario.ts'

/**
 * The revision of before, within its window: a change of it fails, or is under way, and it answers users all the same
 * (INVARIANTS S30). It is a way back as the stable revision is.
 */

const ROAD = { road: 'clocked', bake: '10m', keep: '30m', models: [1, 2] } as const
const BLUE = { name: 'blue' } as const
const BEFORE = [
  users(),
  commit(0, fraud(template(1, ROAD))),
  commit(5 * MINUTE, fraud(template(2, ROAD))),
]

const refused = (at: number, reason: string, skip = 0): SimEvent => ({
  ...{ at, do: 'call', is: 'fails', on: 'PUT onlineEndpoints/deployments', times: 100_000 },
  ...{ with: reason, skip },
})
const failsUpdate = hand(26.5 * MINUTE, { edit: 'failUpdate', endpoint: 'fraud', which: BLUE })
const FAILED = [refused(26 * MINUTE, 'OutOfQuota'), failsUpdate]
const turnsBad = (at: number): SimEvent => ({ at, do: 'model', model: 'fraud:2', quality: 'half' })
const scaled = commit(23 * MINUTE, fraud(template(2, { ...ROAD, instances: 4 })))

test.each<readonly [string, readonly SimEvent[]]>([
  [
    'a commit that scales finds no capacity for it',
    [scaled, refused(23 * MINUTE, 'OutOfCapacity', 1)],
  ],
  ['somebody’s change of it failed', FAILED],
  [
    'somebody scales it in that moment',
    [hand(28 * MINUTE, { edit: 'scale', endpoint: 'fraud', which: BLUE, by: 1 })],
  ],
])('undo goes back to it: %s (L11)', async (_, events) => {
  const bad = [turnsBad(27.5 * MINUTE), lever(28.02 * MINUTE, 'undo')]
  const { seconds, answers, onGreen } = await played([...BEFORE, ...events, ...bad], {
    ...{ lengthMs: 58 * MINUTE, soundModels: ['fraud:1'], badModels: ['fraud:2'] },
  })
  expect(answers).not.toContainEqual(['undo', 'refused'])
  expect(onGreen).toBe(0)
  expect(seconds).toBeLessThanOrEqual(2 * 60)
})

test('a commit that reverts goes back to it', async () => {
  const failed = [refused(26 * MINUTE, 'InternalServerError'), failsUpdate]
  const events = [...failed, turnsBad(26 * MINUTE), commit(27 * MINUTE, fraud(template(1, ROAD)))]
  const { seconds, onGreen } = await played([...BEFORE, ...events], {
    ...{ lengthMs: 58 * MINUTE, soundModels: ['fraud:1'], badModels: ['fraud:2'] },
  })
  expect(onGreen).toBe(0)
  expect(seconds).toBeLessThanOrEqual(3 * 60)
})

test.each([
  [[], 100],
  [[lever(35 * MINUTE, 'undo')], 0],
])(
  'a commit that reverts waits for instances that it wants and Azure has not, and an undo does not: %#',
  async (said, left) => {
    const reverts = commit(27 * MINUTE, fraud(template(1, { ...ROAD, instances: 4 })))
    const events = [scaled, refused(23 * MINUTE, 'OutOfCapacity', 1), reverts, ...said]
    const { onGreen, answers } = await played([...BEFORE, ...events])
    expect(onGreen).toBe(left)
    expect(answers).toEqual(said.map(() => ['undo', 'accepted']))
  },
)

test('the one that serves is deleted: users go there (U1)', async () => {
  const gone = hand(28 * MINUTE, {
    edit: 'deleteDeployment',
    endpoint: 'fraud',
    which: { name: 'green' },
  })
  const { seconds } = await played([...BEFORE, ...FAILED, gone], { lengthMs: 58 * MINUTE })
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.deploymentFailed.ms / 1000)
})
