import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { FAULT_NAMES } from '../../src/sandbox/core/machine.ts'
import { faultGuide } from '../../src/sandbox/fault-guide.ts'
import {
  createFolder,
  descendantsOf,
  isAlive,
  run,
  sampleIn,
  start,
  startSandboxProgram,
  until,
} from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

const sample = sampleIn(folder.path, 'workspace')

test('the sandbox says in one line where it is, and ends at SIGINT without leaving anything', async () => {
  const { line, running, file } = await startSandboxProgram(folder.path)
  expect(Object.keys(line)).toEqual([
    ...['arm', 'armTls', 'caFile', 'login', 'blob', 'subscriptionId', 'resourceGroup', 'workspace'],
    ...['tenantId', 'clientId', 'clientSecret', 'cloud'],
  ])
  expect(line.arm).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(line.armTls).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  const synced = await run(folder.path, ['sync', sample, '--sandbox', file])
  expect(synced.code).toBe(0)
  const children = await descendantsOf(running.child.pid ?? 0)
  // The blob service, and a Python process for each of two instances.
  expect(children.length).toBeGreaterThanOrEqual(2)
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  // Where the machine has another Python than the sample asks for, it says so, once.
  const ofPython = "python: blue: Python '=3.12' is asked for; "
  const lines = stderr.split('\n').slice(0, -1)
  expect([code, ...lines.filter((text) => !text.startsWith(ofPython))]).toEqual([0])
  expect(lines.length).toBeLessThanOrEqual(1)
  expect(stdout.split('\n')).toHaveLength(2)
  await until(() => !children.some(isAlive))
  expect(existsSync(line.caFile)).toBe(false)
})

test('whoever is in another folder finds the certificate of one whose state is beside it; of one that is gone it is said', async () => {
  const args = ['--time-scale', '5000', '--state', 'beside.json']
  const { line, file, stop } = await startSandboxProgram(folder.path, args)
  const place = sampleIn(folder.path, 'elsewhere')
  try {
    expect(line.caFile).toBe(join(folder.path, 'beside.json.ca.pem'))
    const planned = await run(place, ['plan', sample, '--sandbox', file])
    expect([planned.code, planned.stderr]).toEqual([2, ''])
  } finally {
    await stop()
  }
  rmSync(line.caFile)
  const { code, stderr } = await run(place, ['plan', sample, '--sandbox', file])
  expect(code).toBe(1)
  expect(stderr).toBe(
    `Cannot read ${line.caFile}, the sandbox's certificate: does that sandbox still run on this machine?\n`,
  )
})

test('at SIGTERM it ends too, and with --state its workspace is there again, at the same addresses', async () => {
  const args = ['--time-scale', '5000', '--state', join(folder.path, 'state.json')]
  const before = await startSandboxProgram(folder.path, args)
  expect((await run(folder.path, ['sync', sample, '--sandbox', before.file])).code).toBe(0)
  before.running.child.kill('SIGTERM')
  expect((await before.running.ended).code).toBe(0)
  const after = await startSandboxProgram(folder.path, args)
  try {
    expect(after.line).toEqual(before.line)
    const planned = await run(folder.path, ['plan', sample, '--sandbox', after.file])
    expect(planned.stdout).toContain('No changes.')
  } finally {
    await after.stop()
  }
})

test('two sandboxes do not share a state file', async () => {
  const args = ['--state', join(folder.path, 'shared.json')]
  const first = await startSandboxProgram(folder.path, args)
  try {
    const second = await run(folder.path, ['sandbox', ...args])
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use') })
  } finally {
    await first.stop()
  }
})

test('as text it tells how to reach it', async () => {
  const running = start(folder.path, ['sandbox'])
  const stdout = await running.says('Ctrl-C ends it.')
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(0)
  for (const hint of ['verdigris plan', 'AZURE_AUTHORITY_HOST', 'curl --cacert', '/workspaces/'])
    expect(stdout).toContain(hint)
})

test('a fault strikes: the deployment fails, and sync says why', async () => {
  const args = ['--time-scale', '5000', '--fault', 'OutOfQuota:deployment=blue,count=1']
  const sandbox = await startSandboxProgram(folder.path, args)
  try {
    const { code, stdout } = await run(folder.path, [
      ...['sync', sample, '--sandbox', sandbox.file, '--timeout', '3'],
    ])
    expect(code).toBe(1)
    expect(stdout).toContain('OutOfQuota')
  } finally {
    await sandbox.stop()
  }
})

test('a fleet has room, and manifests that a controller brings about', async () => {
  const args = ['--time-scale', '5000', '--fleet', '6', '--fleet-folder', 'six']
  const sandbox = await startSandboxProgram(folder.path, args)
  try {
    const { code, stdout, stderr } = await run(folder.path, [
      ...['sync', 'six', '--sandbox', sandbox.file, '--timeout', '60'],
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(/OnlineEndpoint\/fleet-5 .*traffic blue 100 %/)
    // More than four of the same are counted.
    expect(stderr).toMatch(/create_endpoint 6 × started/)
  } finally {
    await sandbox.stop()
  }
  const again = await run(folder.path, ['sandbox', ...args])
  expect(again).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('six is not empty: name another one with --fleet-folder.'),
  })
})

describe('faults', () => {
  test('each has a sentence', () => {
    expect(faultGuide().map(({ name }) => name)).toEqual(FAULT_NAMES)
    for (const { effect } of faultGuide()) expect(effect).not.toBe('')
  })

  test('are listed', async () => {
    const { code, stdout } = await run(folder.path, ['sandbox', '--list-faults'])
    expect(code).toBe(0)
    for (const name of FAULT_NAMES) expect(stdout).toContain(name)
  })
})

test('a file that is no role is refused', async () => {
  writeFileSync(join(folder.path, 'role.json'), '{"Name": "x"}')
  const { code, stderr } = await run(folder.path, ['sandbox', '--role', 'role.json'])
  expect(code).toBe(1)
  expect(stderr).toContain('role.json is not a role definition: it has no Actions.\n')
})
