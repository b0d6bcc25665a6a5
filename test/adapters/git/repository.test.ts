import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createServerCertificate } from '../../../src/sandbox/identity/certificate.ts'
import { createGitBench, type GitBench, never } from '../../support/git-bench.ts'
import type { GitRepository } from '../../support/git-repository.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

async function repositoryWith(files: { [path: string]: string }): Promise<GitRepository> {
  const repository = await bench.repository()
  await repository.commit(files)
  return repository
}

describe('a repository', () => {
  test('is read at the newest commit of its branch, below the path, with texts of manifests only', async () => {
    const repository = await repositoryWith({ 'other/a.yml': 'no' })
    const parent = await repository.git('rev-parse', 'main')
    const revision = await repository.commit({
      'prod/a.yml': 'a: 1\n',
      'prod/b.YAML': 'b: 2\n',
      'prod/c.json': '{}',
      'prod/.amlignore': '*.pyc\n',
      'prod/src/score.py': 'print(1)\n',
      'production/d.yml': 'no',
    })
    const snapshot = await bench.source({ repository: repository.url, path: 'prod' }).read(never)
    expect(snapshot).toMatchObject({ revision, parent, committedAt: 1_767_225_720_000 })
    expect(snapshot).toMatchObject({ author: 'Ada', subject: expect.stringMatching(/./) })
    expect(snapshot.files.map(({ path, text, size }) => [path, text ?? size])).toEqual([
      ['prod/.amlignore', '*.pyc\n'],
      ['prod/a.yml', 'a: 1\n'],
      ['prod/b.YAML', 'b: 2\n'],
      ['prod/c.json', '{}'],
      ['prod/src/score.py', 9],
    ])
  })

  test.each([
    ['a branch', (): string => 'release/1'],
    ['a lightweight tag', () => 'v1'],
    ['an annotated tag', () => 'v2'],
    ['a full ref', () => 'refs/heads/release/1'],
    ['a commit that is no tip', (old: string) => old],
  ])('is read at %s', async (_what, revisionOf) => {
    const repository = await repositoryWith({ 'a.yml': 'old' })
    const old = await repository.git('rev-parse', 'main')
    await repository.git('branch', 'release/1', old)
    await repository.git('tag', 'v1', old)
    await repository.git('tag', '-a', '-m', 'two', 'v2', old)
    await repository.commit({ 'a.yml': 'new' })
    const source = bench.source({ repository: repository.url, revision: revisionOf(old) })
    expect(await source.read(never)).toMatchObject({ revision: old, files: [{ text: 'old' }] })
  })

  test('HEAD is the default branch', async () => {
    const repository = await repositoryWith({ 'a.yml': 'x' })
    const source = bench.source({ repository: repository.url, revision: 'HEAD' })
    expect((await source.read(never)).revision).toBe(await repository.git('rev-parse', 'main'))
  })

  test('a plain folder path reaches the repository in it', async () => {
    const repository = await repositoryWith({ 'a.yml': 'x' })
    const snapshot = await bench.source({ repository: repository.path }).read(never)
    expect(snapshot.files).toHaveLength(1)
  })

  test('earlier commits, history and contents are known', async () => {
    const repository = await repositoryWith({ 'a.yml': '1', 'src/x.bin': 'bytes' })
    const first = await repository.git('rev-parse', 'main')
    const second = await repository.commit({ 'a.yml': '2' })
    const source = bench.source({ repository: repository.url })
    const { files } = await source.read(never)
    expect(await source.at(first, never)).toMatchObject({
      revision: first,
      files: [{ text: '1' }, {}],
    })
    expect(await source.at('f'.repeat(40), never)).toBeUndefined()
    expect(await source.at('not-a-commit', never)).toBeUndefined()
    expect(await source.isAncestor(first, second, never)).toBe(true)
    expect(await source.isAncestor(second, second, never)).toBe(true)
    expect(await source.isAncestor(second, first, never)).toBe(false)
    expect(await source.isAncestor('f'.repeat(40), second, never)).toBe(false)
    expect(Buffer.from(await source.blob(files[1]?.blob ?? '')).toString()).toBe('bytes')
    expect((await sourceErrorOf(source.blob('--help'))).reason).toBe('PathNotFound')
  })

  test('an unchanged branch costs one request, a new commit no more than three conversations', async () => {
    const repository = await repositoryWith({ 'a.yml': '1' })
    const server = await bench.server({ repository: repository.path })
    const source = bench.source({ repository: server.url })
    const first = await source.read(never)
    const before = server.requests.length
    expect(await source.read(never)).toBe(first)
    // The advertisement, and the list of refs with that prefix.
    expect(server.requests.length - before).toBeLessThanOrEqual(2)
    await repository.commit({ 'a.yml': '2' })
    const again = server.requests.length
    expect((await source.read(never)).files).toMatchObject([{ text: '2' }])
    expect(server.requests.length - again).toBeLessThanOrEqual(6)
  })

  test('contents that are missing are fetched in one request however many they are', async () => {
    const repository = await repositoryWith(
      Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d${n % 7}/f${n}.yml`, `n: ${n}`])),
    )
    const server = await bench.server({ repository: repository.path })
    const snapshot = await bench.source({ repository: server.url }).read(never)
    expect(snapshot.files).toHaveLength(300)
    expect(snapshot.files.every((file) => file.text !== undefined)).toBe(true)
    expect(server.requests.length).toBeLessThanOrEqual(6)
  })

  test('a server that knows no filters is read all the same', async () => {
    const repository = await repositoryWith({ 'a.yml': '1' })
    await repository.git('config', 'uploadpack.allowFilter', 'false')
    const server = await bench.server({ repository: repository.path })
    const source = bench.source({ repository: server.url })
    expect((await source.read(never)).files).toMatchObject([{ text: '1' }])
    await repository.commit({ 'a.yml': '2' })
    expect((await source.read(never)).files).toMatchObject([{ text: '2' }])
  })

  test('a token is sent as a password, a JWT as a bearer token', async () => {
    const repository = await repositoryWith({ 'a.yml': '1' })
    const jwt = 'eyJhbGciOi.eyJzdWIi.c2ln'
    const open = await bench.server({ repository: repository.path })
    const closed = await bench.server({ repository: repository.path, token: 'sesame' })
    const token = () => 'sesame'
    const source = bench.source({ repository: closed.url, credentials: { token } })
    expect((await source.read(never)).files).toHaveLength(1)
    await bench.source({ repository: open.url, credentials: { token: () => jwt } }).read(never)
    expect(open.requests.map(({ authorization }) => authorization)).toContain(`Bearer ${jwt}`)
  })

  test.each([
    ['sesame', 'x-access-token:sesame'],
    ['gitlab+deploy-token-7:gldt-sesame', 'gitlab+deploy-token-7:gldt-sesame'],
    ['x-token-auth:sesame=1', 'x-token-auth:sesame=1'],
  ])('of the token %s the server sees %s', async (token, seen) => {
    const repository = await repositoryWith({ 'a.yml': '1' })
    const server = await bench.server({ repository: repository.path })
    const credentials = { token: () => token }
    await bench.source({ repository: server.url, credentials }).read(never)
    const basic = `Basic ${Buffer.from(seen).toString('base64')}`
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([basic]),
    )
  })

  test('https is trusted by the given authority only', async () => {
    const repository = await repositoryWith({ 'a.yml': '1' })
    const tls = await createServerCertificate(Date.now())
    const server = await bench.server({ repository: repository.path, tls })
    const caFile = join(await bench.folder(), 'ca.pem')
    await writeFile(caFile, tls.ca)
    const options = { repository: server.url, allowLocal: false }
    const trusted = bench.source({ ...options, credentials: { caFile } })
    expect((await trusted.read(never)).files).toHaveLength(1)
    expect((await sourceErrorOf(bench.source(options).read(never))).reason).toBe('Refused')
  })

  test('deleting the data directory changes no answer', async () => {
    const repository = await repositoryWith({ 'a.yml': '1', 'b.yml': '2' })
    const dataDir = await bench.folder()
    const source = bench.source({ repository: repository.url, dataDir })
    const before = await source.read(never)
    await rm(join(dataDir, 'git'), { recursive: true })
    expect(await source.read(never)).toEqual(before)
    await repository.commit({ 'c.yml': '3' })
    await rm(join(dataDir, 'git'), { recursive: true })
    expect((await source.read(never)).files.map(({ text }) => text)).toEqual(['1', '2', '3'])
  })

  test('many commits leave few packs, and history survives their merge', async () => {
    const repository = await repositoryWith({ 'a.yml': '0' })
    const dataDir = await bench.folder()
    const source = bench.source({ repository: repository.url, dataDir })
    const first = (await source.read(never)).revision
    for (let n = 1; n <= 30; n += 1) {
      await repository.commit({ 'a.yml': `${n}`, [`d/${n}.yml`]: `${n}` })
      await source.read(never)
    }
    const [cache = ''] = await readdir(join(dataDir, 'git'))
    const packs = await readdir(join(dataDir, 'git', cache, 'objects/pack'))
    expect(packs.filter((name) => name.endsWith('.pack')).length).toBeLessThan(52)
    const fresh = bench.source({ repository: repository.url, dataDir })
    expect((await fresh.read(never)).files).toHaveLength(31)
    expect(await fresh.at(first, never)).toMatchObject({ files: [{ text: '0' }] })
    expect(await fresh.isAncestor(first, await repository.git('rev-parse', 'main'), never)).toBe(
      true,
    )
  }, 300_000)
})
