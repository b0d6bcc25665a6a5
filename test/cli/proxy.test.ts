import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { startGitServer } from '../support/git-server.ts'
import { runTool } from '../support/tools.ts'
import { createFolder, run, SAMPLE, sampleIn } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

/** Proxies that nobody answers at, by every name there is. */
const PROXIES = Object.fromEntries(
  ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) =>
    [name, name.toLowerCase()].map((one) => [one, 'http://127.0.0.1:1']),
  ),
)

describe('what is on this machine is asked past the proxy', () => {
  test('the embedded workspace: sign-in, writes, uploads and scoring', async () => {
    const { code, stdout } = await run(folder.path, ['sync', SAMPLE], PROXIES)
    expect([code, stdout]).toEqual([0, expect.stringContaining('Live equals the newest commit')])
    const asked = ['endpoint', 'invoke', 'fraud', '--request', '-']
    const answer = await run(folder.path, asked, PROXIES, '{"transactions": [{"amount": 25}]}')
    expect([answer.code, answer.stdout]).toEqual([0, expect.stringContaining('"fraud"')])
  })

  test.each(['127.0.0.1', 'localhost'])('a repository at %s', async (host) => {
    const work = sampleIn(folder.path, `work-${host}`)
    const git = (...args: string[]) => runTool('git', ['-C', work, ...args])
    git('init', '--quiet', '--initial-branch', 'main')
    git('add', '--all')
    git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '-qm', 'first')
    const repository = join(folder.path, `${host}.git`)
    runTool('git', ['clone', '--quiet', '--bare', work, repository])
    runTool('git', ['-C', repository, 'config', 'uploadpack.allowFilter', 'true'])
    const server = await startGitServer({ repository })
    const url = server.url.replace('127.0.0.1', host)
    const { code, stdout } = await run(folder.path, ['plan', url, '--output', 'json'], PROXIES)
    await server.close()
    expect([code === 1, stdout]).toEqual([false, expect.not.stringContaining('Unreachable')])
  })
})
