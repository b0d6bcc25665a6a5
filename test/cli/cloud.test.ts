import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  clientEnvironment,
  createFolder,
  type RunningSandbox,
  run,
  sampleIn,
  startSandboxProgram,
  workspaceFlags,
} from './program.ts'

const folder = createFolder()
const sample = sampleIn(folder.path, 'workspace')
const state = join(folder.path, 'state.json')
const CHINA = ['--time-scale', '5000', '--state', state, '--cloud', 'china']
let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path, CHINA)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

type Environment = Readonly<Record<string, string>>

/** What `doctor` says of the one check, at the sandbox as a client in Azure would see it. */
async function rowOf(check: string, environment: Environment, ...flags: readonly string[]) {
  const args = ['doctor', sample, '--output', 'json', ...flags]
  const { stdout } = await run(folder.path, args, environment)
  const rows: { readonly check: string; readonly ok: boolean | null; readonly detail: string }[] =
    JSON.parse(stdout)
  return rows.find((row) => row.check === check)
}

const asClient = () => ({ ...clientEnvironment(sandbox.line) })
const where = () => workspaceFlags(sandbox.line)

test('a workspace of another cloud is brought about, with nothing said but its address', async () => {
  expect(sandbox.line.cloud).toBe('china')
  const args = ['sync', sample, '--sandbox', sandbox.file]
  expect(await run(folder.path, args)).toMatchObject({ code: 0 })
})

test.each<[string, Environment, readonly string[]]>([
  ['VERDIGRIS_CLOUD', { VERDIGRIS_CLOUD: 'china' }, []],
  ['--cloud', {}, ['--cloud', 'china']],
  ['--cloud before VERDIGRIS_CLOUD', { VERDIGRIS_CLOUD: 'public' }, ['--cloud', 'china']],
])('%s says which cloud it is', async (_, environment, flags) => {
  const given = { ...asClient(), ...environment }
  expect(await rowOf('cloud', given, ...where(), ...flags)).toMatchObject({
    ok: true,
    detail: `china: ${sandbox.line.armTls}, tokens from ${sandbox.line.login}`,
  })
  const planned = await run(folder.path, ['plan', sample, ...where(), ...flags], given)
  expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining('No changes.') })
})

test('doctor tells that the workspace is of another cloud than the configured one', async () => {
  expect(await rowOf('cloud', asClient(), ...where())).toMatchObject({
    ok: false,
    detail: expect.stringMatching(
      /^public: .*but it says: tokens are for .*management\.chinacloudapi\.cn, not for https:\/\/management\.azure\.com$/,
    ),
    advice: expect.stringContaining('--cloud'),
  })
  expect(await rowOf('identity', asClient(), ...where())).toMatchObject({ ok: false })
})

test('doctor tells what does not fit together in the configuration, and other commands end with it', async () => {
  const wrong = { ...asClient(), AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us' }
  const message = /AZURE_AUTHORITY_HOST/
  expect(await rowOf('configuration', wrong, ...where(), '--cloud', 'china')).toMatchObject({
    ok: false,
    detail: expect.stringMatching(message),
  })
  const planned = await run(folder.path, ['plan', sample, ...where(), '--cloud', 'china'], wrong)
  expect(planned).toMatchObject({ code: 1, stderr: expect.stringMatching(message) })
  expect(planned.stderr.trim().split('\n')).toHaveLength(1)
})

test('a sandbox tells its own cloud, and is not asked as another', async () => {
  const args = ['plan', sample, '--sandbox', sandbox.file, '--cloud', 'us-government']
  expect(await run(folder.path, args)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      "--cloud is 'us-government', and the sandbox is of the cloud china",
    ),
  })
})

test('a sandbox is of the same cloud after a restart, and does not become one of another', async () => {
  await sandbox.stop()
  const other = await run(folder.path, ['sandbox', '--state', state, '--cloud', 'public'])
  expect(other).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('whose cloud is china, not public'),
  })
  sandbox = await startSandboxProgram(folder.path, CHINA.slice(0, 4))
  expect(sandbox.line.cloud).toBe('china')
})
