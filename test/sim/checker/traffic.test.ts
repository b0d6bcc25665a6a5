import { describe, test } from '@jest/globals'
import { type Case, expectBroken, expectKept } from './cases.ts'
import { ABORTED, BLUE, CANARY, GREEN, MINUTE, record, START } from './records.ts'
import { baking, canary, serving } from './rollouts.ts'

/** Blue has the four instances that Git declares; half of the traffic is next. */
function ofFour(green: number) {
  return serving({ instances: 4, steps: '[{ setWeight: 50 }]' })
    .setDeployment('fraud/blue', { rev: BLUE.rev, instances: 4 })
    .setDeployment('fraud/green', { rev: GREEN.rev, instances: green })
    .state()
}

const PROMOTED = record({ stable: GREEN, previous: BLUE, untilMs: START + 60 * MINUTE })

const CASES: readonly Case[] = [
  {
    id: 'S1',
    breaks: 'a PUT whose traffic sums to 90',
    by: () => serving().look().shift({ blue: 90 }, record(), { status: 400 }),
    near: 'weights of 0 beside one of 100',
    but: () =>
      serving()
        .look()
        .shift({ blue: 100, green: 0 }, record({ sinceMs: 7 })),
  },
  {
    id: 'S1',
    breaks: 'a mirror of 60 %',
    by: () =>
      serving()
        .look()
        .shift({ blue: 100 }, record(), { mirror: { green: 60 } }),
    near: 'a mirror of 50 %',
    but: () =>
      serving()
        .look()
        .shift({ blue: 100 }, record(), { mirror: { green: 50 } }),
  },
  {
    id: 'S1',
    breaks: 'a state that sums to 90 after our own write',
    by: () =>
      serving()
        .look()
        .shift({ blue: 90, green: 10 }, CANARY)
        .setEndpoint('fraud', { traffic: { blue: 90 }, record: CANARY })
        .state('clock'),
    near: 'the same when somebody else deleted what had the rest',
    but: () =>
      serving()
        .look()
        .shift({ blue: 90, green: 10 }, CANARY)
        .hand('onlineEndpoints/fraud/deployments/green')
        .setEndpoint('fraud', { traffic: { blue: 90 }, record: CANARY })
        .state('clock'),
  },
  {
    id: 'S2',
    breaks: 'traffic to a candidate whose update failed',
    by: () =>
      serving()
        .setDeployment('fraud/green', {
          rev: GREEN.rev,
          provisioningState: 'Failed',
          isServing: true,
        })
        .state()
        .look()
        .shift({ blue: 90, green: 10 }, CANARY),
    near: 'traffic back to a stable deployment that is Failed and serves',
    but: () =>
      canary()
        .setDeployment('fraud/blue', {
          rev: BLUE.rev,
          provisioningState: 'Failed',
          isServing: true,
        })
        .state()
        .look()
        .shift({ blue: 100, green: 0 }, ABORTED),
  },
  {
    id: 'S2',
    breaks: 'a mirror to what does not exist',
    by: () =>
      serving()
        .look()
        .shift({ blue: 100 }, record(), { mirror: { red: 10 } }),
    near: 'a deployment that somebody takes down in the very tick of the write',
    but: () =>
      serving()
        .look()
        .hand('onlineEndpoints/fraud/deployments/green')
        .setDeployment('fraud/green', {
          rev: GREEN.rev,
          provisioningState: 'Updating',
          isServing: true,
        })
        .state('hand')
        .shift({ blue: 90, green: 10 }, CANARY),
  },
  {
    id: 'S4',
    breaks: 'half of the traffic to one of four instances',
    by: () => ofFour(1).look().shift({ blue: 50, green: 50 }, CANARY),
    near: 'half of the traffic to two of four',
    but: () => ofFour(2).look().shift({ blue: 50, green: 50 }, CANARY),
  },
  {
    id: 'S4',
    breaks: 'half of the traffic to one of four, stable being on no list',
    by: () =>
      ofFour(1)
        .look()
        .list('onlineEndpoints/fraud/deployments', ['blue'])
        .shift({ blue: 50, green: 50 }, CANARY),
    near: 'the same where a GET says that stable is gone',
    but: () =>
      ofFour(1)
        .look()
        .get('onlineEndpoints/fraud/deployments/blue', { seenStatus: 404, seenBody: {} })
        .shift({ blue: 50, green: 50 }, CANARY),
  },
  {
    id: 'S7',
    breaks: 'an aborted revision that gets traffic again',
    by: () =>
      canary()
        .look()
        .shift({ blue: 100, green: 0 }, ABORTED)
        .wait(MINUTE)
        .look()
        .shift({ blue: 90, green: 10 }, CANARY),
    near: 'the same after somebody said retry',
    but: () =>
      canary()
        .look()
        .shift({ blue: 100, green: 0 }, ABORTED)
        .wait(MINUTE)
        .say('retry')
        .look()
        .shift({ blue: 90, green: 10 }, { ...CANARY, beganMs: 7 }),
  },
  {
    id: 'S7',
    breaks: 'a new commit that changes nothing of it',
    by: () =>
      canary()
        .look()
        .shift({ blue: 100, green: 0 }, ABORTED)
        .wait(MINUTE)
        .commit({ model: 2, more: { 'notes.md': 'nothing' } })
        .wait(MINUTE)
        .look()
        .shift({ blue: 90, green: 10 }, { ...CANARY, beganMs: 7 }),
    near: 'a commit that wants something else',
    but: () =>
      canary()
        .look()
        .shift({ blue: 100, green: 0 }, ABORTED)
        .wait(MINUTE)
        .commit({ model: 3 })
        .wait(MINUTE)
        .look()
        .shift({ blue: 90, green: 10 }, { ...CANARY, beganMs: 7 }),
  },
  {
    id: 'S26',
    breaks: 'a list without stable in the bake, and the candidate is taken for stable',
    by: () =>
      baking()
        .tick()
        .measure()
        .list('onlineEndpoints/fraud/deployments', ['blue'])
        .get('onlineEndpoints/fraud')
        .shift({ green: 100 }, record({ stable: GREEN })),
    near: 'stable that is really gone',
    but: () => {
      const trace = baking().hand('onlineEndpoints/fraud/deployments/blue')
      delete trace.deployments['fraud/blue']
      return trace
        .state('hand')
        .look()
        .measure()
        .get('onlineEndpoints/fraud/deployments/blue')
        .shift({ green: 100 }, record({ stable: GREEN }))
    },
  },
  {
    id: 'S26',
    breaks: 'a PUT over what a list left out',
    by: () =>
      serving()
        .tick()
        .list('onlineEndpoints/fraud/deployments', ['green'])
        .put('onlineEndpoints/fraud/deployments/green', { tags: {}, properties: {} }),
    near: 'a PUT of what was looked at',
    but: () =>
      serving()
        .tick()
        .list('onlineEndpoints/fraud/deployments', ['green'])
        .get('onlineEndpoints/fraud/deployments/green')
        .change('onlineEndpoints/fraud/deployments/green', { tags: { 'verdigris.revision': 'x' } }),
  },
  {
    id: 'S24',
    breaks: 'an eleventh rollout at once',
    by: () => many(11),
    near: 'ten at once',
    but: () => many(10),
  },
]

function many(count: number) {
  const names = Array.from({ length: count }, (_, index) => `e${index}`)
  const trace = serving({ endpoints: ['fraud', ...names] })
  for (const name of names)
    trace
      .setEndpoint(name, { traffic: { blue: 100 }, record: record() })
      .setDeployment(`${name}/blue`, { rev: BLUE.rev })
      .setDeployment(`${name}/green`, { rev: GREEN.rev })
  trace.state()
  for (const endpoint of names)
    trace.look(endpoint).shift({ blue: 90, green: 10 }, CANARY, { endpoint })
  return trace
}

describe('the checker on traffic', () => {
  for (const one of CASES) {
    test(`${one.id} reports ${one.breaks}`, () => expectBroken(one))
    test(`${one.id} has nothing against ${one.near}`, () => expectKept(one))
  }
})

describe('a whole rollout', () => {
  test('that goes as it should breaks nothing', () => {
    const trace = baking()
      .wait(2 * MINUTE)
      .look()
      .measure()
      .shift({ green: 100 }, PROMOTED)
      .plan()
    expectKept({ id: '', breaks: '', by: () => trace, near: '', but: () => trace })
  })
})
