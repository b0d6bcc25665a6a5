import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createGitBench, type GitBench, isQuiet, never } from '../../support/git-bench.ts'
import {
  deltaOf,
  idOf,
  line,
  objectHeader,
  packed,
  packHeader,
  packOf,
  packServer,
  TYPE,
} from '../../support/pack-server.ts'
import { sourceErrorOf } from '../../support/read-result.ts'

/** Packs that no real server sends: each is an error that says so, leaves no process, and is not taken further than needed. */

let bench: GitBench
beforeAll(async () => {
  bench = await createGitBench()
})
afterAll(() => bench.end())

const MIB = 1024 * 1024
const BLOB = Buffer.from('n: 1\n')
const TREE = Buffer.concat([Buffer.from('100644 a.yml\0'), Buffer.from(idOf('blob', BLOB), 'hex')])
const COMMIT = Buffer.from(
  `tree ${idOf('tree', TREE)}\nauthor A <a@b> 1767225600 +0000\ncommitter A <a@b> 1767225600 +0000\n\nx\n`,
)
const TIP = idOf('commit', COMMIT)
const GOOD = [packed(TYPE.commit, COMMIT), packed(TYPE.tree, TREE), packed(TYPE.blob, BLOB)]

/** What reading a server comes to that sends this pack, and how much of it was taken. */
async function readingOf(pack: Iterable<Buffer>, { before = '', limits = {} } = {}) {
  const server = packServer({ tip: TIP, before, pack })
  const dataDir = await bench.folder()
  const { url } = await bench.server(server)
  const source = bench.source({ repository: url, dataDir, limits })
  return { source, dataDir, sent: server.sent }
}

async function errorOf(pack: Iterable<Buffer>, options = {}) {
  const { source, dataDir, sent } = await readingOf(pack, options)
  const { reason, message } = await sourceErrorOf(source.read(never))
  expect(message.length).toBeLessThan(1000)
  expect(await isQuiet(dataDir)).toBe(true)
  return { reason, message, sent: sent() }
}

/** Blocks of zlib that hold what they are given, uncompressed, and never the last. */
function* stored(): Generator<Buffer> {
  const block = Buffer.alloc(5 + 0xffff, 'x')
  Buffer.from([0, 0xff, 0xff, 0, 0]).copy(block)
  yield Buffer.from([0x78, 0x01])
  for (;;) yield block
}

function* endless(): Generator<Buffer> {
  yield packHeader(1)
  yield objectHeader(TYPE.blob, 5 * 1024 * MIB)
  yield* stored()
}

const ZEROS = Buffer.alloc(64 * 1024)

describe('a server that writes its packs by hand', () => {
  test('is read where they are good', async () => {
    const { source } = await readingOf([packOf(...GOOD)])
    expect((await source.read(never)).files).toMatchObject([{ path: 'a.yml', text: 'n: 1\n' }])
  })

  test('and sends 5 GB is cut off at the limit', async () => {
    const { reason, message, sent } = await errorOf(endless(), { limits: { packBytes: 4 * MIB } })
    expect(reason).toBe('LimitExceeded')
    expect(message).toMatch(/size limit/)
    expect(sent).toBeLessThan(64 * MIB)
  })

  test.each<[string, Buffer, RegExp]>([
    ['2,147,483,647 objects', packHeader(0x7fffffff), /objects|memory/],
    ['three million objects', Buffer.concat([packHeader(3_000_000), ...GOOD]), /objects/],
    [
      'a text of 4 GB in 4 MB, as a difference',
      packOf(...GOOD, packed(TYPE.blob, ZEROS), deltaOf(idOf('blob', ZEROS), ZEROS.length, 4e9)),
      /memory/,
    ],
    [
      'a commit that says to be of 4 GB',
      Buffer.concat([packHeader(1), objectHeader(TYPE.commit, 4e9)]),
      /memory/,
    ],
    [
      'a folder that says to be of 4 GB',
      Buffer.concat([packHeader(1), objectHeader(TYPE.tree, 4e9)]),
      /memory/,
    ],
  ])('and announces %s is refused before they are held', async (_, pack, why) => {
    const { reason, message } = await errorOf([pack])
    expect({ reason, message }).toEqual({
      reason: 'LimitExceeded',
      message: expect.stringMatching(why),
    })
  })

  test.each<[string, Buffer]>([
    ['no pack', Buffer.from('<html>no</html>')],
    ['half a pack', packOf(...GOOD).subarray(0, -30)],
    ['another checksum', Buffer.concat([packOf(...GOOD).subarray(0, -1), Buffer.from('x')])],
    ['bytes behind the pack', Buffer.concat([packOf(...GOOD), packOf(...GOOD)])],
    ['a difference to nothing', packOf(...GOOD, deltaOf('1'.repeat(40), 5, 0xffff))],
    ['more than an object says to have', packOf(Buffer.concat([...GOOD, packed(3, ZEROS)]))],
    ['a type that is none', packOf(packed(5, BLOB))],
    ['everything but the commit', packOf(...GOOD.slice(1))],
    ['everything but the folder', packOf(...GOOD.slice(0, 1))],
    ['no object', packOf()],
    ['more objects than can be counted', packHeader(0xffffffff)],
  ])('and sends %s is an error', async (_, pack) => {
    const { reason } = await errorOf([pack])
    expect(['Refused', 'Unreachable', 'RevisionNotFound']).toContain(reason)
  })

  test('and names another address for the pack leads nowhere', async () => {
    const other = await bench.server({})
    const before = `${line('packfile-uris\n')}${line(`${'1'.repeat(40)} ${other.url}/x.pack\n`)}0001`
    await errorOf([packOf(...GOOD)], { before })
    expect(other.requests).toEqual([])
  })
})
