import { page } from '../answers/paging.ts'
import { type Answer, type Call, param, requestBody } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import {
  badArgument,
  dataVersionExists,
  immutableField,
  noSuchAsset,
  versionInUse,
} from '../errors.ts'
import { objectOf, same, without } from '../json.ts'
import { fold, isAssetName } from '../names.ts'
import type { Resource } from '../state.ts'
import { add, drop, find, list, newestFirst } from '../store.ts'
import { serviceTime } from '../time.ts'
import {
  type AssetType,
  assetTypeOf,
  contentOf,
  DATA_TYPES,
  storedProperties,
} from './asset-types.ts'

const containerPath = (call: Call) => `${assetTypeOf(call).collection}/${param(call, 'name')}`
const versionPath = (call: Call) => `${containerPath(call)}/versions/${param(call, 'version')}`

export function getContainer(call: Call): Answer {
  const container = find(call.state, containerPath(call))
  if (container === undefined) return missing(call)
  return { status: 200, body: renderContainer(call, container) }
}

function missing(call: Call): Answer {
  const version = call.params.version
  return noSuchAsset(call, assetTypeOf(call).collection, param(call, 'name'), version)
}

export function listContainers(call: Call): Answer {
  const shown = newestFirst(list(call.state, assetTypeOf(call).collection))
  const items = shown.filter((container) => isInView(call, container))
  return page(
    call,
    items.map((container) => renderContainer(call, container)),
    { sizeFrom: 'count' },
  )
}

export function putContainer(call: Call): Answer {
  if (!isAssetName(param(call, 'name'))) return badName(call, param(call, 'name'))
  const existing = find(call.state, containerPath(call))
  const sent = objectOf(requestBody(call).properties)
  const old = objectOf(existing?.body.properties).dataType
  const dataType = old ?? fold(DATA_TYPES, sent.dataType)
  const isData = assetTypeOf(call).collection === 'data'
  if (isData && dataType === undefined) return badArgument(call, 'A data asset needs a dataType.')
  const container = existing ?? add(call, 'assetContainer', containerPath(call), {})
  container.modifiedAtMs = call.now
  const type = isData ? { dataType: dataType ?? null } : {}
  container.body = { properties: { ...emptyContainer(), ...sent, ...type } }
  const isNew = existing === undefined
  return { status: isNew ? 201 : 200, body: renderContainer(call, container), ...at(call, isNew) }
}

function emptyContainer(): JsonObject {
  return { description: null, tags: {}, properties: {}, isArchived: false }
}

/** The container that a first version makes; one of data keeps the type of its first (recorded). */
function impliedContainer({ dataType }: JsonObject): JsonObject {
  if (dataType === undefined) return emptyContainer()
  return { ...emptyContainer(), tags: null, properties: null, dataType }
}

function badName(call: Call, name: string): Answer {
  return badArgument(call, `The name '${name}' is invalid.`)
}

/** A Location header comes with every 201 (recorded). */
function at(call: Call, isCreated: boolean): Pick<Answer, 'headers'> {
  if (!isCreated) return {}
  const { origin, path } = call.address
  return { headers: { Location: `${origin}${path}?api-version=${call.apiVersion}` } }
}

export function deleteContainer(call: Call): Answer {
  return deleteAt(call, containerPath(call))
}

export function deleteVersion(call: Call): Answer {
  return deleteAt(call, versionPath(call))
}

function deleteAt(call: Call, path: string): Answer {
  if (find(call.state, path) === undefined) return { status: 204, from: 'nobody' }
  drop(call.state, path)
  return { status: 200 }
}

export function getVersion(call: Call): Answer {
  const version = find(call.state, versionPath(call))
  if (version === undefined) return missing(call)
  return { status: 200, body: renderVersion(call, version) }
}

/**
 * GET versions: newest first; by `hash` and `hashVersion` the whole workspace is searched, whatever the name in the path
 * (FACTS 5.2.1).
 */
export function listVersions(call: Call): Answer {
  const { query } = call.address
  const type = assetTypeOf(call)
  const hash = query.get('hash')
  const versions =
    hash === undefined
      ? list(call.state, `${containerPath(call)}/versions`)
      : byHash(call, hash, query.get('hashversion'))
  const filters = ['version', 'stage', 'description'] as const
  const shown = newestFirst(versions)
    .filter((version) => isInView(call, version))
    .map((version) => renderVersion(call, version))
    .filter((item) =>
      filters.every((name) => {
        const wanted = query.get(name)
        const value = name === 'version' ? item.name : objectOf(item.properties)[name]
        return wanted === undefined || wanted === value
      }),
    )
  if (query.get('$orderby')?.toLowerCase().endsWith('asc') === true) shown.reverse()
  return page(call, shown, { sizeFrom: '$top', topIsAll: type.topIsAll })
}

function byHash(call: Call, hash: string, hashVersion: string | undefined): Resource[] {
  return Object.values(call.state.resources).filter((resource) => {
    const isCode = resource.kind === 'assetVersion' && /\/codes\//i.test(resource.id)
    const tags = objectOf(objectOf(resource.body.properties).properties)
    return isCode && tags.hash_sha256 === hash && tags.hash_version === (hashVersion ?? '')
  })
}

/** Whether a list by `listViewType` shows it: what is not archived, unless more or other is asked for. */
export function isInView(call: Call, resource: Resource): boolean {
  const view = call.address.query.get('listviewtype')?.toLowerCase() ?? 'activeonly'
  const isArchived = objectOf(resource.body.properties).isArchived === true
  return view === 'all' || (view === 'archivedonly') === isArchived
}

/** PUT: makes the container too; content stays for good, the rest may change (FACTS 5.2.6). */
export function putVersion(call: Call): Answer {
  const type = assetTypeOf(call)
  const [name, version] = [param(call, 'name'), param(call, 'version')]
  if (!isAssetName(name) || !isAssetName(version)) return badName(call, `${name}:${version}`)
  const stored = storedProperties(call, type, objectOf(requestBody(call).properties))
  const refusal = refuseContent(call, type, stored)
  if (refusal !== undefined) return refusal
  const existing = find(call.state, versionPath(call))
  if (find(call.state, containerPath(call)) === undefined) {
    add(call, 'assetContainer', containerPath(call), { properties: impliedContainer(stored) })
  }
  const resource = existing ?? add(call, 'assetVersion', versionPath(call), {})
  const isChanged = !same(resource.body.properties, stored)
  if (isChanged && type.collection !== 'environments') resource.modifiedAtMs = call.now
  resource.body = { properties: stored }
  const isNew = existing === undefined
  const status = isNew || type.alwaysCreated ? 201 : 200
  return { status, body: renderVersion(call, resource), ...at(call, status === 201) }
}

const CONTENT_NEEDED = {
  models: ['modelUri'],
  environments: ['image', 'build'],
  codes: ['codeUri'],
  data: ['dataUri'],
}

function refuseContent(call: Call, type: AssetType, stored: JsonObject): Answer | undefined {
  const [name, version] = [param(call, 'name'), param(call, 'version')]
  const needed = CONTENT_NEEDED[type.collection]
  if (!needed.some((member) => stored[member] !== undefined && stored[member] !== null)) {
    return badArgument(call, `${type.word} ${name}:${version} needs ${needed.join(' or ')}.`)
  }
  const mistyped = type.collection === 'data' ? refuseDataType(call, stored) : undefined
  if (mistyped !== undefined) return mistyped
  const existing = find(call.state, versionPath(call))
  if (existing === undefined) return undefined
  const old = contentOf(type, objectOf(existing.body.properties))
  if (same(old, contentOf(type, stored))) return undefined
  if (type.collection === 'data') return dataVersionExists(call)
  if (type.collection === 'codes') return immutableField(call, `code ${name}`, 'codeUri')
  return versionInUse(call, type.word, name, version)
}

/** All versions of a data asset are of one type. */
function refuseDataType(call: Call, { dataType }: JsonObject): Answer | undefined {
  const kept = find(call.state, containerPath(call))?.body.properties
  const wanted = objectOf(kept).dataType ?? dataType
  if (dataType !== null && dataType === wanted) return undefined
  const words = dataType === null ? DATA_TYPES.join(', ') : String(wanted)
  return badArgument(call, `The dataType of ${param(call, 'name')} must be ${words}.`)
}

function renderContainer(call: Call, container: Resource): JsonObject {
  const { collection } = assetTypeOf(call)
  const versions = list(call.state, `${collection}/${container.name}/versions`)
  const numbers = versions
    .map(({ name }) => Number(name))
    .filter((number) => Number.isInteger(number))
  return {
    id: container.id,
    name: container.name,
    type: `Microsoft.MachineLearningServices/workspaces/${collection}`,
    properties: {
      ...objectOf(container.body.properties),
      latestVersion: versions.at(-1)?.name ?? null,
      nextVersion: String(Math.max(0, ...numbers) + 1),
    },
    systemData:
      collection === 'data'
        ? without(systemData(container), ['lastModifiedBy', 'lastModifiedByType'])
        : systemData(container),
  }
}

function renderVersion(call: Call, version: Resource): JsonObject {
  const type = assetTypeOf(call)
  const properties = objectOf(version.body.properties)
  return {
    id: version.id,
    name: version.name,
    type: `Microsoft.MachineLearningServices/workspaces/${type.collection}/versions`,
    properties: { ...properties, ...type.show(call, properties) },
    // The data service does not say who changed a version last (recorded).
    systemData:
      type.collection === 'data'
        ? without(systemData(version), ['lastModifiedBy', 'lastModifiedByType'])
        : systemData(version),
  }
}

/** With the *ByType members, which endpoints lack (FACTS 1.2). */
export function systemData(resource: Resource): JsonObject {
  return {
    createdAt: serviceTime(resource.createdAtMs),
    createdBy: resource.createdBy,
    createdByType: 'User',
    lastModifiedAt: serviceTime(resource.modifiedAtMs),
    lastModifiedBy: resource.createdBy,
    lastModifiedByType: 'User',
  }
}
