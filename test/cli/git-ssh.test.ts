import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect } from '@jest/globals'
import { freePort } from '../support/free-port.ts'
import { runTool, testWith } from '../support/tools.ts'
import { createFolder, run, sampleIn } from './program.ts'

const folder = createFolder()
const started: ChildProcess[] = []
afterAll(async () => {
  for (const child of started) {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
  }
  folder.remove()
})

const at = (name: string): string => join(folder.path, name)

function key(name: string): string {
  runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', at(name)])
  return at(name)
}

/** An ssh server of this account that lets in one key; gives its port and its line for known_hosts. */
async function startServer(): Promise<{ readonly port: number; readonly hostKey: string }> {
  const port = await freePort()
  const host = key('host')
  key('deploy')
  writeFileSync(at('authorized'), runTool('cat', [`${at('deploy')}.pub`]))
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${host}`,
    `AuthorizedKeysFile ${at('authorized')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    // The folder is below the temporary one, where others may write.
    'StrictModes no',
    'UsePAM no',
    `PidFile ${at('sshd.pid')}`,
  ]
  writeFileSync(at('sshd_config'), `${settings.join('\n')}\n`)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const path = runTool('sh', ['-c', 'command -v sshd']).trim()
  const server = spawn(path, ['-D', '-e', '-f', at('sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  started.push(server)
  for await (const line of createInterface({ input: server.stderr }))
    if (line.includes('Server listening')) break
  const [type = '', text = ''] = runTool('cat', [`${host}.pub`]).split(' ')
  return { port, hostKey: `[127.0.0.1]:${port} ${type} ${text}\n` }
}

describe('a repository that is reached by ssh', () => {
  testWith(
    ['sshd', 'git'],
    'is read with the key and the known hosts that are named',
    async () => {
      const { port, hostKey } = await startServer()
      writeFileSync(at('known_hosts'), hostKey)
      writeFileSync(at('no_hosts'), '')
      const work = sampleIn(folder.path, 'work')
      const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
      for (const args of [
        ['init', '--quiet', '--initial-branch=main'],
        ['add', '--all'],
        ['commit', '--quiet', '--message', 'first'],
      ])
        runTool('git', [...who, ...args], { cwd: work })
      const revision = runTool('git', ['rev-parse', 'HEAD'], { cwd: work }).trim()
      const repository = `ssh://${userInfo().username}@127.0.0.1:${port}${work}`
      const planned = (keyFile: string, hosts: string) =>
        run(folder.path, ['plan', repository, '--output', 'json'], {
          VERDIGRIS_GIT_SSH_KEY_FILE: at(keyFile),
          VERDIGRIS_GIT_KNOWN_HOSTS_FILE: at(hosts),
        })

      const { stdout } = await planned('deploy', 'known_hosts')
      expect(JSON.parse(stdout)).toMatchObject({ attemptedRevision: revision, subject: 'first' })

      key('other')
      const wrongKey = JSON.parse((await planned('other', 'known_hosts')).stdout)
      expect(wrongKey.failure).toMatchObject({
        message: expect.stringMatching(/Permission denied/),
      })

      const unknownHost = JSON.parse((await planned('deploy', 'no_hosts')).stdout)
      expect(unknownHost.failure).toMatchObject({
        message: expect.stringMatching(/host key of the server is not known/),
      })
    },
    120_000,
  )
})
