import type { Application } from '../model/application.ts'
import type { Desired, Upload } from '../model/desired.ts'
import { hasErrors, type Problem } from '../model/problem.ts'
import { keyOf } from '../model/ref.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { decodeApplication } from './applications/application.ts'
import { secretProblems, uniqueOf, unsentProblems, withDependencies } from './checks.ts'
import { declare } from './declare.ts'
import { contentFor, filesOf, type UsedContent } from './documents/content.ts'
import {
  isManifest,
  isOurs,
  leftAlone,
  type ManifestDocument,
  type ManifestFile,
  readFiles,
} from './documents/documents.ts'
import { fieldsIn } from './documents/included.ts'
import { endpointProblems } from './endpoint-checks.ts'
import { chosenFiles } from './left-out.ts'
import { LIMITS, type Limits } from './limits.ts'
import { bounded } from './problems.ts'
import { readRollouts, withRollout } from './rollouts/rollouts.ts'
import { limitProblems } from './service-limit-checks.ts'

export interface ManifestsInput {
  readonly snapshot: Snapshot
  /** What `${NAME}` stands for. */
  readonly variables: { readonly [name: string]: string }
  readonly limits?: Partial<Limits>
  /** Patterns of files to leave out, in gitignore's form, from each root of the snapshot. */
  readonly exclude?: readonly string[]
  /** Files that were asked for among others: of two that declare the same, one of these is meant. */
  readonly asked?: ReadonlySet<string>
  /**
   * Called with the file that is parsed next, or whose declarations are read next; undefined: with what all of them say
   * together. Whoever bounds the time may throw here.
   */
  readonly onProgress?: (file: string | undefined) => void
}

export interface Manifests {
  /** Sorted by identity. Meant to be used only when no problem is an error. */
  readonly desired: readonly Desired[]
  /** All of them, sorted by place. */
  readonly problems: readonly Problem[]
  /** Applications that lie among the manifests: read and checked, not run. */
  readonly applications: readonly Application[]
  /** How many documents are manifests, of any kind. */
  readonly documents: number
}

/** Reads everything that the YAML files of a snapshot declare. Pure: the same files give the same answer in any order. */
export function readManifests(input: ManifestsInput): Manifests {
  const limits = { ...LIMITS, ...input.limits }
  const files = filesOf(input.snapshot)
  const used: UsedContent = { files: new Set(), folders: new Set(), included: new Set() }
  const chosen = chosenFiles(input.snapshot, input.exclude)
  const read = readFiles(chosen.files, input.variables, limits, input.onProgress)
  const documents = read.flatMap((file) => file.documents)
  const ours = documents.filter(isOurs)
  const byPath = new Map(read.map((file) => [file.path, file]))
  const manifestIn = (path: string) => fieldsIn(byPath.get(path), path)
  const repository = { files, limits, used, uploads: new Map<string, Upload>(), manifestIn }
  const declared = ours.map((document) => {
    input.onProgress?.(document.file)
    return [document.file, declare(document, contentFor(document.file, repository))] as const
  })
  input.onProgress?.(undefined)
  const standing = () => declared.flatMap(([path, one]) => (used.included.has(path) ? [] : [one]))
  const applications = documents.map((document) =>
    decodeApplication(document, { allowLocal: true }),
  )
  const unique = uniqueOf(
    standing().flatMap(({ declarations }) => declarations),
    input.asked,
  )
  const meant = standing().flatMap((one) => (one.meant === undefined ? [] : [one.meant]))
  const rollouts = readRollouts(documents, unique.kept, repository)
  const inSlots = uniqueOf([...unique.kept, ...rollouts.declarations])
  const kept = inSlots.kept.map((one) => withRollout(one, rollouts.byEndpoint))
  const problems = [
    ...rollouts.problems,
    ...inSlots.problems,
    ...chosen.problems,
    ...fileProblems(read, used),
    ...standing().flatMap((one) => one.problems),
    ...applications.flatMap((one) => one?.problems ?? []),
    ...unique.problems,
    ...endpointProblems(unique.kept, meant),
    ...limitProblems(kept),
    ...secretProblems(kept),
    ...unsentProblems(kept),
  ]
  return {
    desired: sortedByKey(withDependencies(kept)),
    problems: bounded(withoutGuesses(problems), limits),
    applications: applications.flatMap((one) => one?.application ?? []),
    documents: ours.length,
  }
}

function sortedByKey(desired: readonly Desired[]): readonly Desired[] {
  const keyed = desired.map((one) => ({ key: keyOf(one.ref), one }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ one }) => one)
}

/**
 * What is wrong with files as files. A YAML file that a manifest uses (a conda file), or that lies in a folder it
 * uploads, is content and may hold anything. A folder that holds manifests too is no such folder: there a broken file
 * may be a manifest, and one that went unread would look like one that was removed.
 */
function fileProblems(files: readonly ManifestFile[], used: UsedContent): readonly Problem[] {
  const holding = new Set(files.filter(isManifest).flatMap(({ path }) => foldersOf(path)))
  const isUploaded = (folder: string) => used.folders.has(folder) && !holding.has(folder)
  const isContent = (path: string) => used.files.has(path) || foldersOf(path).some(isUploaded)
  return files
    .filter((file) => isManifest(file) || !isContent(file.path))
    .flatMap((file) => [
      ...file.problems,
      ...file.documents.flatMap(documentProblems),
      ...emptyProblems(file),
    ])
}

/** What stood in it goes, as if the file did: whoever emptied it by mistake is told. */
function emptyProblems({ path, documents, problems }: ManifestFile): readonly Problem[] {
  const saysNothing = ({ values }: ManifestDocument): boolean =>
    values.value === null && values.problems.length === 0
  if (problems.length > 0 || !documents.every(saysNothing)) return []
  return [leftAlone(path, 'an empty file, which declares nothing')]
}

const UNNAMED_CONDA_FILE = 'a conda file that no manifest names'

/** A manifest with a mistake may be the one that names the file. */
function withoutGuesses(problems: readonly Problem[]): readonly Problem[] {
  if (!hasErrors(problems)) return problems
  const guess = leftAlone('', UNNAMED_CONDA_FILE).message
  return problems.filter(({ message }) => message !== guess)
}

/** The folders in which a file lies, the root among them. */
function foldersOf(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1)
  return ['', ...names.map((_, place) => names.slice(0, place + 1).join('/'))]
}

function documentProblems({ document: told, values }: ManifestDocument): readonly Problem[] {
  const at = values.placeOf([])
  if (told.is === 'unknown') {
    const unknown = { severity: 'error', reason: 'UnknownKind', message: told.message, at } as const
    return [...values.problems, unknown]
  }
  // Of what is not ours to keep, the fields are not ours to judge.
  if (told.is === 'unsupported') {
    const message = `a ${told.kind} is not kept by Verdigris: it is left alone`
    return [{ severity: 'note', reason: 'KindNotSupported', message, at }]
  }
  if (told.is === 'other') return [{ ...leftAlone(at.file, told.what), at }]
  if (told.is !== 'content' || values.value === null) return values.problems
  return [{ ...leftAlone(at.file, UNNAMED_CONDA_FILE), at }]
}
