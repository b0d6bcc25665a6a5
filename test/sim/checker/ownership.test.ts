import { describe, test } from '@jest/globals'
import { type Case, expectBroken, expectKept } from './cases.ts'
import { BLUE, GREEN, MINUTE, record, START } from './records.ts'
import { files } from './repository.ts'
import { serving } from './rollouts.ts'
import { Trace } from './traces.ts'

const BLUE_PATH = 'onlineEndpoints/fraud/deployments/blue'
const GREEN_PATH = 'onlineEndpoints/fraud/deployments/green'

const CASES: readonly Case[] = [
  {
    id: 'S16',
    breaks: 'a write to what another Application owns',
    by: () => owned('other').change(GREEN_PATH, { tags: { 'verdigris.revision': 'x' } }),
    near: 'a write to what is ours',
    but: () => owned('app').change(GREEN_PATH, { tags: { 'verdigris.revision': 'x' } }),
  },
  {
    id: 'S16',
    breaks: 'a write to what somebody made by hand',
    by: () =>
      byHand('false').change('onlineEndpoints/fraud', { tags: { 'verdigris.application': 'app' } }),
    near: 'the same when Git asks to adopt it',
    but: () =>
      byHand('true').change('onlineEndpoints/fraud', { tags: { 'verdigris.application': 'app' } }),
  },
  {
    id: 'S30',
    breaks: 'a warm previous deployment whose update failed is deleted',
    by: () => failedPrevious(START + 60 * MINUTE).delete(BLUE_PATH),
    near: 'the same when its window is over',
    but: () => failedPrevious(1).delete(BLUE_PATH),
  },
]

function owned(owner: string): Trace {
  const trace = serving().setDeployment('fraud/green', { owner, rev: GREEN.rev })
  trace.application = 'other'
  trace.commit(files())
  trace.application = 'app'
  return trace.state().look()
}

function byHand(adopt: string): Trace {
  const manifest = `apiVersion: verdigris.dev/v1
kind: OnlineEndpoint
metadata: { name: fraud, annotations: { verdigris.dev/adopt: "${adopt}" } }
spec: { auth_mode: key }
`
  return new Trace()
    .setEndpoint('fraud', { tags: {} })
    .state('start')
    .commit({ 'fraud.yml': manifest })
    .look()
}

function failedPrevious(untilMs: number): Trace {
  return serving()
    .setEndpoint('fraud', {
      traffic: { green: 100 },
      record: record({ stable: GREEN, previous: BLUE, untilMs }),
    })
    .setDeployment('fraud/blue', { rev: BLUE.rev, provisioningState: 'Failed', isServing: true })
    .state()
    .wait(5 * MINUTE)
    .look()
}

describe('the checker on what is others’, and on what may be needed again', () => {
  for (const one of CASES) {
    test(`${one.id} reports ${one.breaks}`, () => expectBroken(one))
    test(`${one.id} has nothing against ${one.near}`, () => expectKept(one))
  }
})
