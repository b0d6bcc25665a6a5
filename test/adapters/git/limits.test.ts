import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createGitBench, type GitBench, isQuiet, never } from '../../support/git-bench.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

const KIB = 1024

/** Of this process, since its start: files, pipes and sockets. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}

function many(count: number): { [path: string]: string } {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}.yml`, `n: ${n}\n`]))
}

describe('a repository beyond its limits', () => {
  test('row 14: too many files are an error, as many as allowed are not', async () => {
    const repository = await bench.repository()
    await repository.commit(many(21))
    const read = (entries: number) =>
      bench.source({ repository: repository.url, limits: { entries } }).read(never)
    expect((await read(21)).files).toHaveLength(21)
    const error = await sourceErrorOf(read(20))
    expect(error.reason).toBe('LimitExceeded')
    expect(error.message).toMatch(/more than 20 files/)
  })

  test('row 14: a tree that unfolds to millions of files is cut off', async () => {
    const repository = await bench.repository()
    const blob = await repository.gitWithInput('boom: 1\n', 'hash-object', '-w', '--stdin')
    let tree = ''
    for (let depth = 0; depth < 8; depth += 1) {
      const line = (n: number) =>
        depth === 0 ? `100644 blob ${blob}\tf${n}.yml\0` : `040000 tree ${tree}\td${n}\0`
      const lines = Array.from({ length: 10 }, (_, n) => line(n))
      tree = await repository.gitWithInput(lines.join(''), 'mktree', '-z')
    }
    const commit = await repository.gitWithInput('bomb', 'commit-tree', tree)
    await repository.git('update-ref', 'refs/heads/main', commit)
    const source = bench.source({ repository: repository.url, limits: { entries: 5000 } })
    expect((await sourceErrorOf(source.read(never))).reason).toBe('LimitExceeded')
  })

  test.each([
    ['the loader says so', 5200],
    ['the system kills it', 3200],
  ])('git takes no more memory than it is given: %s', async (_, kib) => {
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    // Processes of a folder have eight times as much, for they map its packs.
    const limits = { memoryBytes: (kib / 8) * KIB }
    const error = await sourceErrorOf(
      bench.source({ repository: repository.url, limits }).read(never),
    )
    expect(error.message).toMatch(/memory/)
    expect(error.reason).toBe('LimitExceeded')
  })

  test('row 14: too many objects are refused when the server announces them', async () => {
    const repository = await bench.repository()
    for (let n = 0; n < 10; n += 1) await repository.commit({ [`d${n}/a.yml`]: `${n}` })
    const dataDir = await bench.folder()
    const limits = { objects: 10 }
    const source = bench.source({ repository: repository.url, dataDir, limits })
    const error = await sourceErrorOf(source.read(never))
    expect(error.reason).toBe('LimitExceeded')
    expect(error.message).toMatch(/objects/)
    expect(await isQuiet(dataDir)).toBe(true)
  })

  test('row 14: a pack larger than the limit is cut off while it arrives', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1', 'big.bin': randomBytes(900 * KIB) })
    const dataDir = await bench.folder()
    const limits = { packBytes: 300 * KIB }
    const source = bench.source({ repository: repository.url, dataDir, limits })
    const error = await sourceErrorOf(source.read(never))
    expect(error.reason).toBe('LimitExceeded')
    expect(error.message).toMatch(/size limit/)
    expect(await isQuiet(dataDir)).toBe(true)
  })

  test('row 14: what lies outside of the path is never downloaded', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'prod/a.yml': '1', 'data/big.bin': randomBytes(900 * KIB) })
    const limits = { packBytes: 300 * KIB }
    const source = bench.source({ repository: repository.url, path: 'prod', limits })
    expect((await source.read(never)).files).toHaveLength(1)
  })

  test('row 14: a large file is listed as refused, a large manifest too, a large JSON file only has no text', async () => {
    const repository = await bench.repository()
    await repository.commit({
      'big.bin': 'x'.repeat(101 * KIB),
      'big.json': `"${'x'.repeat(20 * KIB)}"`,
      'big.yml': 'x'.repeat(20 * KIB),
      'small.yml': 'x',
    })
    const limits = { blobBytes: 100 * KIB, textBytes: 10 * KIB }
    const source = bench.source({ repository: repository.url, limits })
    const { files } = await source.read(never)
    expect(files.map(({ path, refused, text }) => [path, refused, text])).toEqual([
      ['big.bin', 'TooLarge', undefined],
      ['big.json', undefined, undefined],
      ['big.yml', 'TooLarge', undefined],
      ['small.yml', undefined, 'x'],
    ])
    const error = await sourceErrorOf(source.blob(files[0]?.blob ?? ''))
    expect(error.reason).toBe('LimitExceeded')
    expect(await source.blob(files[1]?.blob ?? '')).toHaveLength(20 * KIB + 2)
  })

  test('row 14: manifests that are too much together are an error', async () => {
    const repository = await bench.repository()
    await repository.commit(
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${n}.yml`, `${n}`.repeat(KIB)])),
    )
    const limits = { textsBytes: 10 * KIB }
    const source = bench.source({ repository: repository.url, limits })
    expect((await sourceErrorOf(source.read(never))).reason).toBe('LimitExceeded')
  })

  test('row 14: a small pack that unpacks to a giant is not unpacked into memory', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'zeros.yml': Buffer.alloc(64 * KIB * KIB), 'a.yml': '1' })
    const before = bytesRead()
    const { files } = await bench.source({ repository: repository.url }).read(never)
    expect(files.map(({ refused }) => refused)).toEqual([undefined, 'TooLarge'])
    expect(bytesRead() - before).toBeLessThan(KIB * KIB)
  })

  test('the smallest memory keeps answers right', async () => {
    const repository = await bench.repository()
    await repository.commit(many(50))
    const limits = { entries: 50, textsBytes: 50 * 8 }
    const source = bench.source({ repository: repository.url, limits })
    const before = await source.read(never)
    await repository.commit({ 'f7.yml': 'n: 0' })
    const after = await source.read(never)
    expect(after.files.filter((file, n) => file.text !== before.files[n]?.text)).toMatchObject([
      { path: 'f7.yml', text: 'n: 0' },
    ])
  })
})
