import type { Workspace } from '../../model/live.ts'
import type { Ref } from '../../model/ref.ts'
import type { JsonObject } from '../../model/values/json.ts'
import {
  objectIn,
  propertiesFrom,
  saying,
  schemaAddress,
  shortUri,
  tagsFrom,
  wordFrom,
} from '../from-arm.ts'

/** The CLI v2 fields of a data version, from its ARM body. */
export function dataFromArm(body: JsonObject, ref: Ref, workspace: Workspace): JsonObject {
  const properties = objectIn(body.properties)
  return saying({
    $schema: schemaAddress('data'),
    name: ref.name,
    version: ref.version,
    type: wordFrom(properties.dataType),
    path: shortUri(properties.dataUri, workspace),
    description: properties.description,
    tags: tagsFrom(properties.tags),
    properties: propertiesFrom(properties.properties),
  })
}
