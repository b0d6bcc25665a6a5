import { readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { SourceError } from '../../../src/reconcile/ports.ts'
import { createGitBench, type GitBench, never } from '../../support/git-bench.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

/** A repository of two commits that was read once, and is out of reach now. */
async function outOfReach() {
  const repository = await bench.repository()
  const first = await repository.commit({ 'a.yml': '1' })
  const dataDir = await bench.folder()
  const open = (revision = 'main', url = repository.url) =>
    bench.source({ repository: url, dataDir, revision })
  await open().read(never)
  const second = await repository.commit({ 'a.yml': '2' })
  await open().read(never)
  const away = `${repository.path}.away`
  await rename(repository.path, away)
  bench.atEnd(() => rm(away, { recursive: true, force: true }))
  const [cache = ''] = await readdir(join(dataDir, 'git'))
  const gitDir = join(dataDir, 'git', cache)
  return {
    repository,
    first,
    second,
    dataDir,
    open,
    gitDir,
    back: () => rename(away, repository.path),
  }
}

function failureOf(reading: Promise<unknown>): Promise<SourceError> {
  return sourceErrorOf(reading)
}

describe('a new process while the server is out of reach', () => {
  test('reads what the last whole fetch brought, with its history, and when that was', async () => {
    const { open, first, second } = await outOfReach()
    const source = open()
    expect((await failureOf(source.read(never))).reason).toBe('Unreachable')
    const copy = await source.copy?.read(never)
    expect(copy).toMatchObject({ revision: second, parent: first, files: [{ text: '2' }] })
    expect(source.copy?.fetchedAt()).toBeLessThanOrEqual(Date.now())
    expect((await source.at(first, never))?.files[0]?.text).toBe('1')
    expect(await source.isAncestor(first, second, never)).toBe(true)
  })

  test('asks the server for nothing else, and says why, as long as the read fails', async () => {
    const { open, back } = await outOfReach()
    const source = open()
    const failure = await failureOf(source.read(never))
    await back()
    expect(await failureOf(source.at('1'.repeat(40), never))).toBe(failure)
    await source.read(never)
    expect(await source.at('1'.repeat(40), never)).toBeUndefined()
  })

  test.each<[string, (state: Awaited<ReturnType<typeof outOfReach>>) => Promise<unknown>]>([
    ['a torn pack', ({ gitDir }) => eachPack(gitDir, (file) => truncate(file, 20))],
    ['lost packs', ({ gitDir }) => eachPack(gitDir, (file) => rm(file))],
    ['no note of what was fetched', ({ gitDir }) => rm(join(gitDir, 'verdigris-fetched.json'))],
    [
      'a note that is none',
      ({ gitDir }) => writeFile(join(gitDir, 'verdigris-fetched.json'), '{"repository": 1}'),
    ],
    [
      'a note of a fetch from another repository',
      ({ gitDir, second }) =>
        writeFile(
          join(gitDir, 'verdigris-fetched.json'),
          JSON.stringify({ repository: 'https://x/y', revision: 'main', commit: second, at: 1 }),
        ),
    ],
  ])('has no copy with %s', async (_, damage) => {
    const state = await outOfReach()
    await damage(state)
    const source = state.open()
    await failureOf(source.read(never))
    expect(await source.copy?.read(never)).toBeUndefined()
  })

  test('has no copy of another branch, nor of another repository', async () => {
    const { open, repository } = await outOfReach()
    for (const source of [open('trunk'), open('main', `${repository.url}.other`)]) {
      await failureOf(source.read(never))
      expect(await source.copy?.read(never)).toBeUndefined()
    }
  })

  test('still has the copy when the branch is gone from the server', async () => {
    const { open, back, repository, second } = await outOfReach()
    await back()
    await rm(join(repository.path, 'refs/heads/main'))
    const source = open()
    expect((await failureOf(source.read(never))).reason).toMatch(/RevisionNotFound|Empty/)
    expect(await source.copy?.read(never)).toMatchObject({ revision: second })
  })
})

test('a damaged copy that cannot be fetched anew stays as it is, until it can', async () => {
  const { open, gitDir, back } = await outOfReach()
  await writeFile(join(gitDir, 'refs/verdigris', 'x'.repeat(4)), 'nonsense\n')
  await eachPack(gitDir, (file) => truncate(file, 20))
  const before = await readdir(join(gitDir, 'objects/pack'))
  const source = open()
  await failureOf(source.read(never))
  expect(await readdir(join(gitDir, 'objects/pack'))).toEqual(before)
  await back()
  expect((await source.read(never)).files[0]?.text).toBe('2')
  expect(await readdir(join(gitDir, '..'))).toHaveLength(1)
})

async function eachPack(gitDir: string, change: (file: string) => Promise<unknown>): Promise<void> {
  const folder = join(gitDir, 'objects/pack')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pack'))
  await Promise.all(names.map((name) => change(join(folder, name))))
}
