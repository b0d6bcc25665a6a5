import type { EnvironmentView, JsonObject, RunsWith } from '../contract.ts'
import { objectOf, textOf } from '../json.ts'
import type { State } from '../state.ts'
import { findById } from '../store.ts'

/** The assets that a deployment's properties name, as far as running it takes them. */
export function runsWith(state: State, properties: JsonObject): RunsWith {
  const environment = environmentOf(state, properties)
  return {
    ...codeOf(state, properties),
    ...modelOf(state, properties),
    ...(environment === undefined ? {} : { environment }),
  }
}

function codeOf(state: State, properties: JsonObject): RunsWith {
  const configuration = objectOf(properties.codeConfiguration)
  const code = findById(state, textOf(configuration.codeId) ?? '')
  const codeUri = textOf(objectOf(code?.body.properties).codeUri)
  const scoringScript = textOf(configuration.scoringScript)
  return {
    ...(codeUri === undefined ? {} : { codeUri }),
    ...(scoringScript === undefined ? {} : { scoringScript }),
  }
}

/** Online deployments name a model by its id, batch deployments by a reference to one. */
function modelOf(state: State, properties: JsonObject): RunsWith {
  const reference = objectOf(properties.model)
  const id = textOf(properties.model) ?? textOf(reference.assetId) ?? textOf(reference.path)
  if (id === undefined) return {}
  const model = findById(state, id)
  const kept = objectOf(model?.body.properties)
  const modelType = textOf(kept.modelType)
  const match = /\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(model?.id ?? id)
  return {
    modelUri: textOf(kept.modelUri) ?? id,
    ...(modelType === undefined ? {} : { modelType }),
    ...(match === null ? {} : { modelName: match[1] ?? '', modelVersion: match[2] ?? '' }),
  }
}

function environmentOf(state: State, properties: JsonObject): EnvironmentView | undefined {
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
