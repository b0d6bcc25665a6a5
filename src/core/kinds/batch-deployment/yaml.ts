import type { Workspace } from '../../model/live.ts'
import type { Ref } from '../../model/ref.ts'
import type { Json, JsonObject } from '../../model/values/json.ts'
import {
  codeFrom,
  computeFrom,
  inOrder,
  objectIn,
  propertiesFrom,
  referenceFrom,
  saying,
  schemaAddress,
  tagsFrom,
  timeFrom,
  wordFrom,
} from '../from-arm.ts'

/** The CLI v2 fields of a batch deployment, from its ARM body, in the current layout: `type` and `settings`. */
export function batchDeploymentFromArm(
  body: JsonObject,
  ref: Ref,
  workspace: Workspace,
): JsonObject {
  const properties = objectIn(body.properties)
  const isPipeline =
    wordFrom(objectIn(properties.deploymentConfiguration).deploymentConfigurationType) ===
    'pipeline_component'
  const { instanceCount, instanceType } = objectIn(properties.resources)
  return saying({
    $schema: schemaAddress('modelBatchDeployment'),
    name: ref.name,
    endpoint_name: ref.parent,
    type: isPipeline ? 'pipeline' : 'model',
    description: properties.description,
    model: modelFrom(properties.model, workspace),
    environment: referenceFrom(properties.environmentId, 'Environment', workspace),
    code_configuration: codeFrom(properties.codeConfiguration, workspace),
    compute: computeFrom(properties.compute, workspace),
    resources: saying({ instance_count: instanceCount, instance_type: instanceType }),
    settings: settingsFrom(properties),
    tags: tagsFrom(body.tags),
    properties: propertiesFrom(properties.properties),
  })
}

function modelFrom(model: Json | undefined, workspace: Workspace): string | undefined {
  return referenceFrom(objectIn(model).assetId, 'Model', workspace)
}

function settingsFrom(properties: JsonObject): JsonObject {
  const { maxRetries, timeout } = objectIn(properties.retrySettings)
  const outputAction = wordFrom(properties.outputAction)
  const others = saying({
    max_concurrency_per_instance: properties.maxConcurrencyPerInstance,
    output_action: outputAction,
    // The service gives a name even where no such file is written; a manifest may not.
    output_file_name: outputAction === 'summary_only' ? undefined : properties.outputFileName,
    retry_settings: saying({ max_retries: maxRetries, timeout: timeFrom(timeout, 1000) }),
    error_threshold: properties.errorThreshold,
    logging_level: wordFrom(properties.loggingLevel),
    environment_variables: inOrder(objectIn(properties.environmentVariables)),
  })
  const size = properties.miniBatchSize
  if (typeof size !== 'number' && Object.keys(others).length === 0) return {}
  // Where there are settings it must be among them; this is what the service has when nobody said.
  return { mini_batch_size: size ?? DEFAULT_SIZE, ...others }
}

const DEFAULT_SIZE = 10
