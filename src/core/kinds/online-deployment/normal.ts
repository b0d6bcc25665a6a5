import { isObject, type JsonObject, textIn } from '../../model/values/json.ts'
import {
  drop,
  duration,
  fold,
  foldId,
  foldLocation,
  normalForm,
  ownProperties,
  type Steps,
  unsetAtZero,
} from '../normal.ts'

const PROBE = {
  initialDelay: 10_000,
  period: 10_000,
  timeout: 2000,
  successThreshold: 1,
  failureThreshold: 30,
}

const steps: Steps = {
  '/id': drop,
  '/name': drop,
  '/type': drop,
  '/kind': drop,
  '/systemData': drop,
  '/identity': drop,
  '/location': foldLocation,
  '/sku/tier': drop,
  '/sku/name': fold,
  '/properties/provisioningState': drop,
  '/properties/properties': ownProperties,
  '/properties/endpointComputeType': fold,
  '/properties/instanceType': fold,
  '/properties/model': foldId,
  '/properties/environmentId': foldId,
  '/properties/codeConfiguration/codeId': foldId,
  '/properties/scaleSettings/scaleType': fold,
  '/properties/scaleSettings/pollingInterval': duration,
  '/properties/requestSettings/requestTimeout': unsetAtZero,
  '/properties/requestSettings/maxQueueWait': unsetAtZero,
  '/properties/egressPublicNetworkAccess': fold,
  '/properties/dataCollector/rollingRate': fold,
  '/properties/dataCollector/collections/*/dataCollectionMode': fold,
  '/properties/dataCollector/collections/*/dataId': foldId,
  ...Object.fromEntries(
    ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
      ['initialDelay', 'period', 'timeout'].map((time) => [
        `/properties/${probe}/${time}`,
        duration,
      ]),
    ),
  ),
}

/**
 * Environment variables that the service adds stay in: only what Git declares is compared, and a declared one has to be
 * seen. They are not sent back undeclared (`notEchoed`).
 */
export function normaliseDeployment(body: JsonObject): JsonObject {
  return normalForm(body, { steps, defaults: defaultsFor(body) })
}

/** FACTS 1.3 and 0.12: what the service answers for what nobody said. */
function defaultsFor(body: JsonObject): JsonObject {
  const properties = isObject(body.properties) ? body.properties : {}
  const isKubernetes = /^kubernetes$/i.test(textIn(properties.endpointComputeType))
  return {
    sku: { name: 'default', capacity: 1 },
    properties: {
      endpointComputeType: 'managed',
      scaleSettings: isKubernetes ? scalingFor(properties) : { scaleType: 'default' },
      requestSettings: {
        requestTimeout: 5000,
        maxConcurrentRequestsPerInstance: 1,
        maxQueueWait: 500,
      },
      livenessProbe: PROBE,
      readinessProbe: PROBE,
      appInsightsEnabled: false,
      ...(isKubernetes ? {} : { egressPublicNetworkAccess: 'enabled' }),
      ...collectorDefaults(properties.dataCollector),
    },
  }
}

/** On Kubernetes the default is to scale by use, between 1 and 1. */
function scalingFor({ scaleSettings }: JsonObject): JsonObject {
  const type = isObject(scaleSettings) ? scaleSettings.scaleType : undefined
  if (typeof type === 'string' && !/^targetutilization$/i.test(type)) return {}
  return {
    scaleType: 'targetutilization',
    minInstances: 1,
    maxInstances: 1,
    targetUtilizationPercentage: 70,
    pollingInterval: 1000,
  }
}

function collectorDefaults(collector: unknown): JsonObject {
  if (!isObject(collector) || !isObject(collector.collections)) return {}
  const names = Object.keys(collector.collections)
  if (names.length === 0) return {}
  const collection = { dataCollectionMode: 'disabled', samplingRate: 1 }
  const collections = Object.fromEntries(names.map((name) => [name, collection]))
  return { dataCollector: { rollingRate: 'hour', collections } }
}
