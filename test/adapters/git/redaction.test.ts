import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { sourceErrorOf } from '../../../src/adapters/git/errors.ts'

const token = fc.string({
  minLength: 8,
  maxLength: 60,
  unit: fc.constantFrom(...'aZ09+/=_-.~%!$&'),
})
const forms: readonly ((token: string) => string)[] = [
  (text) => text,
  (text) => encodeURIComponent(text),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(`x-access-token:${text}`).toString('base64'),
  (text) => `https://user:${text}@host/x`,
  (text) => `Authorization: Bearer ${text}`,
]

describe('row 6: what git and a server say', () => {
  test('holds no token, in whatever form it is repeated, no control character, and is short', () => {
    const noise = fc.string({ unit: 'binary', maxLength: 300 })
    fc.assert(
      fc.property(token, fc.nat(forms.length - 1), noise, (secret, form, text) => {
        const shown = forms[form]?.(secret) ?? ''
        const stderr = `${text}\nfatal: x ${shown} y\nremote: ${shown}${text}\n`
        const end = { code: 128, stdout: '', stderr }
        const { message } = sourceErrorOf(end, 'repository host', [secret])
        expect(message).not.toContain(secret)
        expect(message).not.toContain(shown)
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
        expect(message.length).toBeLessThan(800)
      }),
    )
  })

  test('a secret in a URL is removed even when nobody said that it is one', () => {
    const stderr = "fatal: unable to access 'https://me:hunter2@host/x/': Could not resolve host"
    const { message } = sourceErrorOf({ code: 128, stdout: '', stderr }, 'repository host', [])
    expect(message).toContain('https://***@host/x/')
    expect(message).not.toContain('hunter2')
  })

  test.each([
    [
      "fatal: unable to access 'https://host/ssl-certificate/': The requested URL returned error: 404",
      'Unreachable',
    ],
    [
      "fatal: unable to access 'https://host/x/': server certificate verification failed. CAfile: none",
      'Refused',
    ],
    ["fatal: unable to access 'https://host/x/': Could not resolve host: host", 'Unreachable'],
    ["fatal: Authentication failed for 'https://host/x/'", 'Unauthorized'],
    ['git@host: Permission denied (publickey).', 'Unauthorized'],
    ['Host key verification failed.', 'Refused'],
    ["fatal: couldn't find remote ref refs/heads/main", 'RevisionNotFound'],
    ['fatal: remote error: upload-pack: not our ref 0123', 'RevisionNotFound'],
    ['error: RPC failed; curl 28 Operation too slow. Less than 1000 bytes/sec', 'TimedOut'],
    ['fatal: write error: No space left on device', 'LimitExceeded'],
    ["fatal: transport 'ext' not allowed", 'Refused'],
    ["fatal: detected dubious ownership in repository at '/x'", 'Refused'],
  ])('%s is %s', (stderr, reason) => {
    const error = sourceErrorOf({ code: 128, stdout: '', stderr }, 'repository host', [])
    expect(error.reason).toBe(reason)
    expect(error.message).toMatch(/: .*(check|use|make|correct|add|try|keep)/)
  })
})
