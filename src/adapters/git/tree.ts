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
  const spellings = spellingsOf(entries)
  return entries.map((entry) => {
    if (entry.refused !== undefined) return entry
    const bad = checkPath(entry.path) !== undefined || isAmbiguous(entry.path, spellings)
    return bad ? { ...entry, refused: 'BadPath' } : entry
  })
}

function refusalOf(mode: string): Pick<TreeEntry, 'refused'> {
  if (mode === SYMLINK) return { refused: 'Symlink' }
  return mode === SUBMODULE ? { refused: 'Submodule' } : {}
}

/** Each file and folder by its folded name: the spelling in use, or '' when there are several. */
function spellingsOf(entries: readonly TreeEntry[]): ReadonlyMap<string, string> {
  const spellings = new Map<string, string>()
  for (const { path } of entries) {
    for (const prefix of prefixesOf(path)) {
      const known = spellings.get(fold(prefix))
      if (known !== prefix) spellings.set(fold(prefix), known === undefined ? prefix : '')
    }
  }
  return spellings
}

function isAmbiguous(path: string, spellings: ReadonlyMap<string, string>): boolean {
  return prefixesOf(path).some((prefix) => spellings.get(fold(prefix)) !== prefix)
}

function prefixesOf(path: string): string[] {
  const prefixes: string[] = []
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
    prefixes.push(path.slice(0, end))
  }
  return [...prefixes, path]
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase()
}
