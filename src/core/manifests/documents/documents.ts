import type { Problem } from '../../model/problem.ts'
import { ENDPOINT_OF, type KindName, keyOf } from '../../model/ref.ts'
import type { SnapshotFile } from '../../model/snapshot.ts'
import { createBoundedCache } from '../../model/values/bounded-cache.ts'
import type { JsonObject } from '../../model/values/json.ts'
import type { Limits } from '../limits.ts'
import { refusalText } from './content.ts'
import { type DocumentKind, kindOf } from './kind-of.ts'
import { otherByName } from './others.ts'
import { type Values, valuesOf } from './values.ts'
import { parseYaml } from './yaml.ts'

/** One document of a YAML file: its values, and what it is. */
export interface ManifestDocument {
  readonly file: string
  readonly values: Values
  readonly document: DocumentKind
}

export interface ManifestFile {
  readonly path: string
  readonly documents: readonly ManifestDocument[]
  /** What is wrong with the file as YAML, or as an entry of the tree. */
  readonly problems: readonly Problem[]
}

const KUSTOMIZATION = /^kustomization(?:\.ya?ml)?$/i

/** YAML files that may hold manifests, read. */
export function readFiles(
  files: readonly SnapshotFile[],
  variables: { readonly [name: string]: string },
  limits: Limits,
  onProgress?: (file: string) => void,
): readonly ManifestFile[] {
  const recent = recentOf(variables, limits)
  return files.map((file) => {
    onProgress?.(file.path)
    return recent(file, () => readFile(file, variables, limits))
  })
}

/** Characters of files that are kept understood: from one commit to the next most of them are the same. */
const KEPT_CHARACTERS = 4 * 1024 * 1024

type Recent = (file: SnapshotFile, read: () => ManifestFile) => ManifestFile

const remembered = new WeakMap<object, { readonly limits: string; readonly recent: Recent }>()

/** What was understood with these variables lately; a file that is the same at the same place says the same. */
function recentOf(variables: object, limits: Limits): Recent {
  const told = Object.values(limits).join()
  const before = remembered.get(variables)
  if (before?.limits === told) return before.recent
  const recent = rememberRecent()
  remembered.set(variables, { limits: told, recent })
  return recent
}

function rememberRecent(): Recent {
  const known = createBoundedCache<{ readonly text: string; readonly read: ManifestFile }>(
    KEPT_CHARACTERS,
    ({ text }) => text.length,
  )
  return ({ path, text }, read) => {
    if (text === undefined) return read()
    const found = known.get(path)
    const made = found?.text === text ? found.read : read()
    known.set(path, { text, read: made })
    return made
  }
}

function readFile(
  file: SnapshotFile,
  variables: { readonly [name: string]: string },
  limits: Limits,
): ManifestFile {
  const { path } = file
  if (file.refused !== undefined) {
    return broken(path, 'FileRefused', refusalText(path, file.refused))
  }
  if (KUSTOMIZATION.test(path.split('/').at(-1) ?? '')) {
    return broken(
      path,
      'KustomizationUnsupported',
      'overlays by kustomization.yaml are not supported yet',
    )
  }
  if (file.text === undefined) return broken(path, 'FileUnreadable', 'the file could not be read')
  const yaml = parseYaml(file.text, path, limits)
  const documents = yaml.documents.flatMap((source): ManifestDocument[] => {
    // A document that is not YAML has no fields to speak of.
    if (source.document.errors.length > 0) return []
    const values = valuesOf(source, variables, limits)
    return [{ file: path, values, document: kindOf(values.value) }]
  })
  const read = { path, documents, problems: yaml.problems }
  const other = isManifest(read) ? undefined : otherByName(path)
  return other === undefined ? read : { path, documents: [], problems: [leftAlone(path, other)] }
}

/** Said of what is recognisably something else. */
export function leftAlone(file: string, what: string): Problem {
  const at = { file, line: 1, column: 1 }
  return { severity: 'note', reason: 'NoManifest', message: `${what}: it is left alone`, at }
}

function broken(file: string, reason: string, message: string): ManifestFile {
  const at = { file, line: 1, column: 1 }
  return { path: file, documents: [], problems: [{ severity: 'error', reason, message, at }] }
}

/** Whether a file says itself that it is a manifest of a kind that is here. */
export function isManifest(file: ManifestFile): boolean {
  return file.documents.some(isOurs)
}

export function isOurs({ document: told }: Pick<ManifestDocument, 'document'>): boolean {
  return told.is === 'manifest' || told.is === 'envelope'
}

/** A deployment that a manifest means, even when something else is wrong with it. `endpoint` is the key of its endpoint. */
export interface DeploymentName {
  readonly endpoint: string
  readonly name: string
}

export function deploymentNameIn(kind: KindName, fields: JsonObject): DeploymentName | undefined {
  if (kind !== 'OnlineDeployment' && kind !== 'BatchDeployment') return undefined
  const { name, endpoint_name } = fields
  if (typeof name !== 'string' || typeof endpoint_name !== 'string') return undefined
  const endpoint = keyOf({ kind: ENDPOINT_OF[kind], name: endpoint_name })
  return { endpoint, name: name.toLowerCase() }
}
