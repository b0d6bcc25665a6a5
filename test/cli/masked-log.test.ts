import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { masked } from '../../src/cli/endpoint/masked.ts'
import { SECRET_KINDS, secretsOf } from '../support/secrets.ts'

const KEY_LINE = 'MIIEowIBAAKCAQEAx2b8cRk1Qv9Zt0nYw5uLpE3fHsJd7aGmTqVoXi4BNrCzDyWk'
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${`${KEY_LINE}\n`.repeat(25)}-----END RSA PRIVATE KEY-----`

/** So many characters of a log that says nothing, in lines of a hundred. */
function noise(characters: number): string {
  const line = `${'scored a request '.repeat(5).padEnd(99, '.')}\n`
  return line.repeat(Math.ceil(characters / 100)).slice(-characters)
}

describe('a long log shows no part of a secret, wherever it stands:', () => {
  const places = Array.from({ length: 30 }, (_, step) => 30_000 + step * 100)

  test.each(places)('a key of 27 lines behind %i characters', (before) => {
    const shown = masked(`${noise(before)}${KEY}\n${noise(40_000)}`)
    expect(shown).not.toContain(KEY_LINE)
    expect(shown).toBe(`${noise(before)}[redacted]\n${noise(40_000)}`)
  })

  test.each([
    ...['password:\n  horse-staple-battery', 'token: "horse-\nstaple-battery"'],
    ...['Authorization:\nBearer horse-staple-battery', `api_key=\n${'horse-staple-battery'}`],
  ])('%j', (secret) => {
    for (let before = 32_700; before <= 32_800; before += 1)
      expect(masked(`${noise(before)}${secret}\n${noise(40_000)}`)).not.toContain('staple')
  })

  test('every kind, in a line that has no end', () => {
    for (const { kind, text, secret } of secretsOf(SECRET_KINDS.length * 4, 47))
      for (const around of [4096, 32_768, 36_864]) {
        const before = 'a '.repeat((around - 20) / 2)
        const shown = masked(`${before}${text} ${'b '.repeat(20_000)}`)
        expect({ kind, leaks: shown.includes(secret) }).toEqual({ kind, leaks: false })
      }
  })
})

test('a log that holds none is shown as it is, to its end', () => {
  const line = fc.string({ unit: fc.constantFrom(...'ab c.,\n'), maxLength: 200 })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 2000 }), (lines) => {
      const log = lines.join('\n')
      expect(masked(log)).toBe(log)
    }),
    { numRuns: 20 },
  )
  const oneLine = 'scored a request '.repeat(10_000)
  expect(masked(oneLine)).toBe(oneLine)
})
