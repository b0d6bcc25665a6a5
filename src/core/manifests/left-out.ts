import type { Problem } from '../model/problem.ts'
import type { Snapshot, SnapshotFile } from '../model/snapshot.ts'
import { someOf } from '../model/values/some-of.ts'
import { ignoredBy } from './ignore-file.ts'

/** The name of files that say, in gitignore's form, which YAML below them is none of ours. */
const IGNORE_FILE = '.verdigrisignore'

export interface Choice {
  /** YAML that may hold manifests. */
  readonly files: readonly SnapshotFile[]
  /** What was left out, and ignore files that cannot be used. */
  readonly problems: readonly Problem[]
}

const SHOWN = 5

/** Which YAML files of a snapshot are read. What people ask to leave out is left out, and listed. */
export function chosenFiles(snapshot: Snapshot, exclude: readonly string[] = []): Choice {
  const { roots = [''] } = snapshot
  const rules = [
    ...snapshot.files.filter(({ path }) => nameOf(path) === IGNORE_FILE).map(ruleOf),
    ...(exclude.length === 0 ? [] : roots.map((root) => excluded(root, exclude))),
  ]
  const problems = rules.flatMap(({ problem }) => problem ?? [])
  const wanted = snapshot.files.filter((file) => isWanted(file, roots))
  const byRule = Map.groupBy(wanted, ({ path }) => rules.find(({ ignores }) => ignores(path)))
  const left = [...byRule].flatMap(([rule, files]) => (rule ? listed(rule, files) : []))
  return { files: byRule.get(undefined) ?? [], problems: [...problems, ...left] }
}

interface Rule {
  /** The file that says so; of `exclude`, the first that is left out by it. */
  readonly file: string | undefined
  readonly problem?: Problem
  ignores(path: string): boolean
}

function ruleOf({ path, text = '' }: SnapshotFile): Rule {
  const folder = path.slice(0, -IGNORE_FILE.length)
  const ignored = ignoredBy(text)
  if (typeof ignored === 'string')
    return { file: path, ignores: () => false, problem: unusable(path, ignored) }
  return {
    file: path,
    ignores: (other) => other.startsWith(folder) && ignored(other.slice(folder.length)),
  }
}

function excluded(root: string, patterns: readonly string[]): Rule {
  const folder = root === '' ? '' : `${root}/`
  const ignored = ignoredBy(patterns.join('\n'))
  return {
    file: undefined,
    ignores: (path) =>
      typeof ignored !== 'string' && path.startsWith(folder) && ignored(path.slice(folder.length)),
  }
}

function listed({ file }: Rule, files: readonly SnapshotFile[]): Problem {
  const paths = files.map(({ path }) => path)
  const by = file === undefined ? 'source.exclude' : file
  const message = `left out by ${by}: ${someOf(paths, SHOWN)}`
  const at = { file: file ?? paths[0] ?? '', line: 1, column: 1 }
  return { severity: 'note', reason: 'Excluded', message, at }
}

function unusable(file: string, why: string): Problem {
  const message = `${file} ${why}`
  return {
    severity: 'error',
    reason: 'InvalidIgnoreFile',
    message,
    at: { file, line: 1, column: 1 },
  }
}

/** YAML, but for what lies in folders that begin with a dot; a file or folder that was named is wanted whatever its name. */
function isWanted({ path }: SnapshotFile, roots: readonly string[]): boolean {
  if (roots.includes(path)) return true
  const isHidden = roots.every((root) => isHiddenBelow(root, path))
  return !isHidden && (/\.ya?ml$/i.test(path) || nameOf(path).toLowerCase() === 'kustomization')
}

function isHiddenBelow(root: string, path: string): boolean {
  if (root !== '' && !path.startsWith(`${root}/`)) return true
  const inside = root === '' ? path : path.slice(root.length + 1)
  return inside.split('/').some((part) => part.startsWith('.') && part !== '.' && part !== '..')
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
