import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { runTool, testWith } from '../support/tools.ts'
import { endpointSource } from './endpoint-source.ts'
import {
  clientEnvironment,
  createFolder,
  type Ended,
  MAIN,
  type RunningSandbox,
  run,
  startSandboxProgram,
  workspaceFlags,
} from './program.ts'

const folder = createFolder()
const source = endpointSource(folder.path)
let sandbox: RunningSandbox
let keys: { readonly primaryKey: string; readonly secondaryKey: string }
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
  const synced = await run(folder.path, ['sync', source, '--sandbox', sandbox.file])
  expect([synced.code, synced.stderr]).toEqual([0, expect.stringContaining('live is what Git')])
  keys = JSON.parse((await endpoint('keys', 'fraud', '-o', 'json')).stdout)
}, 180_000)
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

function endpoint(...args: readonly string[]): Promise<Ended> {
  return run(folder.path, ['endpoint', ...args, '--sandbox', sandbox.file])
}

let requests = 0

/** Scores with fraud. */
function invoke(body: unknown, ...more: readonly string[]): Promise<Ended> {
  requests += 1
  const file = join(folder.path, `request-${requests}.json`)
  writeFileSync(file, JSON.stringify(body))
  return endpoint('invoke', 'fraud', '--request', file, ...more)
}

const hex = (text: string): string => Buffer.from(text).toString('hex')

describe('endpoint show', () => {
  test('tells where it is scored, its traffic, its owner, and its deployments with their models', async () => {
    const { code, stdout, stderr } = await endpoint('show', 'fraud')
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.split('\n')
    expect(lines).toEqual([
      'fraud  online endpoint  Succeeded',
      expect.stringMatching(/^ {2}scoring URI {2}http:\/\/127\.0\.0\.1:\d+\/fraud\/score$/),
      '  auth mode    key',
      expect.stringMatching(/^ {2}swagger {6}http:.*\/fraud\/swagger\.json$/),
      '  traffic      blue 100 %',
      expect.stringMatching(/^ {2}owned by {5}Application default, commit [0-9a-f]{12}$/),
      '  deployments',
      '    blue   Succeeded  fraud:1  1 × Standard_DS3_v2',
      '    green  Succeeded  fraud:1  1 × Standard_DS3_v2',
      '',
    ])
  })

  test('as JSON has the same, and of a batch endpoint its default deployment', async () => {
    const { stdout } = await endpoint('show', 'FRAUD-nightly', '--output', 'json')
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'fraud-nightly',
      type: 'batch',
      state: 'Succeeded',
      scoringUri: expect.stringMatching(/\/fraud-nightly\/jobs$/),
      authMode: 'aad_token',
      defaultDeployment: 'folder',
      owner: { application: 'default' },
      deployments: [{ name: 'folder', state: 'Succeeded', model: 'fraud:2', instances: 1 }],
    })
  })

  test('finds an endpoint by the Applications of a configuration, too', async () => {
    const config = join(folder.path, 'applications.yml')
    const application = (name: string): string =>
      `apiVersion: verdigris.dev/v1\nkind: Application\nmetadata: { name: ${name} }\nspec: { source: { repository: https://git.example/${name} }, sandbox: {} }\n`
    writeFileSync(config, `${application('one')}---\n${application('two')}`)
    const { code, stdout } = await endpoint('show', 'churn', '--config', config)
    expect([code, stdout]).toEqual([0, expect.stringContaining('churn  online endpoint')])
  })

  test('of one that is not there names those that are', async () => {
    expect(await endpoint('show', 'frad')).toEqual({
      code: 1,
      stdout: '',
      stderr: "No endpoint 'frad': the workspace has churn, fraud, fraud-nightly, offers.\n",
    })
  })
})

describe('endpoint keys', () => {
  test('prints both keys, and one alone for scripts', async () => {
    const { primaryKey, secondaryKey } = keys
    const both = await endpoint('keys', 'fraud')
    expect(both.stdout).toBe(`primary    ${primaryKey}\nsecondary  ${secondaryKey}\n`)
    const one = await endpoint('keys', 'fraud', '--key', 'secondary')
    expect(one).toEqual({ code: 0, stdout: `${secondaryKey}\n`, stderr: '' })
    expect(primaryKey).not.toBe(secondaryKey)
  })

  test.each(['churn', 'offers'])('prints a token of %s, and when it ends', async (name) => {
    const { code, stdout } = await endpoint('keys', name, '--output', 'json')
    const { accessToken, expiresAt } = JSON.parse(stdout)
    expect([code, accessToken]).toEqual([0, expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/)])
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now())
    expect((await endpoint('keys', name)).stdout).toMatch(
      /^token {4}eyJ\S+\nexpires {2}\d{4}-\S+Z\n$/,
    )
    expect(await endpoint('keys', name, '--key', 'primary')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('has no keys'),
    })
  })
})

describe('endpoint invoke', () => {
  test('prints the answer, and on standard error how it came about', async () => {
    const { code, stdout, stderr } = await invoke({ amount: 12 })
    expect([code, JSON.parse(stdout)]).toEqual([0, { asked: { amount: 12 } }])
    expect(stderr).toMatch(/^status 200, \d+ ms, deployment blue\n$/)
  })

  test('goes past the weights to a deployment that is named, and takes its request from standard input', async () => {
    const args = ['--request', '-', '--deployment', 'GREEN', '--sandbox', sandbox.file]
    const asked = ['endpoint', 'invoke', 'fraud', source, ...args]
    const { stdout, stderr } = await run(folder.path, asked, {}, '{"from": "stdin"}')
    expect(JSON.parse(stdout)).toEqual({ asked: { from: 'stdin' } })
    expect(stderr).toContain('deployment green')
  })

  test('as JSON is one line with status, latency and deployment', async () => {
    const { stdout, stderr } = await invoke({ a: 1 }, '--output', 'json')
    expect([JSON.parse(stdout), stderr]).toEqual([
      {
        ...{ endpoint: 'fraud', deployment: 'blue', status: 200 },
        ...{ latencyMs: expect.any(Number), body: { asked: { a: 1 } } },
      },
      '',
    ])
  })

  test('of a model that answers an error ends with 1, and shows the beginning of what it said', async () => {
    const said = `no such ${'column '.repeat(1000)}\u001b[2J`
    const { code, stdout, stderr } = await invoke({ bytes: hex(said), status: 500 })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^status 424, \d+ ms, deployment blue\nThe deployment answered 500:\nno such column /,
    )
    expect(stderr.length).toBeLessThan(3_000)
    expect(stderr).not.toContain('\u001b')
    const json = await invoke({ bytes: hex('boom'), status: 503 }, '-o', 'json')
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([
      1,
      { status: 424, modelStatus: '503', body: 'boom' },
    ])
  })

  test('gives a pipe the bytes as they are', async () => {
    const bytes = Buffer.from([0, 0x1b, 0x5b, 0x32, 0x4a, 0xff, 0xfe, 0x0a])
    writeFileSync(join(folder.path, 'bytes.json'), JSON.stringify({ bytes: bytes.toString('hex') }))
    const args = [
      'endpoint',
      'invoke',
      'fraud',
      '--request',
      'bytes.json',
      '--sandbox',
      sandbox.file,
    ]
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], {
      ...{ cwd: folder.path, encoding: 'buffer' },
    })
    expect(stdout).toEqual(bytes)
  })

  testWith(['python3'], 'gives a terminal nothing that commands it', () => {
    const text = 'seen \u001b[2J\u001b[31m\u202e\u0007 text'
    writeFileSync(join(folder.path, 'text.json'), JSON.stringify({ bytes: hex(text) }))
    const args = [
      'endpoint',
      'invoke',
      'fraud',
      '--request',
      'text.json',
      '--sandbox',
      sandbox.file,
    ]
    const command = JSON.stringify([process.execPath, MAIN, ...args])
    const shown = runTool('python3', ['-c', `import pty; pty.spawn(${command})`], {
      ...{ cwd: folder.path, env: { PATH: process.env.PATH } },
    })
    expect(shown).toContain('seen \\u001b[2J\\u001b[31m\\u202e\\u0007 text')
    expect(shown).not.toContain('\u001b')
  })

  test('sends nothing where it cannot be meant', async () => {
    writeFileSync(join(folder.path, 'large.json'), Buffer.alloc(10 * 1024 * 1024 + 1, '1'))
    const rows: readonly (readonly [readonly string[], string])[] = [
      [['fraud'], '--request <file>'],
      [['fraud', '--input', 'azureml:transactions:1'], '--request <file>'],
      [['fraud', '--request', 'none.json'], 'none.json cannot be read'],
      [['fraud', '--request', 'large.json'], 'larger than 10485760 bytes'],
      [['fraud', '--request', 'text.json', '--deployment', 'red'], 'fraud has blue, green'],
      [['fraud-nightly', '--request', 'text.json'], '--input azureml:<name>:<version>'],
      [['fraud-nightly', '--input', './transactions'], '--input azureml:<name>:<version>'],
    ]
    for (const [args, said] of rows) {
      const { code, stdout, stderr } = await endpoint('invoke', ...args)
      expect([args, code, stdout, stderr]).toEqual([args, 1, '', expect.stringContaining(said)])
    }
  })

  test('of an endpoint that routes to no deployment says so', async () => {
    const { code, stderr } = await endpoint('invoke', 'churn', '--request', 'text.json')
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^status 404, \d+ ms, no deployment was reached\nNo deployment took it: one has to have traffic, .*\n/,
      ),
    ])
  })

  test('starts a job of a batch endpoint and prints its name', async () => {
    const args = ['fraud-nightly', '--input', 'azureml:transactions:1']
    const { code, stdout, stderr } = await endpoint('invoke', ...args)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\S+\n$/)])
    expect(stderr).toContain(`az ml job show --name ${stdout.trim()}`)
    const json = await endpoint('invoke', ...args, '--deployment', 'folder', '-o', 'json')
    expect(JSON.parse(json.stdout)).toEqual({
      ...{ endpoint: 'fraud-nightly', deployment: 'folder', job: expect.any(String) },
    })
  })
})

describe('endpoint logs', () => {
  test('are of the deployment that has the traffic, unless one is named', async () => {
    const { code, stdout, stderr } = await endpoint('logs', 'fraud')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Container logs:')
    expect(stdout).toContain('the model is loaded')
    const green = await endpoint('logs', 'fraud', '--deployment', 'green', '-o', 'json')
    expect(JSON.parse(green.stdout)).toMatchObject({
      ...{ endpoint: 'fraud', deployment: 'green', container: 'inference-server' },
    })
  })

  test('are as short as they are asked to be, and of the container that is named', async () => {
    await invoke({ log: 'line one\nline two\nline three' })
    const { stdout } = await endpoint('logs', 'fraud', '--tail', '2')
    expect(stdout).toContain('line three')
    expect(stdout).not.toContain('line one')
    const other = await endpoint('logs', 'fraud', '--container', 'storage-initializer')
    expect(other.stdout).toContain('Container logs:')
    expect(other.stdout).not.toContain('line three')
  })

  test('do not show a secret that a script printed', async () => {
    const secret = `AccountKey=${'Ab1/'.repeat(21)}Zz==`
    await invoke({ log: `connecting with DefaultEndpointsProtocol=https;${secret};end` })
    const { stdout } = await endpoint('logs', 'fraud')
    expect(stdout).toContain('connecting with')
    expect(stdout).not.toContain('Ab1/Ab1/')
  })

  test('are not had of a batch endpoint, nor of an endpoint without a deployment', async () => {
    const batch = await endpoint('logs', 'fraud-nightly')
    expect([batch.code, batch.stderr]).toEqual([1, expect.stringContaining('az ml job stream')])
    const none = await endpoint('logs', 'churn')
    expect([none.code, none.stderr]).toEqual([1, 'churn has no deployment.\n'])
  })
})

test('no command but keys prints a key', async () => {
  const ends = [
    await endpoint('show', 'fraud', '-o', 'json'),
    await invoke({ a: 1 }, '-o', 'json'),
    await invoke({ bytes: hex(`it had ${keys.primaryKey}`), status: 500 }),
    await endpoint('logs', 'fraud'),
    await run(folder.path, ['status', source, '--sandbox', sandbox.file, '-o', 'json']),
  ]
  const printed = ends.map(({ stdout, stderr }) => `${stdout}${stderr}`).join('\n')
  expect(printed).not.toContain(keys.primaryKey)
  expect(printed).not.toContain(keys.secondaryKey)
})

test('a workspace named as one in Azure is asked in the same way', async () => {
  const named = ['endpoint', 'invoke', 'fraud', '--request', '-', ...workspaceFlags(sandbox.line)]
  const environment = clientEnvironment(sandbox.line)
  const { code, stdout } = await run(folder.path, named, environment, '{"a": 1}')
  expect([code, JSON.parse(stdout)]).toEqual([0, { asked: { a: 1 } }])
})

test('status says where an online endpoint is scored', async () => {
  const status = ['status', source, '--sandbox', sandbox.file]
  const { stdout } = await run(folder.path, status)
  expect(stdout).toMatch(/OnlineEndpoint\/fraud .*\n {6}scored at http:\/\/\S+\/fraud\/score\n/)
  const json = await run(folder.path, [...status, '-o', 'json'])
  const { resources } = JSON.parse(json.stdout)
  const told = resources.filter((one: { scoringUri?: string }) => one.scoringUri !== undefined)
  expect(told.map(({ key }: { key: string }) => key).sort()).toEqual([
    ...['OnlineEndpoint/churn', 'OnlineEndpoint/fraud', 'OnlineEndpoint/offers'],
  ])
})
