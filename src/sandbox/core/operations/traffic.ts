import type { Answer, Call } from '../call.ts'
import type { Json, JsonObject } from '../contract.ts'
import { invalid } from '../errors.ts'
import { objectOf } from '../json.ts'
import type { Resource } from '../state.ts'
import { find, list } from '../store.ts'
import { provisioningState } from './operations.ts'

const MIRROR_MAX = 50

interface Shares {
  readonly traffic: JsonObject
  readonly mirrorTraffic: JsonObject
}

/**
 * Why the asked traffic is refused; undefined = it is good. The rules are documented (FACTS 4); that they come as
 * family 1 under these fields is a guess (ERRORS 1).
 */
export function refuseTraffic(call: Call, endpoint: string, asked: Shares): Answer | undefined {
  const { traffic, mirrorTraffic } = asked
  const live = positive(traffic)
  const mirrored = positive(mirrorTraffic)
  const sum = Object.values(traffic).reduce((total: number, share) => total + Number(share), 0)
  if (![...Object.values(traffic), ...Object.values(mirrorTraffic)].every(isShare)) {
    return invalid(call, 'Traffic', 'Traffic values must be integers between 0 and 100.')
  }
  if (sum !== 0 && sum !== 100) {
    return invalid(call, 'Traffic', `The sum of traffic must be 0 or 100, but is ${sum}.`)
  }
  if (mirrored.length > 1) {
    return invalid(call, 'MirrorTraffic', 'Traffic can be mirrored to one deployment only.')
  }
  if (mirrored.some((name) => Number(mirrorTraffic[name]) > MIRROR_MAX)) {
    return invalid(call, 'MirrorTraffic', `Mirror traffic must not exceed ${MIRROR_MAX} percent.`)
  }
  if (mirrored.some((name) => live.includes(name))) {
    return invalid(
      call,
      'MirrorTraffic',
      'A deployment cannot have both live and mirrored traffic.',
    )
  }
  for (const [field, shares] of [
    ['Traffic', traffic],
    ['MirrorTraffic', mirrorTraffic],
  ] as const) {
    const refusal = refuseTargets(call, endpoint, field, shares)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

function refuseTargets(call: Call, endpoint: string, field: string, shares: JsonObject) {
  for (const name of Object.keys(shares)) {
    const deployment = find(call.state, `onlineEndpoints/${endpoint}/deployments/${name}`)
    if (deployment === undefined) {
      return invalid(call, field, `Deployment '${name}' does not exist in endpoint '${endpoint}'.`)
    }
    const serves = deployment.inForce !== undefined
    if (Number(shares[name]) > 0 && !serves) {
      const word = provisioningState(call.state, deployment, call.now)
      return invalid(call, field, `Deployment '${name}' is in provisioning state '${word}'.`)
    }
  }
  return undefined
}

function isShare(value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 100
}

function positive(shares: JsonObject): string[] {
  return Object.keys(shares).filter((name) => Number(shares[name]) > 0)
}

/** The traffic that routes requests now: of the last endpoint write that succeeded, less deployments that are gone. */
export function trafficInForce(call: Pick<Call, 'state'>, endpoint: Resource): Shares {
  const properties = objectOf(endpoint.inForce?.properties)
  const alive = list(call.state, `onlineEndpoints/${endpoint.name}/deployments`)
  const names = new Set(alive.map(({ name }) => name.toLowerCase()))
  const kept = (shares: Json | undefined): JsonObject =>
    Object.fromEntries(
      Object.entries(objectOf(shares)).filter(([name]) => names.has(name.toLowerCase())),
    )
  return { traffic: kept(properties.traffic), mirrorTraffic: kept(properties.mirrorTraffic) }
}
