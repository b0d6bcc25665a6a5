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
