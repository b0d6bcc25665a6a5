import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openRefusals } from '../../../src/adapters/journal/refusals.ts'
import type { KeptRefusal } from '../../../src/core/model/memory.ts'
import { createFolder } from '../../cli/program.ts'

const here = createFolder()
afterAll(here.remove)
let folder = ''
beforeEach(() => {
  folder = here.next()
})

const OWNER = { application: 'fraud/prod', workspace: 'https://arm/s/rg/ws', program: '1.0.0 abc' }
const ROW: KeptRefusal = {
  ...{ key: 'OnlineDeployment/fraud/blue', generation: 'abc123', isCreate: true, count: 3 },
  ...{ notBefore: 1_000, owedAt: 900, reason: 'Invalid', message: 'Azure answered 400.' },
}

const open = (of = OWNER, errors: unknown[] = []) =>
  openRefusals({ folder, of, onError: (error) => errors.push(error) })
const fileOf = (): string => join(folder, readdirSync(folder)[0] ?? '')

describe('refusals that are kept', () => {
  test('are what the next process recalls', () => {
    const rows = [ROW, { ...ROW, key: 'Model/fraud:8', generation: '', isCreate: false }]
    open().keep(rows)
    expect(open().recall()).toEqual(rows)
    open().keep([])
  })

  test('are in one file, for its user alone', () => {
    open().keep([ROW])
    open().keep([{ ...ROW, count: 4 }])
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^fraud_prod-[0-9a-f]{16}\.json$/)])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(fileOf()).mode & 0o777).toBe(0o600)
  })

  test('are forgotten when nothing is refused any more', () => {
    open().keep([ROW])
    const next = open()
    next.recall()
    next.keep([])
    expect(open().recall()).toEqual([])
  })

  test('are written when they change, and not at every tick', () => {
    const refusals = open()
    refusals.keep([ROW])
    rmSync(folder, { recursive: true })
    refusals.keep([ROW])
    expect(() => statSync(folder)).toThrow('ENOENT')
    refusals.keep([{ ...ROW, count: 4 }])
    expect(open().recall()).toMatchObject([{ count: 4 }])
  })

  test.each(['application', 'workspace', 'program'] as const)('of another %s are none', (name) => {
    open().keep([ROW])
    const other = { ...OWNER, [name]: 'other' }
    writeFileSync(join(folder, 'copy'), readFileSync(fileOf()))
    open(other).keep([ROW])
    for (const file of readdirSync(folder))
      writeFileSync(join(folder, file), readFileSync(join(folder, 'copy')))
    expect(open(other).recall()).toEqual([])
  })
})

const noted = (row: object): string => JSON.stringify({ ...OWNER, refusals: [row] })
const unreadable: readonly [string, string | Uint8Array][] = [
  ['nothing', ''],
  ['half of it', noted(ROW).slice(0, -20)],
  ['no JSON', 'refused'],
  ['bytes', Uint8Array.from([0xff, 0x00, 0xfe])],
  ['a list', '[]'],
  ['null', 'null'],
  ['no rows', JSON.stringify(OWNER)],
  ['rows that are no list', JSON.stringify({ ...OWNER, refusals: { ...ROW } })],
  ['nesting that no parser takes', '['.repeat(100_000)],
  ['more than it may hold', `${noted(ROW)}${' '.repeat(5_000_000)}`],
  ['a row that is none', noted([])],
  ['the key of no kind', noted({ ...ROW, key: 'Secret/x' })],
  ['a key with a line break', noted({ ...ROW, key: 'Model/x\n:1' })],
  ['a key that is an object’s own', noted({ ...ROW, key: '__proto__' })],
  ['a generation that is no hash', noted({ ...ROW, generation: '../x' })],
  ['a count of none', noted({ ...ROW, count: 0 })],
  ['a count as text', noted({ ...ROW, count: '3' })],
  ['no time', noted({ ...ROW, notBefore: null })],
  ['a time before all', noted({ ...ROW, owedAt: -1 })],
  ['a reason with a line break', noted({ ...ROW, reason: 'Invalid\n' })],
  ['a message that is none', noted({ ...ROW, message: 7 })],
  ['no word on what it was', noted({ ...ROW, isCreate: 'yes' })],
]

describe('a file that holds', () => {
  test.each(unreadable)('%s is no hint', (_, content) => {
    open().keep([ROW])
    writeFileSync(fileOf(), content)
    expect(open().recall()).toEqual([])
  })

  test('a secret, or control characters, shows neither', () => {
    open().keep([ROW])
    const message = 'sig=abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG%3D\u001b[2J'
    writeFileSync(fileOf(), noted({ ...ROW, message }))
    const [recalled] = open().recall()
    expect(recalled?.message).not.toContain('abcdefghijklmnop')
    expect(recalled?.message).not.toContain('\u001b')
  })

  test('one bad row loses that row', () => {
    open().keep([ROW])
    const rows = [{ ...ROW, count: null }, ROW]
    writeFileSync(fileOf(), JSON.stringify({ ...OWNER, refusals: rows }))
    expect(open().recall()).toEqual([ROW])
  })
})

test('neither a folder in its place nor a full disk is an error for who reconciles: it is told once a change', () => {
  mkdirSync(here.path, { recursive: true })
  writeFileSync(folder, 'a file where the folder should be')
  const errors: unknown[] = []
  const refusals = open(OWNER, errors)
  expect(refusals.recall()).toEqual([])
  refusals.keep([ROW])
  refusals.keep([ROW])
  expect(errors).toHaveLength(1)
})

test('texts are bounded', () => {
  open().keep(Array.from({ length: 600 }, () => ({ ...ROW, message: 'x'.repeat(50_000) })))
  expect(statSync(fileOf()).size).toBeLessThan(1_000_000)
  expect(open().recall()).toHaveLength(500)
})
