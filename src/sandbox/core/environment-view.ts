import type { JsonObject } from './contract.ts'
import { objectOf, textOf } from './json.ts'
import type { State } from './state.ts'
import { findById } from './store.ts'

/** A registered environment, as far as it decides what Python code runs with. */
export interface EnvironmentView {
  /** `name:version`; for one that this workspace does not hold (curated, of a registry), its id as it was given. */
  readonly name: string
  readonly image?: string
  /** As it is kept: JSON text, or the client's text where that is no YAML. Empty = none. */
  readonly condaFile?: string
  /** It is built from a Dockerfile. */
  readonly hasBuildContext?: true
}

/** The environment that a deployment's properties name; undefined = none. */
export function environmentView(state: State, properties: JsonObject): EnvironmentView | undefined {
  const id = textOf(properties.environmentId)
  if (id === undefined) return undefined
  const found = findById(state, id)
  const match = /\/environments\/([^/]+)\/versions\/([^/]+)$/i.exec(found?.id ?? '')
  if (found === undefined || match === null) return { name: id }
  const kept = objectOf(found.body.properties)
  const image = textOf(kept.image)
  const condaFile = textOf(kept.condaFile)
  const hasBuildContext = Object.keys(objectOf(kept.build)).length > 0
  return {
    name: `${match[1]}:${match[2]}`,
    ...(image === undefined ? {} : { image }),
    ...(condaFile === undefined ? {} : { condaFile }),
    ...(hasBuildContext ? { hasBuildContext } : {}),
  }
}
