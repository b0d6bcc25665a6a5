import { shown } from '../../kinds/fields/shown.ts'
import { KINDS } from '../../kinds/index.ts'
import { isIssues } from '../../kinds/inline.ts'
import type { FieldIssue, Kind, LocalContent } from '../../kinds/kind.ts'
import type { Live, Workspace } from '../../model/live.ts'
import { canonical, isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { leavesOf, valueAt } from '../../model/values/pointer.ts'
import { badValue } from '../documents/text-rules.ts'

type Path = readonly (string | number)[]

/** What a manifest can say of a live thing, and what it cannot. */
export type ReadBack =
  | { readonly fields: JsonObject; readonly left: readonly string[] }
  /** Why no manifest can say it at all. */
  | { readonly refused: string }

const ROUNDS_MAX = 50
const IDENTITY = new Set(['name', 'endpoint_name', 'version'])
/** Written even where they say what would be so anyway: without them a manifest is hard to read. */
const ALWAYS = new Set([...IDENTITY, '$schema', 'auth_mode', 'type', 'instance_count'])

/** Every reference is to something in Azure: nothing local is looked at. */
const NO_CONTENT: LocalContent = {
  upload: (_, path) => ({ path, reason: 'FileNotFound', message: 'names nothing in Azure' }),
  leavesOut: () => undefined,
  manifest: (_, path) => ({ path, reason: 'FileNotFound', message: 'names nothing in Azure' }),
  data: (_, path) => ({ path, reason: 'FileNotFound', message: 'names nothing in Azure' }),
}

/**
 * The fields of a manifest that declares a thing as it is. What manifests may not hold is left out and told; what the
 * service would answer anyway is left out.
 */
export function readBack(live: Live, workspace: Workspace): ReadBack {
  const kind = KINDS[live.ref.kind]
  if (kind.fromArm === undefined) return { refused: 'its content cannot be read back' }
  const left: string[] = []
  const whole = kind.fromArm(live.body, live.ref, workspace)
  const sound = soundOf(kind, readable(whole, [], left) as JsonObject, left)
  if (typeof sound === 'string') return { refused: sound }
  const fields = withoutDefaults(kind, sound, workspace)
  const other =
    live.ref.version === undefined ? undefined : firstChange(kind, live, fields, workspace)
  // An asset cannot be changed, and what uses it names it all the same.
  return other === undefined ? { fields, left } : { refused: `no manifest can say its ${other}` }
}

/** The first field in which the manifest and the live thing differ; undefined when they mean the same. */
function firstChange(
  kind: Kind,
  { body }: Live,
  fields: JsonObject,
  workspace: Workspace,
): string | undefined {
  const declared = declaredBy(kind, fields, workspace) ?? {}
  const [is, want] = [kind.normalise(body), kind.normalise(declared)]
  return leavesOf(declared, kind.wholes ?? []).find(
    (leaf) => canonical(valueAt(is, leaf)) !== canonical(valueAt(want, leaf)),
  )
}

/** Without keys and values that no manifest may hold anywhere. */
function readable(value: Json, path: Path, left: string[]): Json {
  if (Array.isArray(value))
    return value.map((item, index) => readable(item, [...path, index], left))
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([key, child]) => {
    const isForbidden = /^(?:__proto__|constructor|prototype|<<)$/.test(key)
    const bad = badValue(key) ?? (typeof child === 'string' ? badValue(child) : undefined)
    if (!isForbidden && bad === undefined) return true
    left.push(`${nameOf([...path, key])}: ${bad?.message ?? 'the name is not allowed'}`)
    return false
  })
  return Object.fromEntries(
    kept.map(([key, child]) => [key, readable(child, [...path, key], left)]),
  )
}

/** Without the fields that the kind refuses; why it cannot be said, when one of those is needed. */
function soundOf(kind: Kind, whole: JsonObject, left: string[]): JsonObject | string {
  const removed = new Map<string, string>()
  let fields = whole
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const decoded = kind.decode(fields, NO_CONTENT)
    if (!isIssues(decoded)) {
      left.push(...[...removed].map(([name, message]) => `${name}: ${message}`))
      return fields
    }
    const [issue] = decoded
    const name = nameOf(issue?.path ?? [])
    if (issue === undefined || !mayGo(issue, fields)) {
      return removed.get(name) ?? issue?.message ?? 'it is refused'
    }
    removed.set(name, issue.message)
    fields = without(fields, issue.path)
  }
  return 'too many of its fields are refused'
}

/** Whether a thing can be said without the field that is refused: not without what it is. */
function mayGo({ path, reason }: FieldIssue, fields: JsonObject): boolean {
  if (reason === 'KindNotSupported' || IDENTITY.has(String(path[0]))) return false
  return path.length > 0 && canonical(without(fields, path)) !== canonical(fields)
}

/** Mappings of somebody's own names: no entry of theirs says what would be so anyway. */
const FREE = new Set(['tags', 'properties', 'environment_variables', 'flavors', 'conda_file'])

function withoutDefaults(kind: Kind, whole: JsonObject, workspace: Workspace): JsonObject {
  const meant = meaningOf(kind, whole, workspace)
  return pathsOf(whole, []).reduce((fields, path) => {
    const [head, ...inside] = path.map(String)
    if (FREE.has(String(head)) || (inside.length === 0 && ALWAYS.has(String(head)))) return fields
    const less = without(fields, path)
    return meaningOf(kind, less, workspace) === meant ? less : fields
  }, whole)
}

/** What the planner would compare; undefined when it is no manifest. */
function meaningOf(kind: Kind, fields: JsonObject, workspace: Workspace): string | undefined {
  const declared = declaredBy(kind, fields, workspace)
  return declared && canonical(kind.normalise(declared))
}

function declaredBy(kind: Kind, fields: JsonObject, workspace: Workspace): JsonObject | undefined {
  const decoded = kind.decode(fields, NO_CONTENT)
  if (isIssues(decoded)) return undefined
  const desired = { ...decoded, policy: {}, at: { file: '', line: 1, column: 1 } }
  return kind.toArm(desired, { workspace, version: () => undefined })
}

/** The paths of all values that are no mappings. */
function pathsOf(value: Json, path: Path): readonly Path[] {
  if (!isObject(value)) return [path]
  return Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))
}

/** A copy without the value at a path, and without the mappings that it leaves empty. */
function without(fields: JsonObject, [head, ...rest]: Path): JsonObject {
  const { [String(head)]: child, ...others } = fields
  if (child === undefined) return fields
  const inner = rest.length > 0 && isObject(child) ? without(child, rest) : {}
  if (Object.keys(inner).length === 0) return others
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, key === String(head) ? inner : value]),
  )
}

function nameOf(path: Path): string {
  return shown(path.join('.')).slice(1, -1)
}
