import { describe, expect, test } from '@jest/globals'
import { checkPath } from '../../../src/core/model/git/git-path.ts'
import { checkRevision, isCommitId } from '../../../src/core/model/git/git-ref.ts'

describe('revision', () => {
  test.each([
    'main',
    'release/2026.1',
    'v1.0.0',
    'feature/ünï',
    'refs/heads/main',
    'HEAD',
    'a@b',
    '0123456789012345678901234567890123456789',
  ])('%s is accepted', (revision) => {
    expect(checkRevision(revision)).toBeUndefined()
  })

  test.each([
    ['row 3', '--upload-pack=touch /x'],
    ['row 4', '--output=/etc/passwd'],
    ['row 4', '-x'],
    ['row 4', 'a/-x'],
    ['row 7', 'main\r\n'],
    ['row 7', 'ma\u202ein'],
    ['row 7', 'main\0'],
    ...[
      '',
      '@',
      'a..b',
      'HEAD~1',
      'HEAD^',
      'a:b',
      'a b',
      'a\\b',
      'a?',
      'a*',
      'a[b',
      'main@{1}',
    ].map((text) => ['grammar', text] as const),
    ...['/a', 'a/', 'a//b', '.a', 'a/.b', 'a.lock', 'a.lock/b', 'a.', 'x'.repeat(300)].map(
      (text) => ['grammar', text] as const,
    ),
  ])('%s: %j is refused', (_row, revision) => {
    expect(checkRevision(revision)).toBeDefined()
  })

  test('only a full commit id is one', () => {
    expect(isCommitId('a'.repeat(40))).toBe(true)
    expect(isCommitId('a'.repeat(39))).toBe(false)
    expect(isCommitId('A'.repeat(40))).toBe(false)
  })
})

describe('path', () => {
  test.each([
    'a',
    'a/b.yml',
    '.gitignore',
    '.github/x.yml',
    'a b/ü.yml',
    'git/x',
    '.gitattributes',
  ])('%s is accepted', (path) => {
    expect(checkPath(path)).toBeUndefined()
  })

  test.each([
    '',
    '/a',
    'a/',
    'a//b',
    './a',
    '../a',
    'a/../b',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u202eb',
    '..%2fa',
    '%2e%2e/a',
    '.git/config',
    'a/.GIT/config',
    'a/.git./x',
    'a/git~1/x',
    '.git::$INDEX_ALLOCATION/x',
    `${'d/'.repeat(80)}x`,
    'x'.repeat(4096),
  ])('row 13: %j is refused', (path) => {
    expect(checkPath(path)).toBeDefined()
  })
})
