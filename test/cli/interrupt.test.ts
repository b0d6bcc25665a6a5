import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from '@jest/globals'
import { createFolder, run, sampleIn, start, startSandboxProgram } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

test('Ctrl-C in the middle of a sync loses nothing: the next sync converges, and makes nothing twice', async () => {
  const sample = sampleIn(folder.path, 'workspace')
  const sandbox = await startSandboxProgram(folder.path, ['--time-scale', '300'])
  const args = ['sync', sample, '--sandbox', sandbox.file]
  try {
    const first = start(folder.path, args)
    await first.says('create_online_deployment fraud/blue started')
    first.child.kill('SIGINT')
    const { code, stderr } = await first.ended
    expect(code).toBe(130)
    expect(stderr).toContain('Interrupted. Nothing is lost')
    const second = await run(folder.path, args)
    expect(second.code).toBe(0)
    expect(second.stderr).not.toContain('create_online_deployment')
    expect((await run(folder.path, ['plan', sample, '--sandbox', sandbox.file])).code).toBe(0)
  } finally {
    await sandbox.stop()
  }
})

test('Ctrl-C in the embedded workspace ends it cleanly; the next command finds it as it was', async () => {
  const sample = sampleIn(folder.path, 'embedded')
  const args = ['sync', sample, '--time-scale', '1000']
  const first = start(folder.path, args)
  await first.says('create_endpoint fraud started')
  first.child.kill('SIGINT')
  expect((await first.ended).code).toBe(130)
  const second = await run(folder.path, args)
  expect(second.code).toBe(0)
  expect(second.stderr).not.toContain('create_endpoint')
})

test('what ends with a command gives no address to go to, or says that it ends', async () => {
  const sample = sampleIn(folder.path, 'embedded')
  const status = await run(folder.path, ['status', sample])
  expect([status.code, status.stdout]).toEqual([0, expect.not.stringContaining('scored at')])
  const show = await run(folder.path, ['endpoint', 'show', 'fraud'])
  expect(show.stdout).toContain('scoring URI')
  expect(show.stderr).toContain('The embedded workspace ends with this command')
})

test('Ctrl-C in a scene of the demo ends the scene', async () => {
  const first = start(folder.path, ['demo'])
  await first.says('2. ')
  first.child.kill('SIGINT')
  const { stdout } = await first.ended
  expect(stdout).toContain('It was interrupted.')
}, 180_000)

test('a port that is taken is told in a sentence, with the option that names another', async () => {
  const sample = sampleIn(folder.path, 'taken')
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, stderr } = await run(folder.path, ['run', sample, '--port', String(port)])
  other.close()
  expect(code).toBe(1)
  expect(stderr).toContain(`could not be served on 127.0.0.1, port ${port}`)
  expect(stderr).toContain('--port')
  expect(stderr).not.toContain('    at ')
})
