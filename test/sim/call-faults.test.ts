import { describe, expect, test } from '@jest/globals'
import { replay } from './checking.ts'
import { lengthened } from './packed.ts'
import { scenarioOf, workloadOf } from './workloads/index.ts'
import type { CallFault } from './world/scenario.ts'

/** One call of a workload that goes wrong: what the complete run of all of them found. */

const ENDPOINT = 'PUT onlineEndpoints'
const DEPLOYMENT = 'PUT onlineEndpoints/deployments'
const DEPLOYMENTS = 'GET onlineEndpoints/deployments'

const FOUND: readonly (readonly [string, string, CallFault])[] = [
  [
    'S27: an undo whose process dies is said again, and carried out',
    'undoAfterwards',
    { is: 'crashBefore', on: ENDPOINT, skip: 6 },
  ],
  [
    'S6: a promote that waited for a slow reading ends the wait that it was said for',
    'leversThenCommit',
    { is: 'timeout', on: DEPLOYMENTS, skip: 15 },
  ],
  [
    'U1: one wrong 400 holds the traffic of an endpoint that was made again for a minute, not an hour',
    'endpointDeleted',
    { is: '400', on: ENDPOINT, skip: 3 },
  ],
  [
    'L1: a batch deployment that failed without a reason is tried again',
    'batchSwitch',
    { is: 'fails', with: 'InternalServerError', on: 'PUT batchEndpoints/deployments', skip: 1 },
  ],
  [
    'S11: nothing is sent to an endpoint while a late list hides what was just begun there',
    'busyTree',
    { is: 'stale', with: 1, on: DEPLOYMENTS, skip: 15 },
  ],
  [
    'L11: traffic that waits for stable to be up waits for no person',
    'busyTree',
    { is: 'neverEnds', on: DEPLOYMENT, skip: 3 },
  ],
  [
    'S14: what failed is made again for the Application that took it over',
    'moveBetweenApplications',
    { is: 'fails', with: 'BadArgument', on: DEPLOYMENT },
  ],
  [
    'L1: an endpoint of a folder that failed to be made is made again',
    'plainThenRollout',
    { is: 'fails', with: 'InternalServerError', on: ENDPOINT },
  ],
]

describe('a call that goes wrong', () => {
  test.each(FOUND)('%s', async (_, name, fault) => {
    const event = { at: 0, do: 'call', ...fault } as const
    const { events, ...scenario } = lengthened(scenarioOf(workloadOf(name), 1), [event])
    const inOrder = [event, ...events].sort((a, b) => a.at - b.at)
    expect(await replay({ ...scenario, events: inOrder })).toEqual([])
  })
})
