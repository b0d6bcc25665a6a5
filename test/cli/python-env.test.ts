import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { createFolder, run, sampleIn, startSandboxProgram } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

const environment = { XDG_CACHE_HOME: join(folder.path, 'cache') }

/** A script that needs what only a venv has: that it is one. Building it takes no package index. */
const source = sampleIn(folder.path, 'source', {
  'conda.yml': 'dependencies: ["python>=3.8"]\n',
  'src/score.py': `
import sys
if sys.prefix == sys.base_prefix:
    raise ModuleNotFoundError("No module named 'numpy'")
def init(): pass
def run(raw): return "scored in a venv"
`,
})

const REFUSED =
  "ModuleNotFoundError: No module named 'numpy'. The embedded workspace runs scripts with this machine's python3 as it is: give the command --python-env venv"

test('a machine without Python is told so', async () => {
  const bare = { ...environment, PATH: folder.path, VERDIGRIS_DATA_DIR: join(folder.path, 'bare') }
  const { code, stdout } = await run(folder.path, ['sync', source], bare)
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining('spawn python3 ENOENT. Install python3: scripts are run with it.'),
  ])
  expect(stdout).not.toContain('--python-env venv')
})

// The tests below tell one story, in their order.
test('a deployment that finds no module is told which option of the command gives it one', async () => {
  const { code, stdout } = await run(folder.path, ['sync', source], environment)
  expect([code, stdout]).toEqual([1, expect.stringContaining(REFUSED)])
}, 120_000)

test('with that option it works, and the commands after it use the same workspace', async () => {
  const args = ['sync', source, '--python-env', 'venv']
  const synced = await run(folder.path, args, environment)
  expect([synced.code, synced.stderr]).toEqual([
    0,
    expect.stringContaining('live is what Git says'),
  ])
  const asked = ['endpoint', 'invoke', 'fraud', '--request', '-']
  const { stdout, stderr } = await run(folder.path, asked, environment, '{}')
  expect([stdout, stderr]).toEqual(['"scored in a venv"', expect.stringContaining('blue')])
}, 240_000)

test('the other workspace is as it was, and is the embedded one again when it is named', async () => {
  const status = ['status', source, '--python-env', 'system']
  const { code, stdout } = await run(folder.path, status, environment)
  expect([code, stdout]).toEqual([1, expect.stringContaining(REFUSED)])
})

test('a workspace that runs has the Python that it was started with', async () => {
  const sandbox = await startSandboxProgram(folder.path)
  const args = ['plan', source, '--sandbox', sandbox.file, '--python-env', 'venv']
  const refused = await run(folder.path, args, environment)
  const synced = await run(folder.path, ['sync', source, '--sandbox', sandbox.file], environment)
  await sandbox.stop()
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('verdigris sandbox --python-env'),
  ])
  expect(synced.stdout).toContain(
    'started with --python-env venv gives them the packages of their environments',
  )
}, 120_000)
