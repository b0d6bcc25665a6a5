import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createGitBench, type GitBench, never } from '../../support/git-bench.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

describe('options that may not be used', () => {
  const url = 'https://git.example/models'
  test.each([
    ['row 1', { repository: 'ext::sh -c "touch SENTINEL"' }],
    ['row 1', { repository: 'ext::sh' }],
    ['row 2', { repository: '-cprotocol.ext.allow=always' }],
    ['row 2', { repository: url, revision: '-cPROTOCOL.EXT.ALLOW=always' }],
    ['row 2', { repository: url, path: '-c protocol.ext.allow=always/..' }],
    ['row 3', { repository: '--upload-pack=touch SENTINEL' }],
    ['row 3', { repository: url, revision: '--upload-pack=touch SENTINEL' }],
    ['row 4', { repository: url, revision: '--output=SENTINEL' }],
    ['row 4', { repository: url, revision: 'refs/heads/--output=SENTINEL' }],
    ['row 5', { repository: 'file:///srv/models.git' }],
    ['row 5', { repository: '/srv/models.git' }],
    ['row 5', { repository: 'git://git.example/models' }],
    ['row 5', { repository: 'http://git.example/models' }],
    ['row 5', { repository: 'http://127.0.0.1/models' }],
    ['row 6', { repository: 'https://user:hunter2@git.example/models' }],
    ['row 7', { repository: 'https:///host/repo' }],
    ['row 7', { repository: 'https://gіt.example/models' }],
    ['row 7', { repository: 'https://git.example/a\r\nb' }],
    ['row 7', { repository: url, revision: 'main\nother' }],
    ['row 13', { repository: url, path: '../other' }],
    ['row 13', { repository: url, path: '.git' }],
    ['row 13', { repository: url, path: '/etc' }],
  ])('%s: %j is refused before anything runs', async (_row, options) => {
    const dataDir = await bench.folder()
    const open = () => bench.source({ dataDir, allowLocal: false, ...options })
    const error = await sourceErrorOf((async () => open())())
    expect(error.reason).toBe('Refused')
    expect(error.message).not.toContain('hunter2')
    expect(await readdir(dataDir)).toEqual([])
    expect(existsSync('SENTINEL')).toBe(false)
  })
})

describe('what a tree may hold', () => {
  test('row 9: submodules are listed as refused and never visited, whatever .gitmodules says', async () => {
    const repository = await bench.repository()
    const first = await repository.commit({ 'a.yml': 'a' })
    await repository.commit(
      {
        '.gitmodules': '[submodule "x"]\n\tpath = sub\n\turl = ext::sh -c "touch /tmp/sentinel"\n',
        sub: first,
      },
      { modes: { sub: '160000' } },
    )
    const { files } = await bench.source({ repository: repository.url }).read(never)
    expect(files.map(({ path, refused }) => [path, refused])).toEqual([
      ['.gitmodules', undefined],
      ['a.yml', undefined],
      ['sub', 'Submodule'],
    ])
  })

  test('row 9: a .gitmodules with a traversal or a line end in it harms nobody', async () => {
    const repository = await bench.repository()
    const text = '[submodule "../../hooks"]\n\tpath = "a\\r"\n\turl = -u./payload\n'
    await repository.commit({ '.gitmodules': text, 'a.yml': 'a' })
    const dataDir = await bench.folder()
    const source = bench.source({ repository: repository.url, dataDir })
    const result = await source.read(never).catch((error: Error) => error.name)
    expect([result].flat()[0]).toBeDefined()
    const [cache = ''] = await readdir(join(dataDir, 'git'))
    expect(await readdir(join(dataDir, 'git', cache))).not.toContain('hooks')
    expect(await readdir(join(dataDir, 'git', cache))).not.toContain('modules')
  })

  test('row 10: no filter runs, and an LFS pointer is told from the file it stands for', async () => {
    const repository = await bench.repository()
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n'
    await repository.commit({
      '.gitattributes': '* filter=lfs text eol=crlf ident\n',
      'model.yml': pointer,
      'b.yml': 'id: $Id$\n',
    })
    const { files } = await bench.source({ repository: repository.url }).read(never)
    expect(files.map(({ text, refused }) => text ?? refused)).toEqual([
      undefined,
      'id: $Id$\n',
      'LfsPointer',
    ])
  })

  test.each(['/var/run/secrets/token', '../../x', 'a.yml'])(
    'row 12: a symbolic link to %s is refused, not followed',
    async (target) => {
      const repository = await bench.repository()
      await repository.commit(
        { 'a.yml': 'a', 'link.yml': target },
        { modes: { 'link.yml': '120000' } },
      )
      const { files } = await bench.source({ repository: repository.url }).read(never)
      expect(files[1]).toMatchObject({ path: 'link.yml', refused: 'Symlink' })
      expect(files[1]).not.toHaveProperty('text')
    },
  )

  test('row 12: a path that is a symbolic link leads nowhere', async () => {
    const repository = await bench.repository()
    await repository.commit({ 'real/a.yml': 'a', prod: 'real' }, { modes: { prod: '120000' } })
    const source = bench.source({ repository: repository.url, path: 'prod' })
    expect((await sourceErrorOf(source.read(never))).reason).toBe('PathNotFound')
  })

  test.each([
    ['an encoded traversal', '..%2fescape.yml'],
    ['a backslash', 'back\\slash.yml'],
    ['a line end', 'line\nend.yml'],
    ['a bidi mark', 'bidi\u202egnp.yml'],
    ['a short name of .git', 'git~1'],
    ['more than 4 KiB', `${'x'.repeat(5000)}.yml`],
  ])('row 13: a name with %s is listed as refused', async (_what, name) => {
    const repository = await bench.repository()
    await repository.commitTree([
      { name, content: 'x: 1' },
      { name: 'ok.yml', content: 'y: 1' },
    ])
    const source = bench.source({ repository: repository.url })
    const snapshot = await source.read(never).catch((error: { reason: string }) => error.reason)
    // Newer versions of git refuse some of these trees when they arrive.
    if (snapshot === 'Refused') return
    const { files } = snapshot as Awaited<ReturnType<typeof source.read>>
    expect(files.find(({ path }) => path !== 'ok.yml')).toMatchObject({ refused: 'BadPath' })
    expect(files.find(({ path }) => path === 'ok.yml')).toMatchObject({ text: 'y: 1' })
  })

  test.each(['.git', '.GIT', '..', '.', 'a/b', ''])(
    'row 13: a tree with an entry named %j is not taken over',
    async (name) => {
      const repository = await bench.repository()
      const blob = await repository.gitWithInput('x: 1', 'hash-object', '-w', '--stdin')
      const bytes = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')])
      const write = ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally']
      const tree = await repository.gitWithInput(bytes, ...write)
      const commit = await repository.gitWithInput('x', 'commit-tree', tree)
      await repository.git('update-ref', 'refs/heads/main', commit)
      const source = bench.source({ repository: repository.url })
      expect((await sourceErrorOf(source.read(never))).reason).toBe('Refused')
    },
  )

  test('row 13: names that differ only in case or composition are all refused', async () => {
    const repository = await bench.repository()
    await repository.commit({
      'A.yml': '1',
      'a.yml': '2',
      'dir/x.yml': '3',
      'DIR/y.yml': '4',
      'e\u0301.yml': '5',
      '\u00e9.yml': '6',
      'fine.yml': '7',
    })
    const { files } = await bench.source({ repository: repository.url }).read(never)
    expect(files.filter(({ refused }) => refused === undefined).map(({ text }) => text)).toEqual([
      '7',
    ])
    expect(files.filter(({ refused }) => refused === 'AmbiguousName')).toHaveLength(6)
  })

  test('row 30: a manifest that is not UTF-8 is refused, a binary file is not looked at', async () => {
    const repository = await bench.repository()
    const bytes = new Uint8Array([0xff, 0xfe, 0x61])
    await repository.commitTree([{ name: 'z.bin', content: 'z' }])
    const id = await repository.gitWithInput(bytes, 'hash-object', '-w', '--stdin')
    await repository.commitTree([
      { name: 'a.yml', id },
      { name: 'b.bin', id },
    ])
    const { files } = await bench.source({ repository: repository.url }).read(never)
    expect(files).toEqual([
      { path: 'a.yml', blob: id, size: 3, refused: 'NotUtf8' },
      { path: 'b.bin', blob: id, size: 3 },
    ])
  })
})
