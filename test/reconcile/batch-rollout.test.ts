import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sandboxDoor, trust } from '../../src/cli/session.ts'
import { composeTelemetry } from '../../src/compose/telemetry.ts'
import { type Assembly, compose } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { Report } from '../../src/core/model/report.ts'
import type { RolloutStatus } from '../../src/core/model/rollout.ts'
import { loop } from '../../src/reconcile/loop.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { tokenOf } from '../sandbox/shell/arm-client.ts'
import { createGitRepository, type GitRepository } from '../support/git-repository.ts'
import { checkExchange } from '../support/openapi.ts'
import { trialFiles } from '../support/trial-files.ts'
import { SYNC } from '../support/world.ts'

/** A model is a number. Files come as they come, over two workers: the order of rows is nobody's business. */
const SCORE = `
import json, os, threading
from pathlib import Path

def init():
    global factor
    factor = json.loads(next(Path(os.environ["AZUREML_MODEL_DIR"]).rglob("model.json")).read_text())
    if factor is None:
        threading.Event().wait()

def run(mini_batch):
    return [f"{Path(path).name} {factor * float(Path(path).read_text())}" for path in mini_batch]
`

const SCHEMA = '$schema: https://azuremlschemas.azureedge.net/latest'

const FIXED = {
  'src/score.py': SCORE,
  ...Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`sample/${at}.txt`, `${at}.5`])),
}

/**
 * By version: the one that serves, one of the same numbers, one that is off by a tenth, one that cannot be read, and one that
 * never answers.
 */
const MODELS = ['2.0', '2.00000001', '2.1', 'two', 'null']

const SETTINGS = '{ mini_batch_size: 1, max_concurrency_per_instance: 2 }'

const filesOf = (wanted: number): Readonly<Record<string, string>> => ({
  ...trialFiles({ model: wanted, settings: SETTINGS }),
  ...FIXED,
  ...Object.fromEntries(
    MODELS.flatMap((factor, at) => [
      [
        `models/${at + 1}.yml`,
        `${SCHEMA}/model.schema.json\nname: factor\nversion: "${at + 1}"\ntype: custom_model\npath: ./${at + 1}/model.json\n`,
      ],
      [`models/${at + 1}/model.json`, factor],
    ]),
  ),
})

let sandbox: Sandbox
let folder: string
let repository: GitRepository
let assembly: Assembly

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verdigris-batch-'))
  sandbox = await startSandbox({ timeScale: 500, onExchange: checkExchange })
  await trust(sandbox.caFile)
  repository = await createGitRepository()
  const config = {
    ...readConfig({ VERDIGRIS_LOG_LEVEL: 'silent' }, false),
    dataDir: join(folder, 'data'),
    allowLocal: true,
  }
  const application = {
    name: 'batch',
    source: { repository: repository.url, revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: { ...SYNC, intervalMs: 200 },
    variables: {},
  } as const
  assembly = compose(application, sandboxDoor(sandbox), config, composeTelemetry(config))
}, 60_000)

afterAll(async () => {
  await assembly?.close()
  await sandbox?.close()
  await repository?.remove()
  await rm(folder, { recursive: true, force: true })
})

/** How many jobs were started so far, by deployment. */
async function jobs(): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const { tags } of await jobsShown()) {
    const name = tags['azureml.deploymentname'] ?? ''
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

interface JobShown {
  readonly status: string
  readonly tags: Readonly<Record<string, string>>
}

/** The newest first. */
async function jobsShown(): Promise<readonly JobShown[]> {
  const { arm, subscriptionId, resourceGroup, workspace } = sandbox
  const root = `${arm}/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  const headers = { authorization: `Bearer ${await tokenOf(sandbox)}` }
  const response = await fetch(`${root}/jobs?api-version=2024-10-01`, { headers })
  const { value } = (await response.json()) as { value: readonly { properties: JobShown }[] }
  return value.map(({ properties }) => properties)
}

const statusIn = ({ resources }: Report): RolloutStatus | undefined =>
  resources.find(({ rollout }) => rollout !== undefined)?.rollout

/** Reconciles until the rollout is as wanted; gives it, and what the loop saw on the way. */
async function until(
  holds: (status: RolloutStatus, report: Report) => boolean,
): Promise<{ status: RolloutStatus; seen: readonly string[] }> {
  const seen: string[] = []
  const { application, reader, ports } = assembly
  const options = {
    application,
    reader,
    pollMs: 100,
    jitter: () => 0.5,
    until(report: Report) {
      const status = statusIn(report)
      if (status !== undefined && seen.at(-1) !== status.reason) seen.push(status.reason)
      return status !== undefined && holds(status, report)
    },
    onError(error: unknown) {
      throw error
    },
  }
  const report = await loop(ports, options, AbortSignal.timeout(50_000))
  const status = report && statusIn(report)
  if (report === undefined || status === undefined || !holds(status, report))
    throw new Error(`not reached: ${seen.join()} ${JSON.stringify([status, report?.plan.held])}`)
  return { status, seen }
}

const servesAt = (model: string) => (status: RolloutStatus, report: Report) =>
  status.phase === 'idle' && status.stable?.model === model && report.converged

describe('a batch endpoint whose Rollout has a trial, over HTTP and with Python', () => {
  test('takes its first model, then one that says the same of the sample', async () => {
    await repository.commit(filesOf(1))
    await until(servesAt('factor:1'))
    await repository.commit(filesOf(2))
    const { status, seen } = await until(servesAt('factor:2'))
    expect(seen).toContain('TrialRuns')
    expect(status).toMatchObject({ weights: { green: 100 }, previous: { deployment: 'blue' } })
    expect(await jobs()).toEqual({ blue: 1, green: 1 })
  }, 120_000)

  test('does not take one that says something else, and tells which row', async () => {
    await repository.commit(filesOf(3))
    const { status } = await until(({ phase }) => phase === 'rolled_back')
    expect(status.weights).toEqual({ green: 100 })
    expect(status.aborted).toMatchObject({ reason: 'TrialDiffers' })
    expect(status.aborted?.message).toMatch(/^12 of 12 rows differ.*"\d+\.txt".*instead of/)
    expect(await jobs()).toEqual({ blue: 2, green: 2 })
  }, 60_000)

  test('does not take one whose job fails where the default one’s completes', async () => {
    await repository.commit(filesOf(4))
    const { status } = await until(
      ({ phase, aborted }) =>
        phase === 'rolled_back' && aborted?.message.includes('Failed') === true,
    )
    expect(status.weights).toEqual({ green: 100 })
    expect(status.aborted).toMatchObject({ reason: 'TrialDiffers' })
    expect(await jobs()).toEqual({ blue: 3, green: 3 })
  }, 60_000)

  test('cancels the job of one that never answers when a commit takes it back, and no job of before', async () => {
    const before = (await jobsShown()).map(({ status }) => status)
    await repository.commit(filesOf(5))
    await until(({ message }) => /of blue is Running/.test(message))
    await repository.commit(filesOf(2))
    const told: string[] = []
    await until((_, { cancellations = [] }) => {
      told.push(...cancellations.map(({ deployment, result }) => `${deployment} ${result}`))
      return told.some((one) => one.startsWith('blue'))
    })
    expect(told).toContain('blue cancelled')
    const after = await jobsShown()
    expect(after.slice(2).map(({ status }) => status)).toEqual(before)
    expect(
      after.slice(0, 2).find(({ tags }) => tags['azureml.deploymentname'] === 'blue')?.status,
    ).toMatch(/^Cancel/)
  }, 60_000)
})
