import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkRepository, hostOf, schemeOf } from '../../../src/core/model/git/repository-url.ts'

const remote = { allowLocal: false }
const local = { allowLocal: true }

describe('repository', () => {
  test.each([
    ['https://github.com/acme/models.git', 'https', 'github.com'],
    ['https://dev.azure.com/acme/My%20Project/_git/models', 'https', 'dev.azure.com'],
    ['https://git.acme.example:8443/models', 'https', 'git.acme.example'],
    ['https://[2001:db8::1]/models', 'https', '[2001:db8::1]'],
    ['ssh://git@github.com/acme/models.git', 'ssh', 'github.com'],
    ['ssh://git@ssh.dev.azure.com:22/v3/acme/p/models', 'ssh', 'ssh.dev.azure.com'],
    ['git@github.com:acme/models.git', 'ssh', 'github.com'],
    ['git@ssh.dev.azure.com:v3/acme/p/models', 'ssh', 'ssh.dev.azure.com'],
  ])('%s is accepted', (url, scheme, host) => {
    expect(checkRepository(url, remote)).toBeUndefined()
    expect(schemeOf(url)).toBe(scheme)
    expect(hostOf(url)).toBe(host)
  })

  test.each([
    ['file:///srv/models.git', 'file'],
    ['/srv/models', 'folder'],
    ['./models', 'folder'],
    ['../models', 'folder'],
    ['.', 'folder'],
    ['models', 'folder'],
    ['http://127.0.0.1:3000/models.git', 'http'],
    ['http://localhost/models.git', 'http'],
    ['http://[::1]:80/models.git', 'http'],
  ])('%s is accepted in development only', (url, scheme) => {
    expect(checkRepository(url, local)).toBeUndefined()
    expect(schemeOf(url)).toBe(scheme)
    expect(checkRepository(url, remote)).toMatch(/^only https and ssh/)
  })

  test.each([
    ['row 1', 'ext::sh -c touch% /tmp/x', /./],
    ['row 1', 'ext::sh', /transport helpers/],
    ['row 1', 'EXT::sh', /transport helpers/],
    ['row 1', 'fd::17', /transport helpers/],
    ['row 1', 'https::https://h/x', /transport helpers/],
    ['row 2', '-cprotocol.ext.allow=always', /begin with "-"/],
    ['row 2', '--config=PROTOCOL.EXT.ALLOW=always', /begin with "-"/],
    ['row 3', '--upload-pack=touch', /begin with "-"/],
    ['row 3', 'git@h:-oProxyCommand=x', /must be/],
    ['row 3', 'ssh://-oProxyCommand=x/y', /must be/],
    ['row 3', 'git@-oProxyCommand=x:y', /must be/],
    ['row 5', 'git://github.com/acme/models', /must be/],
    ['row 5', 'http://github.com/acme/models', /loopback only/],
    ['row 5', 'http://127.0.0.1.evil.example/x', /loopback only/],
    ['row 5', 'ftp://h/x', /must be/],
    ['row 5', 'HTTPS://h/x', /must be/],
    ['row 6', 'https://user:hunter2@github.com/acme/models', /credentials/],
    ['row 6', 'https://hunter2@github.com/acme/models', /credentials/],
    ['row 6', 'HTTPS://hunter2@github.com/acme/models', /credentials/],
    ['row 6', 'ssh://git:hunter2@github.com/acme/models', /credentials/],
    ['row 7', 'https:///host/repo', /no host/],
    ['row 7', 'https://:443/repo', /no host/],
    ['row 7', 'https://', /no host/],
    ['row 7', 'https://h/', /must be/],
    ['row 7', 'https://gіthub.com/acme/models', /ASCII/],
    ['row 7', 'https://xn--gthub-cua.com/acme/models', /internationalised/],
    ['row 7', 'https://h/x\r\nhost: evil', /ASCII/],
    ['row 7', 'https://h/x%0d%0ahost:evil', /percent-encoded/],
    ['row 7', 'https://h/x\n', /ASCII/],
    ['row 7', 'https://h\\@evil.example/x', /backslashes/],
    ['row 7', 'https://h/x?service=y', /\?/],
    ['row 7', 'https://h/x#y', /#/],
    ['row 7', 'https://h:0/x', /port/],
    ['row 7', 'https://h:99999/x', /port/],
    ['row 7', 'https://h/../x', /"\.\."/],
    ['row 7', 'https://h/%2e%2e/x', /percent-encoded/],
    ['row 7', '', /empty/],
    ['row 7', `https://h/${'x'.repeat(3000)}`, /longer/],
  ])('%s: %j is refused everywhere', (_row, url, reason) => {
    expect(checkRepository(url, local)).toMatch(reason)
    expect(checkRepository(url, remote)).toBeDefined()
  })

  test('row 6: a refusal never repeats what was written', () => {
    expect(checkRepository('https://user:hunter2@github.com/x', local)).not.toContain('hunter2')
  })

  test('whatever is accepted is reached by https or ssh and is no option, helper or credential', () => {
    const pieces = [
      'https://',
      'ssh://',
      'ext::',
      'git@',
      'h',
      ':',
      '/',
      '-',
      'a:b@',
      '%0a',
      '\n',
      '..',
      'é',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), (parts) => {
        const url = parts.join('')
        if (checkRepository(url, remote) !== undefined) return
        expect(url).toMatch(
          // An @ before the path would be a credential; in the path it is a name like another.
          /^(https:\/\/[^@/]+(\/.*)?|ssh:\/\/([^@:/]+@)?h[^@/]*(\/.*)?|[^@:/]+@[ah][^@/:]*:[^-].*)$/,
        )
        expect(url).not.toMatch(/::|[^ -~]|%0a/)
      }),
      { numRuns: 2000, examples: [[['https://', 'h', '/', 'git@']]] },
    )
  })
})
