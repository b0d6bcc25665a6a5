import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createFolder, run, sampleIn, start } from './program.ts'

/** What somebody does who is new here: each is told what is wrong, and what to do instead. */

const folder = createFolder()
afterAll(folder.remove)

test.each([
  [
    'VERDIGRIS_POLL_INTERVAL_MS',
    '5s',
    "is '5s'; it is a whole number of milliseconds, 50 to 600000.",
  ],
  ['VERDIGRIS_LOG_LEVEL', 'verbose', "is 'verbose'; it may be debug, info, warn, error, silent."],
  ['VERDIGRIS_ALLOW_LOCAL', '1', "is '1'; it may be true or false."],
  ['VERDIGRIS_ALLOW_PRIVATE_METRICS', 'yes', "is 'yes'; it may be true or false."],
])('a setting that makes no sense is told in a sentence: %s=%s', async (name, value, message) => {
  const { code, stdout, stderr } = await run(folder.path, ['plan', '.'], { [name]: value })
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${name} ${message}\n` })
})

test.each(['', 'false'])('VERDIGRIS_ALLOW_LOCAL=%j allows nothing', async (value) => {
  const source = sampleIn(folder.path, 'local')
  const text = `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: local }
spec:
  source: { repository: ${source} }
  sandbox: {}
`
  const config = sampleIn(folder.path, 'applications', { 'application.yml': text })
  const args = ['plan', '--config', join(config, 'application.yml')]
  const { code, stderr } = await run(folder.path, args, { VERDIGRIS_ALLOW_LOCAL: value })
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('allowed here: VERDIGRIS_ALLOW_LOCAL=true allows local ones'),
  ])
})

test.each(['VERDIGRIS_POLL_INTERVAL_MS', 'VERDIGRIS_LOG_LEVEL', 'VERDIGRIS_DATA_DIR'])(
  '%s that is empty is not given',
  (name) => {
    const given = readConfig({ [name]: '', HOME: folder.path }, false)
    expect(given).toEqual(readConfig({ HOME: folder.path }, false))
    expect(given.dataDir).toMatch(new RegExp(`^${folder.path}/.local/state/verdigris/`))
  },
)

test.each([
  [['plan', ''], 'Name a source (a folder or a Git URL), or --config with Applications.'],
  [['sync', ''], 'Name a source (a folder or a Git URL), or --config with Applications.'],
  [['plan', '--config', ''], 'The path is empty: name a file or folder.'],
  [['validate', ''], 'The path is empty: name a file or folder.'],
  [['validate', '/dev/null'], '/dev/null is neither a file nor a folder: name one of these.'],
])('%j: a variable of the shell that is not set means no folder', async (args, message) => {
  const { code, stdout, stderr } = await run(sampleIn(folder.path, 'empty'), args)
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${message}\n` })
})

test('a data directory in which nothing can be written is told with what to do', async () => {
  const args = ['plan', '--python-env', 'venv', sampleIn(folder.path, 'unwritten')]
  const { code, stderr } = await run(folder.path, args, { VERDIGRIS_DATA_DIR: '/dev/null' })
  expect([code, stderr]).toEqual([
    1,
    'Nothing can be written to the data directory /dev/null (EEXIST): check who owns it, or name another one by VERDIGRIS_DATA_DIR.\n',
  ])
})

test('a lever for what is not there starts nothing', async () => {
  const source = sampleIn(folder.path, 'levers')
  const levers = [
    ['rollout', 'promote', 'fruad', source],
    ['rollout', 'undo', 'fraud', source],
    ['adopt', 'fruad', source, '--why', 'a slip of the pen'],
  ]
  for (const args of levers) {
    const { code, stdout } = await run(folder.path, args)
    expect([code, stdout]).toEqual([1, expect.stringContaining(' refused. ')])
  }
  const { stdout } = await run(folder.path, ['plan', source])
  expect(stdout).toContain('Plan: 5 to create')
})

test('who looks while a controller has the embedded workspace is told the ways to look', async () => {
  const source = sampleIn(folder.path, 'busy')
  const controller = start(folder.path, ['run', source, '--port', '0'])
  await controller.says('Listening')
  const { code, stderr } = await run(folder.path, ['status', source])
  controller.child.kill('SIGINT')
  await controller.ended
  expect(code).toBe(1)
  for (const way of ['is in use by process', '--url http://', '--sandbox sandbox.json'])
    expect(stderr).toContain(way)
})

test.each([
  ['https://reader:horse-battery@git.example.com/m.git', 'credentials may not be part of the URL'],
  ['http://git.example.com/m.git', 'http:// is allowed on loopback only'],
  ['ftp://git.example.com/m.git', 'repository must be an https:// or ssh:// URL'],
])(
  'a source that is not allowed is refused before anything is started: %s',
  async (source, why) => {
    const data = join(folder.path, 'refused')
    const { code, stdout, stderr } = await run(folder.path, ['plan', source], {
      VERDIGRIS_DATA_DIR: data,
    })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`The source is not allowed: ${why}`)
    expect(stderr).not.toContain('horse')
    expect(existsSync(data)).toBe(false)
  },
)

test('a repository that is not allowed is told of in a sentence', async () => {
  const text = `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: plain }
spec:
  source: { repository: http://git.example.com/m.git }
  sandbox: {}
`
  const place = sampleIn(folder.path, 'plain', { 'application.yml': text })
  const { code, stdout } = await run(folder.path, ['validate', join(place, 'application.yml')])
  expect(code).toBe(1)
  expect(stdout).toContain('"repository" is not allowed: http:// is allowed on loopback only')
})

const AZURE = ['--subscription-id', '00000000-0000-4000-8000-000000000001']
const IN_AZURE = [...AZURE, '--resource-group', 'ml', '--workspace', 'ml-prod']

test.each([
  [IN_AZURE, '--subscription-id goes with a source'],
  [['--workspace', 'ml-staging'], '--workspace goes with a source'],
  [['--revision', 'feature'], '--revision goes with a source'],
  [['--path', 'staging'], '--path goes with a source'],
  [['--sandbox'], "--sandbox is for Applications with 'sandbox: {}', and prod names a workspace"],
])(
  'with --config, nobody means another workspace or source than is used: %j',
  async (args, why) => {
    const text = `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: prod }
spec:
  source: { repository: https://git.invalid/m.git }
  workspace: { subscriptionId: ${AZURE[1]}, resourceGroup: ml, name: ml-prod }
`
    const place = sampleIn(folder.path, 'prod', { 'application.yml': text })
    const { code, stdout, stderr } = await run(place, ['plan', '--config', '.', ...args])
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(why),
    })
  },
)

test('who says --sandbox never writes to a workspace in Azure', async () => {
  const { code, stderr } = await run(folder.path, ['sync', '.', '--sandbox', ...IN_AZURE])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Give --sandbox or a workspace in Azure/)
})

test('a port on which nothing can listen is told with its reason', async () => {
  const { code, stderr } = await run(folder.path, ['status', '--url', 'http://127.0.0.1:1'])
  expect(code).toBe(1)
  expect(stderr).toContain('No controller answers at http://127.0.0.1:1')
  expect(stderr).not.toContain('(fetch failed)')
})
