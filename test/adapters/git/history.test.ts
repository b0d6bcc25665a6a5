import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createGitBench, type GitBench, never } from '../../support/git-bench.ts'
import type { GitRepository } from '../../support/git-repository.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

describe('a repository whose history moves', () => {
  test('row 18: after a force-push the old commit is no ancestor, and still readable', async () => {
    const repository = await bench.repository()
    const root = await repository.commit({ 'a.yml': '0' })
    const old = await repository.commit({ 'a.yml': '1' })
    const source = bench.source({ repository: repository.url })
    await source.read(never)
    const forced = await repository.commit({ 'a.yml': '2' }, { from: root })
    expect((await source.read(never)).revision).toBe(forced)
    expect(await source.isAncestor(old, forced, never)).toBe(false)
    expect(await source.isAncestor(root, forced, never)).toBe(true)
    expect(await source.at(old, never)).toMatchObject({ files: [{ text: '1' }] })
  })

  test('row 18: after a force-push to an ancestor, or to an unrelated history, the old commit is no ancestor', async () => {
    const repository = await bench.repository()
    const root = await repository.commit({ 'a.yml': '0' })
    const old = await repository.commit({ 'a.yml': '1' })
    const source = bench.source({ repository: repository.url })
    await source.read(never)
    await repository.git('update-ref', 'refs/heads/main', root)
    expect((await source.read(never)).revision).toBe(root)
    expect(await source.isAncestor(old, root, never)).toBe(false)
    const unrelated = await repository.commit({ 'b.yml': '1' }, { from: null })
    const snapshot = await source.read(never)
    expect(snapshot.revision).toBe(unrelated)
    expect(snapshot).not.toHaveProperty('parent')
    expect(await source.isAncestor(old, unrelated, never)).toBe(false)
    expect(await source.isAncestor(root, unrelated, never)).toBe(false)
  })

  test('the first parent of a merge is the branch that was merged into', async () => {
    const repository = await bench.repository()
    const first = await repository.commit({ 'a.yml': '1' })
    const side = await repository.commit({ 'b.yml': '1' }, { branch: 'side', from: first })
    const main = await repository.commit({ 'c.yml': '1' })
    const tree = await repository.git('rev-parse', `${main}^{tree}`)
    const merge = await repository.gitWithInput('m', 'commit-tree', tree, '-p', main, '-p', side)
    await repository.git('update-ref', 'refs/heads/main', merge)
    const source = bench.source({ repository: repository.url })
    expect((await source.read(never)).parent).toBe(main)
    expect(await source.isAncestor(side, merge, never)).toBe(true)
  })
})

describe('row 19: nothing there is an error and never an empty state', () => {
  async function errorAfter(change: (repository: GitRepository) => Promise<unknown>, path = '') {
    const repository = await bench.repository()
    await repository.commit({ 'prod/a.yml': '1', 'b.yml': '1' })
    const source = bench.source({ repository: repository.url, path })
    await source.read(never)
    await change(repository)
    return sourceErrorOf(source.read(never))
  }

  test('row 19: a branch that vanished', async () => {
    const error = await errorAfter(async (repository) => {
      await repository.git('branch', '-m', 'main', 'other')
    })
    expect(error.reason).toBe('RevisionNotFound')
    expect(error.message).toMatch(/"main"; it has the branch other: correct the revision/)
  })

  test('of many branches a few are named, and none whose name is no plain text', async () => {
    const error = await errorAfter(async (repository) => {
      await repository.git('branch', '-m', 'main', 'b-0')
      for (const name of ['b-1', 'b-2', 'b-3', 'b-4', 'b-5', 'ü'])
        await repository.git('branch', name)
    })
    expect(error.message).toMatch(/; it has the branches b-0, b-1, b-2, b-3, b-4 and 1 more: /)
  })

  test('row 19: a repository that was emptied', async () => {
    const error = await errorAfter((repository) =>
      repository.git('update-ref', '-d', 'refs/heads/main'),
    )
    expect(error.reason).toBe('EmptyRepository')
  })

  test('row 19: a repository that was removed', async () => {
    expect((await errorAfter((repository) => repository.remove())).reason).toBe('Unreachable')
  })

  test('row 19: a server that went away', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    const server = await bench.server({ repository: repository.path })
    const source = bench.source({ repository: server.url })
    await source.read(never)
    await server.close()
    expect((await sourceErrorOf(source.read(never))).reason).toBe('Unreachable')
  })

  test('row 19: credentials that ended', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    const server = await bench.server({ repository: repository.path, token: 'one' })
    let token = 'one'
    const source = bench.source({ repository: server.url, credentials: { token: () => token } })
    await source.read(never)
    token = 'two'
    expect((await sourceErrorOf(source.read(never))).reason).toBe('Unauthorized')
    expect((await sourceErrorOf(bench.source({ repository: server.url }).read(never))).reason).toBe(
      'Unauthorized',
    )
  })

  test.each(['missing', 'b.yml', 'prod/a.yml'])('row 19: the folder %s', async (path) => {
    const repository = await bench.repository()
    await repository.commit({ 'prod/a.yml': '1', 'b.yml': '1' })
    const source = bench.source({ repository: repository.url, path })
    expect((await sourceErrorOf(source.read(never))).reason).toBe('PathNotFound')
  })

  test('row 20: a commit that empties the path and leaves others', async () => {
    const error = await errorAfter(
      (repository) => repository.commit({}, { remove: ['prod/a.yml'] }),
      'prod',
    )
    expect(error.reason).toBe('PathNotFound')
  })

  test('row 20: a commit that empties everything', async () => {
    const error = await errorAfter((repository) => repository.commit({}, { replace: true }))
    expect(error.reason).toBe('PathNotFound')
  })
})

describe('reading is lossless', () => {
  const name = fc.constantFrom('a', 'b.yml', 'c.json', 'd e.yaml', 'ü.yml', '.gitignore', 'z.bin')
  const path = fc
    .tuple(fc.array(fc.constantFrom('x', 'y', 'prod'), { maxLength: 3 }), name)
    .map(([folders, file]) => [...folders, file].join('/'))
  const content = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 40 }),
  )
  const commits = fc.array(fc.array(fc.tuple(path, content), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 4,
  })

  test('a snapshot says what git ls-tree and git cat-file say, after each of random commits', async () => {
    await fc.assert(
      fc.asyncProperty(commits, async (history) => {
        const repository = await bench.repository()
        const source = bench.source({ repository: repository.url })
        for (const changes of history) {
          const revision = await repository.commit(Object.fromEntries(changes))
          const snapshot = await source.read(never)
          expect(snapshot.revision).toBe(revision)
          await expectSame(repository, snapshot.files, source)
        }
      }),
      { numRuns: 6 },
    )
  })

  async function expectSame(
    repository: GitRepository,
    files: Awaited<ReturnType<ReturnType<GitBench['source']>['read']>>['files'],
    source: ReturnType<GitBench['source']>,
  ): Promise<void> {
    const listing = await repository.git('ls-tree', '-r', '-z', '-l', 'main')
    const told = listing
      .split('\0')
      .filter(Boolean)
      .map((line) => line.split(/\s+/, 4).concat(line.split('\t')[1] ?? ''))
    expect(files.map(({ path, blob, size }) => [blob, String(size), path])).toEqual(
      told.map(([, , blob, size, path]) => [blob, size, path]),
    )
    for (const { path, blob, text } of files) {
      const bytes = Buffer.from(await source.blob(blob))
      expect(await repository.gitWithInput(bytes, 'hash-object', '--stdin')).toBe(blob)
      if (text !== undefined) expect(text).toBe(bytes.toString('utf8').replace(/^\ufeff/, ''))
      else expect(path).toMatch(/(^|\/)(a|z\.bin)$|/)
    }
  }
})
