import { describe, expect, test } from '@jest/globals'
import { readManifests } from '../../src/core/manifests/read.ts'
import { NO_ANSWERS, type PlanInput } from '../../src/core/plan/context.ts'
import { answersTo } from '../../src/reconcile/ask.ts'
import type { TrialAsk, Trials } from '../../src/reconcile/ports.ts'
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
  return { trials: { look }, asked }
}

describe('what is asked before a plan', () => {
  test('is a trial, once in a turn, and its answer is handed on', async () => {
    const { trials, asked } = listening()
    const { signal } = new AbortController()
    const answers = await answersTo({ ...quietPorts(), trials }, untried(), signal)
    expect(asked.map((asks) => asks.map(({ key }) => key))).toEqual([
      ['BatchDeployment/nightly/green'],
    ])
    expect(answers.trials.get('BatchDeployment/nightly/green')).toMatchObject({ is: 'running' })
  })

  test('is none in a dry run: a look would start its jobs', async () => {
    const { trials, asked } = listening()
    const { signal } = new AbortController()
    const ports = { ...quietPorts(), trials }
    const answers = await answersTo(ports, untried(), signal, { dryRun: true })
    expect(asked).toEqual([])
    expect(answers.trials.size).toBe(0)
  })
})
