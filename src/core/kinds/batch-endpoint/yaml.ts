import type { Ref } from '../../model/ref.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { objectIn, propertiesFrom, saying, schemaAddress, tagsFrom, wordFrom } from '../from-arm.ts'

/** The CLI v2 fields of a batch endpoint, from its ARM body. */
export function batchEndpointFromArm(body: JsonObject, ref: Ref): JsonObject {
  const properties = objectIn(body.properties)
  const { deploymentName } = objectIn(properties.defaults)
  return saying({
    $schema: schemaAddress('batchEndpoint'),
    name: ref.name,
    description: properties.description,
    auth_mode: wordFrom(properties.authMode),
    defaults: saying({ deployment_name: deploymentName }),
    tags: tagsFrom(body.tags),
    properties: propertiesFrom(properties.properties),
  })
}
