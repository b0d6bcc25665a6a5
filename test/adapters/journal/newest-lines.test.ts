import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { newestLines } from '../../../src/adapters/journal/newest-lines.ts'
import { lastVerdict } from '../../../src/adapters/journal/verdicts.ts'
import { createFolder } from '../../cli/program.ts'

const here = createFolder()
afterAll(here.remove)
const FILE = join(here.path, 'lines')

async function linesIn(file: string): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of newestLines(file)) lines.push(line.toString('utf8'))
  return lines
}

function linesOf(text: string): Promise<readonly string[]> {
  writeFileSync(FILE, text)
  return linesIn(FILE)
}

describe('the lines of a file, the last one first', () => {
  test.each([
    ['nothing', ''],
    ['one line', 'a\n'],
    ['a last line without its end', 'a\nb'],
    ['empty lines', '\n\na\n\n'],
    ['lines that are longer than a block', `${'ä'.repeat(150_001)}\nb\n${'c'.repeat(300_000)}\n`],
    ['a line that ends where a block does', `a\n${'b'.repeat(128 * 1024 - 1)}\n`],
    ['a line that begins where a block does', `a\n${'b'.repeat(128 * 1024)}`],
  ])('%s', async (_, text) => {
    expect(await linesOf(text)).toEqual(text.split('\n').reverse())
  })

  test('are none where there is no file, and behind a line that nobody of us wrote', async () => {
    expect(await linesIn(join(here.path, 'none'))).toEqual([])
    const lines = await linesOf(`a\n${'x'.repeat(5_000_000)}\nb\n`)
    expect(lines).toEqual(['', 'b'])
  })
})

test('whoever asks for verdicts, however often, lets everything else go on', async () => {
  const folder = join(here.path, 'audit')
  mkdirSync(folder)
  const line = (application: string) =>
    `${JSON.stringify({ application, endpoint: 'fraud', items: [{ text: 'x'.repeat(20_000) }] })}\n`
  writeFileSync(join(folder, 'verdicts.jsonl'), line('first') + line('other').repeat(400))
  let turns = 0
  let isOver = false
  const others = (): void => {
    turns += 1
    if (!isOver) setImmediate(others)
  }
  others()
  const asked = Array.from({ length: 20 }, () =>
    lastVerdict(folder, { application: 'first', endpoint: 'fraud' }),
  )
  const found = await Promise.all(asked)
  isOver = true
  expect(found.every((one) => one?.items.length === 1)).toBe(true)
  // Blocks of 128 KiB: 62 for each that asks.
  expect(turns).toBeGreaterThan(20 * 62)
})
