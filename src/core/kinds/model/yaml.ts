import type { Workspace } from '../../model/live.ts'
import type { Ref } from '../../model/ref.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import {
  inOrder,
  objectIn,
  propertiesFrom,
  saying,
  schemaAddress,
  shortUri,
  tagsFrom,
  wordFrom,
} from '../from-arm.ts'

/** What a model has that nobody gave a stage (FACTS 1.6). */
const NO_STAGE = 'Development'

/** The CLI v2 fields of a model version, from its ARM body. */
export function modelFromArm(body: JsonObject, ref: Ref, workspace: Workspace): JsonObject {
  const properties = objectIn(body.properties)
  const type = wordFrom(properties.modelType)
  return saying({
    $schema: schemaAddress('model'),
    name: ref.name,
    version: ref.version,
    type,
    path: shortUri(properties.modelUri, workspace),
    description: properties.description,
    stage: properties.stage === NO_STAGE ? undefined : properties.stage,
    // The service reads them from an MLflow model's own files.
    flavors: type === 'mlflow_model' ? undefined : flavorsFrom(properties.flavors),
    tags: tagsFrom(properties.tags),
    properties: propertiesFrom(properties.properties),
  })
}

function flavorsFrom(flavors: Json | undefined): JsonObject {
  const entries = Object.entries(inOrder(objectIn(flavors)))
  return Object.fromEntries(
    entries.map(([name, flavor]) => [name, isObject(flavor) ? objectIn(flavor.data) : {}]),
  )
}
