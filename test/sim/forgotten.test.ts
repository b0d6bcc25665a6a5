import { describe, expect, test } from '@jest/globals'
import { REACTION_TIMES } from './checker/reaction-times.ts'
import { check } from './checking.ts'
import { scenarioOf } from './workloads/index.ts'
import { hand, lever, MINUTE, release, template } from './workloads/workload.ts'
import type { SimEvent } from './world/scenario.ts'
import type { EndpointTree } from './world/tree.ts'

/**
 * Somebody's PUT without tags takes the record of a rollout while no process runs that knows it: the ages of the deployments
 * tell the next one which of them is proven (S7, S28).
 */

/** In seconds from the first failed request to the last; and which deployments were deleted while it served. */
async function played(next: EndpointTree, crashesAt: number, rest: readonly SimEvent[]) {
  const events: readonly SimEvent[] = [
    ...release(next),
    { at: crashesAt, do: 'crash', controller: 'c1', forMs: 20_000 },
    hand(crashesAt + 6_000, { edit: 'loseTags', endpoint: 'fraud' }),
    ...rest,
  ]
  const draft = { events, lengthMs: 40 * MINUTE, converges: false }
  const failed: number[] = []
  const { violations } = await check(scenarioOf({ name: 'forgotten', draft: () => draft }, 1), {
    onEvent(event) {
      if (event.type === 'requests' && event.failed > 0) failed.push(event.at)
    },
  })
  expect(violations).toEqual([])
  return failed.length === 0 ? 0 : (Math.max(...failed) - Math.min(...failed)) / 1000
}

const models = [1, 2, 3]
const WAITS = template(2, { road: 'waits', models })
const ALL_BUT_TWO_FIFTHS = lever(9 * MINUTE, 'promote')
const turnsBad = (at: number): SimEvent => ({ at, do: 'model', model: 'fraud:2', quality: 'half' })

describe('users of a candidate that turns bad after its record was lost', () => {
  test.each([
    ['with most of the users', WAITS, 9.7, [ALL_BUT_TWO_FIFTHS, turnsBad(9.9 * MINUTE)]],
    ['with a fifth of them', WAITS, 8, [turnsBad(8.2 * MINUTE)]],
    ['in the bake', template(2, { bake: '10m', models }), 13, [turnsBad(15 * MINUTE)]],
    [
      'after a switch',
      template(2, { road: 'blueGreen', bake: '10m', models }),
      12,
      [turnsBad(14 * MINUTE)],
    ],
  ] as const)('are taken back: %s', async (_, next, crashesAt, rest) => {
    const seconds = await played(next, crashesAt * MINUTE, rest)
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.badCandidate.ms / 1000)
  })

  test('are taken back by hand, too, and it is not tried again', async () => {
    const at = 9.7 * MINUTE
    const rest = [ALL_BUT_TWO_FIFTHS, turnsBad(at + 9_000), lever(at + 30_000, 'abort')]
    expect(await played(WAITS, at, rest)).toBeLessThanOrEqual(90)
  })
})
