import type { Desired } from '../../model/desired.ts'
import { isObject, type Json, type JsonObject } from '../../model/json.ts'
import { defined } from '../decode.ts'
import { isoOf } from '../duration.ts'
import type { ArmContext } from '../kind.ts'
import { armIdOf } from '../reference.ts'

/** FACTS 5. The instance count is the capacity of the sku; everything else keeps its name in camelCase. */
export function deploymentToArm(desired: Desired, context: ArmContext): JsonObject {
  const spec = desired.spec
  const text = (value: Json | undefined): string | undefined =>
    typeof value === 'string' ? value : undefined
  const model = text(spec.model)
  const environment = text(spec.environment)
  return defined({
    tags: spec.tags,
    sku:
      spec.instance_count === undefined
        ? undefined
        : { name: 'Default', capacity: spec.instance_count },
    properties: defined({
      endpointComputeType: 'Managed',
      description: spec.description,
      properties: spec.properties,
      model: model && armIdOf(model, 'Model', context),
      environmentId: environment && armIdOf(environment, 'Environment', context),
      codeConfiguration: mapped(spec.code_configuration, (code) => codeOf(code, context)),
      environmentVariables: spec.environment_variables,
      instanceType: spec.instance_type,
      scaleSettings: mapped(spec.scale_settings, () => ({ scaleType: 'Default' })),
      requestSettings: mapped(spec.request_settings, requestsOf),
      livenessProbe: mapped(spec.liveness_probe, probeOf),
      readinessProbe: mapped(spec.readiness_probe, probeOf),
      appInsightsEnabled: spec.app_insights_enabled,
      egressPublicNetworkAccess: capital(spec.egress_public_network_access),
      modelMountPath: spec.model_mount_path,
      dataCollector: mapped(spec.data_collector, collectorOf),
    }),
  })
}

function mapped(
  value: Json | undefined,
  map: (value: JsonObject) => JsonObject,
): JsonObject | undefined {
  return isObject(value) ? map(value) : undefined
}

function codeOf(code: JsonObject, context: ArmContext): JsonObject {
  const codeId = typeof code.code === 'string' ? armIdOf(code.code, 'Code', context) : undefined
  return defined({ codeId, scoringScript: code.scoring_script })
}

function requestsOf(settings: JsonObject): JsonObject {
  return defined({
    requestTimeout: iso(settings.request_timeout_ms, 1),
    maxConcurrentRequestsPerInstance: settings.max_concurrent_requests_per_instance,
    maxQueueWait: iso(settings.max_queue_wait_ms, 1),
  })
}

function probeOf(probe: JsonObject): JsonObject {
  return defined({
    initialDelay: probeTime(probe.initial_delay),
    period: probeTime(probe.period),
    timeout: probeTime(probe.timeout),
    successThreshold: probe.success_threshold,
    failureThreshold: probe.failure_threshold,
  })
}

/** Seconds; the CLI sends 0 as null, which is the service's default (FACTS 5). */
function probeTime(seconds: Json | undefined): string | undefined {
  return seconds === 0 ? undefined : iso(seconds, 1000)
}

function iso(value: Json | undefined, unitMs: number): string | undefined {
  return typeof value === 'number' ? isoOf(value * unitMs) : undefined
}

function capital(word: Json | undefined): string | undefined {
  return typeof word === 'string' ? word.slice(0, 1).toUpperCase() + word.slice(1) : undefined
}

/** The collector's sampling rate is copied into every collection (FACTS 5). */
function collectorOf(collector: JsonObject): JsonObject {
  const collections = isObject(collector.collections) ? collector.collections : {}
  const headers = isObject(collector.request_logging) && collector.request_logging.capture_headers
  return defined({
    collections: Object.fromEntries(
      Object.entries(collections).map(([name, collection]) => [
        name,
        collectionOf(isObject(collection) ? collection : {}, collector.sampling_rate),
      ]),
    ),
    rollingRate: capital(collector.rolling_rate),
    requestLogging: headers ? { captureHeaders: headers } : undefined,
  })
}

function collectionOf(collection: JsonObject, rate: Json | undefined): JsonObject {
  return defined({
    dataCollectionMode: collection.enabled === true ? 'Enabled' : 'Disabled',
    samplingRate: rate ?? collection.sampling_rate,
    clientId: collection.client_id,
  })
}
