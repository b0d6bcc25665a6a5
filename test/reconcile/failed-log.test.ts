import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sandboxDoor, trust } from '../../src/cli/session.ts'
import { composeTelemetry } from '../../src/compose/telemetry.ts'
import { type Assembly, compose } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { Report } from '../../src/core/model/report.ts'
import { loop } from '../../src/reconcile/loop.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { createGitRepository, type GitRepository } from '../support/git-repository.ts'
import { actionsIn } from '../support/roles.ts'
import { SYNC } from '../support/world.ts'

const SCHEMA = '$schema: https://azuremlschemas.azureedge.net/latest'
const KEY = 'OnlineDeployment/fraud/blue'

const FILES = {
  'endpoint.yml': `${SCHEMA}/managedOnlineEndpoint.schema.json\nname: fraud\nauth_mode: key\n`,
  'environment.yml': `${SCHEMA}/environment.schema.json\nname: plain\nversion: "1"\nimage: mcr.microsoft.com/azureml/minimal-py312-inference:latest\n`,
  'model.yml': `${SCHEMA}/model.schema.json\nname: fraud\nversion: "1"\ntype: custom_model\npath: ./model.txt\n`,
  'model.txt': 'weights',
  'src/score.py':
    'def init():\n    raise RuntimeError("the weights of fraud are of another version")\n\ndef run(data):\n    return 1\n',
  'blue.yml': `${SCHEMA}/managedOnlineDeployment.schema.json
name: blue
endpoint_name: fraud
model: azureml:fraud:1
environment: azureml:plain:1
code_configuration: { code: ./src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
`,
}

let sandbox: Sandbox
let folder: string
let repository: GitRepository

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verdigris-log-'))
  repository = await createGitRepository()
  await repository.commit(FILES)
}, 60_000)

afterAll(async () => {
  await repository?.remove()
  await rm(folder, { recursive: true, force: true })
})

/** The report in which the deployment has failed, for who may do just this. */
async function failed(name: string, actions?: readonly string[]): Promise<Report> {
  sandbox = await startSandbox({ timeScale: 500, ...(actions === undefined ? {} : { actions }) })
  await trust(sandbox.caFile)
  const config = {
    ...readConfig({ VERDIGRIS_LOG_LEVEL: 'silent' }, false),
    dataDir: join(folder, name),
    allowLocal: true,
  }
  const application = {
    name,
    source: { repository: repository.url, revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: { ...SYNC, intervalMs: 200 },
    variables: {},
  } as const
  const assembly: Assembly = compose(
    application,
    sandboxDoor(sandbox),
    config,
    composeTelemetry(config),
  )
  try {
    const { reader, ports } = assembly
    const isFailed = ({ plan }: Report): boolean =>
      plan.held.some(({ ref, reason }) => ref.name === 'blue' && reason === 'ResourceNotReady')
    const options = {
      ...{ application, reader, pollMs: 100, jitter: () => 0.5, until: isFailed },
      onError(error: unknown) {
        throw error
      },
    }
    const report = await loop(ports, options, AbortSignal.timeout(50_000))
    if (report === undefined || !isFailed(report))
      throw new Error(JSON.stringify(report?.plan.held))
    return report
  } finally {
    await assembly.close()
    await sandbox.close()
  }
}

function saidOf({ plan, resources }: Report): readonly (string | undefined)[] {
  const held = plan.held.find(({ ref }) => ref.name === 'blue')
  const stalled = resources
    .find(({ key }) => key === KEY)
    ?.conditions.find(({ type }) => type === 'Stalled')
  return [held?.message, stalled?.message]
}

describe('a deployment whose container crashes, over HTTP and with Python', () => {
  test('says in its failure, and in its condition, how its log ends', async () => {
    for (const said of saidOf(await failed('whole')))
      expect(said).toMatch(
        /User container has crashed.* Its log ends: ".*code\/score.py", line 2, in init \| raise RuntimeError/,
      )
  }, 120_000)

  test('says what Azure says where the role for logs is not given', async () => {
    const all = actionsIn('custom-role', 'upload-role', 'rollout-role')
    const report = await failed(
      'limited',
      all.filter((action) => !action.endsWith('/getLogs/action')),
    )
    for (const said of saidOf(report)) {
      expect(said).toContain('User container has crashed')
      expect(said).not.toContain('Its log ends')
    }
  }, 120_000)
})
