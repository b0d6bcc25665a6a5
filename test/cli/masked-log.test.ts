import { expect, test } from '@jest/globals'
import { maskedLog } from '../../src/cli/endpoint/masked-log.ts'

const key = Array.from({ length: 25 }, (_, line) => `CANARY/${line}+Zq1`.padEnd(64, 'k/2+'))
const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${key.join('\n')}\n-----END RSA PRIVATE KEY-----\n`
const plain = (characters: number): string =>
  'a line of a log without secrets\n'.repeat(characters / 32)

test('a key is masked wherever it stands, whatever part of the log it would be cut by', () => {
  for (let before = 30 * 1024; before <= 33 * 1024; before += 32) {
    const masked = maskedLog(`${plain(before)}${PEM}after\n`)
    expect(masked).toBe(`${plain(before)}[redacted]\nafter\n`)
  }
})

test('and so is a value in the line after its name', () => {
  for (let before = 32 * 1024 - 64; before <= 32 * 1024 + 64; before += 32)
    expect(maskedLog(`${plain(before)}password:\nCANARY-CANARY\n`)).not.toContain('CANARY')
})

test('a log without secrets stays as it is', () => {
  const log = `${plain(200_000)}without an end`
  expect(maskedLog(log)).toBe(log)
  expect(maskedLog('')).toBe('')
})

test('a line that is too long to be looked at is cut, which it says', () => {
  const masked = maskedLog(`before\n${'z'.repeat(100_000)}CANARY\nafter\n`)
  expect(masked).toBe(`before\n${'z'.repeat(65_536)}… (a line of 100007 characters)\nafter\n`)
})
