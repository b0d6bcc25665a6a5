import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ROOT } from '../../cli/program.ts'
import { createGitBench, type GitBench, isQuiet } from '../../support/git-bench.ts'
import type { GitRepository } from '../../support/git-repository.ts'

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

const MIB = 1024 * 1024

/** Trees of trees around one blob, each by its names: what they unfold to is their product. */
async function commitNames(
  repository: GitRepository,
  blobName: (n: number) => string,
  levels: readonly (readonly string[])[],
  files: number,
): Promise<void> {
  const blob = await repository.gitWithInput('n: 1\n', 'hash-object', '-w', '--stdin')
  const lines = Array.from({ length: files }, (_, n) => `100644 blob ${blob}\t${blobName(n)}\0`)
  let tree = await repository.gitWithInput(lines.join(''), 'mktree', '-z')
  for (const names of levels) {
    const above = names.map((name) => `040000 tree ${tree}\t${name}\0`)
    tree = await repository.gitWithInput(above.join(''), 'mktree', '-z')
  }
  const commit = await repository.gitWithInput('many\n', 'commit-tree', tree)
  await repository.git('update-ref', 'refs/heads/main', commit)
}

interface Read {
  readonly files?: number
  readonly reason?: string
  readonly message?: string
  /** The most memory that the process ever had, in bytes. */
  readonly peak: number
}

/** Reads a repository as a controller does, with its own limits, in a process whose memory is only its own. */
async function readAlone(repository: string, dataDir: string): Promise<Read> {
  const options = { name: 'app', repository, revision: 'main', path: '', allowLocal: true, dataDir }
  const program = `
    import { openRepository } from ${JSON.stringify(join(ROOT, 'src/adapters/git/repository.ts'))}
    const read = openRepository(${JSON.stringify(options)}).read(new AbortController().signal)
    const answer = await read.then(({ files }) => ({ files: files.length }), ({ reason, message }) => ({ reason, message }))
    console.log(JSON.stringify({ ...answer, peak: process.resourceUsage().maxRSS * 1024 }))`
  // A shell between: the kernel counts the peak of the process that forked for the one that was forked.
  const child = spawn(
    'sh',
    ['-c', '"$0" --input-type=module -e "$1"; exit $?', process.execPath, program],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  expect(await once(child, 'close')).toEqual([0, null])
  return JSON.parse(stdout)
}

describe('row 14: a repository as large as it comes costs no more than one that is read', () => {
  let usual: Read
  beforeAll(async () => {
    const repository = await bench.repository()
    await repository.commit({ 'a.yml': '1' })
    usual = await readAlone(repository.url, await bench.folder())
  }, 120_000)

  const thousand = Array.from({ length: 1000 }, (_, n) => `d${n}`)
  const deep = Array.from({ length: 14 }, () => ['d'.repeat(250)])
  test.each([
    ['a million files', 1000, [thousand], /more than 100000 files/],
    ['a thousand million files', 1000, [thousand, thousand], /more than 100000 files/],
    [
      'as many files as may be, with paths of 4 KB',
      30_000,
      deep,
      /paths .* more than 33554432 bytes/,
    ],
  ])(
    '%s are told by the limit, and never held',
    async (_, files, levels, message) => {
      const repository = await bench.repository()
      await commitNames(repository, (n) => `f${n}.bin`, levels, files)
      const dataDir = await bench.folder()
      const read = await readAlone(repository.url, dataDir)
      expect(read).toMatchObject({
        reason: 'LimitExceeded',
        message: expect.stringMatching(message),
      })
      expect(read.peak - usual.peak).toBeLessThan(64 * MIB)
      expect(await isQuiet(dataDir)).toBe(true)
    },
    180_000,
  )

  test('a commit of 100 MB in a pack of 500 KB is refused by its size, and never held', async () => {
    const repository = await bench.repository()
    const parent = await repository.commit({ 'a.yml': '1' })
    const tree = await repository.git('rev-parse', `${parent}^{tree}`)
    const said = Buffer.alloc(100 * MIB, 'x')
    const commit = await repository.gitWithInput(said, 'commit-tree', tree, '-p', parent)
    await repository.git('update-ref', 'refs/heads/main', commit)
    const read = await readAlone(repository.url, await bench.folder())
    expect(read).toMatchObject({
      reason: 'LimitExceeded',
      message: expect.stringContaining('more than 1048576 bytes'),
    })
    expect(read.peak - usual.peak).toBeLessThan(64 * MIB)
  }, 180_000)

  test('a blob of 100 MB in a pack of 100 KB is refused by its size, and the file beside it is read', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'zeros.yml': Buffer.alloc(100 * MIB), 'a.yml': '1' })
    const read = await readAlone(repository.url, await bench.folder())
    expect(read.files).toBe(2)
    expect(read.peak - usual.peak).toBeLessThan(64 * MIB)
  }, 180_000)
})
