import { checkPath } from '../../core/model/git-path.ts'
import type { Refusal } from '../../core/model/snapshot.ts'
import { CacheError } from './errors.ts'

/** One entry of a tree as Git lists it, judged by its mode and name alone. */
export interface TreeEntry {
  readonly path: string
  readonly blob: string
  readonly refused?: Refusal
}

const SYMLINK = '120000'
const SUBMODULE = '160000'
const LINE = /^([0-7]{6}) (?:blob|commit) ([0-9a-f]{40})\t(.*)$/s

/** Takes the output of `ls-tree -r -z`; gives its entries in Git's order. What is not understood is an error. */
export function parseTree(output: string): TreeEntry[] {
  const lines = output.split('\0')
  if (lines.pop() !== '') throw new CacheError('git ended in the middle of a tree')
  return judgeNames(
    lines.map((line) => {
      const [, mode, blob, path] = LINE.exec(line) ?? []
      if (mode === undefined || blob === undefined || path === undefined) {
        throw new CacheError('git lists a tree in an unknown form')
      }
      return { path, blob, ...refusalOf(mode) }
    }),
  )
}

/** Refuses names no file system may be trusted with, and names that some file systems take for one another. */
export function judgeNames(entries: readonly TreeEntry[]): TreeEntry[] {
  const ambiguous = ambiguousNames(entries)
  return entries.map((entry) => {
    if (entry.refused !== undefined) return entry
    if (checkPath(entry.path) !== undefined) return { ...entry, refused: 'BadPath' }
    return isBelow(entry.path, ambiguous) ? { ...entry, refused: 'AmbiguousName' } : entry
  })
}

function refusalOf(mode: string): Pick<TreeEntry, 'refused'> {
  if (mode === SYMLINK) return { refused: 'Symlink' }
  return mode === SUBMODULE ? { refused: 'Submodule' } : {}
}

/** Files and folders, folded, of which there is more than one spelling. */
function ambiguousNames(entries: readonly TreeEntry[]): ReadonlySet<string> {
  const spellings = new Map<string, string>()
  const seen = new Set<string>()
  const ambiguous = new Set<string>()
  for (const { path } of entries) {
    // From the file up to the first folder met before: above it everything is known.
    for (let name = path; name !== '' && !seen.has(name); name = parentOf(name)) {
      seen.add(name)
      const folded = fold(name)
      if ((spellings.get(folded) ?? name) !== name) ambiguous.add(folded)
      spellings.set(folded, name)
    }
  }
  return ambiguous
}

function isBelow(path: string, ambiguous: ReadonlySet<string>): boolean {
  if (ambiguous.size === 0) return false
  for (let name = path; name !== ''; name = parentOf(name)) {
    if (ambiguous.has(fold(name))) return true
  }
  return false
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase()
}
