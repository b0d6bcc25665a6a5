import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createGitBench, type GitBench, isQuiet, never } from '../../support/git-bench.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

async function cacheIn(dataDir: string): Promise<string> {
  const [cache = ''] = await readdir(join(dataDir, 'git'))
  return join(dataDir, 'git', cache)
}

async function prepared() {
  const repository = await bench.repository()
  await repository.commit({ 'a.yml': '1', 'b.yml': 'b' })
  const dataDir = await bench.folder()
  await bench.source({ repository: repository.url, dataDir }).read(never)
  const cache = await cacheIn(dataDir)
  const packs = join(cache, 'objects/pack')
  const open = () => bench.source({ repository: repository.url, dataDir })
  return { repository, dataDir, cache, packs, open }
}

type Prepared = Awaited<ReturnType<typeof prepared>>

describe('a local copy in a bad state is used or replaced, and the answer is right', () => {
  test.each<[string, (state: Prepared) => Promise<unknown>]>([
    ['a torn pack', ({ packs }) => eachFile(packs, '.pack', (file) => truncate(file, 20))],
    ['an empty pack index', ({ packs }) => eachFile(packs, '.idx', (file) => truncate(file, 0))],
    ['flipped bytes', ({ packs }) => eachFile(packs, '.pack', flip)],
    ['lost packs', ({ packs }) => eachFile(packs, '.pack', (file) => rm(file))],
    [
      'a torn ref',
      ({ cache }) => eachFile(join(cache, 'refs/verdigris'), '', (file) => writeFile(file, 'ab')),
    ],
    [
      'locks of a killed fetch',
      ({ cache }) =>
        Promise.all(
          ['config.lock', 'packed-refs.lock', 'shallow.lock'].map((name) =>
            writeFile(join(cache, name), ''),
          ),
        ),
    ],
    [
      'a locked ref',
      ({ cache }) =>
        eachFile(join(cache, 'refs/verdigris'), '', (file) => writeFile(`${file}.lock`, '')),
    ],
    ['a config that is none', ({ cache }) => writeFile(join(cache, 'config'), '[[[')],
    ['a torn HEAD', ({ cache }) => writeFile(join(cache, 'HEAD'), '')],
    ['half a pack of a killed fetch', ({ packs }) => writeFile(join(packs, 'tmp_pack_x'), 'PACK')],
    [
      'folders where packs were',
      ({ packs }) =>
        eachFile(packs, '', async (file) => {
          await rm(file)
          await mkdir(file)
        }),
    ],
    ['a shallow file', ({ cache }) => writeFile(join(cache, 'shallow'), 'nonsense\n')],
  ])('%s', async (_what, damage) => {
    const state = await prepared()
    await damage(state)
    const source = state.open()
    expect((await source.read(never)).files.map(({ text }) => text)).toEqual(['1', 'b'])
    await state.repository.commit({ 'a.yml': '2' })
    expect((await source.read(never)).files.map(({ text }) => text)).toEqual(['2', 'b'])
  })

  test('an old half pack is removed, a young one may belong to somebody', async () => {
    const { packs, open } = await prepared()
    for (const name of ['tmp_pack_old', 'tmp_pack_new']) await writeFile(join(packs, name), 'PACK')
    await utimes(join(packs, 'tmp_pack_old'), 1, 1)
    await open().read(never)
    expect(existsSync(join(packs, 'tmp_pack_old'))).toBe(false)
    expect(existsSync(join(packs, 'tmp_pack_new'))).toBe(true)
  })

  test('row 11: what others put into the copy is not run, read or followed', async () => {
    const { repository, cache, open } = await prepared()
    const sentinel = join(await bench.folder(), 'sentinel')
    const script = join(await bench.folder(), 'run.sh')
    await writeFile(script, `#!/bin/sh\ntouch ${sentinel}\n`)
    await chmod(script, 0o755)
    const included = join(await bench.folder(), 'included')
    await writeFile(included, `[core]\n\tfsmonitor = ${script}\n`)
    const keys = ['fsmonitor', 'sshCommand', 'gitProxy', 'askPass', 'alternateRefsCommand', 'pager']
    await appendFile(
      join(cache, 'config'),
      `[core]\n${keys.map((key) => `\t${key} = ${script}\n`).join('')}\thooksPath = ${cache}/hooks\n` +
        `[include]\n\tpath = ${included}\n[remote "origin"]\n\tuploadpack = ${script}\n` +
        `[url "ext::${script} "]\n\tinsteadOf = file://\n[credential]\n\thelper = !${script}\n`,
    )
    await mkdir(join(cache, 'hooks'), { recursive: true })
    for (const hook of ['reference-transaction', 'post-fetch', 'pre-auto-gc', 'post-update']) {
      await writeFile(join(cache, 'hooks', hook), `#!/bin/sh\ntouch ${sentinel}\n`)
      await chmod(join(cache, 'hooks', hook), 0o755)
    }
    await repository.commit({ 'a.yml': '2' })
    expect((await open().read(never)).files[0]).toMatchObject({ text: '2' })
    expect(existsSync(sentinel)).toBe(false)
  })

  test('row 11: the config and hooks of a served repository run nothing of ours', async () => {
    const { repository, open } = await prepared()
    const sentinel = join(await bench.folder(), 'sentinel')
    await repository.git('config', 'uploadpack.packObjectsHook', `touch ${sentinel};`)
    await repository.git('config', 'core.fsmonitor', `touch ${sentinel}`)
    await repository.commit({ 'a.yml': '2' })
    expect((await open().read(never)).files[0]).toMatchObject({ text: '2' })
    expect(existsSync(sentinel)).toBe(false)
  })

  test('a kill -9 in the middle of a fetch leaves a copy that works', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    const asked = Promise.withResolvers<void>()
    let requests = 0
    const server = await bench.server({
      repository: repository.path,
      intercept(request) {
        requests += 1
        // The pack itself is held back: the fetch is in its middle for ever.
        if (requests !== 3) return false
        request.resume()
        asked.resolve()
        return true
      },
    })
    const dataDir = await bench.folder()
    const options = {
      name: 'app',
      repository: server.url,
      revision: 'main',
      path: '',
      dataDir,
      allowLocal: true,
    }
    const program = `import { openRepository } from ${JSON.stringify(join(process.cwd(), 'src/adapters/git/repository.ts'))}
      await openRepository(${JSON.stringify(options)}).read(new AbortController().signal)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: 'inherit',
    })
    await asked.promise
    child.kill('SIGKILL')
    await once(child, 'exit')
    const cache = await cacheIn(dataDir)
    await writeFile(join(cache, 'shallow.lock'), '')
    const source = bench.source(options)
    expect((await source.read(never)).files).toMatchObject([{ text: '1' }])
  })

  test('row 44: a data directory that cannot be written is an error that says so', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    const file = join(await bench.folder(), 'file')
    await writeFile(file, '')
    const source = bench.source({ repository: repository.url, dataDir: join(file, 'x') })
    const error = await sourceErrorOf(source.read(never))
    expect(error.message).toMatch(/local copy|data directory/)
    expect(await isQuiet(file)).toBe(true)
  })

  test('the meter hears of each read, good or bad', async () => {
    const repository = await bench.repository()
    const heard: string[] = []
    const meter = { sourceFetch: (result: string, ms: number) => heard.push(`${result} ${ms > 0}`) }
    const source = bench.source({ repository: repository.url, meter })
    await sourceErrorOf(source.read(never))
    await repository.commit({ 'a.yml': '1' })
    await source.read(never)
    expect(heard).toEqual(['error true', 'success true'])
  })
})

async function eachFile(
  folder: string,
  suffix: string,
  change: (file: string) => Promise<unknown>,
): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(suffix))
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) {
    await chmod(join(folder, name), 0o644)
    await change(join(folder, name))
  }
}

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file)
  for (let at = 14; at < bytes.length - 20; at += 3) bytes[at] = (bytes[at] ?? 0) ^ 0x55
  await writeFile(file, bytes)
}
