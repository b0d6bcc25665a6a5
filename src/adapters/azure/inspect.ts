import { tokenScopeOf } from '../../core/model/azure-cloud.ts'
import type { Workspace } from '../../core/model/live.ts'
import { isObject, type JsonObject, textIn } from '../../core/model/values/json.ts'
import { type AzureOptions, openConnection } from './connection.ts'
import type { ArmClient } from './http/client.ts'
import { cloudErrorFrom, cloudErrorOf } from './http/errors.ts'
import { objectOf } from './http/whole-body.ts'
import { serviceSender } from './trials/http.ts'
import { workspaceReader } from './workspace.ts'
import { DATASTORE, isEnteredByIdentity } from './write/datastore.ts'

/** What a role lets the caller do; patterns with `*`. */
export interface Permission {
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
}

/** Cores of a VM family in the workspace's region. */
export interface CoreQuota {
  readonly family: string
  readonly used: number
  /** -1 = no limit. */
  readonly limit: number
}

export interface VmSize {
  readonly name: string
  readonly family: string
  readonly cores: number
  /** Whether managed online deployments may use it. */
  readonly online: boolean
}

/** A compute as far as what is to run on it is concerned. */
export interface Compute {
  /** e.g. AmlCompute, Kubernetes, ComputeInstance. */
  readonly type: string
  /** Names of a Kubernetes cluster's instance types; undefined where the service does not tell. */
  readonly instanceTypes?: readonly string[]
}

/** What ARM tells everybody of the cloud that it is of. */
export interface CloudDescription {
  /** Of tokens that it takes; without a slash at the end. */
  readonly audiences: readonly string[]
  /** Origin that gives them. */
  readonly authority: string
  readonly storageSuffix: string
}

/** Questions asked before the first write. All of them read; all throw CloudError. */
export interface Inspector {
  /** Asked without a token; undefined when ARM does not tell, or not of itself. */
  cloud(signal: AbortSignal): Promise<CloudDescription | undefined>
  /** When a fresh token for ARM ends, milliseconds since the epoch. */
  token(signal: AbortSignal): Promise<number>
  workspace(signal: AbortSignal): Promise<Workspace>
  /** The caller's own permissions on the workspace; undefined when the service does not tell. */
  permissions(signal: AbortSignal): Promise<readonly Permission[] | undefined>
  /** Whether the workspace's default blob store is entered by identity, without its key. */
  isStoreEnteredByIdentity(signal: AbortSignal): Promise<boolean>
  quotas(location: string, signal: AbortSignal): Promise<readonly CoreQuota[]>
  /** A compute by its ARM id; undefined when it is not there. */
  compute(id: string, signal: AbortSignal): Promise<Compute | undefined>
  vmSizes(location: string, signal: AbortSignal): Promise<readonly VmSize[]>
}

const PERMISSIONS_VERSION = '2022-04-01'
const METADATA_VERSION = '2022-09-01'
const MAX_PAGES = 20

/** The same way to Azure as `openAzure`, for questions that reconciling does not need. */
export function openInspector(options: AzureOptions): Inspector {
  const { workspace: address, credential, clock } = options
  const connection = openConnection(options)
  const { client, limits, cloud, origin, apiVersion } = connection
  const scope = tokenScopeOf(cloud.resourceManagerAudience)
  const provider = `${origin}/subscriptions/${address.subscriptionId}/providers/Microsoft.MachineLearningServices`
  const inRegion = (location: string, what: string): string =>
    `${provider}/locations/${encodeURIComponent(location)}/${what}?api-version=${apiVersion}`
  const all = (link: string, what: string, signal: AbortSignal) =>
    readAll(client, link, what, clock.now, signal)
  const send = serviceSender(connection)
  return {
    async cloud(signal) {
      const url = `${origin}/metadata/endpoints?api-version=${METADATA_VERSION}`
      const { readTimeoutMs: timeoutMs, bodyBytesMax: bytesMax } = limits
      const request = { what: 'GET metadata', api: 'arm', method: 'GET', url } as const
      const answer = await send({ ...request, timeoutMs, bytesMax }, signal)
      return answer.status === 200 ? descriptionIn(answer.text, origin) : undefined
    },
    async token(abortSignal) {
      const token = await credential.getToken(scope, { abortSignal }).catch((error: unknown) => {
        throw cloudErrorFrom(error, 'token')
      })
      if (token === null) throw cloudErrorFrom(new Error('no identity gave a token'), 'token')
      return token.expiresOnTimestamp
    },
    workspace: workspaceReader({ address, client, clock, limits }),
    async permissions(signal) {
      const link = `${origin}${client.workspacePath}/providers/Microsoft.Authorization/permissions?api-version=${PERMISSIONS_VERSION}`
      const items = await all(link, 'GET permissions', signal)
      return items?.map(permissionOf)
    },
    async isStoreEnteredByIdentity(signal) {
      const response = await client.datastore(DATASTORE, signal)
      if (response.status !== 200) throw cloudErrorOf(response, 'GET datastore', clock.now())
      const { properties } = objectOf(response, 'GET datastore')
      return isObject(properties) && isEnteredByIdentity(properties)
    },
    async quotas(location, signal) {
      const items = await all(inRegion(location, 'usages'), 'GET usages', signal)
      return (items ?? []).filter(isDedicated).map(quotaOf)
    },
    async compute(id, signal) {
      const response = await client.follow(`${origin}${id}?api-version=${apiVersion}`, signal)
      if (response.status === 404) return undefined
      if (response.status !== 200) throw cloudErrorOf(response, 'GET compute', clock.now())
      return computeOf(objectOf(response, 'GET compute'))
    },
    async vmSizes(location, signal) {
      const items = await all(inRegion(location, 'vmSizes'), 'GET vmSizes', signal)
      return (items ?? []).map(sizeOf)
    },
  }
}

/** ARM describes every cloud that it knows: the one at its own address is meant. */
function descriptionIn(text: string, origin: string): CloudDescription | undefined {
  const found = itemsIn(text).find(({ resourceManager: at }) => originIn(at) === origin)
  if (found === undefined || !isObject(found.authentication)) return undefined
  const { audiences, loginEndpoint } = found.authentication
  const { storage } = isObject(found.suffixes) ? found.suffixes : {}
  const authority = originIn(loginEndpoint)
  if (authority === undefined) return undefined
  return {
    audiences: textsOf(audiences).map((audience) => audience.replace(/(?<!\/)\/+$/, '')),
    authority,
    storageSuffix: textIn(storage),
  }
}

function itemsIn(text: string): readonly JsonObject[] {
  try {
    const body: unknown = JSON.parse(text)
    return (Array.isArray(body) ? body : []).filter(isObject)
  } catch {
    return []
  }
}

function originIn(address: unknown): string | undefined {
  return typeof address === 'string' && URL.canParse(address) ? new URL(address).origin : undefined
}

/** The items of a list; undefined when the service does not have it, or does not let us see it. */
async function readAll(
  client: ArmClient,
  first: string,
  what: string,
  now: () => number,
  signal: AbortSignal,
): Promise<readonly JsonObject[] | undefined> {
  const items: JsonObject[] = []
  let link: unknown = first
  for (let page = 0; page < MAX_PAGES && typeof link === 'string' && link !== ''; page++) {
    const response = await client.follow(link, signal)
    if (response.status === 403 || response.status === 501) return undefined
    if (response.status !== 200) throw cloudErrorOf(response, what, now())
    const body = objectOf(response, what)
    items.push(...(Array.isArray(body.value) ? body.value : []).filter(isObject))
    link = body.nextLink
  }
  return items
}

function permissionOf({ actions, notActions }: JsonObject): Permission {
  return { actions: textsOf(actions), notActions: textsOf(notActions) }
}

/** Low priority cores and clusters are counted in the same list (FACTS 1.8). */
function isDedicated({ type }: JsonObject): boolean {
  return typeof type === 'string' && /\/vmFamily\/dedicatedCores\/usages$/i.test(type)
}

function quotaOf({ name, currentValue, limit }: JsonObject): CoreQuota {
  const family = isObject(name) ? textIn(name.value) : ''
  return { family, used: Number(textIn(currentValue)), limit: Number(textIn(limit)) }
}

function sizeOf({ name, family, vCPUs, supportedComputeTypes }: JsonObject): VmSize {
  return {
    name: textIn(name),
    family: textIn(family),
    cores: typeof vCPUs === 'number' ? vCPUs : Number.NaN,
    online: textsOf(supportedComputeTypes).includes('MIR'),
  }
}

function computeOf({ properties }: JsonObject): Compute {
  const { computeType, properties: inner } = isObject(properties) ? properties : {}
  const type = textIn(computeType)
  const types = isObject(inner) ? inner.instanceTypes : undefined
  return isObject(types) ? { type, instanceTypes: Object.keys(types) } : { type }
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : []).filter((item) => typeof item === 'string')
}
