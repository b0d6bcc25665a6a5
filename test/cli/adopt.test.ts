import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { endpointFile } from '../support/manifests.ts'
import {
  createFolder,
  type Running,
  type RunningSandbox,
  run,
  start,
  startSandboxProgram,
  writeFiles,
} from './program.ts'

const folder = createFolder()
let sandbox: RunningSandbox
let controller: Running | undefined
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
})
afterAll(async () => {
  controller?.child.kill('SIGTERM')
  await sandbox.stop()
  folder.remove()
})

const LOCAL = { VERDIGRIS_ALLOW_LOCAL: 'true' }
const source = join(folder.path, 'source')

function commit(description: string): void {
  writeFiles(source, { 'endpoint.yml': endpointFile(description) })
}

/** A configuration with one Application of this name. */
function application(name: string): readonly string[] {
  const text = `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: ${name} }
spec:
  source: { repository: ${source} }
  sandbox: {}
`
  const config = writeFiles(join(folder.path, name), { 'application.yml': text })
  return ['--config', join(config, 'application.yml'), '--sandbox', sandbox.file]
}

/** The command in a message of ours, as words of a command line. */
function commandIn(text: string): readonly string[] {
  const [, what = ''] = /verdigris adopt (\S+) --why "<reason>"/.exec(text) ?? []
  return ['adopt', what, '--why', 'it was renamed']
}

// The tests of this file tell one story, in their order.
describe('an Application that is renamed', () => {
  test('takes its things over by the command that the plan names', async () => {
    commit('first')
    expect((await run(folder.path, ['sync', ...application('old')], LOCAL)).code).toBe(0)
    commit('second')
    const blocked = await run(folder.path, ['sync', ...application('renamed')], LOCAL)
    expect(blocked.code).toBe(1)
    expect(blocked.stdout).toContain('OwnedByAnother')
    const command = commandIn(blocked.stdout)
    const done = await run(folder.path, [...command, ...application('renamed')], LOCAL)
    expect([done.code, done.stdout]).toEqual([0, 'fraud: adopt accepted. Its tags are written.\n'])
    expect((await run(folder.path, ['sync', ...application('renamed')], LOCAL)).code).toBe(0)
  })

  test('or by a running controller, which refuses what is not there', async () => {
    commit('third')
    const args = ['run', ...application('again'), '--port', '0', '--output', 'json']
    controller = start(folder.path, args, LOCAL)
    const url = JSON.parse(await controller.says('\n')).address
    await controller.says('OwnedByAnother')
    const nobody = await run(folder.path, ['adopt', 'nobody', '--why', 'x', '--url', url])
    expect([nobody.code, nobody.stdout]).toEqual([
      ...[1, expect.stringContaining('adopt refused. The workspace has nothing of that name')],
    ])
    const adopted = await run(folder.path, [
      ...['adopt', 'OnlineEndpoint/fraud', '--why', 'renamed', '--who', 'anna', '--url', url],
      ...['--output', 'json'],
    ])
    expect(JSON.parse(adopted.stdout)).toMatchObject({
      ...{ verb: 'adopt', application: 'again', who: 'anna (loopback)', result: 'accepted' },
    })
    await controller.says('Converged')
  })

  test('a reason is needed', async () => {
    const { code, stderr } = await run(folder.path, ['adopt', 'fraud', source])
    expect(code).toBe(1)
    expect(stderr).toContain('--why')
  })
})
