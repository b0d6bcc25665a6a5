import { assetRefOf } from '../../kinds/from-arm.ts'
import type { Live, Workspace } from '../../model/live.ts'
import { looksSecret } from '../../model/redact/secrets.ts'
import { type KindName, keyOf, type Ref } from '../../model/ref.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { readBack } from './read-back.ts'
import { isOnTheWay, rolloutBack } from './rollout-back.ts'
import { manifestText } from './write.ts'

/** What is to be imported; no names and no kinds mean all. */
export interface ImportInput {
  readonly workspace: Workspace
  readonly resources: readonly Live[]
  readonly endpoints: readonly string[]
  readonly kinds: readonly KindName[]
}

export interface ImportedFile {
  readonly ref: Ref
  /** From the folder's root, with `/`. */
  readonly path: string
  readonly text: string
}

export interface Imported {
  /** Sorted by path. */
  readonly files: readonly ImportedFile[]
  readonly skipped: readonly { readonly ref: Ref; readonly reason: string }[]
  /** What stands for secrets in the files, with the secrets. They are for comparing only and are never written. */
  readonly variables: { readonly [name: string]: string }
}

/** The assets of this workspace that deployments use: what an observation must include for them to be imported. */
export function usedAssets(
  resources: readonly Live[],
  workspace: Workspace,
  endpoints: readonly string[],
): readonly Ref[] {
  const used = resources
    .filter(({ ref }) => isMeant(ref, endpoints))
    .flatMap(({ body }) => textsIn(body.properties ?? null))
    .flatMap((text) => assetRefOf(text, workspace) ?? [])
    .filter(({ kind }) => kind !== 'Code')
  const distinct = new Map(used.map((ref) => [keyOf(ref), ref]))
  return [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? [])
}

/** One manifest for each thing, in CLI v2 fields. Pure: the same workspace gives the same files. */
export function importFiles({ workspace, resources, endpoints, kinds }: ImportInput): Imported {
  const files: ImportedFile[] = []
  const skipped: { ref: Ref; reason: string }[] = []
  const variables = new Map<string, string>()
  const meant = resources
    .filter(({ ref }) => isMeant(ref, endpoints))
    .filter(({ ref }) => kinds.length === 0 || kinds.includes(ref.kind))
    .sort((a, b) => (keyOf(a.ref) < keyOf(b.ref) ? -1 : 1))
  for (const live of meant) {
    const reason = reasonToSkip(live)
    const read = reason === undefined ? readBack(live, workspace) : { refused: reason }
    if ('refused' in read) {
      skipped.push({ ref: live.ref, reason: read.refused })
      continue
    }
    const text = manifestText({
      fields: read.fields,
      comments: commentsOn(live, workspace, read),
      variableFor: (path, value) => variableFor(live.ref, path, value, variables),
    })
    files.push({
      ref: live.ref,
      path: pathFor(live.ref),
      text: `${text}${rolloutText(live, read.fields)}`,
    })
  }
  return {
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    skipped,
    variables: Object.fromEntries(variables),
  }
}

function isMeant({ kind, name, parent, version }: Ref, endpoints: readonly string[]): boolean {
  if (endpoints.length === 0 || version !== undefined) return true
  const endpoint = (kind.endsWith('Deployment') ? (parent ?? '') : name).toLowerCase()
  return endpoints.some((other) => other.toLowerCase() === endpoint)
}

function reasonToSkip(live: Live): string | undefined {
  const { phase, body } = live
  if (phase === 'Deleting') return 'it is being deleted'
  if (isOnTheWay(live)) return 'a rollout of it is under way: import it when that has ended'
  const { isArchived, environmentType } = isObject(body.properties) ? body.properties : {}
  if (isArchived === true) return 'it is archived: what uses it names it all the same'
  return environmentType === 'Curated' ? 'it is curated by Microsoft' : undefined
}

/** Without its Rollout, planning would take the record of it from the endpoint. */
function rolloutText(live: Live, endpoint: JsonObject): string {
  const fields = rolloutBack(live, endpoint)
  if (fields === undefined) return ''
  const said = ['The steps are not read back: they are in Git only. This waits for a person.']
  return `---\n${manifestText({ fields, comments: { kind: said }, variableFor: () => undefined })}`
}

const FOLDERS: { readonly [kind in KindName]?: string } = {
  OnlineEndpoint: 'online-endpoints',
  OnlineDeployment: 'online-endpoints',
  BatchEndpoint: 'batch-endpoints',
  BatchDeployment: 'batch-endpoints',
  Model: 'models',
  Environment: 'environments',
  Data: 'data',
}

/** No name of a thing is a whole file name: some of those (`compose.yml`, `mkdocs.yml`) are never read as manifests. */
function pathFor({ kind, name, parent, version }: Ref): string {
  const folder = FOLDERS[kind] ?? 'other'
  if (version !== undefined) return `${folder}/${name}/version-${version}.yml`
  return parent === undefined
    ? `${folder}/${name}/endpoint.yml`
    : `${folder}/${parent}/deployment-${name}.yml`
}

const COMMENTS: { readonly [kind in KindName]?: { readonly [field: string]: string } } = {
  OnlineEndpoint: { auth_mode: 'Keys are not read: Azure keeps them, and no manifest holds them.' },
  OnlineDeployment: {
    code_configuration: 'The code itself is not read back: it stays where it is registered.',
  },
  BatchDeployment: {
    code_configuration: 'The code itself is not read back: it stays where it is registered.',
  },
  Model: { path: 'The files themselves are not read back: this is where they lie.' },
  Data: { path: 'The data itself is not read back: this is where it lies.' },
  Environment: { build: 'The build context itself is not read back: this is where it lies.' },
}

function commentsOn(
  { ref, phase, failure }: Live,
  workspace: Workspace,
  { fields, left }: { readonly fields: JsonObject; readonly left: readonly string[] },
): { readonly [field: string]: readonly string[] } {
  const state = phase === 'Failed' ? [`Azure reports it as Failed. ${failure?.message ?? ''}`] : []
  const head = [
    `Imported from the workspace ${workspace.name}.`,
    ...state.map((line) => line.trim()),
    ...left.map((what) => `Left out: ${what}.`),
  ]
  const known = Object.entries(COMMENTS[ref.kind] ?? {})
  const about = fields.auth_mode === 'aad_token' ? [] : known
  return { '': head, ...Object.fromEntries(about.map(([field, line]) => [field, [line]])) }
}

/** One variable for one value: an environment variable's own name, or a longer one when that is taken by another value. */
function variableFor(
  ref: Ref,
  path: readonly (string | number)[],
  value: string,
  variables: Map<string, string>,
): string | undefined {
  const name = String(path.findLast((part) => typeof part === 'string'))
  const isVariable = path.at(-2) === 'environment_variables'
  if (!looksSecret(name, value)) return undefined
  const own = [ref.parent, ref.name, ref.version, ...path].filter((part) => part !== undefined)
  const candidates = [...(isVariable ? [wordOf(name)] : []), wordOf(own.join('_'))]
  const free = candidates.find((one) => (variables.get(one) ?? value) === value)
  const chosen = free ?? `${wordOf(own.join('_'))}_${variables.size}`
  variables.set(chosen, value)
  return chosen
}

function wordOf(text: string): string {
  const word = text.replaceAll(/[^A-Za-z0-9_]+/g, '_').slice(0, 100)
  return /^[A-Za-z_]/.test(word) ? word : `_${word}`
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  return isObject(value) ? Object.values(value).flatMap(textsIn) : []
}
