import { checkPath } from '../../core/model/git/git-path.ts'
import type { Refusal } from '../../core/model/snapshot.ts'
import { mapInTurns } from '../../lib/turns.ts'
import { CacheError } from './errors.ts'

/** One entry of a tree as Git lists it, judged by its mode and name alone. */
export interface TreeEntry {
  readonly path: string
  readonly blob: string
  readonly refused?: Refusal
}

const SYMLINK = '120000'
const SUBMODULE = '160000'
const RECORD = /^([0-7]{6}) (?:blob|commit) ([0-9a-f]{40})\t(.*)$/s

/** Takes the output of `ls-tree -r -z`; gives its entries in Git's order. What is not understood is an error. */
export async function parseTree(output: string): Promise<TreeEntry[]> {
  if (output !== '' && !output.endsWith('\0'))
    throw new CacheError('git ended in the middle of a tree')
  const entries = await mapInTurns(recordsOf(output), (record): TreeEntry => {
    const [, mode, blob, path] = RECORD.exec(record) ?? []
    if (mode === undefined || blob === undefined || path === undefined) {
      throw new CacheError('git lists a tree in an unknown form')
    }
    return { path, blob, ...refusalOf(mode) }
  })
  return judgeNames(entries)
}

function* recordsOf(output: string): Generator<string> {
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf('\0', at)
    yield output.slice(at, end)
    at = end + 1
  }
}

/** Refuses names no file system may be trusted with, and names that some file systems take for one another. */
export async function judgeNames(entries: readonly TreeEntry[]): Promise<TreeEntry[]> {
  const ambiguous = await ambiguousNames(entries)
  return mapInTurns(entries, (entry): TreeEntry => {
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
async function ambiguousNames(entries: readonly TreeEntry[]): Promise<ReadonlySet<string>> {
  const spellings = new Map<string, string>()
  const seen = new Set<string>()
  const ambiguous = new Set<string>()
  await mapInTurns(entries, ({ path }) => {
    // From the file up to the first folder met before: above it everything is known.
    for (let name = path; name !== '' && !seen.has(name); name = parentOf(name)) {
      seen.add(name)
      const folded = fold(name)
      if ((spellings.get(folded) ?? name) !== name) ambiguous.add(folded)
      spellings.set(folded, name)
    }
  })
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
