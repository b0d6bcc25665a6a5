import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openFolder } from '../../../src/adapters/git/folder/folder.ts'
import { createGitBench, type GitBench, never } from '../../support/git-bench.ts'
import type { Files } from '../../support/git-repository.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

async function folderWith(files: Files): Promise<string> {
  const folder = await bench.folder()
  await put(folder, files)
  return folder
}

async function put(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

describe('a folder', () => {
  test('is the same snapshot as a repository with the same files', async () => {
    const files: Files = {
      'prod/a.yml': 'a: 1\n',
      'prod/sub/b.json': '{}',
      'prod/sub.yml': 'x',
      'prod/src/score.py': new Uint8Array([0, 255, 1]),
      'prod/.amlignore': 'x\n',
      'other.yml': 'no',
    }
    const repository = await bench.repository()
    await repository.commit(files)
    const root = await folderWith(files)
    const git = await bench.source({ repository: repository.url, path: 'prod' }).read(never)
    const folder = await openFolder({ root, path: 'prod' }).read(never)
    expect(folder.files).toEqual(git.files)
    expect(folder.revision).toMatch(/^[0-9a-f]{64}$/)
    expect(folder).not.toHaveProperty('parent')
    expect(folder).not.toHaveProperty('committedAt')
  })

  test('shows pointers of Git LFS for what they are, as a repository does, and nothing else for one', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`
    const files: Files = {
      'blue.yml': pointer,
      'golden.json': pointer,
      'model/model.pkl': pointer,
      'src/score.py': pointer,
      'src/about.py': `# ${pointer}`,
      'long.bin': pointer + 'x'.repeat(1024),
      'short.bin': pointer.slice(0, 40),
    }
    const repository = await bench.repository()
    await repository.commit(files)
    const git = await bench.source({ repository: repository.url }).read(never)
    const folder = openFolder({ path: await folderWith(files) })
    expect((await folder.read(never)).files).toEqual(git.files)
    // Twice: what is remembered of a file says the same.
    expect((await folder.read(never)).files).toEqual(git.files)
    const refused = git.files.filter((file) => file.refused === 'LfsPointer')
    expect(refused.map(({ path }) => path)).toEqual([
      'blue.yml',
      'golden.json',
      'model/model.pkl',
      'src/score.py',
    ])
  })

  test('whatever its files are, ids are those of git hash-object, and contents come back by id', async () => {
    const name = fc.constantFrom('a.yml', 'b/c.json', 'b/d', 'ü/e.yaml')
    const content = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 50 }))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, content, { minKeys: 1 }), async (files) => {
        const path = await folderWith(files)
        const source = openFolder({ path })
        const snapshot = await source.read(never)
        expect(snapshot.files).toHaveLength(Object.keys(files).length)
        for (const file of snapshot.files) {
          const id = execFileSync('git', ['hash-object', '--no-filters', join(path, file.path)])
          expect(file.blob).toBe(id.toString().trim())
          expect(Buffer.from(await source.blob(file.blob))).toEqual(
            Buffer.from(files[file.path] as string | Uint8Array),
          )
        }
      }),
      { numRuns: 15 },
    )
  })

  test('its revision follows its content and nothing else', async () => {
    const path = await folderWith({ 'a.yml': '1', 'b.bin': '1' })
    const source = openFolder({ path })
    const first = (await source.read(never)).revision
    await utimes(join(path, 'a.yml'), 1, 1)
    expect((await source.read(never)).revision).toBe(first)
    await put(path, { 'b.bin': '2' })
    const second = (await source.read(never)).revision
    expect(second).not.toBe(first)
    await rename(join(path, 'b.bin'), join(path, 'c.bin'))
    expect((await source.read(never)).revision).not.toBe(second)
  })

  test('a file rewritten with the same size and time is seen', async () => {
    const path = await folderWith({ 'a.bin': '1' })
    const source = openFolder({ path })
    await utimes(join(path, 'a.bin'), 1000, 1000)
    const first = (await source.read(never)).revision
    await put(path, { 'a.bin': '2' })
    await utimes(join(path, 'a.bin'), 1000, 1000)
    expect((await source.read(never)).revision).not.toBe(first)
  })

  test('has no history', async () => {
    const source = openFolder({ path: await folderWith({ 'a.yml': '1' }) })
    const { revision } = await source.read(never)
    expect(await source.at(revision, never)).toBeUndefined()
    expect(await source.isAncestor(revision, revision, never)).toBeUndefined()
  })

  test('a content that has changed since the reading is an error, not other content', async () => {
    const path = await folderWith({ 'a.bin': '1' })
    const source = openFolder({ path })
    const { files } = await source.read(never)
    await put(path, { 'a.bin': '2' })
    expect((await sourceErrorOf(source.blob(files[0]?.blob ?? ''))).reason).toBe('PathNotFound')
    expect((await sourceErrorOf(source.blob('f'.repeat(40)))).reason).toBe('PathNotFound')
  })

  test('.git and node_modules are no part of it', async () => {
    const path = await folderWith({ '.git/a.yml': '1', 'x/node_modules/b.yml': '1', 'c.yml': '1' })
    const { files } = await openFolder({ path }).read(never)
    expect(files.map((file) => file.path)).toEqual(['c.yml'])
  })
})

describe('a hostile folder', () => {
  test('row 12: symbolic links are refused, to files, to folders and out of the root', async () => {
    const path = await folderWith({ 'real/a.yml': '1' })
    await symlink('/etc/passwd', join(path, 'b.yml'))
    await symlink('real/a.yml', join(path, 'c.yml'))
    await symlink('real', join(path, 'd'))
    await symlink('..', join(path, 'e'))
    const { files } = await openFolder({ path }).read(never)
    expect(files.map((file) => [file.path, file.refused])).toEqual([
      ['b.yml', 'Symlink'],
      ['c.yml', 'Symlink'],
      ['d', 'Symlink'],
      ['e', 'Symlink'],
      ['real/a.yml', undefined],
    ])
    expect(files.slice(0, 4).every((file) => file.text === undefined)).toBe(true)
  })

  test.each(['..', '/etc', '../x', 'a/../..'])(
    'row 12: the path %s is outside of the root',
    async (path) => {
      const root = await folderWith({ 'a/a.yml': '1', '../x/a.yml': '1' })
      expect((await sourceErrorOf(openFolder({ root, path }).read(never))).reason).toBe('Refused')
    },
  )

  test('row 12: a path that is a link out of the root is refused', async () => {
    const outside = await folderWith({ 'a.yml': '1' })
    const root = await bench.folder()
    await symlink(outside, join(root, 'prod'))
    const error = await sourceErrorOf(openFolder({ root, path: 'prod' }).read(never))
    expect(error.reason).toBe('Refused')
  })

  test('row 13: sockets and bad names are listed as refused, and never waited for', async () => {
    const path = await folderWith({ 'a\\b.yml': '1', 'A.yml': '1', 'a.yml': '2', 'ok.yml': '3' })
    const socket = createServer().listen(join(path, 'socket.yml'))
    await once(socket, 'listening')
    const { files } = await openFolder({ path }).read(never)
    expect(files.map(({ path: name, refused }) => [name, refused])).toEqual([
      ['A.yml', 'AmbiguousName'],
      ['a.yml', 'AmbiguousName'],
      ['a\\b.yml', 'BadPath'],
      ['ok.yml', undefined],
      ['socket.yml', 'BadPath'],
    ])
    socket.close()
  })

  test('row 13: a name that is not UTF-8 is refused alone, of a file and of a folder', async () => {
    const path = await folderWith({ 'ok.yml': '3' })
    const named = (name: string): Buffer =>
      Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, 'latin1')])
    await writeFile(named('caf\u00e9.yml'), 'x')
    await mkdir(named('caf\u00e9'))
    const { files } = await openFolder({ path }).read(never)
    expect(files.map(({ path: name, refused }) => [name, refused])).toEqual([
      ['caf\ufffd', 'BadPath'],
      ['caf\ufffd.yml', 'BadPath'],
      ['ok.yml', undefined],
    ])
  })

  test('what goes away while the folder is read is named', async () => {
    const path = await folderWith({ 'sub/a.yml': '1' })
    const signal = {
      // It is looked at before each file.
      get aborted() {
        rmSync(join(path, 'sub'), { recursive: true, force: true })
        return false
      },
    } as AbortSignal
    expect(await sourceErrorOf(openFolder({ path }).read(signal))).toMatchObject({
      reason: 'Unreachable',
      message: 'sub/a.yml went while the folder was read: it is read again',
    })
  })

  test('a content that is gone since the reading is an error', async () => {
    const path = await folderWith({ 'a.yml': '1' })
    const source = openFolder({ path })
    const { files } = await source.read(never)
    await rm(join(path, 'a.yml'))
    expect(await sourceErrorOf(source.blob(files[0]?.blob ?? ''))).toMatchObject({
      reason: 'PathNotFound',
    })
  })

  test('row 14: too many files and too much text are errors, large files are refused', async () => {
    const path = await folderWith({ 'a.yml': 'xxx', 'b.yml': 'xxxxx', 'c.json': 'xxxxx' })
    await writeFile(join(path, 'big.bin'), '')
    await truncate(join(path, 'big.bin'), 2 ** 40)
    const read = (limits: object) => openFolder({ path, limits }).read(never)
    expect((await sourceErrorOf(read({ entries: 3 }))).reason).toBe('LimitExceeded')
    expect((await sourceErrorOf(read({ textsBytes: 8 }))).reason).toBe('LimitExceeded')
    const { message } = await sourceErrorOf(
      read({ listBytes: 'a.ymlb.ymlbig.binc.json'.length - 1 }),
    )
    expect(message).toMatch(/paths of the files have more than 22 bytes/)
    const { files } = await read({ textBytes: 4 })
    expect(files.map((file) => [file.path, file.refused, file.text])).toEqual([
      ['a.yml', undefined, 'xxx'],
      ['b.yml', 'TooLarge', undefined],
      ['big.bin', 'TooLarge', undefined],
      ['c.json', undefined, undefined],
    ])
  })

  test('row 19: a missing, empty or unreadable folder is an error', async () => {
    const empty = await bench.folder()
    expect((await sourceErrorOf(openFolder({ path: empty }).read(never))).reason).toBe(
      'PathNotFound',
    )
    const missing = openFolder({ path: join(empty, 'missing') })
    expect(await sourceErrorOf(missing.read(never))).toMatchObject({
      reason: 'PathNotFound',
      message: `there is no folder ${join(empty, 'missing')}: check the path`,
    })
    const file = join(await folderWith({ 'a.yml': '1' }), 'a.yml')
    expect(await sourceErrorOf(openFolder({ path: file }).read(never))).toMatchObject({
      reason: 'PathNotFound',
      message: `${file} is a file: name the folder that it lies in`,
    })
    const below = openFolder({ path: join(file, 'b') })
    expect((await sourceErrorOf(below.read(never))).reason).toBe('PathNotFound')
  })

  test('an abort ends the reading', async () => {
    const source = openFolder({ path: await folderWith({ 'a.yml': '1' }) })
    expect((await sourceErrorOf(source.read(AbortSignal.abort()))).reason).toBe('TimedOut')
  })
})

describe('watching', () => {
  /** Resolves with the first call back; the watch is up once it sees a file of ours change. */
  async function changed(path: string, change: () => Promise<unknown>): Promise<void> {
    const source = openFolder({ path })
    const seen = Promise.withResolvers<void>()
    const stop = source.watch(seen.resolve)
    const again = setInterval(change, 150)
    await seen.promise
    clearInterval(again)
    stop()
    source.close()
  }

  test.each<[string, (path: string, n: number) => Promise<unknown>]>([
    ['a new file', (path, n) => put(path, { [`new${n}.yml`]: `${n}` })],
    ['a changed file', (path, n) => put(path, { 'a.yml': `${n}` })],
    ['a file in a new folder', (path, n) => put(path, { [`d${n}/new.yml`]: '1' })],
    ['a removed file', (path) => rm(join(path, 'a.yml'), { force: true })],
  ])('tells of %s', async (_what, change) => {
    const path = await folderWith({ 'a.yml': '1', 'b.yml': '1' })
    let n = 0
    await changed(path, () => {
      n += 1
      return change(path, n)
    })
  })

  test('a folder of more files than are watched is left to the interval', async () => {
    const path = await folderWith({ 'a.yml': '1', 'b.yml': '1' })
    const source = openFolder({ path, limits: { watched: 1 } })
    let calls = 0
    source.watch(() => {
      calls += 1
    })
    // Each time another watch has told of a change.
    let n = 0
    for (let times = 0; times < 3; times += 1)
      await changed(path, () => {
        n += 1
        return put(path, { 'a.yml': `${n}` })
      })
    expect(calls).toBe(0)
    source.close()
  })

  test('.git and node_modules are not watched', async () => {
    const path = await folderWith({ 'a.yml': '1', '.git/x': '1', 'node_modules/x': '1' })
    const source = openFolder({ path })
    let calls = 0
    source.watch(() => {
      calls += 1
    })
    const other = await folderWith({ 'a.yml': '1' })
    for (let n = 1; n <= 3; n += 1) {
      // Each time another watch has told of a change that was made after these.
      await changed(other, async () => {
        await put(path, { '.git/x': `${n}`, 'node_modules/y/z': `${n}`, '.git/index.lock': '1' })
        await put(other, { 'a.yml': `${performance.now()}` })
      })
    }
    expect(calls).toBe(0)
    source.close()
  })

  test('nothing is told after the end', async () => {
    const path = await folderWith({ 'a.yml': '1' })
    const source = openFolder({ path })
    let calls = 0
    const stop = source.watch(() => {
      calls += 1
    })
    stop()
    await changed(path, () => put(path, { 'a.yml': `${performance.now()}` }))
    expect(calls).toBe(0)
    source.close()
  })
})
