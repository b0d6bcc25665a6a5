import { describe, expect, test } from '@jest/globals'
import { redact } from '../../../src/core/model/redact.ts'
import { cpuMsOf } from '../../support/cost.ts'

const SECRET = 'horse-abcdef-battery'
const LINE = 'qKZPFTS9Sx81hWm3'
const LINES = `${LINE}\n`.repeat(1000)

describe('a secret is hidden in every form of text that carries it', () => {
  test.each([
    [
      'a key whose end is far',
      `-----BEGIN PRIVATE KEY-----\n${LINES}-----END PRIVATE KEY-----\nrest`,
    ],
    ['a key that has no end', `-----BEGIN PRIVATE KEY-----\n${LINES}more text`],
    [
      'a block of PGP',
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${LINE}\n-----END PGP PRIVATE KEY BLOCK-----\n`,
    ],
    ['a key of SSH2', `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${LINE}\n`],
  ])('%s', (_, text) => {
    expect(redact(text)).not.toContain(LINE)
    expect(redact(`before ${text}`)).toMatch(/^before \[redacted\]/)
  })

  test.each([
    ['a channel of conda', `https://conda.anaconda.org/t/ab-${SECRET}/acme/linux-64`],
    ['a webhook of Slack', `https://hooks.slack.com/services/T00000000/B00000000/${SECRET}`],
  ])('%s', (_, text) => {
    expect(redact(text)).not.toContain(SECRET)
  })

  test('what follows the end of a key stays', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${LINES}-----END PRIVATE KEY-----`
    expect(redact(`${key}\nand more\n${key} end`)).toBe('[redacted]\nand more\n[redacted] end')
  })
})

/** The cheapest of five: a machine is slow at times. */
function msOf(text: string): number {
  return Math.min(...[1, 2, 3, 4, 5].map(() => cpuMsOf(() => redact(text))))
}

test.each(['-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----\n', '-----BEGIN '])(
  '64 KiB of %j are looked at within 50 ms',
  (part) => {
    expect(msOf(part.repeat(65_536 / part.length))).toBeLessThan(50)
  },
)
