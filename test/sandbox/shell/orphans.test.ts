import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from '@jest/globals'
import { startSandbox } from '../../../src/sandbox/index.ts'
import { connect, deploymentBody, endpointBody } from './arm-client.ts'
import { createDataPlane, deployment, endpoint } from './data-plane.ts'

const folder = mkdtempSync(join(tmpdir(), 'verdigris-test-'))
const authorities = getCACertificates('default')
afterAll(() => {
  setDefaultCACertificates(authorities)
  rmSync(folder, { recursive: true, force: true })
})

/** Its script starts a process of its own, which would go on for ever. */
const withChild = {
  'score.py': `
import subprocess
def init():
    global child
    child = subprocess.Popen(["sleep", "1000"])
def run(raw):
    return child.pid
`,
}

test('a deployment that goes takes the processes of its script with it', async () => {
  const plane = createDataPlane()
  const code = await plane.upload('parent', withChild)
  await plane.show(endpoint([deployment(code)]))
  const pid = Number((await plane.post({})).body)
  expect(isAlive(pid)).toBe(true)
  await plane.show(endpoint([]))
  await plane.runtime.close()
  await until(() => !isAlive(pid))
})

test('a deployment whose init() never returns does not hold up the end', async () => {
  const plane = createDataPlane()
  const code = await plane.upload('endless', {
    'score.py': 'import time\ndef init(): time.sleep(1000)\ndef run(raw): pass\n',
  })
  const shown = plane.show(endpoint([deployment(code)]))
  await until(() => plane.told.includes('blue 1 starting'))
  await plane.runtime.close()
  await shown
})

test('when the sandbox is killed, every process of it ends', async () => {
  const stateFile = join(folder, 'state.json')
  await prepareServing(stateFile)
  const parent = startAlone(stateFile)
  try {
    await once(parent.stdout ?? parent, 'data')
    const children = await descendantsOf(parent.pid ?? 0)
    // Azurite, Python, and what the script has started.
    expect(children).toHaveLength(3)
    parent.kill('SIGKILL')
    await until(() => !children.some(isAlive))
  } finally {
    parent.kill('SIGKILL')
  }
})

test('when the sandbox is killed, the next one removes what it has left in the temporary folder', async () => {
  const stateFile = join(folder, 'left', 'state.json')
  const temporaryFolder = mkdtempSync(join(folder, 'temporary-'))
  await prepareServing(stateFile)
  const killed = startAlone(stateFile, temporaryFolder)
  await once(killed.stdout ?? killed, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const [left] = readdirSync(temporaryFolder)
  expect(readdirSync(join(temporaryFolder, left ?? ''), { recursive: true }).join()).toContain(
    'score.py',
  )
  const living = await startSandbox({ temporaryFolder })
  try {
    const folders = readdirSync(temporaryFolder)
    expect(folders).toHaveLength(1)
    expect(folders).not.toContain(left)
    await (await startSandbox({ temporaryFolder })).close()
    expect(readdirSync(temporaryFolder)).toEqual(folders)
  } finally {
    await living.close()
  }
  expect(readdirSync(temporaryFolder)).toEqual([])
})

async function prepareServing(stateFile: string): Promise<void> {
  const sandbox = await startSandbox({ stateFile, timeScale: 10_000 })
  try {
    setDefaultCACertificates([...authorities, readFileSync(sandbox.caFile, 'utf8')])
    const client = await connect(sandbox)
    await client.settle('PUT', '/onlineEndpoints/fraud', endpointBody)
    const codeId = await client.uploadCode('parent', withChild)
    const path = '/onlineEndpoints/fraud/deployments/blue'
    expect(await client.settle('PUT', path, deploymentBody(codeId))).toBe('Succeeded')
  } finally {
    await sandbox.close()
  }
}

function startAlone(stateFile: string, temporaryFolder?: string): ChildProcess {
  const entry = fileURLToPath(new URL('../../../src/sandbox/index.ts', import.meta.url))
  const program = `
    const { startSandbox } = await import(${JSON.stringify(entry)})
    await startSandbox(${JSON.stringify({ stateFile, temporaryFolder, timeScale: 10_000 })})
    console.log('ready')`
  const args = ['--input-type=module', '--eval', program]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function descendantsOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  const parents = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const of = (parent: number): number[] =>
    parents.filter(([, ppid]) => ppid === parent).flatMap(([own = 0]) => [own, ...of(own)])
  return of(pid)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch {
    return false
  }
}

// In a container without an init process nobody collects the dead.
function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error('It did not come to pass in 10 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
