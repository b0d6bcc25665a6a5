import { type Call, requestBody } from '../../call.ts'
import type { Json, JsonObject } from '../../contract.ts'
import { objectOf, textOf, without } from '../../json.ts'
import { shows } from '../../operations/builds.ts'
import { operationUrl, provisioningState } from '../../operations/operations.ts'
import type { Resource } from '../../state.ts'
import { findById } from '../../store.ts'
import { serviceTime } from '../../time.ts'

/** What is filled in when the client left it out (FACTS 1.3). */
const DEFAULTS: JsonObject = {
  description: null,
  codeConfiguration: null,
  environmentId: null,
  environmentVariables: {},
  modelMountPath: null,
  appInsightsEnabled: false,
  livenessProbe: null,
  readinessProbe: null,
  model: null,
  egressPublicNetworkAccess: 'Enabled',
  dataCollector: null,
}

const KUBERNETES_SCALE: JsonObject = {
  scaleType: 'TargetUtilization',
  minInstances: 1,
  maxInstances: 1,
  pollingInterval: 'PT1S',
  targetUtilizationPercentage: 70,
}

/** azure-ai-ml reads both of a Kubernetes deployment that it was given none of: there must be something to read. */
const NO_RESOURCES: JsonObject = { containerResourceRequests: null, containerResourceLimits: null }

/** Before the first success a deployment shows zeros, afterwards these (FACTS 0.12). */
const REQUESTS_AT_FIRST: JsonObject = {
  maxQueueWait: 'PT0S',
  requestTimeout: 'PT0S',
  maxConcurrentRequestsPerInstance: 1,
}
const REQUESTS: JsonObject = { ...REQUESTS_AT_FIRST, requestTimeout: 'PT5S' }
const PROBE: JsonObject = {
  failureThreshold: 30,
  successThreshold: 1,
  timeout: 'PT2S',
  period: 'PT10S',
  initialDelay: 'PT10S',
}

const NOT_STORED = ['provisioningState']
const SERVICE_PROPERTIES = ['AzureAsyncOperationUri']

/** The properties that make a container what it is. */
const RUN = [
  'model',
  'codeConfiguration',
  'environmentId',
  'environmentVariables',
  'modelMountPath',
  'instanceType',
]

/** What a container is started with: equal values need no new container. */
export function runs(body: JsonObject): JsonObject {
  const properties = objectOf(body.properties)
  return Object.fromEntries(RUN.map((name) => [name, properties[name] ?? null]))
}

/** What is kept of a PUT: all of it, the unknown too, with defaults and the service's spelling. */
export function completedDeployment(call: Call, deployment: Resource): JsonObject {
  const body = requestBody(call)
  const asked = objectOf(body.properties)
  const isKubernetes = textOf(asked.endpointComputeType)?.toLowerCase() === 'kubernetes'
  const old = objectOf(objectOf(deployment.body.properties).properties)
  return {
    ...without(body, ['id', 'name', 'type', 'systemData']),
    tags: body.tags ?? {},
    kind: isKubernetes ? 'K8S' : 'Managed',
    sku: { name: 'Default', tier: 'Standard', capacity: 1, ...objectOf(body.sku) },
    properties: {
      ...DEFAULTS,
      ...present(without(asked, NOT_STORED)),
      properties: { ...without(objectOf(asked.properties), SERVICE_PROPERTIES), ...old },
      scaleSettings:
        asked.scaleSettings ?? (isKubernetes ? KUBERNETES_SCALE : { scaleType: 'Default' }),
      ...(isKubernetes
        ? { containerResourceRequirements: asked.containerResourceRequirements ?? NO_RESOURCES }
        : {}),
      endpointComputeType: isKubernetes ? 'Kubernetes' : 'Managed',
    },
  }
}

/** Null and absent are the same to the service where it has a default. */
function present(asked: JsonObject): JsonObject {
  const entries = Object.entries(asked).filter(
    ([name, value]) => value !== null || !(name in DEFAULTS),
  )
  return Object.fromEntries(entries)
}

/** The deployment as clients read it. */
export function renderDeployment(call: Call, deployment: Resource): JsonObject {
  const { body } = deployment
  const word = provisioningState(call.state, deployment, call.now)
  const operation = call.state.operations[deployment.operation ?? '']
  const wasReady = deployment.inForce !== undefined
  // A first provisioning that failed keeps no capacity (FACTS 0.13), though it shows all else as if it were ready.
  const isDead = !wasReady && operation?.ended?.status === 'Failed'
  const sku = isDead ? without(objectOf(body.sku), ['capacity']) : objectOf(body.sku)
  const properties = objectOf(body.properties)
  const hidden = shows(call.apiVersion, 'dataCollector') ? [] : ['dataCollector']
  return {
    ...body,
    id: deployment.id,
    name: deployment.name,
    type: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments',
    location: call.state.settings.location,
    sku,
    properties: {
      ...without(properties, hidden),
      ...settingsOnRead(properties, wasReady || isDead),
      environmentVariables: variablesOnRead(call, properties, wasReady || isDead),
      properties: {
        ...objectOf(properties.properties),
        ...(operation === undefined
          ? {}
          : { AzureAsyncOperationUri: operationUrl(call, operation, 'mfeOperationsStatus') }),
      },
      provisioningState: word,
    },
    systemData: {
      createdAt: serviceTime(deployment.createdAtMs),
      createdBy: deployment.createdBy,
      lastModifiedAt: serviceTime(deployment.modifiedAtMs),
    },
  }
}

function settingsOnRead(properties: JsonObject, isProvisioned: boolean): JsonObject {
  const requestSettings = {
    ...(isProvisioned ? REQUESTS : REQUESTS_AT_FIRST),
    ...objectOf(properties.requestSettings),
  }
  if (!isProvisioned) return { requestSettings }
  return {
    requestSettings,
    livenessProbe: { ...PROBE, ...objectOf(properties.livenessProbe) },
    readinessProbe: { ...PROBE, ...objectOf(properties.readinessProbe) },
  }
}

/** The user's variables and the three that the service adds for a deployment with code (FACTS 0.11). */
function variablesOnRead(call: Call, properties: JsonObject, isProvisioned: boolean): JsonObject {
  const own = objectOf(properties.environmentVariables)
  const code = objectOf(properties.codeConfiguration)
  const script = textOf(code.scoringScript)
  if (!isProvisioned || script === undefined) return own
  return {
    AZUREML_ENTRY_SCRIPT: script,
    AML_APP_ROOT: `/var/azureml-app/${folderOf(call, code.codeId)}`,
    ...modelDirectory(properties.model),
    ...own,
  }
}

function folderOf(call: Call, codeId: Json | undefined): string {
  const code = findById(call.state, textOf(codeId) ?? '')
  const uri = textOf(objectOf(code?.body.properties).codeUri) ?? ''
  const last = uri
    .replace(/(?<!\/)\/+$/, '')
    .split('/')
    .at(-1)
  return last === undefined || last === '' ? 'code' : last
}

function modelDirectory(model: Json | undefined): JsonObject {
  const match = /\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(textOf(model) ?? '')
  if (match === null) return {}
  return { AZUREML_MODEL_DIR: `/var/azureml-app/azureml-models/${match[1]}/${match[2]}` }
}
