import { describe, expect, test } from '@jest/globals'
import { REACTION_TIMES } from './checker/reaction-times.ts'
import { check } from './checking.ts'
import type { RequestFailure } from './trace.ts'
import { scenarioOf } from './workloads/index.ts'
import { hand, lever, MINUTE, release, template } from './workloads/workload.ts'
import type { SimEvent } from './world/scenario.ts'

/**
 * A list that Azure does not answer any more: users of an endpoint that can be read and written itself are watched over as
 * before (S27, S28).
 */

type Path = 'batchEndpoints' | 'onlineEndpoints' | 'onlineEndpoints/deployments'
type Way = '500' | '404' | 'timeout'

const FAILS_AT = 7.5 * MINUTE
const LENGTH_MS = 35 * MINUTE

function failing(path: Path, is: Way): SimEvent {
  return { at: FAILS_AT, do: 'call', is, on: `GET ${path}`, times: 10_000 }
}

/** Seconds from the first request that failed so until the last one. */
async function secondsOf(cause: RequestFailure, events: readonly SimEvent[]): Promise<number> {
  const draft = { events, lengthMs: LENGTH_MS, converges: false }
  const failed: number[] = []
  await check(scenarioOf({ name: 'listsOutOfReach', draft: () => draft }, 1), {
    onEvent(event) {
      if (event.type === 'requests' && event.failed > 0 && event.cause === cause)
        failed.push(event.at)
    },
  })
  expect(failed.length).toBeGreaterThan(0)
  return (Math.max(...failed) - Math.min(...failed)) / 1000
}

/** With how long an abort by hand may take then, in seconds: longer where the endpoint itself is not read, or hangs, each time. */
const LISTS: readonly (readonly [Path, Way, number])[] = [
  ['batchEndpoints', '500', 90],
  ['batchEndpoints', '404', 90],
  ['batchEndpoints', 'timeout', 90],
  ['onlineEndpoints', '500', 180],
  ['onlineEndpoints', '404', 180],
  ['onlineEndpoints/deployments', '500', 90],
  ['onlineEndpoints/deployments', 'timeout', 300],
]

const ON_ITS_WAY = release(template(2, { road: 'waits', models: [1, 2, 3] }))
/** The candidate has a fifth of the users, and from now on fails half of them. */
const TURNS_BAD: SimEvent = { at: 8 * MINUTE, do: 'model', model: 'fraud:2', quality: 'half' }

describe('users of a candidate that turns bad', () => {
  test.each(LISTS)('are taken back while GET %s answers %s', async (path, is) => {
    const seconds = await secondsOf('model', [...ON_ITS_WAY, failing(path, is), TURNS_BAD])
    expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.badCandidate.ms / 1000)
  })

  test.each(LISTS)('are taken back by hand while GET %s answers %s', async (path, is, most) => {
    const abort = lever(TURNS_BAD.at + 5_000, 'abort')
    const seconds = await secondsOf('model', [...ON_ITS_WAY, failing(path, is), TURNS_BAD, abort])
    expect(seconds).toBeLessThanOrEqual(most)
  })
})

test.each(LISTS.filter(([path]) => path === 'batchEndpoints'))(
  'traffic that somebody took away comes back while GET %s answers %s',
  async (path, is) => {
    const zeroed = hand(14 * MINUTE, { edit: 'traffic', endpoint: 'fraud', to: 'zero' })
    const late: SimEvent = { ...failing(path, is), at: 13 * MINUTE }
    const seconds = await secondsOf('noRoute', [...ON_ITS_WAY, late, zeroed])
    expect(seconds).toBeLessThanOrEqual(180)
  },
)
