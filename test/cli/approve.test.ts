import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createGitRepository, type GitRepository } from '../support/git-repository.ts'
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
let git: GitRepository
let sandbox: RunningSandbox
let controller: Running | undefined
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
  git = await createGitRepository()
})
afterAll(async () => {
  controller?.child.kill('SIGTERM')
  await sandbox.stop()
  await git.remove()
  folder.remove()
})

const LOCAL = { VERDIGRIS_ALLOW_LOCAL: 'true' }
const FILES = Object.fromEntries(
  ['one', 'two', 'three'].map((name) => [`${name}.yml`, endpointFile('x').replace('fraud', name)]),
)

/** Applications of one repository and workspace, of which none deletes two things unasked. */
function applications(...names: readonly string[]): readonly string[] {
  const text = names.map(
    (name) => `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: ${name} }
spec:
  source: { repository: ${git.url}, path: ${name} }
  sandbox: {}
  sync: { prune: { confirm: 1 } }
`,
  )
  const config = writeFiles(join(folder.path, names.join('-')), {
    'application.yml': text.join('---\n'),
  })
  return ['--config', join(config, 'application.yml'), '--sandbox', sandbox.file]
}

function within(name: string, files: object): { readonly [path: string]: string } {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text]))
}

function idIn(text: string): string {
  return /verdigris approve ([0-9a-f]{8})/.exec(text)?.[1] ?? ''
}

// The tests of this file tell one story, in their order.
describe('a commit that removes more than goes without a person’s yes', () => {
  test('waits, and goes on by the command that the plan names', async () => {
    await git.commit(within('a', FILES))
    expect((await run(folder.path, ['sync', ...applications('a')], LOCAL)).code).toBe(0)
    await git.commit(within('a', { 'three.yml': FILES['three.yml'] }), {
      remove: ['a/one.yml', 'a/two.yml'],
    })
    const held = await run(folder.path, ['sync', ...applications('a')], LOCAL)
    expect(held.code).toBe(1)
    expect(held.stdout).toContain('NeedsApproval')
    const wrong = ['approve', '00000000', '--why', 'a slip', ...applications('a')]
    const refused = await run(folder.path, wrong, LOCAL)
    expect([refused.code, refused.stdout]).toEqual([
      ...[1, expect.stringContaining(`those of ${idIn(held.stdout)}`)],
    ])
    const right = ['approve', idIn(held.stdout), '--why', 'retired', ...applications('a')]
    const done = await run(folder.path, right, LOCAL)
    expect([done.code, done.stdout]).toEqual([
      ...[0, `${idIn(held.stdout)}: approve accepted. Nothing of it is left to delete.\n`],
    ])
    expect((await run(folder.path, ['sync', ...applications('a')], LOCAL)).code).toBe(0)
  })

  test('or by a running controller, in which the Application is found by the id', async () => {
    await git.commit({ ...within('a', FILES), ...within('b', { 'own.yml': endpointFile('y') }) })
    const both = applications('a', 'b')
    expect((await run(folder.path, ['sync', ...both], LOCAL)).code).toBe(0)
    await git.commit({}, { remove: ['a/one.yml', 'a/three.yml'] })
    controller = start(folder.path, ['run', ...both, '--port', '0', '--output', 'json'], LOCAL)
    const url = JSON.parse(await controller.says('\n')).address
    await controller.says('NeedsApproval')
    const id = idIn((await run(folder.path, ['status', '--url', url])).stdout)
    const approved = await run(folder.path, [
      ...['approve', id, '--why', 'retired', '--who', 'anna', '--url', url, '--output', 'json'],
    ])
    expect(JSON.parse(approved.stdout)).toMatchObject({
      ...{ verb: 'approve', application: 'a', who: 'anna (loopback)' },
      result: expect.stringMatching(/accepted|pending/),
    })
    await controller.says('ApproveRequested')
    const again = await run(folder.path, ['approve', id, '--why', 'x', '--url', url])
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('--application')])
  })

  test.each([
    ['retired', '8 hex digits'],
    ['1a2b3c4', '8 hex digits'],
  ])('%s is no id', async (id, why) => {
    const args = ['approve', id, '--why', 'x', ...applications('a')]
    const { code, stderr } = await run(folder.path, args, LOCAL)
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)])
  })
})
