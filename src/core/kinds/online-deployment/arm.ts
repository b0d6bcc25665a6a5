import type { Desired } from '../../model/desired.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { assetToArm, codeToArm } from '../assets.ts'
import { defined } from '../decode.ts'
import { isoOf } from '../fields/duration.ts'
import type { ArmContext } from '../kind.ts'
import { collectorToArm } from './collector.ts'
import { capital } from './words.ts'

/** FACTS 5. The instance count is the capacity of the sku; everything else keeps its name in camelCase. */
export function deploymentToArm({ spec }: Pick<Desired, 'spec'>, context: ArmContext): JsonObject {
  return defined({
    tags: spec.tags,
    sku:
      spec.instance_count === undefined
        ? undefined
        : { name: 'Default', capacity: spec.instance_count },
    properties: defined({
      endpointComputeType: capital(spec.type),
      description: spec.description,
      properties: spec.properties,
      model: assetToArm(spec.model, 'Model', context),
      environmentId: assetToArm(spec.environment, 'Environment', context),
      codeConfiguration: codeToArm(spec.code_configuration, context),
      environmentVariables: spec.environment_variables,
      instanceType: spec.instance_type,
      scaleSettings: mapped(spec.scale_settings, scalingOf),
      requestSettings: mapped(spec.request_settings, requestsOf),
      livenessProbe: mapped(spec.liveness_probe, probeOf),
      readinessProbe: mapped(spec.readiness_probe, probeOf),
      appInsightsEnabled: spec.app_insights_enabled,
      egressPublicNetworkAccess: capital(spec.egress_public_network_access),
      modelMountPath: spec.model_mount_path,
      dataCollector: mapped(spec.data_collector, (value) => collectorToArm(value, context)),
      containerResourceRequirements: mapped(spec.resources, requirementsOf),
    }),
  })
}

function mapped(
  value: Json | undefined,
  map: (value: JsonObject) => JsonObject,
): JsonObject | undefined {
  return isObject(value) ? map(value) : undefined
}

function scalingOf(scaling: JsonObject): JsonObject {
  if (scaling.type === 'default') return { scaleType: 'Default' }
  return defined({
    scaleType: 'TargetUtilization',
    minInstances: scaling.min_instances,
    maxInstances: scaling.max_instances,
    targetUtilizationPercentage: scaling.target_utilization_percentage,
    pollingInterval: iso(scaling.polling_interval, 1000),
  })
}

function requirementsOf({ requests, limits }: JsonObject): JsonObject {
  return defined({
    containerResourceRequests: mapped(requests, amountsOf),
    containerResourceLimits: mapped(limits, amountsOf),
  })
}

function amountsOf(amounts: JsonObject): JsonObject {
  return defined({ cpu: amounts.cpu, memory: amounts.memory, gpu: amounts['nvidia.com/gpu'] })
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
