import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openBuckets } from '../../../src/adapters/journal/buckets.ts'
import { createFolder } from '../../cli/program.ts'

const here = createFolder()
afterAll(here.remove)
let folder = ''
beforeEach(() => {
  folder = here.next()
})

const LEVEL = { tokens: 3.5, perSecond: 1 / 12, closedMs: 2_000 }
const AT = { now: 1_000_000_000, uptimeMs: 50_000 }

/** The bucket of an owner, in a process that begins at that time. */
function open(owner = 'a', at: Partial<typeof AT> = {}, errors: unknown[] = []) {
  const { now, uptimeMs } = { ...AT, ...at }
  const onError = (error: unknown) => errors.push(error)
  return openBuckets({ folder, now: () => now, uptimeMs: () => uptimeMs, onError })(owner)
}

const fileIn = (): string => join(folder, readdirSync(folder)[0] ?? '')

describe('the level of a bucket that is kept', () => {
  test('is what the next process recalls, with the time since', () => {
    open().keep(LEVEL)
    const later = open('a', { now: AT.now + 9_000, uptimeMs: AT.uptimeMs + 9_000 })
    expect(later.recall()).toEqual({ ...LEVEL, passedMs: 9_000 })
  })

  test('is of one who draws on it, and of no other', () => {
    open('a').keep(LEVEL)
    open('b').keep({ ...LEVEL, tokens: 9 })
    expect(open('a').recall()).toMatchObject({ tokens: 3.5 })
    expect(open('b').recall()).toMatchObject({ tokens: 9 })
    expect(open('c').recall()).toBeUndefined()
    expect(readdirSync(folder)).toHaveLength(1)
  })

  test('makes no file before it is kept, and names nobody in it', () => {
    open('tenant of somebody').recall()
    expect(() => statSync(folder)).toThrow('ENOENT')
    open('tenant of somebody').keep(LEVEL)
    expect(readFileSync(fileIn(), 'utf8')).not.toContain('somebody')
    expect(statSync(fileIn()).mode & 0o777).toBe(0o600)
  })

  test('is forgotten when twenty others were kept since', () => {
    for (let owner = 0; owner <= 20; owner += 1) open(`o${owner}`).keep(LEVEL)
    expect(open('o0').recall()).toBeUndefined()
    expect(open('o1').recall()).toBeDefined()
    expect(statSync(fileIn()).size).toBeLessThan(4_000)
  })

  test('of a process that goes on is the last one', () => {
    const bucket = open()
    bucket.keep(LEVEL)
    bucket.keep({ ...LEVEL, tokens: -2 })
    expect(open().recall()).toMatchObject({ tokens: -2 })
  })

  const hour = 3_600_000
  test.each([
    ['a clock that was set forward', { now: AT.now + hour, uptimeMs: AT.uptimeMs + 1_000 }, 1_000],
    ['a clock that was set back', { now: AT.now - hour, uptimeMs: AT.uptimeMs + 1_000 }, 0],
    ['a machine that was started anew', { now: AT.now + hour, uptimeMs: 10 }, hour],
    ['another machine', { now: AT.now + 5_000, uptimeMs: AT.uptimeMs + hour }, 5_000],
    ['another machine, whose clock is behind', { now: AT.now - 5_000, uptimeMs: 10 }, 0],
  ])('is refilled by the least time that may have passed: %s', (_, at, passedMs) => {
    open().keep(LEVEL)
    expect(open('a', at).recall()).toMatchObject({ passedMs })
  })
})

describe('a file that is no hint', () => {
  const of = '0123456789abcdef'
  const row = { of, ...LEVEL, at: AT.now, uptimeMs: AT.uptimeMs }
  const noted = (change: object): string =>
    JSON.stringify({ what: 'buckets', program: 'buckets 1', buckets: [{ ...row, ...change }] })
  /** With the name under which this owner is kept. */
  const damaged = (text: (own: string) => string) => {
    open().keep(LEVEL)
    const own = /"of":"([0-9a-f]+)"/.exec(readFileSync(fileIn(), 'utf8'))?.[1] ?? ''
    writeFileSync(fileIn(), text(own))
    return open().recall()
  }

  test('is told from one that is', () => {
    expect(damaged((own) => noted({ of: own }))).toEqual({ ...LEVEL, passedMs: 0 })
  })

  test.each<[string, (own: string) => string]>([
    ['half of it', (own) => noted({ of: own }).slice(0, -9)],
    ['nothing', () => ''],
    ['another form', (own) => noted({ of: own }).replace('buckets 1', 'buckets 2')],
    ['no list', () => JSON.stringify({ what: 'buckets', program: 'buckets 1', buckets: {} })],
    ['a row that is none', () => noted({}).replace(/\[.*\]/, '[7]')],
    ['tokens as text', (own) => noted({ of: own, tokens: '3' })],
    ['no tokens', (own) => noted({ of: own, tokens: null })],
    ['more tokens than any bucket', (own) => noted({ of: own, tokens: 1e9 })],
    ['fewer than none', (own) => noted({ of: own, tokens: -1e9 })],
    ['a pace that none has', (own) => noted({ of: own, perSecond: 1e9 })],
    ['a pace backwards', (own) => noted({ of: own, perSecond: -1 })],
    ['a window of a day', (own) => noted({ of: own, closedMs: 86_400_000 })],
    ['no time', (own) => noted({ of: own, at: 'now' })],
    ['a time before all', (own) => noted({ of: own, at: -1 })],
    ['no uptime', (own) => noted({ of: own, uptimeMs: null })],
  ])('%s', (_, text) => {
    expect(damaged(text)).toBeUndefined()
  })
})

test('a disk that takes nothing is told, and hurts nobody', () => {
  writeFileSync(folder, 'a file where the folder should be')
  const errors: unknown[] = []
  const bucket = open('a', {}, errors)
  bucket.keep(LEVEL)
  expect(errors).toHaveLength(1)
  expect(bucket.recall()).toMatchObject(LEVEL)
  rmSync(folder)
})
