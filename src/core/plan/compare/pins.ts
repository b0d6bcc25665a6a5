import type { ArmContext } from '../../kinds/kind.ts'
import { type Desired, type LabelRef, labelKey } from '../../model/desired.ts'
import type { Live } from '../../model/live.ts'
import { canonical, isObject, type Json } from '../../model/values/json.ts'

/**
 * The context in which a label keeps the version it had when this very manifest was applied. A label moves when somebody
 * registers a version; a deployment moves when a commit changes its manifest (FACTS 5.1).
 */
export function pinnedContext(
  context: ArmContext,
  desired: Desired,
  applied: Desired | undefined,
  live: Live | undefined,
): ArmContext {
  if (applied === undefined || live === undefined || desired.labels.length === 0) return context
  if (canonical(applied.spec) !== canonical(desired.spec)) return context
  const pins = new Map<string, string>()
  for (const label of desired.labels) {
    const version = versionIn(live.body, label)
    if (version !== undefined) pins.set(labelKey(label), version)
  }
  return { ...context, version: (label) => pins.get(labelKey(label)) ?? context.version(label) }
}

const FOLDERS = { Model: 'models', Environment: 'environments' } as const

/** The version of this asset that a body names by ARM id. */
function versionIn(body: Json, label: LabelRef): string | undefined {
  const prefix = `/${FOLDERS[label.kind]}/${label.name}/versions/`.toLowerCase()
  for (const text of textsOf(body)) {
    const start = text.toLowerCase().indexOf(prefix)
    if (start !== -1) return text.slice(start + prefix.length)
  }
  return undefined
}

/** Texts of a resource's properties: where it refers to assets. */
function textsOf(body: Json): readonly string[] {
  const properties = isObject(body) ? body.properties : undefined
  if (!isObject(properties)) return []
  return Object.values(properties).flatMap((value) => {
    if (typeof value === 'string') return [value]
    return isObject(value) ? Object.values(value).filter((text) => typeof text === 'string') : []
  })
}
