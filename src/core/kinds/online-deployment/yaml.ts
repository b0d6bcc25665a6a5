import type { Workspace } from '../../model/live.ts'
import type { Ref } from '../../model/ref.ts'
import type { Json, JsonObject } from '../../model/values/json.ts'
import {
  codeFrom,
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

/** Added by the service to what it was given (FACTS 0.11): declaring them would make them ours. */
const SERVICE_VARIABLES = new Set(['AZUREML_MODEL_DIR', 'AZUREML_ENTRY_SCRIPT', 'AML_APP_ROOT'])

/** The CLI v2 fields of an online deployment, from its ARM body. */
export function deploymentFromArm(body: JsonObject, ref: Ref, workspace: Workspace): JsonObject {
  const properties = objectIn(body.properties)
  const isKubernetes = wordFrom(properties.endpointComputeType) === 'kubernetes'
  return saying({
    $schema: schemaAddress(isKubernetes ? 'kubernetesOnlineDeployment' : 'managedOnlineDeployment'),
    name: ref.name,
    endpoint_name: ref.parent,
    type: isKubernetes ? 'kubernetes' : undefined,
    description: properties.description,
    model: referenceFrom(properties.model, 'Model', workspace),
    environment: referenceFrom(properties.environmentId, 'Environment', workspace),
    code_configuration: codeFrom(properties.codeConfiguration, workspace),
    environment_variables: inOrder(
      objectIn(properties.environmentVariables),
      (name) => !SERVICE_VARIABLES.has(name),
    ),
    instance_type: properties.instanceType,
    instance_count: objectIn(body.sku).capacity,
    ...servingFrom(properties, workspace),
    // Not known on Kubernetes, whatever Azure shows.
    egress_public_network_access: isKubernetes
      ? undefined
      : wordFrom(properties.egressPublicNetworkAccess),
    resources: resourcesFrom(objectIn(properties.containerResourceRequirements)),
    tags: tagsFrom(body.tags),
    properties: propertiesFrom(properties.properties),
  })
}

function servingFrom(
  properties: JsonObject,
  workspace: Workspace,
): { readonly [name: string]: Json | undefined } {
  const requests = objectIn(properties.requestSettings)
  return {
    scale_settings: scalingFrom(objectIn(properties.scaleSettings)),
    request_settings: saying({
      request_timeout_ms: timeFrom(requests.requestTimeout, 1),
      // Not filled in yet, or a value of the deployment template (FACTS 1.3).
      max_concurrent_requests_per_instance:
        requests.maxConcurrentRequestsPerInstance === 0
          ? undefined
          : requests.maxConcurrentRequestsPerInstance,
      max_queue_wait_ms: timeFrom(requests.maxQueueWait, 1),
    }),
    liveness_probe: probeFrom(objectIn(properties.livenessProbe)),
    readiness_probe: probeFrom(objectIn(properties.readinessProbe)),
    app_insights_enabled: properties.appInsightsEnabled,
    model_mount_path: properties.modelMountPath,
    data_collector: collectorFrom(objectIn(properties.dataCollector), workspace),
  }
}

function scalingFrom(scaling: JsonObject): JsonObject {
  return saying({
    type: wordFrom(scaling.scaleType),
    min_instances: scaling.minInstances,
    max_instances: scaling.maxInstances,
    target_utilization_percentage: scaling.targetUtilizationPercentage,
    polling_interval: timeFrom(scaling.pollingInterval, 1000),
  })
}

function probeFrom(probe: JsonObject): JsonObject {
  return saying({
    initial_delay: timeFrom(probe.initialDelay, 1000),
    period: timeFrom(probe.period, 1000),
    timeout: timeFrom(probe.timeout, 1000),
    success_threshold: probe.successThreshold,
    failure_threshold: probe.failureThreshold,
  })
}

function collectorFrom(collector: JsonObject, workspace: Workspace): JsonObject {
  const collections = Object.entries(inOrder(objectIn(collector.collections)))
  if (collections.length === 0) return {}
  const rates = new Set(collections.map(([, one]) => objectIn(one).samplingRate ?? 1))
  return saying({
    collections: Object.fromEntries(
      collections.map(([name, collection]) => [
        name,
        {
          ...collectionFrom(objectIn(collection), workspace),
          // What cannot be said is told.
          ...(rates.size > 1 ? saying({ sampling_rate: objectIn(collection).samplingRate }) : {}),
        },
      ]),
    ),
    rolling_rate: wordFrom(collector.rollingRate),
    // A manifest has one for all of them.
    sampling_rate: rates.size === 1 ? [...rates][0] : undefined,
    request_logging: saying({
      capture_headers: objectIn(collector.requestLogging).captureHeaders,
    }),
  })
}

function collectionFrom(collection: JsonObject, workspace: Workspace): JsonObject {
  return saying({
    enabled: wordFrom(collection.dataCollectionMode) === 'enabled' ? 'true' : 'false',
    client_id: collection.clientId,
    data: referenceFrom(collection.dataId, 'Data', workspace),
  })
}

function resourcesFrom(requirements: JsonObject): JsonObject {
  return saying({
    requests: amountsFrom(objectIn(requirements.containerResourceRequests)),
    limits: amountsFrom(objectIn(requirements.containerResourceLimits)),
  })
}

function amountsFrom({ cpu, memory, gpu }: JsonObject): JsonObject {
  return saying({ cpu, memory, 'nvidia.com/gpu': gpu })
}
