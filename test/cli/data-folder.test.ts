import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createGitRepository, type GitRepository } from '../support/git-repository.ts'
import { get } from '../support/http.ts'
import { endpointFile } from '../support/manifests.ts'
import {
  createFolder,
  type Running,
  type RunningSandbox,
  start,
  startSandboxProgram,
  writeFiles,
} from './program.ts'

/** The data directory is a cache: whatever becomes of it, a controller reads anew, and changes nothing in Azure. */

const folder = createFolder()
const data = join(folder.path, 'data')
const API = '/api/v1/applications/default'
let sandbox: RunningSandbox
let repository: GitRepository
let running: Running | undefined
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
  repository = await createGitRepository()
  await repository.commit({
    'fraud.yml': endpointFile('a'),
    'churn.yml': endpointFile('a').replace('fraud', 'churn'),
  })
  await repository.commit({ 'fraud.yml': endpointFile('b') })
  const { url } = await startController()
  await converged(url)
  // What the other tests count is counted here.
  expect(await writesOf(url)).toBe(2)
  await kill()
}, 120_000)
afterEach(() => kill())
afterAll(async () => {
  await sandbox.stop()
  await repository.remove()
  folder.remove()
})

type Environment = Readonly<Record<string, string>>

async function startController(environment: Environment = {}, before: readonly string[] = []) {
  const args = ['run', repository.url, '--sandbox', sandbox.file, '--port', '0', '-o', 'json']
  const options = { VERDIGRIS_ALLOW_LOCAL: 'true', ...environment }
  running = start(folder.path, args, options, undefined, before)
  const url: string = JSON.parse(await running.says('}\n')).address
  return { url, running }
}

async function kill(): Promise<void> {
  running?.child.kill('SIGKILL')
  await running?.ended
  running = undefined
}

/** Until a whole tick has found everything as Git has it. */
async function converged(url: string): Promise<void> {
  const states = async () => (await get(`${url}${API}/resources`)).text.match(/"synced"/g) ?? []
  while ((await states()).length < 2) expect(running?.child.exitCode).toBeNull()
}

/** Writes that this process sent to Azure. */
async function writesOf(url: string): Promise<number> {
  const { text } = await get(`${url}/metrics`)
  const line = /^verdigris_azure_requests_total\{[^}]*method="(?:PUT|PATCH|DELETE)".*\} (\d+)$/gm
  return [...text.matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Every file that the controllers left, Git's own included. */
function files(): readonly string[] {
  const all = readdirSync(data, { recursive: true, encoding: 'utf8' })
  const found = all.map((path) => join(data, path)).filter((path) => statSync(path).isFile())
  expect(found.length).toBeGreaterThan(3)
  return found.filter((path) => !path.includes('/programs/'))
}

function each(damage: (path: string) => void): () => void {
  return () => {
    for (const path of files()) damage(path)
  }
}

describe('a data directory', () => {
  test.each<[string, () => void]>([
    ['that is gone', () => rmSync(data, { recursive: true })],
    ['whose files are empty', each((path) => truncateSync(path))],
    [
      'whose files end in their middle',
      each((path) => truncateSync(path, Math.floor(statSync(path).size / 2))),
    ],
    ['whose files hold bytes', each((path) => writeFileSync(path, Buffer.alloc(4096, 0xfe)))],
    [
      'whose files another version wrote',
      each((path) =>
        writeFileSync(path, '{"version":99,"application":"other","repository":"x","rows":[{}]}\n'),
      ),
    ],
    [
      'whose files are folders',
      each((path) => {
        rmSync(path)
        mkdirSync(path)
      }),
    ],
    [
      'whose folders are files',
      () => {
        for (const name of readdirSync(data)) {
          rmSync(join(data, name), { recursive: true })
          writeFileSync(join(data, name), 'x')
        }
      },
    ],
  ])('%s', async (what, damage) => {
    damage()
    const { url } = await startController()
    if (what === 'whose folders are files') await toldOf(url)
    else await converged(url)
    expect(await writesOf(url)).toBe(0)
    rmSync(data, { recursive: true, force: true })
    await kill()
    const next = await startController()
    await converged(next.url)
    expect(await writesOf(next.url)).toBe(0)
  })
})

/** The source cannot be read, which is said, and the process is there. */
async function toldOf(url: string): Promise<void> {
  const told = /the data directory cannot be written|the local copy of the repository cannot/
  while (!told.test((await get(`${url}${API}`)).text)) expect(running?.child.exitCode).toBeNull()
  expect((await get(`${url}/healthz`)).status).toBe(200)
}

describe('a disk for it', () => {
  /** A place of its own for each process, which the machine may not allow. */
  const mounted = (options: string): readonly string[] => [
    ...['unshare', '-m', 'sh', '-c'],
    `mount -t tmpfs -o ${options} none "$VERDIGRIS_DATA_DIR" && exec "$0" "$@"`,
  ]
  const [program = '', ...allowed] = mounted('size=64k')
  const environment = { PATH: process.env.PATH, VERDIGRIS_DATA_DIR: folder.path }
  const isAllowed =
    spawnSync(program, [...allowed, 'true'], { env: environment }).status === 0 ? test : test.skip

  isAllowed.each([
    ['that may only be read', 'ro'],
    ['that is full', 'size=4k'],
  ])('%s is said, and nothing is written to Azure', async (_, options) => {
    mkdirSync(join(folder.path, 'disk'), { recursive: true })
    const place = { VERDIGRIS_DATA_DIR: join(folder.path, 'disk') }
    const { url } = await startController(place, mounted(options))
    await toldOf(url)
    expect(await writesOf(url)).toBe(0)
  })
})

describe('a clock', () => {
  const CLOCK = `const Real = Date, ms = Number(process.env.SET_BY_MS)
    globalThis.Date = class extends Real {
      constructor(...given) { given.length === 0 ? super(Real.now() + ms) : super(...given) }
      static now() { return Real.now() + ms }
    }`
  const DAY = 86_400_000

  test.each([
    ['a day ahead', DAY],
    ['a day behind', -DAY],
  ])('that was set %s after the directory was written', async (_, ms) => {
    const [left = ''] = files()
    expect(readFileSync(left).length).toBeGreaterThan(0)
    writeFiles(folder.path, { 'clock.mjs': CLOCK })
    const { url } = await startController({
      NODE_OPTIONS: `--import ${join(folder.path, 'clock.mjs')}`,
      SET_BY_MS: String(ms),
    })
    await converged(url)
    expect(await writesOf(url)).toBe(0)
  })
})
