import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  clientEnvironment,
  createFolder,
  ROOT,
  type RunningSandbox,
  run,
  sampleIn,
  start,
  startSandboxProgram,
  workspaceFlags,
} from './program.ts'

const folder = createFolder()
let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

const sample = sampleIn(folder.path, 'workspace')
const broken = sampleIn(folder.path, 'broken', { 'endpoint.yml': 'nonsense: true\n' })

function inSandbox(command: string, source: string, ...more: readonly string[]) {
  return run(folder.path, [command, source, '--sandbox', sandbox.file, ...more])
}

// The tests of this file tell one story, in their order.
describe('a workspace from the first plan to drift', () => {
  test('plan shows what would be made and ends with 2', async () => {
    const { code, stdout, stderr } = await inSandbox('plan', sample)
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
    expect(stdout).toContain('+ create OnlineDeployment/fraud/blue')
    expect(stdout).toMatch(/\nPlan: 5 to create, \d to update, 0 to delete, 0 blocked\.\n$/)
  })

  test('doctor finds nothing in the way', async () => {
    const { code, stdout } = await inSandbox('doctor', sample, '--output', 'json')
    const rows: Row[] = JSON.parse(stdout)
    expect(rows.filter(({ ok }) => ok !== true)).toEqual([])
    expect(rows.map(({ check }) => check)).toEqual([
      ...['node', 'git', 'configuration', 'source', 'manifests', 'names'],
      ...['cloud', 'identity', 'workspace', 'role', 'upload role', 'limits', 'quota'],
    ])
    expect(rows.at(-2)?.detail).toBe(
      '1 of 100 endpoints, 1 of 500 deployments, at most 1 of 20 an endpoint',
    )
    expect(rows.at(-1)?.detail).toBe('enough for 12 cores of standardDSv2Family')
    for (const row of rows) expect(Object.keys(row)).toEqual(['check', 'ok', 'detail', 'advice'])
    expect(code).toBe(0)
  })

  test('sync brings it about, with progress on standard error and ends with 0', async () => {
    const { code, stdout, stderr } = await inSandbox('sync', sample, '--output', 'json')
    expect(stderr).toContain('default: 3 of 5 synced; create_online_deployment fraud/blue started')
    expect(stderr).toContain('default: live is what Git says')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ application: 'default', converged: true })
  })

  test('then plan has nothing to do and ends with 0', async () => {
    const { code, stdout } = await inSandbox('plan', sample)
    expect(stdout).toContain('No changes. Live is what Git says.')
    expect(code).toBe(0)
  })

  test('status ends with 0 while all is Ready, and with 1 when Git wants something else', async () => {
    const ready = await inSandbox('status', sample)
    expect(ready.stdout).toMatch(/OnlineEndpoint\/fraud +synced healthy {2}traffic blue 100 %/)
    expect(ready.code).toBe(0)
    const text = readFileSync(join(sample, 'blue.yml'), 'utf8')
    const bigger = { 'blue.yml': text.replace('instance_count: 2', 'instance_count: 3') }
    const other = sampleIn(folder.path, 'bigger', bigger)
    const moved = await inSandbox('status', other, '--output', 'json')
    expect(moved.code).toBe(1)
    const { resources } = JSON.parse(moved.stdout)
    expect(resources).toContainEqual(
      expect.objectContaining({ key: 'OnlineDeployment/fraud/blue', sync: 'out_of_sync' }),
    )
  })

  test('plan of a broken source ends with 1 and shows the place', async () => {
    const { code, stdout } = await inSandbox('plan', broken)
    expect(code).toBe(1)
    expect(stdout).toContain('endpoint.yml:1:1: error UnknownKind')
  })

  test('a running controller tells status too', async () => {
    const controller = start(folder.path, [
      ...['run', sample, '--sandbox', sandbox.file, '--port', '0', '--output', 'json'],
    ])
    try {
      const { address } = JSON.parse(await controller.says('\n'))
      await controller.says('Converged')
      const asked = await run(folder.path, ['status', '--url', address])
      expect(asked.stdout).toMatch(/OnlineDeployment\/fraud\/blue +synced healthy/)
      expect(asked).toMatchObject({ code: 0, stderr: '' })
      const json = await run(folder.path, ['status', '--url', address, '--output', 'json'])
      expect(JSON.parse(json.stdout)).toMatchObject({ application: 'default', converged: true })
      const other = ['status', '--url', address, '--application', 'nobody']
      expect((await run(folder.path, other)).stderr).toContain("no Application 'nobody'")
    } finally {
      controller.child.kill('SIGTERM')
    }
    expect((await controller.ended).code).toBe(0)
    const gone = await run(folder.path, ['status', '--url', 'http://127.0.0.1:1'])
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('verdigris run') })
  })
})

interface Row {
  readonly check: string
  readonly ok: boolean | null
  readonly detail: string
  readonly advice: string
}

describe('doctor', () => {
  async function rowsOf(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly code: number | null; readonly rows: ReadonlyMap<string, Row> }> {
    const all = ['doctor', ...args, '--output', 'json']
    const { code, stdout } = await run(folder.path, all, environment)
    const rows: Row[] = JSON.parse(stdout)
    return { code, rows: new Map(rows.map((row) => [row.check, row])) }
  }

  test('tells a wrong secret, and checks nothing that needs a token', async () => {
    const environment = { ...clientEnvironment(sandbox.line), AZURE_CLIENT_SECRET: 'wrong' }
    const { code, rows } = await rowsOf([sample, ...workspaceFlags(sandbox.line)], environment)
    expect(code).toBe(1)
    expect(rows.get('identity')).toMatchObject({
      ok: false,
      advice: expect.stringContaining('AZURE_CLIENT_SECRET'),
    })
    expect(rows.get('identity')?.detail).not.toContain('wrong')
    for (const check of ['workspace', 'role', 'quota']) expect(rows.get(check)?.ok).toBeNull()
  })

  test('tells a workspace that is not there', async () => {
    const where = workspaceFlags({ ...sandbox.line, workspace: 'elsewhere' })
    const { code, rows } = await rowsOf([sample, ...where], clientEnvironment(sandbox.line))
    expect(code).toBe(1)
    expect(rows.get('identity')?.ok).toBe(true)
    expect(rows.get('workspace')).toMatchObject({
      ok: false,
      advice: 'Check subscription, resource group and name.',
    })
  })

  const PREFIX = 'Microsoft.MachineLearningServices/workspaces'
  const actionsIn = (name: string): readonly string[] =>
    JSON.parse(readFileSync(join(ROOT, 'deploy/azure', `${name}.json`), 'utf8')).Actions

  /** What doctor says of these manifests to somebody who may do just this. */
  async function rowsFor(manifests: string, Actions: readonly string[]) {
    const file = join(folder.path, 'role.json')
    writeFileSync(file, JSON.stringify({ Actions }))
    const limited = await startSandboxProgram(folder.path, ['--role', file])
    try {
      return await rowsOf([manifests, '--sandbox', limited.file])
    } finally {
      await limited.stop()
    }
  }

  test('tells the actions that a role lacks', async () => {
    const lacking = `${PREFIX}/onlineEndpoints/write`
    const actions = actionsIn('custom-role').filter((action) => action !== lacking)
    const { code, rows } = await rowsFor(sample, actions)
    expect(code).toBe(1)
    expect(rows.get('role')).toMatchObject({ ok: false, detail: expect.stringContaining(lacking) })
    expect(rows.get('upload role')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('datastores/listSecrets/action'),
      advice: expect.stringContaining('upload-role.json'),
    })
    expect(rows.get('workspace')?.ok).toBe(true)
  })

  test('passes a role without deletes, and says what it means', async () => {
    const actions = [...actionsIn('custom-role'), ...actionsIn('upload-role')]
    const { rows } = await rowsFor(
      sample,
      actions.filter((action) => !action.endsWith('/delete')),
    )
    expect(rows.get('upload role')?.ok).toBe(true)
    expect(rows.get('role')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(
        /onlineEndpoints\/delete.*: what Git no longer declares is not deleted/,
      ),
    })
    // Nothing of it is needed where no rollout sends golden requests.
    expect(rows.get('rollout role')).toMatchObject({ ok: true })
  })

  test('passes a role that only reads for an Application that only observes, and says what apply needs', async () => {
    const file = join(folder.path, 'reader.json')
    const reads = actionsIn('custom-role').filter((action) => action.endsWith('/read'))
    writeFileSync(file, JSON.stringify({ Actions: reads }))
    const limited = await startSandboxProgram(folder.path, ['--role', file])
    const { subscriptionId, resourceGroup, workspace } = limited.line
    const environment = { ...clientEnvironment(limited.line), VERDIGRIS_ALLOW_LOCAL: 'true' }
    const config = (mode: string): string => {
      const path = join(folder.path, `${mode}.yml`)
      const of = { subscriptionId, resourceGroup, name: workspace }
      const spec = { source: { repository: sample }, workspace: of, sync: { mode } }
      const said = { apiVersion: 'verdigris.dev/v1', kind: 'Application' }
      writeFileSync(path, JSON.stringify({ ...said, metadata: { name: 'looking' }, spec }))
      return path
    }
    try {
      const look = await rowsOf(['--config', config('observe')], environment)
      expect(look.rows.get('role')).toMatchObject({
        ok: true,
        detail: expect.stringMatching(/onlineEndpoints\/write.*while `sync.mode` is `observe`/),
      })
      expect([...look.rows.values()].filter(({ ok }) => ok === false)).toEqual([])
      const apply = await rowsOf(['--config', config('apply')], environment)
      expect(apply.rows.get('role')?.ok).toBe(false)
    } finally {
      await limited.stop()
    }
  })

  test('asks for the role of golden requests where a rollout sends some', async () => {
    const actions = [...actionsIn('custom-role'), ...actionsIn('upload-role')]
    const { rows } = await rowsFor(join(ROOT, 'manifests/rollout'), actions)
    expect(rows.get('rollout role')).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`${PREFIX}/onlineEndpoints/listKeys/action`),
      advice: expect.stringContaining('rollout-role.json'),
    })
    const both = await rowsFor(join(ROOT, 'manifests/rollout'), [
      ...actions,
      ...actionsIn('rollout-role'),
    ])
    expect(both.rows.get('rollout role')?.ok).toBe(true)
  })

  test('asks for it where an analysis sends requests, too', async () => {
    const text = readFileSync(join(ROOT, 'manifests/rollout/rollout.yml'), 'utf8')
    const rollout = text
      .replace(/ +- verify:\n.*\n/, '')
      .replace('for: 4s', 'for: 4s\n            probe: { requests: golden/*.json, perMinute: 60 }')
      .replace('  analysis: [errors]\n', '')
    const folderOf = join(folder.path, 'probed')
    cpSync(join(ROOT, 'manifests/rollout'), folderOf, { recursive: true })
    writeFileSync(join(folderOf, 'rollout.yml'), rollout)
    const actions = [...actionsIn('custom-role'), ...actionsIn('upload-role')]
    const { rows } = await rowsFor(folderOf, actions)
    expect(rows.get('rollout role')).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`${PREFIX}/onlineEndpoints/listKeys/action`),
    })
  })

  test('tells limits of Azure that would be passed, and fails nothing for them', async () => {
    const text = readFileSync(join(sample, 'blue.yml'), 'utf8')
    const files = Array.from({ length: 20 }, (_, index): readonly [string, string] => [
      `d${index}.yml`,
      text
        .replace('name: blue', `name: more-${index}`)
        .replace('instance_count: 2', 'instance_count: 1')
        .replace('Standard_DS3_v2', 'Standard_DS1_v2'),
    ])
    const crowded = sampleIn(folder.path, 'crowded', Object.fromEntries(files))
    const { rows } = await rowsOf([crowded, '--sandbox', sandbox.file])
    expect(rows.get('limits')).toMatchObject({
      ok: null,
      detail: expect.stringContaining('21 deployments of OnlineEndpoint/fraud (1 live)'),
      advice: expect.stringContaining('Where support has raised the limit'),
    })
  })

  test('tells sizes and quota that will not do', async () => {
    const text = readFileSync(join(sample, 'blue.yml'), 'utf8')
    const green = (size: string, count: number): string =>
      text
        .replace('name: blue', 'name: green')
        .replace('Standard_DS3_v2', size)
        .replace('instance_count: 2', `instance_count: ${count}`)
    const greedy = sampleIn(folder.path, 'greedy', {
      'green.yml': green('Standard_F16s_v2', 6),
      'red.yml': green('Standard_DS33_v2', 1).replace('name: green', 'name: red'),
    })
    const { code, rows } = await rowsOf([greedy, '--sandbox', sandbox.file])
    expect(code).toBe(1)
    const detail = rows.get('quota')?.detail
    expect(detail).toContain('Standard_DS33_v2 is no VM size of this region: did you mean')
    expect(detail).toContain('standardFSv2Family: 128 cores needed, 100 left')
  })

  const KUBERNETES = {
    'cluster.yml':
      '$schema: https://azuremlschemas.azureedge.net/latest/kubernetesOnlineEndpoint.schema.json\nname: onprem\nauth_mode: key\ncompute: azureml:k8s-cluster\n',
    'onprem.yml':
      '$schema: https://azuremlschemas.azureedge.net/latest/kubernetesOnlineDeployment.schema.json\nname: blue\ntype: kubernetes\nendpoint_name: onprem\nmodel: azureml:fraud:1\ninstance_type: defaultInstanceType\n',
  }

  test.each<[what: string, from: string, to: string, found: boolean, detail: string]>([
    ['one that will do', '', '', true, 'k8s-cluster: there, and fit'],
    ['none of the name', 'k8s-cluster', 'k8s', false, 'the workspace has no compute k8s'],
    [
      'one of another type',
      'k8s-cluster',
      'cpu-cluster',
      false,
      'cpu-cluster is of the type AmlCompute, not Kubernetes',
    ],
    [
      'an instance type that it has not',
      'defaultInstanceType',
      'defaultInstancetypes',
      false,
      'k8s-cluster has no instance type defaultInstancetypes: did you mean defaultInstanceType?',
    ],
  ])('looks at computes that are named: %s', async (what, from, to, found, detail) => {
    const files = Object.entries(KUBERNETES).map(([name, text]) => [name, text.replace(from, to)])
    const named = sampleIn(folder.path, `compute-${what}`, Object.fromEntries(files))
    const { rows } = await rowsOf([named, '--sandbox', sandbox.file])
    expect(rows.get('manifests')?.detail).toContain('no problems')
    expect(rows.get('compute')).toMatchObject({ ok: found, detail })
  })

  test('looks at the cluster of batch jobs', async () => {
    const batch = join(ROOT, 'manifests/batch')
    expect((await rowsOf([batch, '--sandbox', sandbox.file])).rows.get('compute')).toMatchObject({
      ok: true,
    })
    const { rows } = await rowsFor(batch, actionsIn('custom-role'))
    expect(rows.get('compute')).toMatchObject({
      ok: null,
      advice: expect.stringContaining('computes/read'),
    })
  })

  test('tells problems of manifests, bad names among them', async () => {
    const bad = sampleIn(folder.path, 'bad-names', { 'two.yml': 'name: x\nauth_mode: key\n' })
    const { code, rows } = await rowsOf([bad, '--sandbox', sandbox.file])
    expect(code).toBe(1)
    expect(rows.get('manifests')).toMatchObject({ ok: false })
    expect(rows.get('names')?.detail).toContain('two.yml:1:7')
  })

  test('tells a source that is not there, and as text says what to do', async () => {
    const { code, stdout } = await run(folder.path, [
      ...['doctor', 'nowhere', '--sandbox', sandbox.file],
    ])
    expect(code).toBe(1)
    expect(stdout).toMatch(/FAILED {2}source /)
    expect(stdout).toContain('→ Check the repository')
    expect(stdout).toContain('1 to mend before the first write.')
  })

  test('without a source checks the machine', async () => {
    const { code, rows } = await rowsOf([])
    expect(code).toBe(0)
    expect([...rows.keys()]).toEqual(['node', 'git', 'python3', 'configuration'])
  })
})
