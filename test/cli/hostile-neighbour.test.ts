import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createGitRepository, type GitRepository } from '../support/git-repository.ts'
import { get } from '../support/http.ts'
import { endpointFile } from '../support/manifests.ts'
import {
  createFolder,
  type RunningSandbox,
  start,
  startSandboxProgram,
  writeFiles,
} from './program.ts'

const folder = createFolder()
let sandbox: RunningSandbox
let good: GitRepository
let bad: GitRepository
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
  good = await createGitRepository()
  bad = await createGitRepository()
})
afterAll(async () => {
  await sandbox.stop()
  await good.remove()
  await bad.remove()
  folder.remove()
})

const application = (name: string, { url }: GitRepository) => `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: ${name} }
spec:
  source: { repository: ${url} }
  sandbox: {}
  sync: { interval: 5s, prune: { enabled: true, maxDeletions: 3 } }
`

const named = (name: string, description = 'a') => endpointFile(description).replace('fraud', name)

const SECRET = 'AccountKey=c2VjcmV0LWNhbmFyeS1vbmU7c2VjcmV0LWNhbmFyeS1vbmU7'
const LAUGHS = [
  'a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]',
  ...[...'bcdefghi'].map((name, at) => {
    return `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`
  }),
].join('\n')

/** Whatever else a repository may hold that somebody writes who means harm. */
const HOSTILE = {
  'laughs.yml': LAUGHS,
  'deep.yml': '['.repeat(50_000),
  'deep-by-spaces.yml': Array.from({ length: 1000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
  'documents.yml': '---\na: 1\n'.repeat(100_000),
  'merges.yml': `base: &b { a: 1 }\nx:\n  <<: [${Array(1500).fill('*b').join()}]\n`,
  'scalar.yml': `a: ${'x'.repeat(10 * 1024 * 1024)}\n`,
  'brackets.yml': ']'.repeat(39_000),
  'prototype.yml': `${named('proto')}tags: { __proto__: { polluted: 1 } }\n`,
  'tag.yml': 'a: !!js/function "function () {}"\n',
  'twice.yml': `${named('mine')}auth_mode: aml_token\n`,
  'wide.yml': [...named('wide')].join('\0'),
  'secret.yml': `${named('mine')}${JSON.stringify(SECRET)}: 1\n`,
  'traffic.yml': `${named('mine')}traffic: { blue: 60, green: 60 }\n`,
  'name.yml': named('../../onlineEndpoints/good'),
  'long.yml': named('a'.repeat(65_536)),
  'application.yml': application('third', { url: 'ext::sh -c touch% x' } as GitRepository),
}

test('a repository of everything hostile stops nothing and deletes nothing: its neighbour goes on, and so does it once it is mended', async () => {
  const config = writeFiles(join(folder.path, 'config'), {
    'good.yml': application('good', good),
    'bad.yml': application('bad', bad),
  })
  await good.commit({ 'good.yml': named('good') })
  await bad.commit({ 'mine.yml': named('mine'), 'more.yml': named('more') })
  const args = ['run', '--config', config, '--sandbox', sandbox.file, '--port', '0', '-o', 'json']
  const { child, says, ended } = start(folder.path, args, { VERDIGRIS_ALLOW_LOCAL: 'true' })
  const { address } = JSON.parse(await says('}\n'))
  const textAt = async (path: string): Promise<string> => {
    const { status, text } = await get(`${address}${path}`)
    expect({ path, status }).toEqual({ path, status: 200 })
    return text
  }
  const until = async (path: string, is: (text: string) => boolean): Promise<void> => {
    while (!is(await textAt(path))) {
      expect(child.exitCode).toBeNull()
      await textAt('/healthz')
    }
  }
  const synced = (count: number) => (text: string) => text.match(/"synced"/g)?.length === count
  const applied = (commit: string) => (text: string) => JSON.parse(text).appliedRevision === commit

  const api = '/api/v1/applications'
  await until(`${api}/good/resources`, synced(1))
  await until(`${api}/bad/resources`, synced(2))

  const hostile = await bad.commit(HOSTILE, { remove: ['more.yml'] })
  await until(`${api}/bad`, (text) => JSON.parse(text).attemptedRevision === hostile)
  const next = await good.commit({ 'good.yml': named('good', 'b') })
  await until(`${api}/good`, applied(next))
  await until(`${api}/good/resources`, synced(1))

  const problems: { message: string; file: string }[] = JSON.parse(
    await textAt(`${api}/bad/problems`),
  ).items
  for (const { message } of problems) expect(message.length).toBeLessThanOrEqual(4096)
  for (const file of Object.keys(HOSTILE)) expect(JSON.stringify(problems)).toContain(file)
  expect(await textAt(`${api}/bad`)).not.toContain(`"appliedRevision":"${hostile}"`)
  expect(await textAt('/metrics')).not.toMatch(/method="DELETE".*\} [1-9]/)

  const mended = await bad.commit(
    { 'mine.yml': named('mine', 'b'), 'more.yml': named('more') },
    { remove: Object.keys(HOSTILE) },
  )
  await until(`${api}/bad`, applied(mended))
  await until(`${api}/bad/resources`, synced(2))
  child.kill('SIGTERM')
  const { code, stdout, stderr } = await ended
  expect(code).toBe(0)
  expect(`${stdout}${stderr}${JSON.stringify(problems)}`).not.toContain('c2VjcmV0LWNhbmFyeS')
}, 180_000)
