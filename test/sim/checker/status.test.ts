import { describe, test } from '@jest/globals'
import type { Report, ResourceStatus } from '../../../src/core/model/report.ts'
import type { IntentVerb, RolloutStatus } from '../../../src/core/model/rollout.ts'
import { type Case, expectBroken, expectKept } from './cases.ts'
import { ABORTED, CANARY, GREEN, MINUTE, record } from './records.ts'
import { canary, serving } from './rollouts.ts'
import type { Trace } from './traces.ts'

const ENDPOINT = { kind: 'OnlineEndpoint', name: 'fraud' } as const

function held(state: 'waiting' | 'blocked', message: string): Report['plan'] {
  const found = { ref: ENDPOINT, state, reason: 'Held', message } as const
  return { findings: [], changes: [], actions: [], held: [found], answers: [] }
}

/** A report whose rollout waits, and says so. */
function waits(message: string, stalled = true): readonly ResourceStatus[] {
  const rollout = { stalled, message, reason: 'Waits', phase: 'paused' } as unknown as RolloutStatus
  const base = {
    ref: ENDPOINT,
    key: 'OnlineEndpoint/fraud',
    sync: 'synced',
    health: 'healthy',
  } as const
  return [{ ...base, drift: 'correct', differences: [], fight: false, conditions: [], rollout }]
}

function answered(verb: IntentVerb, result: 'accepted' | 'refused'): Report['answers'] {
  const intent = { id: '1', verb, endpoint: 'fraud', who: 'anna', why: '', at: 1 }
  return [{ intent, result, message: 'It is not paused.' }]
}

function named(result: 'accepted' | 'refused'): Trace {
  const message = 'Paused; `verdigris rollout resume` lets it go on.'
  const trace = serving()
  const appliedRevision = revisionIn(trace)
  return trace
    .tick()
    .plan({ resources: waits(message), appliedRevision })
    .say('resume')
    .tick()
    .plan({ answers: answered('resume', result), appliedRevision })
}

/** The next revision of Git, written to the endpoint after history was rewritten. */
function rewritten(): Trace {
  const trace = serving().look()
  const before = revisionIn(trace)
  trace.change('onlineEndpoints/fraud', { tags: { 'verdigris.revision': before } }).wait(MINUTE)
  trace.commit({ model: 2 }, true).look()
  return trace.change('onlineEndpoints/fraud', {
    tags: { 'verdigris.revision': revisionIn(trace) },
  })
}

function revisionIn({ events }: Trace): string {
  const last = events.findLast((event) => event.type === 'commit')
  return last?.type === 'commit' ? last.revision : ''
}

/** A newer commit was read while the candidate of the older one has its first tenth. */
function newer(model: number): Trace {
  const trace = canary()
  trace.tick().plan({ appliedRevision: revisionIn(trace) })
  trace.commit({ model }).wait(2 * MINUTE)
  trace.tick().plan({ appliedRevision: revisionIn(trace) })
  return trace.look().measure().shift({ blue: 50, green: 50 }, CANARY)
}

function stuck(minutes: number, plan: Report['plan']): Trace {
  return serving()
    .setEndpoint('fraud', {
      provisioningState: 'Updating',
      traffic: { blue: 100 },
      record: record(),
    })
    .state()
    .wait(minutes * MINUTE)
    .tick()
    .plan({ plan })
}

/** At work until the end. */
function late(minutes: number): Trace {
  return serving()
    .faultsEnd()
    .tick()
    .plan()
    .wait(minutes * MINUTE)
    .setEndpoint('fraud', { traffic: { green: 100 }, record: record({ stable: GREEN }) })
    .state()
    .tick()
    .plan()
}

function abortedAt(green: number): Trace {
  return canary()
    .faultsEnd()
    .setEndpoint('fraud', { traffic: { blue: 100 - green, green }, record: ABORTED })
    .state()
    .wait(6 * MINUTE)
    .tick()
    .plan()
}

function claims(trace: Trace): Trace {
  return trace.look().plan({ converged: true, appliedRevision: revisionIn(trace) })
}

/** Somebody's update of the endpoint fails between two looks, of which the later one says that all is done. */
function claimsAfterFailure(look: (trace: Trace) => Trace): Trace {
  const trace = serving({ model: 1 })
  const appliedRevision = revisionIn(trace)
  trace.look().plan({ appliedRevision })
  trace.setEndpoint('fraud', { provisioningState: 'Failed', traffic: { blue: 100 } }).state()
  return look(trace).plan({ converged: true, appliedRevision })
}

const NO_PLAN = { findings: [], changes: [], actions: [], held: [], answers: [] }

const CASES: readonly Case[] = [
  {
    id: 'S22',
    breaks: 'a report that all is done while another model serves',
    by: () => claims(serving()),
    near: 'a report that all is done when it is',
    but: () => claims(serving({ model: 1 })),
  },
  {
    id: 'S22',
    breaks: 'a report that all is done after a look at an endpoint that has failed',
    by: () => claimsAfterFailure((trace) => trace.look()),
    near: 'one after a look at its deployments: that it has failed is seen with the next list',
    but: () =>
      claimsAfterFailure((trace) => trace.tick().list('onlineEndpoints/fraud/deployments')),
  },
  {
    id: 'S23',
    breaks: 'a commit of a rewritten history that is applied',
    by: rewritten,
    near: 'one that is written as usual',
    but: () => {
      const trace = serving().look()
      return trace.change('onlineEndpoints/fraud', {
        tags: { 'verdigris.revision': revisionIn(trace) },
      })
    },
  },
  {
    id: 'L2',
    breaks: 'work that goes on for hours after the last that happened',
    by: () => late(180),
    near: 'work that goes on for half an hour',
    but: () => late(30),
    expectation: { converges: true },
  },
  {
    id: 'L3',
    breaks: 'an operation of three hours of which no report tells',
    by: () => stuck(180, NO_PLAN),
    near: 'one of which the report tells',
    but: () => stuck(180, held('blocked', 'Azure has been at work on it for long.')),
  },
  {
    id: 'L4',
    breaks: 'an abort that leaves half of the traffic',
    by: () => canary().look().shift({ blue: 95, green: 5 }, ABORTED),
    near: 'an abort that takes all of it',
    but: () => canary().look().shift({ blue: 100, green: 0 }, ABORTED),
  },
  {
    id: 'L4',
    breaks: 'an aborted candidate that keeps its traffic to the end',
    by: () => abortedAt(10),
    near: 'one that has lost it',
    but: () => abortedAt(0),
  },
  {
    id: 'L7',
    breaks: 'a tick that ends in a bug',
    by: () =>
      serving()
        .tick()
        .plan({ failure: { reason: 'Bug', message: 'undefined is not a function' } }),
    near: 'a tick that ends because Git is down',
    but: () =>
      serving()
        .tick()
        .plan({ failure: { reason: 'Unreachable', message: 'Git is down.' } }),
  },
  {
    id: 'L8',
    breaks: 'more traffic for a candidate that Git does not want any more',
    by: () => newer(3),
    near: 'more traffic after a commit that wants the same',
    but: () => newer(2),
  },
  {
    id: 'L9',
    breaks: 'a message that advises to delete it by hand',
    by: () =>
      serving()
        .tick()
        .plan({ plan: held('blocked', 'It is not declared; delete it by hand.') }),
    near: 'a message that names a command',
    but: () =>
      serving()
        .tick()
        .plan({ plan: held('blocked', 'It is not declared; `verdigris adopt` takes it over.') }),
  },
  {
    id: 'L11',
    breaks: 'a wait for a person that names no way out, twice',
    by: () =>
      serving()
        .tick()
        .plan({ resources: waits('It waits.') })
        .tick()
        .plan({ resources: waits('It waits.') }),
    near: 'once, in the tick in which somebody said pause',
    but: () =>
      serving()
        .tick()
        .plan({ resources: waits('anna said pause.') })
        .tick()
        .plan(),
  },
  {
    id: 'L11',
    breaks: 'a command that was named and is refused',
    by: () => named('refused'),
    near: 'one that is accepted',
    but: () => named('accepted'),
  },
]

describe('the checker on reports and ends', () => {
  for (const one of CASES) {
    test(`${one.id} reports ${one.breaks}`, () => expectBroken(one))
    test(`${one.id} has nothing against ${one.near}`, () => expectKept(one))
  }

  test('S23 has nothing against a rewritten history that is to be followed', () => {
    const expectation = { sync: { app: { rewrittenHistory: 'follow' } } } as const
    expectKept({ id: 'S23', breaks: '', by: rewritten, near: '', but: rewritten, expectation })
  })
})
