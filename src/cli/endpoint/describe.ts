import type { EndpointTree } from '../../compose.ts'
import { KINDS } from '../../core/kinds/index.ts'
import type { Live } from '../../core/model/live.ts'
import { isObject, type Json, type JsonObject, textIn } from '../../core/model/values/json.ts'
import { weightsAt } from '../../core/plan/compare/body.ts'
import { ownershipOf, TAGS, tagsOf } from '../../core/plan/ownership/ownership.ts'

type Weights = { readonly [deployment: string]: number }

/** An endpoint as people are shown it. Words of Azure are as Azure has them; what Azure does not say is absent. */
export interface EndpointDescription {
  readonly name: string
  readonly type: 'online' | 'batch'
  readonly state: string
  readonly scoringUri?: string
  readonly swaggerUri?: string
  /** As manifests say it: key, aml_token, aad_token. */
  readonly authMode?: string
  /** Of online endpoints, in percent. */
  readonly traffic?: Weights
  readonly mirrorTraffic?: Weights
  /** Of batch endpoints. */
  readonly defaultDeployment?: string
  /** Absent = no Application owns it. */
  readonly owner?: {
    readonly application: string
    /** The commit that was applied last. */
    readonly commit?: string
    /** The tags were carried here from another resource: the Application owns that one. */
    readonly isCopied?: true
  }
  readonly deployments: readonly DeploymentDescription[]
}

export interface DeploymentDescription {
  readonly name: string
  readonly state: string
  /** `name:version`; where it is neither, as Azure has it. */
  readonly model?: string
  readonly instanceType?: string
  readonly instances?: number
}

export function describe({ kind, endpoint, deployments }: EndpointTree): EndpointDescription {
  const properties = propertiesOf(endpoint)
  const { defaults } = properties
  const byDefault = textIn(isObject(defaults) ? defaults.deploymentName : undefined)
  const owner = ownerOf(endpoint)
  return {
    name: endpoint.ref.name,
    type: kind === 'OnlineEndpoint' ? 'online' : 'batch',
    state: stateOf(endpoint),
    ...given('scoringUri', textIn(properties.scoringUri)),
    ...given('swaggerUri', textIn(properties.swaggerUri)),
    ...given('authMode', authModeOf(textIn(properties.authMode))),
    ...(kind === 'OnlineEndpoint' ? trafficOf(endpoint) : given('defaultDeployment', byDefault)),
    ...(owner === undefined ? {} : { owner }),
    deployments: deployments.map(describeDeployment).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

export function trafficOf({ body }: Live): { traffic: Weights; mirrorTraffic?: Weights } {
  const mirrorTraffic = weightsAt(body, '/properties/mirrorTraffic')
  return {
    traffic: weightsAt(body, '/properties/traffic'),
    ...(Object.keys(mirrorTraffic).length === 0 ? {} : { mirrorTraffic }),
  }
}

function describeDeployment(deployment: Live): DeploymentDescription {
  const { sku } = deployment.body
  const { model, instanceType, resources } = propertiesOf(deployment)
  const { instanceType: batchType, instanceCount } = isObject(resources) ? resources : {}
  const instances = Number(isObject(sku) ? sku.capacity : instanceCount)
  return {
    name: deployment.ref.name,
    state: stateOf(deployment),
    ...given('model', modelOf(model)),
    ...given('instanceType', textIn(instanceType ?? batchType)),
    ...(Number.isInteger(instances) && instances > 0 ? { instances } : {}),
  }
}

/** Of an ARM id, a registry URI or `azureml:name:version`; batch deployments have it in a mapping. */
function modelOf(model: Json | undefined): string {
  const id = textIn(isObject(model) ? (model.assetId ?? model.path) : model)
  const [, name, version] = /\/models\/([^/]+)\/(?:versions|labels)\/([^/]+)$/i.exec(id) ?? []
  if (name !== undefined) return `${name}:${version}`
  return id.replace(/^azureml:(?!\/)/, '')
}

const AUTH_MODES: { readonly [mode: string]: string } = {
  key: 'key',
  amltoken: 'aml_token',
  aadtoken: 'aad_token',
}

function authModeOf(mode: string): string {
  return AUTH_MODES[mode.toLowerCase()] ?? mode
}

function stateOf(live: Live): string {
  return textIn(propertiesOf(live).provisioningState) || live.phase
}

function ownerOf(live: Live): EndpointDescription['owner'] {
  const kind = KINDS[live.ref.kind]
  const application = tagsOf(kind, live.body)[TAGS.application]
  if (application === undefined) return undefined
  const { ownership, revision } = ownershipOf(kind, live, application)
  if (ownership === 'copied') return { application, isCopied: true }
  return { application, ...given('commit', revision ?? '') }
}

function propertiesOf({ body }: Live): JsonObject {
  return isObject(body.properties) ? body.properties : {}
}

function given<Name extends string>(name: Name, text: string): { readonly [Key in Name]?: string } {
  return text === '' ? {} : ({ [name]: text } as { [Key in Name]: string })
}
