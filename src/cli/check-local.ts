import { shown } from '../core/kinds/fields/shown.ts'
import { readApplications } from '../core/manifests/applications/application.ts'
import { type Manifests, readManifests } from '../core/manifests/read.ts'
import type { Desired } from '../core/model/desired.ts'
import { hasErrors, type Problem } from '../core/model/problem.ts'
import type { Snapshot } from '../core/model/snapshot.ts'
import { SourceError } from '../reconcile/ports.ts'
import type { CommandContext } from './context.ts'
import { type LocalPath, readLocal } from './local-files.ts'

/** What manifests on this machine declare, and what is wrong with them. */
export interface Checked {
  readonly desired: readonly Desired[]
  readonly problems: readonly Problem[]
  /** How many Applications lie among the manifests. */
  readonly applications: number
  /** How many documents are manifests of any kind. */
  readonly documents: number
}

export interface Variables {
  readonly [name: string]: string
}

/** A mistake may have many consequences in a whole repository; none of them may push another one out. */
const ALL_PROBLEMS = { problemsPerFile: 10_000 }

/**
 * Checks places of one repository. They are read alone; where that has errors, what is missing may lie elsewhere in the
 * repository, so only those errors count that stay when all of it is read. What a folder by itself lacks is a warning: a
 * plan of it refuses that, and so does an Application with its path.
 */
export async function checkLocal(
  places: readonly LocalPath[],
  variables: Variables,
  { config }: CommandContext,
): Promise<Checked> {
  const parts = await Promise.all(places.map((place) => readLocal(place, config)))
  const snapshot = union(parts)
  const alone = understand(snapshot, variables)
  const root = places[0]?.root ?? ''
  const isWhole = places.some(({ path }) => path === '')
  if (isWhole || !hasErrors(alone.problems)) return alone
  const all = await readLocal({ root, path: '', isFile: false }, config).catch(unreadable)
  if (all === undefined) return alone
  const asked = new Set(snapshot.files.map(({ path }) => path))
  const around = { ...all, roots: ['', ...(snapshot.roots ?? [])] }
  const checked = inContext(alone, asked, understand(around, variables, asked))
  return { ...checked, problems: [...checked.problems, ...lacking(places, alone, checked)] }
}

function understand(
  snapshot: Snapshot,
  variables: Variables,
  asked: ReadonlySet<string> = new Set(),
): Checked {
  const { desired, problems, applications, documents } = readManifests({
    ...{ snapshot, variables, asked },
    limits: ALL_PROBLEMS,
  })
  return {
    desired,
    documents,
    problems: [...problems, ...problemsBetween(snapshot, applications)],
    applications: applications.length,
  }
}

/** What is wrong between Applications; what is wrong in each of them was found with the manifests. */
function problemsBetween(
  snapshot: Snapshot,
  applications: Manifests['applications'],
): readonly Problem[] {
  if (applications.length < 2) return []
  const { problems } = readApplications({ snapshot, allowLocal: true })
  return problems.filter(({ reason }) => reason === 'DuplicateIdentity')
}

/**
 * What is wrong with what was asked for, seen with all of its repository: what is missing may be there. What else is wrong
 * there is not asked for; nor is who else declares the same, which may be another Application.
 */
function inContext(alone: Checked, asked: ReadonlySet<string>, whole: Checked): Checked {
  const twice = new Set(alone.problems.filter(isTwice).map(identityOf))
  const isAbout = (problem: Problem): boolean =>
    asked.has(problem.at.file) && (!isTwice(problem) || twice.has(identityOf(problem)))
  return {
    ...alone,
    desired: whole.desired.filter(({ at }) => asked.has(at.file)),
    problems: whole.problems.filter(isAbout),
  }
}

/** The errors of a folder by itself that the repository around it mends. */
function lacking(
  places: readonly LocalPath[],
  alone: Checked,
  checked: Checked,
): readonly Problem[] {
  const left = new Set(checked.problems.map(identityOf))
  return alone.problems.flatMap((problem): readonly Problem[] => {
    const folder = folderOf(problem, places)
    if (folder === undefined || problem.severity !== 'error' || left.has(identityOf(problem)))
      return []
    const message = `${problem.message}: so it is for ${shown(folder)} by itself, as a plan of it and an Application with this path read it; an Application whose path holds both takes it`
    return [{ ...problem, severity: 'warning', message }]
  })
}

/** The folder among those that were named in which a problem lies; a file that was named is no source of anything. */
function folderOf({ at }: Problem, places: readonly LocalPath[]): string | undefined {
  if (places.some(({ path, isFile }) => isFile && path === at.file)) return undefined
  return places.find(({ path, isFile }) => !isFile && at.file.startsWith(`${path}/`))?.path
}

function isTwice({ reason }: Problem): boolean {
  return reason === 'DuplicateIdentity'
}

/** One snapshot of places of which one may lie in another. */
function union(parts: readonly Snapshot[]): Snapshot {
  const files = new Map(parts.flatMap((part) => part.files).map((file) => [file.path, file]))
  const roots = parts.flatMap(({ roots: some = [''] }) => some)
  return {
    revision: parts.map(({ revision }) => revision).join(),
    files: [...files.values()],
    roots,
  }
}

/** Around a lone file there may be anything, also folders that are not ours to read. */
function unreadable(error: unknown): undefined {
  if (error instanceof SourceError) return undefined
  throw error
}

function identityOf({ at, reason }: Problem): string {
  return `${at.file}:${at.line}:${at.column} ${reason}`
}
