import type { Workspace } from '../../model/live.ts'
import type { Ref } from '../../model/ref.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { condaData } from '../conda.ts'
import {
  objectIn,
  propertiesFrom,
  saying,
  schemaAddress,
  shortUri,
  tagsFrom,
  wordFrom,
} from '../from-arm.ts'
import { placeOfContext } from './arm.ts'

/** The CLI v2 fields of an environment version, from its ARM body. The conda file stands inline. */
export function environmentFromArm(body: JsonObject, ref: Ref, workspace: Workspace): JsonObject {
  const properties = objectIn(body.properties)
  const { contextUri, dockerfilePath } = objectIn(properties.build)
  const { livenessRoute, readinessRoute, scoringRoute } = objectIn(properties.inferenceConfig)
  return saying({
    $schema: schemaAddress('environment'),
    name: ref.name,
    version: ref.version,
    description: properties.description,
    image: properties.image,
    conda_file: condaFrom(properties.condaFile),
    build: saying({ path: contextFrom(contextUri, workspace), dockerfile_path: dockerfilePath }),
    os_type: wordFrom(properties.osType),
    inference_config: saying({
      liveness_route: livenessRoute,
      readiness_route: readinessRoute,
      scoring_route: scoringRoute,
    }),
    tags: tagsFrom(properties.tags),
    properties: propertiesFrom(properties.properties),
  })
}

/**
 * Where the build context is. The sandbox keeps blobs behind plain http, which no manifest may name: its place in the
 * default datastore means the same.
 */
function contextFrom(uri: Json | undefined, workspace: Workspace): Json | undefined {
  if (typeof uri !== 'string' || !/^http:/i.test(uri)) return shortUri(uri, workspace)
  const place = placeOfContext(uri)
  return place === uri ? undefined : `azureml://datastores/workspaceblobstore/paths/${place}`
}

function condaFrom(text: Json | undefined): JsonObject | undefined {
  const data = typeof text === 'string' ? condaData(text) : undefined
  return isObject(data) ? data : undefined
}
