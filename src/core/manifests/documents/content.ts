import { shown } from '../../kinds/fields/shown.ts'
import { hintFor } from '../../kinds/fields/suggest.ts'
import type { FieldIssue, LocalContent } from '../../kinds/kind.ts'
import type { Upload } from '../../model/desired.ts'
import type { Refusal, Snapshot, SnapshotFile } from '../../model/snapshot.ts'
import { hashOf } from '../../model/values/hash.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { ignoredBy } from '../ignore-file.ts'
import type { Limits } from '../limits.ts'
import { dataIn, problemText } from './data.ts'

type Path = readonly (string | number)[]

/** The files of a snapshot, found by path or by folder. */
export interface Files {
  get(path: string): SnapshotFile | undefined
  /** Everything below a folder ('' is the root), sorted by path. */
  below(folder: string): readonly SnapshotFile[]
}

/** What manifests use of the repository: those files and folders are content, not manifests. */
export interface UsedContent {
  readonly files: Set<string>
  readonly folders: Set<string>
  /** Files that stand in another manifest: it is that one that declares what they say. */
  readonly included: Set<string>
}

/** What manifests may look at, and where what they looked at is written down. */
export interface Repository {
  readonly files: Files
  readonly limits: Limits
  readonly used: UsedContent
  /** By path, what was already found to be uploaded: many manifests name the same folder. */
  readonly uploads: Map<string, Upload>
  /** The fields of the manifest in a file. */
  manifestIn(path: string): { readonly fields: JsonObject } | Complaint
}

export function filesOf(snapshot: Snapshot): Files {
  const sorted = [...snapshot.files].sort((a, b) => (a.path < b.path ? -1 : 1))
  const byPath = new Map(sorted.map((file) => [file.path, file]))
  return {
    get: (path) => byPath.get(path),
    below(folder) {
      if (folder === '') return sorted
      const prefix = `${folder}/`
      const first = firstFrom(sorted, prefix)
      let end = first
      while (sorted[end]?.path.startsWith(prefix)) end++
      return sorted.slice(first, end)
    },
  }
}

/** Index of the first path that is not smaller. */
function firstFrom(sorted: readonly SnapshotFile[], path: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle]?.path ?? '') < path) low = middle + 1
    else high = middle
  }
  return low
}

/** Local content as one manifest file sees it; what it asks for is written down in `used`. */
export function contentFor(manifest: string, repository: Repository): LocalContent {
  const { files, limits, used, uploads } = repository
  return {
    manifest(path, at) {
      const resolved = resolve(manifest, path)
      if ('reason' in resolved) return { ...resolved, path: at }
      used.files.add(resolved.path)
      used.included.add(resolved.path)
      const found = repository.manifestIn(resolved.path)
      if ('reason' in found) return { ...found, path: at }
      return { fields: found.fields, content: contentFor(resolved.path, repository) }
    },
    upload(path, at) {
      const resolved = resolve(manifest, path)
      if ('reason' in resolved) return { ...resolved, path: at }
      const known = uploads.get(resolved.path)
      if (known !== undefined) return known
      const found = uploadOf(resolved.path, { path: at, files, limits, used, written: path })
      if (!('reason' in found)) uploads.set(resolved.path, found)
      return found
    },
    leavesOut(folder, name) {
      const resolved = resolve(manifest, folder)
      if ('reason' in resolved) return undefined
      const inside = insideOf(resolved.path, files)
      if (!inside.some(({ path }) => path === name)) return undefined
      return ignoreFileIn(inside)?.path
    },
    data(path, at) {
      const resolved = resolve(manifest, path)
      if ('reason' in resolved) return { ...resolved, path: at }
      used.files.add(resolved.path)
      const file = files.get(resolved.path)
      if (file === undefined) return missing(path, resolved.path, files, at)
      if (file.refused !== undefined) return refusedEntry(file.path, file.refused, at)
      if (file.text === undefined) return notText(path, at)
      const read = dataIn(file, limits)
      if ('data' in read) return read
      return issue(read.problem.reason, problemText(read.problem), at)
    },
  }
}

export type Complaint = Pick<FieldIssue, 'reason' | 'message'>

/** A path as written in a manifest, as a path from the repository's root. */
export function resolve(manifest: string, written: string): { readonly path: string } | Complaint {
  if (/^[/\\~]|^[A-Za-z]:/.test(written)) {
    const message = `${shown(written)} must be relative to the manifest`
    return { reason: 'OutsideRepository', message }
  }
  if (written.includes('\\')) {
    return { reason: 'InvalidPath', message: `${shown(written)} must use "/", not "\\"` }
  }
  const parts = manifest.split('/').slice(0, -1)
  for (const part of written.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) {
      const message = `${shown(written)} leads out of the repository, or of the folder that is read as one: let the source be a folder that holds both`
      return { reason: 'OutsideRepository', message }
    }
  }
  return { path: parts.join('/') }
}

interface Wish {
  readonly path: Path
  readonly written: string
  readonly files: Files
  readonly limits: Limits
  readonly used: UsedContent
}

function uploadOf(path: string, wish: Wish): Upload | FieldIssue {
  const { files, used } = wish
  const name = path.split('/').at(-1) || 'repository'
  const single = path === '' ? undefined : files.get(path)
  if (single !== undefined) {
    used.files.add(path)
    if (single.refused !== undefined) return refusedEntry(path, single.refused, wish.path)
    return made(name, false, [{ ...single, path: name }], wish)
  }
  used.folders.add(path)
  const inside = insideOf(path, files)
  if (inside.length === 0) return missing(wish.written, path, files, wish.path)
  const kept = withoutIgnored(inside)
  if (typeof kept === 'string') return issue('InvalidIgnoreFile', kept, wish.path)
  const bad = kept.find((file) => file.refused !== undefined)
  if (bad?.refused !== undefined) return refusedEntry(bad.path, bad.refused, wish.path)
  if (kept.length > 0) return made(name, true, kept, wish)
  const message = `the folder ${shown(wish.written)} is empty once ignored files are left out`
  return issue('EmptyFolder', message, wish.path)
}

/** The files of a folder, by their paths in it. */
function insideOf(folder: string, files: Files): readonly SnapshotFile[] {
  const start = folder === '' ? 0 : folder.length + 1
  return files.below(folder).map((file) => ({ ...file, path: file.path.slice(start) }))
}

function ignoreFileIn(inside: readonly SnapshotFile[]): SnapshotFile | undefined {
  const named = (name: string) => inside.find((file) => file.path === name)
  return named('.amlignore') ?? named('.gitignore')
}

/** What is uploaded of a folder; .amlignore wins over .gitignore (FACTS 5.2). */
function withoutIgnored(inside: readonly SnapshotFile[]): readonly SnapshotFile[] | string {
  const rules = ignoreFileIn(inside)
  if (rules === undefined) return inside
  const ignored = ignoredBy(rules.text ?? '')
  if (typeof ignored === 'string') return `${shown(rules.path)} ${ignored}`
  return inside.filter((file) => !ignored(file.path))
}

function made(
  name: string,
  isFolder: boolean,
  files: readonly SnapshotFile[],
  { limits, path }: Wish,
): Upload | FieldIssue {
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  if (files.length > limits.uploadFiles || bytes > limits.uploadBytes) {
    const most = `${limits.uploadFiles} files, ${limits.uploadBytes} bytes`
    return issue('UploadTooLarge', `more than can be uploaded at once (${most})`, path)
  }
  const sorted = files
    .map((file) => ({ path: file.path, blob: file.blob, size: file.size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  const hash = hashOf(sorted.map((file) => `${file.path}\0${file.blob}\n`).join(''))
  return { name, isFolder, hash, files: sorted }
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  Symlink: 'is a symbolic link, which is never followed',
  Submodule: 'is a submodule, which is never initialised',
  BadPath:
    'has a path that is not allowed (control characters, backslashes, percent-encoded dots, a .git part, or too long)',
  AmbiguousName:
    'has a name that differs from another one only by case or by Unicode form, which some file systems take for the same: rename one of them',
  TooLarge: 'is too large',
  NotUtf8: 'is not UTF-8 text',
  LfsPointer:
    'is a pointer of Git LFS and not the file itself: in a local folder `git lfs pull` fetches it; from a repository only what Git itself holds is read, so keep the file there, or in a datastore (azureml://datastores/...)',
}

export function refusalText(path: string, refused: Refusal): string {
  return `${shown(path)} ${REFUSALS[refused]}`
}

function refusedEntry(path: string, refused: Refusal, at: Path): FieldIssue {
  return issue('FileRefused', refusalText(path, refused), at)
}

/** `path` is what is missing: what lies beside it with nearly its name may be what is meant. */
function missing(written: string, path: string, files: Files, at: Path): FieldIssue {
  const parts = path.split('/')
  const inside = insideOf(parts.slice(0, -1).join('/'), files)
  const names = new Set(inside.map((file) => file.path.split('/')[0] ?? ''))
  const hint = hintFor(parts.at(-1) ?? '', names)
  const message = `there is no ${shown(written)}${hint} (only files under the Application's path are read)`
  return issue('FileNotFound', message, at)
}

function notText(written: string, at: Path): FieldIssue {
  return issue('InvalidPath', `${shown(written)} must be a .yml, .yaml or .json file`, at)
}

function issue(reason: string, message: string, path: Path): FieldIssue {
  return { path, reason, message }
}
