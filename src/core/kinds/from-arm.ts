import type { Workspace } from '../model/live.ts'
import type { KindName, Ref } from '../model/ref.ts'
import { isObject, type Json, type JsonObject } from '../model/values/json.ts'
import { msOf } from './fields/duration.ts'
import { foldId, ownProperties } from './normal.ts'
import { type AssetKind, armIdOf } from './reference.ts'

const KINDS_IN: { readonly [collection: string]: KindName & AssetKind } = {
  models: 'Model',
  environments: 'Environment',
  codes: 'Code',
  data: 'Data',
}

/** The asset of this workspace that an ARM id names; undefined for every other id. */
export function assetRefOf(id: Json | undefined, workspace: Workspace): Ref | undefined {
  const inside = insideOf(id, workspace)
  const [, collection = '', name = '', version = ''] =
    /^(models|environments|codes|data)\/([^/]+)\/versions\/([^/]+)$/i.exec(inside ?? '') ?? []
  const kind = KINDS_IN[collection.toLowerCase()]
  return kind && { kind, name, version }
}

/** How a manifest names the asset with this ARM id: `azureml:name:version` where that means the same, else by the id. */
export function referenceFrom(
  id: Json | undefined,
  kind: AssetKind,
  workspace: Workspace,
): string | undefined {
  if (typeof id !== 'string' || id === '') return undefined
  const ref = assetRefOf(id, workspace)
  if (ref?.kind === kind) {
    const short = `azureml:${ref.name}:${ref.version}`
    const meant = armIdOf(short, kind, { workspace, version: () => undefined })
    if (foldId(meant) === foldId(id)) return short
  }
  return id.startsWith('/') ? `azureml:${id}` : id
}

/** `code_configuration` of a deployment: the code stays where it is registered. */
export function codeFrom(code: Json | undefined, workspace: Workspace): JsonObject {
  const { codeId, scoringScript } = objectIn(code)
  return saying({ code: referenceFrom(codeId, 'Code', workspace), scoring_script: scoringScript })
}

/** How a manifest names a compute: `azureml:name` in this workspace, else by its id. */
export function computeFrom(id: Json | undefined, workspace: Workspace): string | undefined {
  if (typeof id !== 'string' || id === '') return undefined
  const name = /^computes\/([^/]+)$/i.exec(insideOf(id, workspace) ?? '')?.[1]
  return `azureml:${name ?? id}`
}

function insideOf(id: Json | undefined, workspace: Workspace): string | undefined {
  if (typeof id !== 'string') return undefined
  const bare = id.replace(/^azureml:(?=\/)/i, '')
  const isHere = bare.toLowerCase().startsWith(`${workspace.id.toLowerCase()}/`)
  return isHere ? bare.slice(workspace.id.length + 1) : undefined
}

/** `azureml://datastores/D/paths/P` for a long URI of this workspace; every other text as it is. */
export function shortUri(uri: Json | undefined, workspace: Workspace): Json | undefined {
  if (typeof uri !== 'string') return uri
  const { subscriptionId, resourceGroup, name } = workspace
  const [, at = '', inside = ''] =
    /^azureml:\/\/subscriptions\/(.*)\/(datastores\/[^/]+\/paths\/.*)$/i.exec(uri) ?? []
  const here = `${subscriptionId}/resourcegroups/${resourceGroup}/workspaces/${name}`
  return at.toLowerCase() === here.toLowerCase() ? `azureml://${inside}` : uri
}

/** `AADToken` is `aad_token` in a manifest. */
export function wordFrom(word: Json | undefined): string | undefined {
  if (typeof word !== 'string' || word === '') return undefined
  return word.replaceAll(/([a-z])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3_$2').toLowerCase()
}

/** An ISO 8601 duration in units of `unitMs`; undefined for none, and for zero, which is no answer (FACTS 0.12). */
export function timeFrom(iso: Json | undefined, unitMs: number): number | undefined {
  const ms = typeof iso === 'string' ? msOf(iso) : undefined
  return ms === undefined || ms === 0 ? undefined : ms / unitMs
}

/** Tags that a manifest may have: ours are written by us. */
export function tagsFrom(tags: Json | undefined): Json | undefined {
  if (!isObject(tags)) return undefined
  return inOrder(tags, (key) => !key.toLowerCase().startsWith('verdigris.'))
}

/** Properties without those that the service keeps for itself. */
export function propertiesFrom(properties: Json | undefined): Json | undefined {
  const own = ownProperties(properties ?? null)
  return isObject(own) ? inOrder(own) : undefined
}

/** A mapping in the order of its keys: the service gives it in any. */
export function inOrder(map: JsonObject, keeps: (key: string) => boolean = () => true): JsonObject {
  const keys = Object.keys(map).filter(keeps).sort()
  return Object.fromEntries(keys.map((key): [string, Json] => [key, map[key] ?? null]))
}

/** Fields of a manifest without those that say nothing: undefined, null and empty mappings. */
export function saying(fields: { readonly [name: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, Json] =>
        entry[1] !== undefined &&
        entry[1] !== null &&
        !(isObject(entry[1]) && Object.keys(entry[1]).length === 0),
    ),
  )
}

export function objectIn(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

/** Address of Microsoft's schema, by which editors and we tell the kind. */
export function schemaAddress(name: string): string {
  return `https://azuremlschemas.azureedge.net/latest/${name}.schema.json`
}
