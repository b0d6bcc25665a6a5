import { describe, expect, test } from '@jest/globals'
import { readManifests } from '../../src/core/manifests/read.ts'
import type { ProbeAnswer } from '../../src/core/model/probes/probe.ts'
import { NO_ANSWERS, type PlanInput } from '../../src/core/plan/context.ts'
import { makePlan } from '../../src/core/plan/plan.ts'
import { withAnswers } from '../../src/reconcile/ask.ts'
import type { Prober, TrialAsk, Trials } from '../../src/reconcile/ports.ts'
import { quietPorts } from '../support/quiet-ports.ts'
import { snapshotOf } from '../support/snapshot.ts'
import { Turns } from '../support/world.ts'

const SCHEMA = '$schema: https://azuremlschemas.azureedge.net/latest'

function files(model: number): Readonly<Record<string, string>> {
  return {
    'endpoint.yml': `${SCHEMA}/batchEndpoint.schema.json\nname: nightly\nauth_mode: aad_token\n`,
    'rollout.yml': `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: nightly }
spec:
  endpoint: nightly
  template:
    model: azureml:fraud:${model}
    environment: azureml:fraud-env:1
    code_configuration: { code: "azureml:code:1", scoring_script: score.py }
    compute: azureml:cpu-cluster
  strategy: { switch: { trial: { input: "azureml:sample:1" } } }
`,
  }
}

/** What a plan is made from when a new batch deployment is there and not tried yet. */
function untried(): PlanInput {
  const read = (model: number) =>
    readManifests({ snapshot: snapshotOf(files(model)), variables: {} }).desired
  const turns = new Turns(read(1))
  for (let turn = 0; turn < 4; turn += 1) turns.step()
  turns.commit(read(2), 'c2')
  for (let turn = 0; turn < 3; turn += 1) turns.step()
  const { input, world, memory, now } = turns
  return { ...input, answers: NO_ANSWERS, world, memory, now }
}

function listening(): { readonly trials: Trials; readonly asked: (readonly TrialAsk[])[] } {
  const asked: (readonly TrialAsk[])[] = []
  const look: Trials['look'] = async (asks) => {
    asked.push(asks)
    return new Map(asks.map(({ key }) => [key, { is: 'running', message: 'It runs.' }]))
  }
  return { trials: { ...quietPorts().trials, look }, asked }
}

const ONLINE = `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: fraud }
spec:
  endpoint: fraud
  template:
    model: azureml:fraud:MODEL
    environment: azureml:fraud-env:1
    instance_type: Standard_DS3_v2
    instance_count: 2
  strategy: { canary: { steps: [{ verify: { requests: "golden/*.json" } }, { setWeight: 10 }] } }
`

/** What a plan is made from when a new online deployment is there, and its golden requests are to be sent. */
function unverified(): PlanInput {
  const golden = (score: number) =>
    `{ "request": {}, "expect": { "equal": { "score": ${score} } } }`
  const read = (model: number) =>
    readManifests({
      snapshot: snapshotOf({
        'endpoint.yml': `${SCHEMA}/managedOnlineEndpoint.schema.json\nname: fraud\nauth_mode: key\n`,
        'rollout.yml': ONLINE.replace('MODEL', String(model)),
        'golden/a.json': golden(1),
        'golden/b.json': golden(1),
      }),
      variables: {},
    }).desired
  const turns = new Turns(read(1))
  const key = 'OnlineDeployment/fraud/blue'
  const answers = ['golden/a.json', 'golden/b.json'].map((name) => ({ name, ...RIGHT }))
  turns.input = { ...turns.input, answers: { ...NO_ANSWERS, probes: new Map([[key, answers]]) } }
  for (let turn = 0; turn < 6; turn += 1) turns.step()
  turns.commit(read(2), 'c2')
  for (let turn = 0; turn < 4; turn += 1) turns.step()
  const { input, world, memory, now } = turns
  return { ...input, answers: NO_ANSWERS, world, memory, now }
}

const RIGHT = {}

describe('golden requests', () => {
  const { signal } = new AbortController()
  const asking = async (answer: (name: string, attempt: number) => object) => {
    const sent: string[] = []
    const prober: Prober = {
      async ask({ requests }) {
        return requests.map(({ golden: { name } }) => {
          sent.push(name)
          const attempt = sent.filter((one) => one === name).length
          return { name, ...answer(name, attempt) } as ProbeAnswer
        })
      },
    }
    const input = unverified()
    const { answers } = await withAnswers({ ...quietPorts(), prober }, input, signal)
    const { actions } = makePlan({ ...input, answers }).plan
    return { sent, turns: actions.flatMap(({ turn }) => turn?.result ?? []) }
  }
  const crash = { fault: { is: 'status', message: 'status 424, expected 200' } }

  test('that are answered right are sent once', async () => {
    const { sent, turns } = await asking(() => RIGHT)
    expect(sent).toEqual(['golden/a.json', 'golden/b.json'])
    expect(turns).toEqual(['started'])
  })

  test('of which one fails are not final: that one is sent again, in the same tick', async () => {
    const { sent, turns } = await asking((name, attempt) =>
      name === 'golden/b.json' && attempt < 3 ? crash : RIGHT,
    )
    expect(sent).toEqual(['golden/a.json', 'golden/b.json', 'golden/b.json', 'golden/b.json'])
    expect(turns).toEqual(['started'])
  })

  test('of which one goes on failing refuse the revision, in the same tick', async () => {
    const { sent, turns } = await asking((name) => (name === 'golden/b.json' ? crash : RIGHT))
    expect(sent.filter((name) => name === 'golden/b.json')).toHaveLength(4)
    expect(turns).toEqual(['aborted'])
  })

  test('that could not be sent wait for the next tick', async () => {
    const problem = { problem: { reason: 'Unauthorized', message: 'No key.' } }
    const { sent, turns } = await asking(() => problem)
    expect(sent).toHaveLength(2)
    expect(turns).toEqual([])
  })
})

describe('what is asked before a plan', () => {
  test('is a trial, once in a turn, and its answer is handed on', async () => {
    const { trials, asked } = listening()
    const { signal } = new AbortController()
    const { answers } = await withAnswers({ ...quietPorts(), trials }, untried(), signal)
    expect(asked.map((asks) => asks.map(({ key }) => key))).toEqual([
      ['BatchDeployment/nightly/green'],
    ])
    expect(answers.trials.get('BatchDeployment/nightly/green')).toMatchObject({ is: 'running' })
  })

  test('is none in a dry run: a look would start its jobs', async () => {
    const { trials, asked } = listening()
    const { signal } = new AbortController()
    const ports = { ...quietPorts(), trials }
    const { answers } = await withAnswers(ports, untried(), signal, { dryRun: true })
    expect(asked).toEqual([])
    expect(answers.trials.size).toBe(0)
  })
})
