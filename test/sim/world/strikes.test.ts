import { describe, expect, test } from '@jest/globals'
import type { TraceEvent } from '../trace.ts'
import { scenarioOf, WORKLOADS } from '../workloads/index.ts'
import { run } from './run.ts'
import type { CallFault, SimEvent } from './scenario.ts'
import { CALL_FAULTS } from './strikes.ts'

type Call = Extract<TraceEvent, { type: 'call' }>

/** The calls of a first release that a fault struck, and everything that was told. */
async function struckBy(fault: CallFault): Promise<{ struck: Call[]; events: TraceEvent[] }> {
  const [create] = WORKLOADS
  if (create === undefined) throw new Error('There are no workloads.')
  const scenario = scenarioOf(create, 1)
  const event: SimEvent = { at: 0, do: 'call', ...fault }
  const events: TraceEvent[] = []
  await run(
    { ...scenario, events: [...scenario.events, event], lengthMs: 300_000 },
    {
      createChecker: () => ({ observe: (one) => events.push(one), finish: () => [] }),
    },
  )
  const struck = events.filter((one): one is Call => one.type === 'call' && one.fault !== undefined)
  return { struck, events }
}

test.each(CALL_FAULTS)('%s strikes a call that it can strike, once', async (is) => {
  const { struck } = await struckBy({ is, skip: 1 })
  expect(struck.map(({ fault }) => fault)).toEqual([is])
})

describe('a fault leaves a trace of what Azure did and of what the controller saw:', () => {
  const PUT = 'PUT onlineEndpoints'

  test('an answer that was lost stands for a write that is done', async () => {
    const { struck } = await struckBy({ is: 'lost', on: PUT })
    expect(struck).toMatchObject([{ status: 201, path: expect.stringMatching(/fraud$/) }])
    expect(struck[0]).not.toHaveProperty('seenStatus')
  })

  test('a time-out, or a refusal, is seen by the controller and never by Azure', async () => {
    const refused = await struckBy({ is: '409', on: PUT })
    expect(refused.struck).toMatchObject([{ seenStatus: 409 }])
    expect(refused.struck[0]).not.toHaveProperty('status')
  })

  test('a process that dies after its call is followed by another one', async () => {
    const { struck, events } = await struckBy({ is: 'crashAfter', on: PUT })
    expect(struck).toMatchObject([{ status: 201 }])
    const kinds = events.flatMap(({ type }) =>
      type === 'crash' || type === 'restart' ? [type] : [],
    )
    expect(kinds).toEqual(['restart', 'crash', 'restart'])
  })

  test('an accepted operation that fails makes the thing Failed', async () => {
    const { events } = await struckBy({ is: 'fails', on: PUT, with: 'BadArgument' })
    const states = events.flatMap((one) =>
      one.type === 'state' ? (one.state.endpoints.fraud?.provisioningState ?? []) : [],
    )
    expect(states).toContain('Failed')
  })
})
