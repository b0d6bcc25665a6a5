import { KINDS } from '../kinds/index.ts'
import { isIssues } from '../kinds/inline.ts'
import type { FieldIssue, LocalContent } from '../kinds/kind.ts'
import type { Desired, Policy } from '../model/desired.ts'
import type { Place, Problem } from '../model/problem.ts'
import { type KindName, keyOf } from '../model/ref.ts'
import { isObject, type JsonObject } from '../model/values/json.ts'
import {
  type DeploymentName,
  deploymentNameIn,
  type ManifestDocument,
} from './documents/documents.ts'
import { openEnvelope, pathInEnvelope } from './envelope.ts'

type Path = readonly (string | number)[]

/** A thing that a manifest declares, by itself or inline. */
export interface Declaration {
  readonly desired: Desired
  /** Of what it declares. */
  readonly key: string
  readonly inline: boolean
  placeOf(path: Path): Place
  /** What stands in the manifest beside variables, where a value was made with some. */
  besideVariables(path: Path): string | undefined
}

export interface Declared {
  readonly declarations: readonly Declaration[]
  readonly problems: readonly Problem[]
  /** The deployment it means, even when it is not right. */
  readonly meant?: DeploymentName
}

interface Source {
  readonly kind: KindName
  readonly fields: JsonObject
  readonly policy: Policy
  readonly problems: readonly Problem[]
  problemOf(issue: FieldIssue): Problem
  placeOf(path: Path): Place
  besideVariables(path: Path): string | undefined
}

/** Reads the fields of a document of a kind that is here; Application documents are read elsewhere. */
export function declare(document: ManifestDocument, content: LocalContent): Declared {
  const { document: told, values } = document
  const { value } = values
  if (!isObject(value)) return { declarations: [], problems: [] }
  if (told.is === 'manifest') {
    return declaredBy(
      sourceOf(document, told.kind, value, {}, (path) => path),
      content,
    )
  }
  const opened = openEnvelope(value)
  if ('issues' in opened) {
    return { declarations: [], problems: opened.issues.map((issue) => problemAt(document, issue)) }
  }
  // Our own kinds are read where they are used.
  if (!('fields' in opened)) return { declarations: [], problems: [] }
  const pathOf = (path: Path) => pathInEnvelope(path, values.has)
  const source = sourceOf(document, opened.kind, opened.fields, opened.policy, pathOf)
  const declared = declaredBy(source, content)
  if (opened.around.length === 0) return declared
  const around = opened.around.map((issue) => problemAt(document, issue))
  return { ...declared, declarations: [], problems: [...around, ...declared.problems] }
}

function sourceOf(
  document: ManifestDocument,
  kind: KindName,
  fields: JsonObject,
  policy: Policy,
  pathOf: (path: Path) => Path,
): Source {
  const { values } = document
  const writtenAt = (path: Path): Path => {
    if (kind !== 'BatchDeployment' || path.length === 0) return pathOf(path)
    // A batch deployment's spec holds at its root what the manifest may hold below `settings`.
    const inSettings = pathOf(['settings', ...path])
    return values.has(inSettings) ? inSettings : pathOf(path)
  }
  return {
    kind,
    fields,
    policy,
    problems: values.problems,
    problemOf: (issue) => problemAt(document, { ...issue, path: pathOf(issue.path) }),
    placeOf: (path) => values.placeOf(writtenAt(path)),
    besideVariables: (path) => values.besideVariables(writtenAt(path)),
  }
}

/** An unknown field is shown at its name, everything else at its value. */
export function problemAt(document: ManifestDocument, issue: FieldIssue): Problem {
  const what = issue.reason === 'UnknownField' || issue.reason === 'ReadOnlyField' ? 'key' : 'value'
  const at = document.values.placeOf(issue.path, what)
  const { reason, message } = issue
  return { severity: 'error', reason, message: message.slice(0, 1000), at }
}

function declaredBy(source: Source, content: LocalContent): Declared {
  const { kind, policy } = source
  const deployment = deploymentNameIn(kind, source.fields)
  const meant = deployment === undefined ? {} : { meant: deployment }
  const decoded = KINDS[kind].decode(source.fields, content)
  if (isIssues(decoded)) {
    return { declarations: [], problems: decoded.map(source.problemOf), ...meant }
  }
  // What could not be read as values was said already; nothing half-read is declared.
  if (source.problems.length > 0) return { declarations: [], problems: [], ...meant }
  const { inline, ...own } = decoded
  const at = source.placeOf([])
  const desired: Desired = { ...own, policy, at }
  const inner = inline.map((one) => ({ ...one, policy, at: source.placeOf(fieldOf(one.ref.kind)) }))
  const { placeOf, besideVariables } = source
  return {
    declarations: [
      { desired, key: keyOf(desired.ref), inline: false, placeOf, besideVariables },
      ...inner.map((one) => ({
        ...{ desired: one, key: keyOf(one.ref), inline: true, placeOf: () => one.at },
        besideVariables: (path: Path) => besideVariables([...fieldOf(one.ref.kind), ...path]),
      })),
    ],
    problems: [],
    ...meant,
  }
}

/** The field of a deployment in which an asset is declared inline. */
export function fieldOf(kind: KindName): Path {
  if (kind === 'Code') return ['code_configuration', 'code']
  if (kind === 'Data') return ['data_collector', 'collections']
  return [kind === 'Model' ? 'model' : 'environment']
}
