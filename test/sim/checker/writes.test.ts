import { describe, test } from '@jest/globals'
import type { RolloutRecord } from '../../../src/core/rollout/record.ts'
import { type Case, expectBroken, expectKept } from './cases.ts'
import { ABORTED, CANARY, MINUTE, record } from './records.ts'
import { canary, serving } from './rollouts.ts'
import type { Trace } from './traces.ts'

const GREEN_PATH = 'onlineEndpoints/fraud/deployments/green'
const ENDPOINT = 'onlineEndpoints/fraud'
const SECRET = 'c2VjcmV0LW9mLWEtc3RvcmFnZS1hY2NvdW50'
const mark = (value: string) => ({ tags: { 'verdigris.revision': value } })
const NO_TRAFFIC = { properties: { traffic: { blue: 0 } } }
const ALL_TO_BLUE = { properties: { traffic: { blue: 100 } } }
const REFUSED = { status: 409, seenStatus: 409 }

/** Somebody else’s field on an endpoint that we made. */
function described(description: string): Trace {
  return serving()
    .hand(ENDPOINT)
    .setEndpoint('fraud', { traffic: { blue: 100 }, record: record(), extra: { description } })
    .state('hand')
    .look()
}

/** Azure works on the candidate. */
function busy(provisioningState: string): Trace {
  return serving().setDeployment('fraud/green', { provisioningState, isServing: false }).state()
}

/** The same, and no deployment has traffic. */
function unserved(): Trace {
  return busy('Creating').setEndpoint('fraud', { traffic: {} }).state()
}

function repeatedly(count: number, bodies: readonly string[]): Trace {
  const trace = serving()
  for (let turn = 0; turn < count; turn += 1)
    trace
      .look()
      .change(GREEN_PATH, {
        ...mark(String(turn)),
        properties: { description: bodies[turn % bodies.length] },
      })
      .wait(MINUTE)
  return trace
}

const CASES: readonly Case[] = [
  {
    id: 'S9',
    breaks: 'a PUT without a look in this tick',
    by: () => serving().look().tick().change(GREEN_PATH, mark('x')),
    near: 'a PUT after a look',
    but: () => serving().look().change(GREEN_PATH, mark('x')),
  },
  {
    id: 'S9',
    breaks: 'a second PUT on the same look',
    by: () => serving().look().change(GREEN_PATH, mark('x')).change(GREEN_PATH, mark('y')),
    near: 'a second PUT after another look',
    but: () =>
      serving().look().change(GREEN_PATH, mark('x')).get(GREEN_PATH).change(GREEN_PATH, mark('y')),
  },
  {
    id: 'S9',
    breaks: 'a PUT of what is there already',
    by: () => serving().look().change(GREEN_PATH, {}),
    near: 'the same where the last operation failed',
    but: () => busy('Failed').look().change(GREEN_PATH, {}),
  },
  {
    id: 'S10',
    breaks: 'a field of somebody else that is lost',
    by: () => described('theirs').shift({ blue: 100 }, record({ sinceMs: 7 })),
    near: 'the same field sent back as it was',
    but: () => described('theirs').change(ENDPOINT, mark('x')),
  },
  {
    id: 'S10',
    breaks: 'a number of instances that an autoscaler chose, overwritten',
    by: () =>
      serving({ instances: 2 })
        .look()
        .change(GREEN_PATH, { ...mark('x'), capacity: 7 }),
    near: 'one that Git declares',
    but: () =>
      serving({ instances: 7 })
        .look()
        .change(GREEN_PATH, { ...mark('x'), capacity: 7 }),
  },
  {
    id: 'S11',
    breaks: 'a PUT of the endpoint while its deployment is made',
    by: () => busy('Creating').look().change(ENDPOINT, mark('x')),
    near: 'one that reads showed to be done',
    but: () =>
      busy('Creating')
        .look()
        .get(GREEN_PATH, {
          seenBody: { properties: { provisioningState: 'Succeeded' } },
          fault: 'stale',
        })
        .change(ENDPOINT, mark('x')),
  },
  {
    id: 'S11',
    breaks: 'a PUT that Azure takes while what somebody else began is made',
    by: () => busy('Creating').look().change(ENDPOINT, mark('x')),
    near: 'one that Azure refuses, and no reading has shown what is under way',
    but: () => busy('Creating').change(ENDPOINT, mark('x'), { status: 409, seenStatus: 409 }),
  },
  {
    id: 'S11',
    breaks: 'traffic taken back while reads show what is under way, though Azure refuses it',
    by: () => busy('Creating').look().change(ENDPOINT, NO_TRAFFIC, REFUSED),
    near: 'the same where the list that would show it fails',
    but: () =>
      busy('Creating')
        .look()
        .call('GET', `${ENDPOINT}/deployments`, undefined, {}, { status: 500, seenStatus: 500 })
        .change(ENDPOINT, NO_TRAFFIC, REFUSED),
  },
  {
    id: 'S11',
    breaks:
      'traffic given where nobody is served while reads show what is under way, though Azure refuses it',
    by: () => unserved().look().change(ENDPOINT, ALL_TO_BLUE, REFUSED),
    near: 'the same where the list that would show it fails',
    but: () =>
      unserved()
        .look()
        .call('GET', `${ENDPOINT}/deployments`, undefined, {}, { status: 500, seenStatus: 500 })
        .change(ENDPOINT, ALL_TO_BLUE, REFUSED),
  },
  {
    id: 'S11',
    breaks: 'the same sent again after a 409',
    by: () =>
      serving()
        .look()
        .change(GREEN_PATH, mark('x'), { status: 409 })
        .change(GREEN_PATH, mark('x'), { status: 409 }),
    near: 'sent again after a look',
    but: () =>
      serving()
        .look()
        .change(GREEN_PATH, mark('x'), { status: 409 })
        .get(GREEN_PATH)
        .change(GREEN_PATH, mark('x'), { status: 409 }),
  },
  {
    id: 'S12',
    breaks: 'a PUT of what is being made',
    by: () => busy('Creating').look().change(GREEN_PATH, mark('x')),
    near: 'a delete of a create that has been stuck for an hour',
    but: () =>
      busy('Creating')
        .wait(60 * MINUTE)
        .look()
        .delete(GREEN_PATH),
  },
  {
    id: 'S13',
    breaks: 'a write over what another controller wrote since',
    by: () =>
      serving()
        .look()
        .other((trace) => trace.look().change(GREEN_PATH, mark('x')))
        .change(GREEN_PATH, mark('y')),
    near: 'a write after a look at it',
    but: () =>
      serving()
        .look()
        .other((trace) => trace.look().change(GREEN_PATH, mark('x')))
        .get(GREEN_PATH)
        .change(GREEN_PATH, mark('y')),
  },
  {
    id: 'S17',
    breaks: 'a report with a key in it',
    by: () => leaking(SECRET),
    near: 'a report that says that there is one',
    but: () => leaking('a key'),
  },
  {
    id: 'S18',
    breaks: 'the same asked after ten of sixty seconds',
    by: () => throttled(10_000),
    near: 'the same asked after sixty seconds',
    but: () => throttled(60_000),
  },
  {
    id: 'S18',
    breaks: 'a provider asked again in the next turn',
    by: () => askedTwice((trace) => trace.tick()),
    near: 'a provider asked about two endpoints in one turn',
    but: () => askedTwice((trace) => trace),
  },
  {
    id: 'S18',
    breaks: 'a step of a rollout written ten seconds after a 429 that said sixty',
    by: () => shiftedSoon({ blue: 100 }),
    near: 'users whom somebody gave the candidate taken off it as soon',
    but: () => shiftedSoon({ blue: 70, green: 30 }),
  },
  {
    id: 'S18',
    breaks: 'a step written as soon while all users are served',
    by: () => shiftedSoon({ blue: 95, green: 5 }),
    near: 'a step written as soon while four in five users have no deployment any more',
    but: () => shiftedSoon({ green: 20 }),
  },
  {
    id: 'S18',
    breaks: 'an endpoint read ten seconds after a 429 that said sixty, for a step of a rollout',
    by: () => readSoon(CANARY, { blue: 50, green: 50 }),
    near: 'an endpoint read as soon for traffic that is taken back',
    but: () => readSoon(ABORTED, { blue: 100, green: 0 }),
  },
  {
    id: 'S19',
    breaks: 'the same written four times, and nothing new came',
    by: () => repeatedly(4, ['a']),
    near: 'the same written three times',
    but: () => repeatedly(3, ['a']),
  },
  {
    id: 'S20',
    breaks: 'a field moved to and fro twice',
    by: () => repeatedly(4, ['a', 'b']),
    near: 'to and fro once',
    but: () => repeatedly(3, ['a', 'b']),
  },
  {
    id: 'S29',
    breaks: 'a step while the provider does not answer',
    by: () => step((trace) => trace.measure({ status: 503 })),
    near: 'a step that somebody asked for while the provider does not answer',
    but: () =>
      canary()
        .wait(2 * MINUTE)
        .say('promote')
        .look()
        .measure({ status: 503 })
        .shift(
          { blue: 50, green: 50 },
          record({ phase: 'progressing', candidate: { slot: 'green', rev: '22222222' } }),
        ),
  },
  {
    id: 'S21',
    breaks: 'a step on numbers that are none',
    by: () => step((trace) => trace.measure({ seenBody: answer(null) })),
    near: 'a step on numbers',
    but: () => step((trace) => trace.measure({ seenBody: answer(0) })),
  },
  {
    id: 'S2',
    breaks: 'traffic without golden requests, where the road has them',
    by: () => verified().look().shift({ blue: 90, green: 10 }, CANDIDATE),
    near: 'traffic after golden requests',
    but: () =>
      verified().look().call('POST', '/score', {}, {}).shift({ blue: 90, green: 10 }, CANDIDATE),
  },
]

const CANDIDATE = record({ phase: 'progressing', candidate: { slot: 'green', rev: '22222222' } })

const verified = () =>
  serving({ steps: '[{ verify: { requests: golden/*.json } }, { setWeight: 10 }]' })

function answer(errors: number | null): unknown {
  return { deployments: { green: { at: [1], requests: [100], errors: [errors] } } }
}

function step(measure: (trace: Trace) => Trace): Trace {
  return measure(
    canary()
      .wait(2 * MINUTE)
      .look(),
  ).shift({ blue: 50, green: 50 }, CANDIDATE)
}

function leaking(text: string): Trace {
  return serving()
    .tick()
    .call('POST', 'datastores/blob/listSecrets', {}, { secretsType: 'AccountKey', key: SECRET })
    .plan({ failure: { reason: 'Refused', message: `It carried ${text}.` } })
}

/** The candidate's 10 % are refused for a minute, and written again after ten seconds. */
function shiftedSoon(live: Readonly<Record<string, number>>): Trace {
  const step = { blue: 90, green: 10 }
  return serving()
    .setEndpoint('fraud', { traffic: live })
    .state()
    .fault('call 429after PUT onlineEndpoints with 60')
    .look()
    .shift(step, CANARY, { status: 429, seenStatus: 429, fault: '429after' })
    .wait(10_000)
    .tick()
    .look()
    .shift(step, CANARY)
}

function throttled(ms: number): Trace {
  return serving()
    .fault('call 429after GET onlineEndpoints with 60')
    .tick()
    .get(ENDPOINT, { seenStatus: 429, fault: '429after' })
    .wait(ms)
    .tick()
    .get(ENDPOINT)
    .plan()
}

function askedTwice(between: (trace: Trace) => Trace): Trace {
  const asked = serving()
    .fault('call 429after GET series with 60')
    .tick()
    .get('/sandbox/series', { seenStatus: 429, fault: '429after' })
    .wait(50)
  return between(asked).get('/sandbox/series').plan()
}

/** The endpoint is read again ten seconds after a 429 that said sixty, and written to then. */
function readSoon(record: RolloutRecord, traffic: Readonly<Record<string, number>>): Trace {
  return canary()
    .wait(2 * MINUTE)
    .fault('call 429after GET onlineEndpoints with 60')
    .tick()
    .get(ENDPOINT, { seenStatus: 429, fault: '429after' })
    .wait(10_000)
    .look()
    .measure()
    .shift(traffic, record)
    .plan()
}

describe('the checker on what writes are made from, and on their order', () => {
  for (const one of CASES) {
    test(`${one.id} reports ${one.breaks}`, () => expectBroken(one))
    test(`${one.id} has nothing against ${one.near}`, () => expectKept(one))
  }
})
