import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { roomFor } from '../../../src/cli/sandbox/fleet.ts'
import { startSandbox } from '../../../src/sandbox/index.ts'
import { start } from '../../cli/program.ts'
import { createGitRepository } from '../../support/git-repository.ts'
import { type Bench, type Figure, figure } from './figure.ts'
import { fleetFiles } from './fleet.ts'

/** What a controller at rest writes to its disk and sends, as a process of its own (`/proc/<pid>/io` of Linux). */

/** Looks at all endpoints: those in which the fleet comes to rest, and those that are measured. */
const LOOKS = { before: 10, measured: 20 }

const CHECK_MS = 50

interface Used {
  /** Bytes that were to go to a disk. */
  readonly disk: number
  /** Bytes that went through any file or connection. */
  readonly through: number
  readonly requests: number
  readonly looks: number
}

async function idle(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'verdigris-idle-'))
  const repository = await createGitRepository()
  const asked = { requests: 0, looks: 0 }
  const sandbox = await startSandbox({
    timeScale: 10_000,
    ...roomFor(size),
    onExchange({ method, url }) {
      asked.requests += 1
      if (method === 'GET' && url.includes('/onlineEndpoints?')) asked.looks += 1
    },
  })
  try {
    await repository.commit(fleetFiles(size))
    const file = join(folder, 'sandbox.json')
    writeFileSync(file, `${JSON.stringify(sandbox)}\n`)
    const config = join(folder, 'application.yml')
    writeFileSync(config, applicationOf(repository.url))
    const args = ['run', '--config', config, '--sandbox', file, '--port', '0']
    const { child, ended } = start(folder, args, { VERDIGRIS_ALLOW_LOCAL: 'true' })
    const used = (): Used => ({ ...bytesOf(child.pid), ...asked })
    const untilLooks = async (looks: number): Promise<Used> => {
      while (asked.looks < looks) {
        if (child.exitCode !== null) throw new Error(`It ended: ${(await ended).stderr}`)
        await delay(CHECK_MS)
      }
      return used()
    }
    const first = await untilLooks(LOOKS.before)
    const last = await untilLooks(first.looks + LOOKS.measured)
    child.kill('SIGTERM')
    await ended
    const looks = isSabotaged ? 1 : last.looks - first.looks
    const share = (of: keyof Used): number => (last[of] - first[of]) / looks
    return [
      figure(
        `written to disk by a look at rest, ${size} endpoints`,
        share('disk') / 1024,
        16,
        'KB',
      ),
      figure('through files and connections', share('through') / 1024, 400, 'KB'),
      figure('requests of a look at rest', share('requests'), 40, ''),
    ]
  } finally {
    await sandbox.close()
    await repository.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

function bytesOf(pid = 0): Pick<Used, 'disk' | 'through'> {
  const text = readFileSync(`/proc/${pid}/io`, 'utf8')
  const at = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1])
  return { disk: at('write_bytes'), through: at('rchar') + at('wchar') }
}

function applicationOf(url: string): string {
  return `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: fleet }
spec:
  source: { repository: ${url} }
  sandbox: {}
  sync: { interval: 5s }
`
}

export const IDLE: readonly Bench[] = [
  {
    id: 'idle',
    title: 'Disk and network of a controller at rest',
    sabotage: 'twenty looks count as one',
    measure: (isSabotaged) => idle(50, isSabotaged),
  },
]
