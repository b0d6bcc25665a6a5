import type { z } from 'zod'
import { fieldsOf } from '../../kinds/decode.ts'
import type { Application, IgnoreRule, SyncPolicy } from '../../model/application.ts'
import type { RepositoryRules } from '../../model/git/repository-url.ts'
import type { Problem } from '../../model/problem.ts'
import type { Snapshot } from '../../model/snapshot.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { problemAt } from '../declare.ts'
import { type ManifestDocument, type ManifestFile, readFiles } from '../documents/documents.ts'
import { openEnvelope } from '../envelope.ts'
import { chosenFiles } from '../left-out.ts'
import { LIMITS } from '../limits.ts'
import { bounded } from '../problems.ts'
import { applicationSchema, MAX_DELETIONS } from './application-spec.ts'
import { identityOf } from './identity-spec.ts'

export interface Applications {
  readonly applications: readonly Application[]
  readonly problems: readonly Problem[]
}

/**
 * Reads the controller's configuration: the Applications in the YAML files of a snapshot. One that is wrong is left out
 * with its problems, and the others are not affected. Other documents are manifests, and none of its business.
 */
export function readApplications(input: {
  readonly snapshot: Snapshot
  readonly allowLocal: boolean
}): Applications {
  const files = readFiles(chosenFiles(input.snapshot).files, {}, LIMITS)
  const problems = files.filter(concerns).flatMap((file) => file.problems)
  const read = files
    .flatMap((file) => file.documents)
    .flatMap((document) => decodeApplication(document, input) ?? [])
  const byName = Map.groupBy(
    read.filter((one) => one.application !== undefined),
    (one) => one.application?.name,
  )
  const groups = [...byName.values()]
  const duplicates = groups.filter((group) => group.length > 1).flat()
  const applications = groups
    .filter((group) => group.length === 1)
    .flatMap(([one]) => one?.application ?? [])
  return {
    applications: applications.sort((a, b) => (a.name < b.name ? -1 : 1)),
    problems: bounded(
      [...problems, ...read.flatMap((one) => one.problems), ...duplicates.map(duplicate)],
      LIMITS,
    ),
  }
}

/** A file with an Application in it, or one that cannot be read at all and may have had one. */
function concerns(file: ManifestFile): boolean {
  if (file.documents.length === 0) return !file.problems.some(isOverlay)
  return file.documents.some(({ values }) => isApplication(values.value))
}

function isOverlay({ reason }: Problem): boolean {
  return reason === 'KustomizationUnsupported'
}

function isApplication(value: Json): value is JsonObject {
  return isObject(value) && value.kind === 'Application'
}

interface Decoded {
  readonly application?: Application
  readonly problems: readonly Problem[]
  readonly at: Problem['at']
}

/** An Application document; undefined when the document is something else that is known. */
export function decodeApplication(
  document: ManifestDocument,
  rules: RepositoryRules,
): Decoded | undefined {
  const { value } = document.values
  if (document.document.is !== 'envelope' || !isObject(value)) return undefined
  const at = document.values.placeOf(['metadata', 'name'])
  const opened = openEnvelope(value)
  if ('issues' in opened) {
    // A misspelt kind or another version may have been meant as an Application.
    const mine = opened.issues.filter((issue) => isApplication(value) || issue.path[0] !== 'spec')
    return { problems: mine.map((issue) => problemAt(document, issue)), at }
  }
  if (opened.kind !== 'Application') return undefined
  const read = fieldsOf(applicationSchema(rules), value)
  if ('issues' in read) {
    return { problems: read.issues.map((issue) => problemAt(document, issue)), at }
  }
  const binding = bindingOf(read.value.spec)
  if (binding === undefined) {
    const message = 'exactly one of "workspace" and "sandbox" is required'
    const issue = { path: ['spec'], reason: 'MissingField', message }
    return { problems: [problemAt(document, issue)], at }
  }
  if (document.values.problems.length > 0) return { problems: document.values.problems, at }
  return { application: applicationOf(read.value, binding), problems: [], at }
}

type Fields = z.output<ReturnType<typeof applicationSchema>>

type Binding = Pick<Application, 'workspace' | 'identity'>

function bindingOf(spec: Fields['spec']): Binding | undefined {
  if ((spec.workspace === undefined) === (spec.sandbox === undefined)) return undefined
  if (spec.workspace === undefined) return { workspace: { sandbox: true } }
  const { identity, ...workspace } = spec.workspace
  return identity === undefined ? { workspace } : { workspace, identity: identityOf(identity) }
}

function applicationOf({ metadata, spec }: Fields, binding: Binding): Application {
  const { repository, revision = 'main', path = '', exclude } = spec.source
  return {
    name: metadata.name,
    source: { repository, revision, path, ...(exclude === undefined ? {} : { exclude }) },
    ...binding,
    sync: syncOf(spec.sync ?? {}),
    variables: spec.variables ?? {},
  }
}

function syncOf(sync: NonNullable<Fields['spec']['sync']>): SyncPolicy {
  const { rewrittenHistory } = sync
  return {
    mode: sync.mode ?? 'apply',
    intervalMs: sync.interval ?? 60_000,
    drift: sync.drift ?? 'correct',
    ...(sync.driftByKind === undefined ? {} : { driftByKind: sync.driftByKind }),
    prune: {
      enabled: sync.prune?.enabled ?? true,
      maxDeletions: sync.prune?.maxDeletions ?? MAX_DELETIONS,
      ...(sync.prune?.confirm === undefined ? {} : { confirm: sync.prune.confirm }),
      ...(sync.prune?.onDelete === undefined ? {} : { onDelete: sync.prune.onDelete }),
    },
    suspend: sync.suspend ?? false,
    maxRollouts: sync.maxRollouts ?? 10,
    ...(rewrittenHistory === undefined ? {} : { rewrittenHistory }),
    ignoreDifferences: (sync.ignoreDifferences ?? []).map(
      ({ until, ...rule }): IgnoreRule =>
        until === undefined ? rule : { ...rule, untilMs: until },
    ),
  }
}

function duplicate({ application, at }: Decoded): Problem {
  const message = `there is more than one Application ${application?.name ?? ''}`
  return { severity: 'error', reason: 'DuplicateIdentity', message, at }
}
