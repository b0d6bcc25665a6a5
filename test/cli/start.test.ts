import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { createFolder, run, SAMPLE, sampleIn, startSandboxProgram } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

/** What makes Node run a script before the program. */
function before(script: string): string {
  return `--import data:text/javascript,${encodeURIComponent(script)}`
}

const NOTE_MODULES = before(`
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const loaded = []
registerHooks({
  load(url, context, next) {
    loaded.push(url)
    return next(url, context)
  },
})
process.on('exit', () => writeFileSync(process.env.MODULES_FILE, loaded.join('\\n')))
`)

const COUNT_STRIPPERS = before(`
const isStripper = (name) => name.includes('amaro')
process.on('exit', () => console.error(process.moduleLoadList.filter(isStripper).length))
`)

/** Every module that a command line loads. */
async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const file = join(folder.path, randomUUID())
  await run(folder.path, args, { NODE_OPTIONS: NOTE_MODULES, MODULES_FILE: file })
  return readFileSync(file, 'utf8').split('\n')
}

/** The packages that modules belong to. */
function packagesOf(modules: readonly string[]): readonly string[] {
  const names = modules.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1])
  return [...new Set(names)].filter((name) => name !== undefined).sort()
}

const COMMANDS = [
  ...['validate', 'plan', 'sync', 'run', 'status', 'rollout', 'adopt', 'approve', 'sandbox'],
  ...['demo', 'doctor', 'import', 'endpoint', 'completion'],
]

test('to show help, no package is loaded but the one that reads command lines', async () => {
  const helps = [
    ['--help'],
    ['rollout', 'abort', '--help'],
    ['endpoint', 'invoke', '--help'],
    ...COMMANDS.map((one) => [one, '--help']),
  ]
  for (const args of helps)
    expect([args, packagesOf(await loadedBy(args))]).toEqual([args, ['commander']])
})

/** What a controller serves and logs with, what a sandbox is made of, and what reads a repository or a metric. */
const SERVED = ['fastify', 'pino', 'prom-client']
const SANDBOX = ['@peculiar/x509', 'azurite', 'jose', 'reflect-metadata']
const ON_DEMAND = ['@azure/monitor-query-metrics', 'chokidar', 'simple-git']
const AZURE = ['@azure/arm-machinelearning', '@azure/core-rest-pipeline', '@azure/identity']
const MANIFESTS = ['yaml', 'zod']

const NOWHERE = ['--url', 'http://127.0.0.1:1']
const MAY_NOT_LOAD: readonly {
  readonly args: readonly string[]
  readonly packages: readonly string[]
}[] = [
  {
    args: ['validate', join(SAMPLE, 'endpoint.yml')],
    packages: [...AZURE, ...SERVED, ...SANDBOX, ...ON_DEMAND],
  },
  { args: ['validate', '--reference'], packages: [...AZURE, ...SERVED, ...SANDBOX, ...ON_DEMAND] },
  {
    args: ['status', ...NOWHERE],
    packages: [...MANIFESTS, ...AZURE, ...SERVED, ...SANDBOX, ...ON_DEMAND],
  },
  {
    args: ['rollout', 'abort', 'fraud', ...NOWHERE],
    packages: [...MANIFESTS, ...AZURE, ...SERVED, ...SANDBOX, ...ON_DEMAND],
  },
  { args: ['sandbox', '--list-faults'], packages: [...AZURE, ...SERVED, ...ON_DEMAND, 'zod'] },
]

test('a command does not load the packages that it does not need', async () => {
  for (const { args, packages } of MAY_NOT_LOAD) {
    const loaded = packagesOf(await loadedBy(args))
    expect([args, loaded]).toEqual([args, expect.arrayContaining(['commander'])])
    expect([args, packages.filter((name) => loaded.includes(name))]).toEqual([args, []])
  }
})

test('a plan of a folder loads neither metrics, log, Git nor a sandbox, and the Azure SDK once', async () => {
  const sample = sampleIn(folder.path, 'sample')
  const sandbox = await startSandboxProgram(folder.path)
  const modules = await loadedBy(['plan', sample, '--sandbox', sandbox.file])
  await sandbox.stop()
  const loaded = packagesOf(modules)
  expect(loaded).toEqual(expect.arrayContaining(AZURE))
  const spared = [...SERVED, ...SANDBOX, ...ON_DEMAND]
  expect(spared.filter((name) => loaded.includes(name))).toEqual([])
  expect(modules.filter((url) => url.includes('/core-rest-pipeline/dist/esm/'))).toEqual([])
})

test('an embedded workspace that has a certificate does not load what makes one', async () => {
  const sample = sampleIn(folder.path, 'embedded')
  const first = packagesOf(await loadedBy(['plan', sample]))
  expect(first).toContain('@peculiar/x509')
  const second = packagesOf(await loadedBy(['plan', sample]))
  expect(second).toContain('jose')
  expect(second.filter((name) => ['@peculiar/x509', ...SERVED].includes(name))).toEqual([])
})

test('the second start strips no types: the cache of compiled modules has what it needs', async () => {
  const home = createFolder()
  const start = () =>
    run(folder.path, ['validate', join(SAMPLE, 'endpoint.yml')], {
      ...{ HOME: home.path, NODE_OPTIONS: COUNT_STRIPPERS, NODE_COMPILE_CACHE: '' },
    })
  const [first, second] = [await start(), await start()]
  expect([first.stderr.trim(), second.stderr.trim()]).toEqual(['1', '0'])
  home.remove()
})

test('nothing compiled is kept where everybody may write', async () => {
  const home = createFolder()
  await chmod(home.path, 0o777)
  const environment = { HOME: home.path, NODE_COMPILE_CACHE: '' }
  await run(folder.path, ['validate', join(SAMPLE, 'endpoint.yml')], environment)
  expect(await readdir(home.path)).not.toContain('.cache')
  home.remove()
})

test('an older Node is told that it is one', async () => {
  const older = before("Object.defineProperty(process.versions, 'node', { value: '20.19.0' })")
  const { code, stdout, stderr } = await run(folder.path, ['--help'], { NODE_OPTIONS: older })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toBe(
    "Verdigris needs Node 22.22 or newer; this is 20.19.0. Beside it, 'npm install node@24' brings one along: npx finds it.\n",
  )
})
