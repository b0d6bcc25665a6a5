import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createFolder, ROOT } from '../cli/program.ts'

const folder = createFolder()
afterAll(folder.remove)

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- What users notice.

## [0.1.0] - 2026-11-01

- The first.
`
let count = 0
let place = ''

/** A repository whose check passes, with a release 0.1.0. */
beforeEach(() => {
  count += 1
  place = join(folder.path, `repository-${count}`)
  cpSync(join(ROOT, 'test/fixtures/release'), place, { recursive: true })
  writeFileSync(join(place, 'CHANGELOG.md'), CHANGELOG)
  for (const args of [
    ['init', '--quiet', '--initial-branch', 'main'],
    ['add', '--all'],
    ['commit', '--quiet', '-m', 'first'],
    ['tag', 'v0.1.0'],
  ])
    git(...args)
})

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = run('git', args)
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

function release(...args: readonly string[]) {
  const script = join(ROOT, 'deploy/npm/release.ts')
  return run(process.execPath, [script, '--folder', place, '--date', '2026-12-01', ...args])
}

function run(program: string, args: readonly string[]) {
  const { NODE_OPTIONS: _, ...env } = process.env
  return spawnSync(program, args, { cwd: place, env: { ...env, ...IDENTITY }, encoding: 'utf8' })
}

test('a release dates the changelog, sets the version, commits and tags, and pushes nothing', () => {
  const { status, stdout } = release('0.2.0')
  expect([status, stdout]).toEqual([0, expect.stringContaining('git push --follow-tags')])
  expect(readFileSync(join(place, 'CHANGELOG.md'), 'utf8')).toContain(
    '## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- What users notice.\n',
  )
  for (const file of ['package.json', 'package-lock.json'])
    expect(JSON.parse(readFileSync(join(place, file), 'utf8')).version).toBe('0.2.0')
  expect(git('status', '--porcelain')).toBe('')
  expect(git('log', '--format=%s', '-1')).toBe('release 0.2.0')
  expect(git('cat-file', '-t', 'v0.2.0')).toBe('tag')
})

test('a dry run says that it could be, and changes nothing', () => {
  expect(release('0.2.0', '--dry-run')).toMatchObject({
    status: 0,
    stdout: 'v0.2.0 could be released.\n',
  })
  expect(git('tag')).toBe('v0.1.0')
  expect(git('status', '--porcelain')).toBe('')
})

describe('nothing is released, and everything stays as it is,', () => {
  const write = (file: string, text: string) => writeFileSync(join(place, file), text)
  const cases: readonly (readonly [string, string, RegExp, () => void])[] = [
    ['when the version is none', '0.2', /0\.2 is no version/, () => {}],
    ['when it is not after the last one', '0.1.0', /not after v0\.1\.0: give a higher/, () => {}],
    ['on another branch', '0.2.0', /made on main/, () => git('switch', '--quiet', '-c', 'work')],
    [
      'when the changelog says nothing',
      '0.2.0',
      /say what users will notice/,
      () => {
        write('CHANGELOG.md', CHANGELOG.replace('- What users notice.', ''))
        git('commit', '--quiet', '-am', 'nothing to say')
      },
    ],
    [
      'when the check fails',
      '0.2.0',
      /npm run check failed; nothing was released/,
      () => {
        const text = readFileSync(join(place, 'package.json'), 'utf8')
        write('package.json', text.replace('node --version', 'node --no-such-flag'))
        git('commit', '--quiet', '-am', 'a check that fails')
      },
    ],
    [
      'when the tag cannot be made',
      '0.2.0',
      /git tag .* failed; nothing was released/,
      () => {
        git('config', 'tag.gpgSign', 'true')
        git('config', 'gpg.program', '/bin/false')
      },
    ],
  ]

  test.each(cases)('%s', (_, version, message, prepare) => {
    prepare()
    const head = git('rev-parse', 'HEAD')
    const { status, stderr } = release(version)
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)])
    expect(git('rev-parse', 'HEAD')).toBe(head)
    expect(git('status', '--porcelain')).toBe('')
    expect(git('tag')).toBe('v0.1.0')
  })

  test('with changes that are not committed, which stay', () => {
    write('CHANGELOG.md', `${CHANGELOG}\n- more\n`)
    const { status, stderr } = release('0.2.0')
    expect([status, stderr]).toEqual([1, expect.stringContaining('M CHANGELOG.md')])
    expect(readFileSync(join(place, 'CHANGELOG.md'), 'utf8')).toContain('- more')
  })
})
