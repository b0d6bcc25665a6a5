import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openOwnFolder } from '../../src/lib/own-folder.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'verdigris-test-'))
})
afterEach(() => {
  rmSync(parent, { recursive: true })
})

/** Leaves a folder behind as a killed process does, and gives its path. */
async function killedOwner(name: string): Promise<string> {
  const module = fileURLToPath(new URL('../../src/lib/own-folder.ts', import.meta.url))
  const program = `
    const { openOwnFolder } = await import(${JSON.stringify(module)})
    console.log((await openOwnFolder(${JSON.stringify(name)}, ${JSON.stringify(parent)})).path)
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [path] = await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  return String(path).trim()
}

describe('a folder of its own', () => {
  test('is there while its owner lives, and goes with all that is in it', async () => {
    const own = await openOwnFolder('one', parent)
    mkdirSync(join(own.path, 'a', 'b'), { recursive: true })
    writeFileSync(join(own.path, 'a', 'b', 'c'), 'x')
    await own.remove()
    expect(readdirSync(parent)).toEqual([])
  })

  test('of a killed process is removed by the next of its name, and by no other', async () => {
    const left = await killedOwner('one')
    writeFileSync(join(left, 'file'), 'x')
    const other = await openOwnFolder('another', parent)
    expect(existsSync(left)).toBe(true)
    const own = await openOwnFolder('one', parent)
    expect(existsSync(left)).toBe(false)
    await Promise.all([own.remove(), other.remove()])
  })

  test('of a living process stays, whoever comes', async () => {
    const first = await openOwnFolder('one', parent)
    const [second, third] = await Promise.all([
      openOwnFolder('one', parent),
      openOwnFolder('one', parent),
    ])
    for (const { path } of [first, second, third]) expect(existsSync(path)).toBe(true)
    await Promise.all([first, second, third].map((one) => one.remove()))
    expect(readdirSync(parent)).toEqual([])
  })

  test.each([
    ['a folder without a socket', (path: string) => mkdirSync(path)],
    [
      'a folder with a file in the place of its socket',
      (path: string) => {
        mkdirSync(path)
        writeFileSync(join(path, 'owner'), '')
      },
    ],
    ['a file', (path: string) => writeFileSync(path, '')],
  ])('leaves alone what may be another’s: %s', async (_, make) => {
    const path = join(parent, 'one-abcdef')
    make(path)
    const own = await openOwnFolder('one', parent)
    expect(existsSync(path)).toBe(true)
    await own.remove()
  })

  test('does not follow a link to a folder that was left behind', async () => {
    const left = await killedOwner('other')
    symlinkSync(left, join(parent, 'one-linked'))
    const own = await openOwnFolder('one', parent)
    expect(existsSync(left)).toBe(true)
    await own.remove()
  })

  test('can be had where a path is too long for a socket, and is then never taken for left behind', async () => {
    const deep = join(parent, 'x'.repeat(120))
    mkdirSync(deep)
    const first = await openOwnFolder('one', deep)
    const second = await openOwnFolder('one', deep)
    expect(readdirSync(deep)).toHaveLength(2)
    await Promise.all([first.remove(), second.remove()])
    expect(readdirSync(deep)).toEqual([])
  })

  test('of another user is left alone', async () => {
    const left = await killedOwner('one')
    const isRoot = process.getuid?.() === 0
    // Only root may give a folder away; for anybody else, another's folder cannot be entered at all.
    if (isRoot) chownSync(left, 12_345, 12_345)
    else chmodSync(left, 0o000)
    const own = await openOwnFolder('one', parent)
    expect(existsSync(left)).toBe(true)
    if (!isRoot) chmodSync(left, 0o700)
    await own.remove()
  })

  test('that serves as the mark of life does not keep its process from ending', async () => {
    const module = fileURLToPath(new URL('../../src/lib/own-folder.ts', import.meta.url))
    const program = `
      const { openOwnFolder } = await import(${JSON.stringify(module)})
      await openOwnFolder('one', ${JSON.stringify(parent)})`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
    expect((await once(child, 'exit'))[0]).toBe(0)
  })
})
