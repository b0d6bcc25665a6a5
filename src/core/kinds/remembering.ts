import type { LabelRef } from '../model/desired.ts'
import type { Workspace } from '../model/live.ts'
import type { JsonObject } from '../model/values/json.ts'
import type { ArmContext, Kind } from './kind.ts'

interface Declared {
  readonly workspace: Workspace
  readonly body: JsonObject
  /** What labels meant: a label moves without the spec. */
  readonly labels: readonly Meant[]
}

interface Meant {
  readonly label: LabelRef
  readonly version: string | undefined
}

/**
 * The same kind, which works out once what a body or a spec means: both are values that nobody changes, so that an answer
 * holds as long as the object is there.
 */
export function remembering(kind: Kind): Kind {
  const normal = new WeakMap<JsonObject, JsonObject>()
  const declared = new WeakMap<JsonObject, Declared>()
  return {
    ...kind,
    normalise(body) {
      const known = normal.get(body)
      if (known !== undefined) return known
      const made = kind.normalise(body)
      normal.set(body, made)
      return made
    },
    toArm(desired, context) {
      const { spec } = desired
      const { workspace } = context
      const known = declared.get(spec)
      const isAsThen = ({ label, version }: Meant): boolean => context.version(label) === version
      if (known?.labels.every(isAsThen) && isSame(known.workspace, workspace)) return known.body
      const labels: Meant[] = []
      const body = kind.toArm(desired, noting(context, labels))
      declared.set(spec, { workspace, body, labels })
      return body
    },
  }
}

function noting({ workspace, version: versionOf }: ArmContext, asked: Meant[]): ArmContext {
  return {
    workspace,
    version(label) {
      const version = versionOf(label)
      asked.push({ label, version })
      return version
    },
  }
}

function isSame(one: Workspace, other: Workspace): boolean {
  return (
    one === other ||
    (one.id === other.id &&
      one.name === other.name &&
      one.location === other.location &&
      one.resourceGroup === other.resourceGroup &&
      one.subscriptionId === other.subscriptionId)
  )
}
