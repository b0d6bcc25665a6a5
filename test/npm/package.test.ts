import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ROOT } from '../cli/program.ts'

/** The package as npm packs it, installed into an empty folder beside a Node of its own. */

const exec = promisify(execFile)
const MINUTES = 60_000
const folder = mkdtempSync(join(tmpdir(), 'verdigris-package-'))
let tarball = ''

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** As from a shell: without Node's options, which are Jest's, and what npm tells the scripts that it runs. */
async function run(command: string, args: readonly string[], cwd: string): Promise<Run> {
  const { NODE_OPTIONS: _, ...all } = process.env
  const own = Object.entries(all).filter(
    ([name]) => !/^npm_(?!config_(?:registry|cafile|globalconfig|userconfig|cache)$)/.test(name),
  )
  const env = Object.fromEntries(own)
  try {
    const { stdout, stderr } = await exec(command, args, { cwd, env, maxBuffer: 1 << 26 })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as Run
    return { code, stdout, stderr }
  }
}

/** An empty folder with the package in it, and this Node. */
async function install(name: string, ...args: readonly string[]): Promise<string> {
  const path = join(folder, name)
  mkdirSync(path)
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--prefix', path]
  const { code, stderr } = await run('npm', ['install', ...options, ...args, tarball], path)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return path
}

beforeAll(async () => {
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], ROOT)
  expect(packed).toMatchObject({ code: 0 })
  tarball = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '')
}, 5 * MINUTES)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  [22, ['node@22']],
  [24, []],
])(
  'installed for Node %i, it says its version, validates a folder, tells the story of the demo, and has a sandbox for others',
  async (major, beside) => {
    const path = await install(`node-${major}`, ...beside)
    cpSync(join(ROOT, 'manifests', 'workspace'), join(path, 'workspace'), { recursive: true })
    const npx = (...words: readonly string[]) => run('npx', ['--no', '--', ...words], path)

    expect((await npx('node', '--version')).stdout).toMatch(`v${major}.`)
    expect(await npx('verdigris', '--version')).toMatchObject({ stdout: '0.1.0\n', stderr: '' })
    expect(await npx('verdigris', 'validate', 'workspace')).toMatchObject({ code: 0 })
    const demo = await npx('verdigris', 'demo')
    expect(demo).toMatchObject({
      code: 0,
      stdout: expect.stringMatching('from commit to converged'),
    })

    const program =
      "import { openSandbox } from 'verdigris/sandbox'; console.log(typeof openSandbox)"
    const embedding = await npx('node', '--input-type=module', '-e', program)
    expect(embedding).toMatchObject({ stdout: 'function\n', stderr: '' })
    const types = join(path, 'node_modules', 'verdigris', 'dist', 'sandbox')
    expect(readdirSync(types)).toContain('index.d.ts')
  },
  10 * MINUTES,
)

test(
  'without its optional part it validates, and a sandbox says what to install',
  async () => {
    const path = await install('small', '--omit=optional')
    cpSync(join(ROOT, 'manifests', 'workspace'), join(path, 'workspace'), { recursive: true })
    const verdigris = (...args: readonly string[]) =>
      run(process.execPath, [join(path, 'node_modules', '.bin', 'verdigris'), ...args], path)

    expect(await verdigris('validate', 'workspace')).toMatchObject({ code: 0 })
    for (const args of [['plan', 'workspace'], ['demo'], ['sandbox']]) {
      const { code, stderr } = await verdigris(...args)
      expect({ args, code, stderr }).toEqual({
        args,
        code: 1,
        stderr: expect.stringContaining('npm install azurite@3'),
      })
      expect(stderr).not.toMatch(/\n\s+at /)
    }
  },
  10 * MINUTES,
)
