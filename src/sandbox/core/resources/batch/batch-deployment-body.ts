import { type Call, requestBody } from '../../call.ts'
import type { Json, JsonObject } from '../../contract.ts'
import { objectOf, textOf, without } from '../../json.ts'
import { fold } from '../../names.ts'
import { shows } from '../../operations/builds.ts'
import { provisioningState } from '../../operations/operations.ts'
import type { Resource } from '../../state.ts'
import { serviceTime } from '../../time.ts'
import { tellingProperties } from './batch-endpoints.ts'

export const LOGGING_LEVELS = ['Info', 'Warning', 'Debug']
export const OUTPUT_ACTIONS = ['AppendRow', 'SummaryOnly']

/** What is filled in when the client left it out (FACTS 1.5). */
const DEFAULTS: JsonObject = {
  description: null,
  codeConfiguration: null,
  environmentId: null,
  environmentVariables: {},
  compute: null,
  deploymentConfiguration: null,
  errorThreshold: -1,
  miniBatchSize: 10,
  model: null,
  maxConcurrencyPerInstance: 1,
  outputFileName: 'predictions.csv',
}
const RETRIES: JsonObject = { maxRetries: 3, timeout: 'PT30S' }

/** What a deployment of a component reads back for the fields that mean nothing to it (FACTS 1.5, recorded). */
const OF_COMPONENT: JsonObject = {
  codeConfiguration: null,
  environmentId: null,
  environmentVariables: null,
  compute: null,
  errorThreshold: 0,
  retrySettings: { maxRetries: 0, timeout: 'PT0S' },
  miniBatchSize: 0,
  loggingLevel: 'Info',
  model: null,
  maxConcurrencyPerInstance: 0,
  outputAction: 'SummaryOnly',
  outputFileName: null,
}

const COMPONENT_ID = 'ComponentDeployment.ComponentId'
const SERVICE_PROPERTIES = ['azureml.onlineendpointid', 'AzureAsyncOperationUri']

/** The component that a deployment runs; undefined = it has a model. It came in by either of two ways (FACTS 1.5). */
export function componentOf(properties: JsonObject): string | undefined {
  const configuration = objectOf(properties.deploymentConfiguration)
  if (fold(['PipelineComponent'], configuration.deploymentConfigurationType) !== undefined) {
    return textOf(objectOf(configuration.componentId).assetId) ?? ''
  }
  return textOf(objectOf(properties.properties)[COMPONENT_ID])
}

/** What is kept of a PUT: all of it, the unknown too, with defaults and the service's spelling. */
export function completedBatch(call: Call, deployment: Resource): JsonObject {
  const body = requestBody(call)
  const asked = without(objectOf(body.properties), ['provisioningState'])
  const old = objectOf(objectOf(deployment.body.properties).properties)
  const own = { ...without(objectOf(asked.properties), SERVICE_PROPERTIES), ...old }
  const component = componentOf(asked)
  const isPreview = textOf(own[COMPONENT_ID]) !== undefined
  return {
    ...without(body, ['id', 'name', 'type', 'systemData', 'kind', 'sku']),
    tags: { ...objectOf(body.tags), ...(isPreview ? { [COMPONENT_ID]: component ?? null } : {}) },
    properties: {
      ...DEFAULTS,
      ...present(asked),
      properties: own,
      retrySettings: { ...RETRIES, ...present(objectOf(asked.retrySettings)) },
      loggingLevel: fold(LOGGING_LEVELS, asked.loggingLevel) ?? 'Info',
      outputAction: fold(OUTPUT_ACTIONS, asked.outputAction) ?? 'AppendRow',
      resources: resourcesOnRead(asked.resources),
      ...(component === undefined ? {} : OF_COMPONENT),
    },
  }
}

/** `properties: {}` goes in and null comes back (recorded). */
function resourcesOnRead(asked: Json | undefined): JsonObject {
  const { instanceCount, instanceType, properties, ...rest } = objectOf(asked)
  const isEmpty = Object.keys(objectOf(properties)).length === 0
  return {
    ...rest,
    instanceCount: instanceCount ?? 1,
    instanceType: instanceType ?? null,
    properties: isEmpty ? null : objectOf(properties),
  }
}

/** Null and absent are the same to the service. */
function present(asked: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null))
}

/** The deployment as clients read it: no kind and no sku (FACTS 1.5). */
export function renderBatchDeployment(call: Call, deployment: Resource): JsonObject {
  const { body } = deployment
  const properties = objectOf(body.properties)
  const hidden = shows(call.apiVersion, 'deploymentConfiguration')
    ? []
    : ['deploymentConfiguration']
  const endpoint = /\/batchEndpoints\/([^/]+)\//.exec(deployment.id)?.[1] ?? ''
  const telling = tellingProperties(call, deployment, endpoint)
  return {
    ...body,
    id: deployment.id,
    name: deployment.name,
    type: 'Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments',
    location: call.state.settings.location,
    properties: {
      ...without(properties, hidden),
      properties: { ...objectOf(properties.properties), ...telling },
      provisioningState: provisioningState(call.state, deployment, call.now),
    },
    systemData: {
      createdAt: serviceTime(deployment.createdAtMs),
      createdBy: deployment.createdBy,
      lastModifiedAt: serviceTime(deployment.modifiedAtMs),
    },
  }
}
