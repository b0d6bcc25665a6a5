import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gt, valid } from 'semver'

/** `npm run release -- 1.2.3`: see HELP. Nothing is pushed, and where a step fails everything is as it was before. */

const HELP = `npm run release -- X.Y.Z [options]
  Checks the tree, the branch, the version and the changelog; dates the part "Unreleased" of CHANGELOG.md, sets the version in
  package.json and package-lock.json, runs npm run check, commits, and makes an annotated tag vX.Y.Z. It pushes nothing.

  --dry-run     checks, and says what it would do
  --no-check    does not run npm run check
  --date DATE   of the changelog (default: today, in UTC)
  --folder DIR  the repository (default: the one it lies in)
`

const FILES = ['CHANGELOG.md', 'package.json', 'package-lock.json']

/** What is wrong, and what to do about it. */
class Refused extends Error {}

interface Release {
  readonly folder: string
  readonly version: string
  readonly date: string
  readonly checks: boolean
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      'no-check': { type: 'boolean', default: false },
      date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      folder: { type: 'string', default: join(import.meta.dirname, '..', '..') },
      help: { type: 'boolean', default: false },
    },
  })
  const [version = '', ...others] = positionals
  if (values.help) return say(HELP)
  if (others.length > 0 || version === '') return say(HELP, 1)
  const { folder, date } = values
  const release = { folder, version, date, checks: !values['no-check'] }
  try {
    const changelog = prepared(release)
    if (values['dry-run']) return say(`v${version} could be released.`)
    make(release, changelog)
    return say(`v${version} is committed and tagged here. To publish it:
  git push --follow-tags origin main
  npm publish`)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

/** The changelog with its new part. Throws Refused where something must be done first. */
function prepared({ folder, version, date }: Release): string {
  if (valid(version) !== version)
    throw new Refused(`${version} is no version: give it as 1.2.3 or 1.2.3-rc.1.`)
  const changes = git(folder, 'status', '--porcelain')
  if (changes !== '')
    throw new Refused(`There are changes that are not committed; commit or stash them:\n${changes}`)
  const branch = git(folder, 'rev-parse', '--abbrev-ref', 'HEAD')
  if (branch !== 'main')
    throw new Refused(`This is ${branch}: releases are made on main (git switch main).`)
  const tags = git(folder, 'tag', '--list', 'v*').split('\n')
  const later = tags.find((tag) => valid(tag.slice(1)) !== null && !gt(version, tag.slice(1)))
  if (later !== undefined)
    throw new Refused(`${version} is not after ${later}: give a higher version.`)
  return datedChangelog(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8'), version, date)
}

const UNRELEASED = '## [Unreleased]\n'

function datedChangelog(text: string, version: string, date: string): string {
  const at = text.indexOf(UNRELEASED)
  if (at < 0) throw new Refused('CHANGELOG.md has no part "## [Unreleased]": add it.')
  const start = at + UNRELEASED.length
  const next = text.indexOf('\n## ', start)
  const part = text.slice(start, next < 0 ? undefined : next)
  if (!/^- /m.test(part))
    throw new Refused(
      'Nothing is said under "Unreleased" in CHANGELOG.md: say what users will notice.',
    )
  return `${text.slice(0, start)}\n## [${version}] - ${date}\n${text.slice(start)}`
}

function make({ folder, version, checks }: Release, changelog: string): void {
  try {
    writeFileSync(join(folder, 'CHANGELOG.md'), changelog)
    run(folder, 'npm', ['version', version, '--no-git-tag-version', '--allow-same-version'])
    if (checks) run(folder, 'npm', ['run', 'check'], 'inherit')
    run(folder, 'git', ['commit', '--quiet', '-m', `release ${version}`, '--', ...FILES])
  } catch (error) {
    git(folder, 'checkout', '--quiet', 'HEAD', '--', ...FILES)
    throw error
  }
  try {
    run(folder, 'git', ['tag', '--annotate', `v${version}`, '-m', `Verdigris ${version}`])
  } catch (error) {
    git(folder, 'reset', '--quiet', '--hard', 'HEAD~1')
    throw error
  }
}

function git(folder: string, ...args: readonly string[]): string {
  return run(folder, 'git', args)
}

/** Throws Refused with what it said when it fails. */
function run(
  folder: string,
  program: string,
  args: readonly string[],
  output: 'pipe' | 'inherit' = 'pipe',
): string {
  const stdio = ['ignore', output, output] as const
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: [...stdio],
  })
  if (status === 0) return (stdout ?? '').trimEnd()
  const said = [error?.message, stdout, stderr].filter(Boolean).join('\n').trim()
  throw new Refused(`${program} ${args.join(' ')} failed; nothing was released. ${said}`)
}

function say(text: string, code = 0): number {
  process.stdout.write(`${text.trimEnd()}\n`)
  return code
}

process.exitCode = main()
