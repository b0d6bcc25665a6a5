import type { Resource } from '../../../src/sandbox/core/state.ts'
import type { Azure } from './azure.ts'
import type { HandEdit, Which } from './scenario.ts'

/** Somebody else changes Azure; gives what was touched, or undefined where Azure would not let him or there was nothing. */
export function edit(azure: Azure, said: HandEdit): string | undefined {
  switch (said.edit) {
    case 'traffic':
      return moveTraffic(azure, said.endpoint, said.to)
    case 'mirror':
      return mirror(azure, said.endpoint)
    case 'loseTags':
      return loseTags(azure, pathOf(azure, said.endpoint, said.which))
    case 'deleteDeployment':
      return deleteDeployment(azure, said.endpoint, said.which)
    case 'deleteEndpoint':
      return done(azure, 'DELETE', `onlineEndpoints/${said.endpoint}`)
    case 'scale':
      return scale(azure, pathOf(azure, said.endpoint, said.which), said.by)
    case 'failUpdate':
      return failUpdate(azure, pathOf(azure, said.endpoint, said.which))
    case 'field':
      return changeField(azure, pathOf(azure, said.endpoint, said.which), said.field)
    case 'foreign':
      return makeForeign(azure, said.endpoint, said.deployment)
    case 'archive':
      return archive(azure, said.asset)
    case 'disown':
      return disown(azure)
  }
}

function done(azure: Azure, method: string, path: string, body?: object): string | undefined {
  return azure.ask(method, path, body).status < 300 ? path : undefined
}

interface Body {
  readonly tags?: Readonly<Record<string, string>>
  readonly sku?: { readonly capacity?: number }
  readonly properties: {
    readonly traffic?: Readonly<Record<string, number>>
    readonly [name: string]: unknown
  }
  readonly [name: string]: unknown
}

function read(azure: Azure, path: string): Body | undefined {
  const { status, body } = azure.ask('GET', path)
  return status === 200 ? (body as Body) : undefined
}

function trafficOf(azure: Azure, endpoint: string): Readonly<Record<string, number>> {
  return read(azure, `onlineEndpoints/${endpoint}`)?.properties.traffic ?? {}
}

function deploymentsOf(azure: Azure, endpoint: string): readonly string[] {
  const { status, body } = azure.ask('GET', `onlineEndpoints/${endpoint}/deployments`)
  if (status !== 200) return []
  return (body as { value: { name: string }[] }).value.map(({ name }) => name)
}

/** The deployment that has most of the traffic, or another one. */
function nameOf(azure: Azure, endpoint: string, which: Which): string | undefined {
  if (typeof which === 'object') return which.name
  const [first] = Object.entries(trafficOf(azure, endpoint)).sort(([, a], [, b]) => b - a)
  const names = deploymentsOf(azure, endpoint)
  const serving = first !== undefined && first[1] > 0 ? first[0] : undefined
  if (which === 'serving') return serving
  return names.find((name) => name !== serving)
}

/** A deployment's path; the endpoint's where none is said. */
function pathOf(azure: Azure, endpoint: string, which: Which | undefined): string | undefined {
  if (which === undefined) return `onlineEndpoints/${endpoint}`
  const name = nameOf(azure, endpoint, which)
  return name === undefined ? undefined : `onlineEndpoints/${endpoint}/deployments/${name}`
}

function moveTraffic(
  azure: Azure,
  endpoint: string,
  to: 'zero' | 'other' | 'even',
): string | undefined {
  const path = `onlineEndpoints/${endpoint}`
  const body = read(azure, path)
  const serving = nameOf(azure, endpoint, 'serving')
  const other = nameOf(azure, endpoint, 'other')
  if (body === undefined) return undefined
  const shares: Record<string, number> = {}
  if (to !== 'zero') {
    if (other === undefined || serving === undefined) return undefined
    shares[other] = to === 'even' ? 50 : 100
    if (to === 'even') shares[serving] = 50
  }
  const properties = { ...body.properties, traffic: shares, mirrorTraffic: {} }
  return done(azure, 'PUT', path, { ...body, properties })
}

function mirror(azure: Azure, endpoint: string): string | undefined {
  const path = `onlineEndpoints/${endpoint}`
  const body = read(azure, path)
  const other = nameOf(azure, endpoint, 'other')
  if (body === undefined || other === undefined) return undefined
  const properties = { ...body.properties, mirrorTraffic: { [other]: 10 } }
  return done(azure, 'PUT', path, { ...body, properties })
}

/** What a PUT without tags does, as the CLI's `update` sends one. */
function loseTags(azure: Azure, path: string | undefined): string | undefined {
  const body = path === undefined ? undefined : read(azure, path)
  if (path === undefined || body === undefined) return undefined
  return done(azure, 'PUT', path, { ...body, tags: {} })
}

/** Azure refuses it while there is traffic: whoever wants it takes the traffic away first, and then it is gone at once. */
function deleteDeployment(azure: Azure, endpoint: string, which: Which): string | undefined {
  const path = pathOf(azure, endpoint, which)
  const deployment = path === undefined ? undefined : azure.find(path)
  const owner = azure.find(`onlineEndpoints/${endpoint}`)
  if (path === undefined || deployment === undefined || owner === undefined) return undefined
  owner.body = withoutShare(owner.body, deployment.name)
  if (owner.inForce !== undefined) owner.inForce = withoutShare(owner.inForce, deployment.name)
  delete azure.state.resources[deployment.id.toLowerCase()]
  return path
}

function withoutShare(body: Resource['body'], name: string): Resource['body'] {
  const properties = body.properties as { traffic?: Record<string, number> }
  const { [name]: _, ...traffic } = properties.traffic ?? {}
  return { ...body, properties: { ...properties, traffic } } as Resource['body']
}

function scale(azure: Azure, path: string | undefined, by: number): string | undefined {
  const body = path === undefined ? undefined : read(azure, path)
  if (path === undefined || body === undefined) return undefined
  const capacity = Math.max(1, (body.sku?.capacity ?? 1) + by)
  return done(azure, 'PATCH', path, { sku: { ...body.sku, capacity } })
}

/** Somebody's write fails once; what it wrote to serves on. */
function failUpdate(azure: Azure, path: string | undefined): string | undefined {
  const body = path === undefined ? undefined : read(azure, path)
  if (path === undefined || body === undefined) return undefined
  azure.sandbox.injectFault('OperationFails:code=InternalServerError,count=1')
  const properties = { ...body.properties, description: 'changed by hand' }
  const touched = done(azure, 'PUT', path, { ...body, properties })
  azure.sandbox.clearFaults()
  return touched
}

function changeField(azure: Azure, path: string | undefined, field: string): string | undefined {
  const body = path === undefined ? undefined : read(azure, path)
  if (path === undefined || body === undefined) return undefined
  if (field === 'tags')
    return done(azure, 'PUT', path, { ...body, tags: { ...body.tags, by: 'hand' } })
  const value = VALUES[field] ?? 'changed by hand'
  return done(azure, 'PUT', path, { ...body, properties: { ...body.properties, [field]: value } })
}

const VALUES: Readonly<Record<string, unknown>> = {
  environmentVariables: { BY: 'hand' },
  appInsightsEnabled: true,
  publicNetworkAccess: 'Disabled',
  requestSettings: { maxConcurrentRequestsPerInstance: 3 },
}

function makeForeign(
  azure: Azure,
  endpoint: string,
  deployment: string | undefined,
): string | undefined {
  const location = azure.sandbox.location
  if (deployment === undefined)
    return done(azure, 'PUT', `onlineEndpoints/${endpoint}`, {
      ...{ location, identity: { type: 'SystemAssigned' }, tags: { team: 'others' } },
      properties: { authMode: 'Key', traffic: {}, mirrorTraffic: {} },
    })
  const serving = nameOf(azure, endpoint, 'serving') ?? nameOf(azure, endpoint, 'other')
  const like = serving && read(azure, `onlineEndpoints/${endpoint}/deployments/${serving}`)
  if (!like) return undefined
  const path = `onlineEndpoints/${endpoint}/deployments/${deployment}`
  return done(azure, 'PUT', path, { ...like, tags: { team: 'others' } })
}

function disown({ state }: Azure): string {
  for (const resource of Object.values(state.resources)) {
    resource.body = untagged(resource.body)
    if (resource.inForce !== undefined) resource.inForce = untagged(resource.inForce)
  }
  return 'onlineEndpoints'
}

function untagged(body: Resource['body']): Resource['body'] {
  const { properties } = body as { properties?: Resource['body'] }
  return {
    ...body,
    ...('tags' in body ? { tags: {} } : {}),
    ...(properties !== undefined && 'tags' in properties
      ? { properties: { ...properties, tags: modelTags(properties.tags) } }
      : {}),
  } as Resource['body']
}

/** What a model declares of its behaviour is no tag of ours. */
function modelTags(tags: unknown): Readonly<Record<string, unknown>> {
  const all = Object.entries((tags ?? {}) as Readonly<Record<string, unknown>>)
  return Object.fromEntries(all.filter(([name]) => !name.startsWith('verdigris.')))
}

/** `Model/fraud:1` */
function archive(azure: Azure, asset: string): string | undefined {
  const [, name = '', version = ''] = /^Model\/(.+):(.+)$/.exec(asset) ?? []
  const path = `models/${name}/versions/${version}`
  const body = read(azure, path)
  if (body === undefined) return undefined
  return done(azure, 'PUT', path, { ...body, properties: { ...body.properties, isArchived: true } })
}
