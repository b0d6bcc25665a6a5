import type { Json } from '../../../src/sandbox/core/contract.ts'

/** Values that differ between any two runs: only their type is compared. */
const VOLATILE = [
  'createdAt',
  'createdBy',
  'createdByType',
  'lastModifiedAt',
  'lastModifiedBy',
  'lastModifiedByType',
  'creationTime',
  'createdOn',
  'modifiedOn',
  'allocationStateTransitionTime',
  'principalId',
  'startTime',
  'endTime',
  'AzureAsyncOperationUri',
  'hash_sha256',
  'hash_version',
]

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** Guids are drawn anew in every run. */
function plain(value: Json): Json {
  return typeof value === 'string' ? value.replaceAll(GUID, 'a guid') : value
}

/** Differences between two bodies: members, types, and the values that are no accident. */
export function differences(recorded: Json, given: Json, path = ''): string[] {
  const [left, right] = [typeOf(recorded), typeOf(given)]
  if (left !== right) return [`${path}: ${left} recorded, ${right} given`]
  if (Array.isArray(recorded) && Array.isArray(given)) return ofLists(recorded, given, path)
  if (isObject(recorded) && isObject(given)) return ofObjects(recorded, given, path)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (VOLATILE.includes(name) || plain(recorded) === plain(given)) return []
  return [`${path}: ${JSON.stringify(recorded)} recorded, ${JSON.stringify(given)} given`]
}

function ofObjects(recorded: Members, given: Members, path: string): string[] {
  const names = new Set([...Object.keys(recorded), ...Object.keys(given)])
  return [...names].sort().flatMap((name) => {
    const at = `${path}/${name}`
    if (!(name in given)) return [`${at}: recorded only`]
    if (!(name in recorded)) return [`${at}: given only`]
    if (name === 'additionalInfo')
      return ofInfo(recorded[name] as Json[], given[name] as Json[], at)
    return differences(recorded[name] ?? null, given[name] ?? null, at)
  })
}

/** The entries of an error's additionalInfo by their type; what they say is volatile. */
function ofInfo(recorded: Json[], given: Json[], path: string): string[] {
  const types = (list: Json[]) => list.map((item) => String((item as Members).type)).join()
  return types(recorded) === types(given)
    ? []
    : [`${path}: ${types(recorded)} recorded, ${types(given)} given`]
}

/** Lists of one length item by item. Else the kinds of items: each recorded shape must be given. */
function ofLists(recorded: Json[], given: Json[], path: string): string[] {
  if (recorded.length === given.length) {
    return recorded.flatMap((item, index) =>
      differences(item, given[index] ?? null, `${path}/${index}`),
    )
  }
  const shapes = new Set(given.map(shapeOf))
  return recorded.flatMap((item, index) =>
    shapes.has(shapeOf(item)) ? [] : [`${path}/${index}: no item of its shape given`],
  )
}

/** Members and types as a text. */
function shapeOf(value: Json): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join()}]`
  if (!isObject(value)) return typeOf(value)
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${name}:${shapeOf(value[name] ?? null)}`).join()}}`
}

type Members = { [key: string]: Json }

function isObject(value: Json): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeOf(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
