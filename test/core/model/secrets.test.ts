import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SECRET_SHAPES, tellsSecret } from '../../../src/core/model/redact/secrets.ts'

describe('what most texts are is not looked at for long', () => {
  test('a short word has the shape of no secret', () => {
    const beginning = fc.constantFrom(
      ...['', 'eyJ', 'AKIA', 'ASIA', 'ghp_', 'github_pat_', 'glpat-', 'npm_', 'pypi-', 'dapi'],
      ...['xoxb-', 'sk-', 'hf_', 'bearer:', 'sig:', 'conda', '-----BEGIN'],
    )
    const word = fc
      .tuple(beginning, fc.stringMatching(/^[\w.:-]{0,18}$/))
      .map(([first, rest]) => `${first}${rest}`.slice(0, 18))
    fc.assert(
      fc.property(word, (text) => {
        expect(SECRET_SHAPES.filter((shape) => text.search(shape) >= 0)).toEqual([])
      }),
      { numRuns: 5000 },
    )
  })

  test.each([
    ['the shortest token', `sk-${'a'.repeat(16)}`],
    ['a password in an address', 'ftp://u:pwd@h'],
    ['a token of a channel', 'conda/t/abcdef'],
    ['a name and a colon', 'password:hunter22'],
    ['a name and an equals sign', 'password=hunter22'],
    ['a pair', 'name:API_TOKEN;value:hunter22'],
    ['an element', '<password>hunter22</password>'],
    ['a flag and a space', '--password hunter22'],
    ['a flag and a comma', '--password,hunter22'],
    ['a user and a space', '-u me:hunter22'],
    ['a user and an equals sign', '-u=me:hunter22'],
  ])('and yet a secret is found: %s', (_, text) => {
    expect(tellsSecret('note', text)).toBe(true)
  })

  test.each(['blue', 'azureml:fleet:1', 'Standard_DS3_v2', 'score.py', '-u', 'a=b', 'x, y', ''])(
    'and none in %j',
    (text) => {
      expect(tellsSecret('note', text)).toBe(false)
    },
  )
})
