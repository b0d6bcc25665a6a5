import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createFolder, ROOT, run, sampleIn, writeFiles } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)
const shell = promisify(execFile)

/** A clone whose folder `m` was committed twice and changed since; gives both commits. */
async function cloneIn(name: string) {
  const place = join(folder.path, name)
  mkdirSync(place)
  const git = async (...args: string[]): Promise<string> => {
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
    const { stdout } = await shell('git', [...who, ...args], { cwd: place })
    return stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main')
  sampleIn(place, 'm')
  const commits: string[] = []
  for (const description of ['first', 'second']) {
    writeFiles(place, { 'm/note.txt': description })
    await git('add', '--all')
    await git('commit', '--quiet', '--message', description)
    commits.push(await git('rev-parse', 'HEAD'))
  }
  writeFiles(place, { 'm/note.txt': 'not committed' })
  return { place, commits, git }
}

async function revisionOf(...args: readonly string[]) {
  const { stdout, stderr } = await run(folder.path, ['plan', ...args, '--output', 'json'])
  return stdout === '' ? stderr : JSON.parse(stdout).attemptedRevision
}

describe('a folder', () => {
  test('is read as it lies there, and with --revision as its repository has it then', async () => {
    const { place, commits, git } = await cloneIn('clone')
    const m = join(place, 'm')
    expect(commits).not.toContain(await revisionOf(m))
    expect(await revisionOf(m, '--revision', 'main')).toBe(commits[1])
    expect(await revisionOf(m, '--revision', commits[0] ?? '')).toBe(commits[0])
    const bare = join(folder.path, 'bare.git')
    await git('clone', '--quiet', '--bare', place, bare)
    expect(await revisionOf(bare)).toContain(`give it as file://${bare}`)
    expect(await revisionOf(`file://${bare}`, '--path', 'm')).toBe(commits[1])
  })

  test('that lies in no repository has no revisions', async () => {
    const plain = sampleIn(folder.path, 'plain')
    expect(await revisionOf(plain, '--revision', 'main')).toContain('is no folder in one')
  })
})

describe('the data directory', () => {
  test('is no part of a source that it lies in', async () => {
    const source = sampleIn(folder.path, 'around')
    const data = { VERDIGRIS_DATA_DIR: join(source, 'data') }
    const plan = async () => {
      const { stdout } = await run(folder.path, ['plan', source, '-o', 'json'], data)
      return JSON.parse(stdout).attemptedRevision
    }
    const first = await plan()
    expect(existsSync(data.VERDIGRIS_DATA_DIR)).toBe(true)
    expect(await plan()).toBe(first)
  })

  test('lies in the state of the user, one for each folder, where nobody else may look', async () => {
    const source = sampleIn(folder.path, 'own')
    const state = join(folder.path, 'state')
    const environment = { VERDIGRIS_DATA_DIR: '', XDG_STATE_HOME: state }
    const { VERDIGRIS_DATA_DIR: _, ...own } = environment
    await shell(process.execPath, [join(ROOT, 'src', 'verdigris.js'), 'plan', source], {
      cwd: source,
      env: { PATH: process.env.PATH, ...own },
    }).catch(({ code }) => expect(code).toBe(2))
    const [place = '', ...others] = readdirSync(join(state, 'verdigris'))
    expect(others).toEqual([])
    expect(place).toMatch(/^own-[0-9a-f]{8}$/)
    expect(statSync(join(state, 'verdigris', place)).mode & 0o777).toBe(0o700)
    expect(readdirSync(source)).not.toContain('.verdigris')
  })
})

test('as a script of npm it takes paths from where it was called', async () => {
  const source = sampleIn(folder.path, 'called')
  const { stdout } = await shell(
    'npm',
    ['--prefix', ROOT, 'run', '-s', 'verdigris', '--', 'validate', '.'],
    {
      cwd: source,
    },
  )
  expect(stdout).toContain('5 resources, 0 errors')
})
