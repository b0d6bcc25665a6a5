import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ContainerRequest, startWorker } from '../../../src/sandbox/scoring/worker.ts'
import { freePort } from '../../support/free-port.ts'

/** An inference server with a script: ours or Microsoft's. */
export interface InferenceServer {
  ask(request: ContainerRequest): Promise<Asked>
  close(): Promise<void>
}

export interface Asked {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Code {
  readonly files: Readonly<Record<string, string>>
  /** The scoring script among the files; absent = score.py. */
  readonly script?: string
  readonly env?: Readonly<Record<string, string>>
}

const patienceMs = 30_000

/** The sandbox's container, with any Python. Rejects when the script cannot be loaded. */
export async function startOurs(code: Code, python: string): Promise<InferenceServer> {
  const { root, env, script, remove } = await layOut(code)
  const runs = ['script', join(root, script)]
  const signal = AbortSignal.timeout(patienceMs)
  const options = { python, runs, folder: root, env, onLog: () => undefined }
  const worker = await startWorker(options, signal).catch(async (error: Error) => {
    await remove()
    throw error
  })
  return {
    async ask(request) {
      const answer = await worker.score(request)
      if (!answer) return { status: 0, headers: {}, body: 'connection lost' }
      return { ...answer, body: answer.body.toString('utf8') }
    },
    async close() {
      await worker.stop()
      await remove()
    },
  }
}

// Its main program, but on loopback instead of on every address.
const program = `
import azureml_inference_server_http.amlserver as server
server.DEFAULT_HOST = "127.0.0.1"
server.run()
`

/** Microsoft's azureml-inference-server-http on a free port. Rejects when it ends instead of serving. */
export async function startMicrosofts(code: Code, python: string): Promise<InferenceServer> {
  const { root, env, script, remove } = await layOut(code)
  const port = await freePort()
  const args = ['-c', program, '--entry_script', script, '--port', String(port)]
  const child = spawn(python, args, { cwd: root, env, stdio: 'ignore', detached: true })
  const ended = once(child, 'exit')
  const close = async () => {
    endGroup(child)
    await ended
    await remove()
  }
  const giveUpAt = Date.now() + patienceMs
  const probe = { method: 'GET', target: '/', headers: {}, body: Buffer.alloc(0) }
  for (;;) {
    const answer = await send(port, probe).catch(() => undefined)
    if (answer?.status === 200) break
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      await close()
      throw new Error(`It ended with ${child.exitCode}`)
    }
    await Promise.race([ended, sleep(50)])
  }
  return { ask: (request) => send(port, request).catch(lost), close }
}

async function layOut({ files, script = 'score.py', env = {} }: Code) {
  const root = await mkdtemp(join(tmpdir(), `verdigris-contract-${process.pid}-`))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 3 })
  const base = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', HOME: root }
  const own = { AML_APP_ROOT: root, AZUREML_MODEL_DIR: root, AZUREML_ENTRY_SCRIPT: script }
  return { root, script, remove, env: { ...base, ...own, ...env } }
}

function send(port: number, { method, target, headers, body }: ContainerRequest): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path: target, headers, agent: false }
    const outgoing = httpRequest(options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const pairs = Object.entries(incoming.headersDistinct)
        const joined = pairs.map(([name, values = []]) => [name, values.join(', ')])
        const { statusCode: status = 0 } = incoming
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status, headers: Object.fromEntries(joined), body: text })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function lost(): Asked {
  return { status: 0, headers: {}, body: 'connection lost' }
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // ESRCH: it has ended already.
  }
}
