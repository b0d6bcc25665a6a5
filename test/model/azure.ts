import type { Json, JsonObject } from '../../src/core/model/values/json.ts'
import { valueAt, without, withValue } from '../../src/core/model/values/pointer.ts'
import { weightsAt } from '../../src/core/plan/compare/body.ts'
import type { Weights } from '../../src/core/rollout/weights.ts'
import { FRAUD } from '../core/rollout/play.ts'

/** An endpoint as a GET shows it: the weights in force, and while it is being changed, what was asked for. */
export interface Endpoint {
  readonly body: JsonObject
  readonly phase: 'Succeeded' | 'Failed' | 'Updating'
  readonly asked?: { readonly traffic: Json; readonly mirrorTraffic: Json }
}

export interface Deployment {
  readonly body: JsonObject
  readonly phase: 'Succeeded' | 'Failed' | 'Creating' | 'Updating' | 'Deleting'
  /** The model that answers: of the last write that succeeded. Absent: it never came up. */
  readonly runs?: string
  /** Why its last operation failed. */
  readonly code?: string
}

export const SLOTS = ['blue', 'green', 'grey'] as const
export type SlotName = (typeof SLOTS)[number]

/** The smallest Azure in which a rollout can go wrong: one endpoint and its deployments, in the order of SLOTS. */
export interface Azure {
  readonly endpoint: Endpoint
  readonly deployments: readonly (Deployment | undefined)[]
}

/** A write as it gets out: a PUT with its body, or a DELETE. */
export interface Sent {
  /** Undefined: the endpoint. */
  readonly slot?: SlotName
  readonly body?: JsonObject
}

export interface Refused {
  readonly refused: string
}

/** -1 where it is none of them. */
export function indexOf(slot: string): number {
  return SLOTS.indexOf(slot as SlotName)
}

export function deploymentAt(azure: Azure, slot: string): Deployment | undefined {
  return azure.deployments[indexOf(slot)]
}

export function trafficOf({ body }: { readonly body: JsonObject }): Weights {
  return weightsAt(body, '/properties/traffic')
}

export function mirrorOf({ body }: { readonly body: JsonObject }): Weights {
  return weightsAt(body, '/properties/mirrorTraffic')
}

/** The name of what Azure is at work on; '' = of nothing. */
export function atWorkIn({ endpoint, deployments }: Azure): string {
  const isWorking = (one: { readonly phase: string } | undefined): boolean =>
    one !== undefined && ['Creating', 'Updating', 'Deleting'].includes(one.phase)
  if (isWorking(endpoint)) return FRAUD.name
  return SLOTS.find((_, index) => isWorking(deployments[index])) ?? ''
}

/** One operation at a time on an endpoint and its deployments. */
export function isAtWork(azure: Azure): boolean {
  return atWorkIn(azure) !== ''
}

/** What Azure makes of a write: the state after it was accepted, or why it is refused. */
export function written(azure: Azure, { slot, body }: Sent): Azure | Refused {
  if (isAtWork(azure)) return { refused: 'Conflict' }
  if (slot === undefined)
    return body === undefined ? { refused: 'Conflict' } : put(azure, own(body))
  const existing = deploymentAt(azure, slot)
  if (body === undefined) {
    if (existing === undefined) return azure
    const isServing = (trafficOf(azure.endpoint)[slot] ?? 0) > 0
    if (isServing) return { refused: 'HasTraffic' }
    return placed(azure, slot, { ...existing, phase: 'Deleting' })
  }
  const kept = own(body)
  if (existing === undefined) return placed(azure, slot, { body: kept, phase: 'Creating' })
  if (existing.runs === undefined) return { refused: 'Unrecoverable' }
  return placed(azure, slot, { ...existing, body: kept, phase: 'Updating' })
}

/** A body without what is the service's. */
function own(body: JsonObject): JsonObject {
  return without(without(body, '/properties/provisioningState'), '/properties/properties')
}

function put(azure: Azure, body: JsonObject): Azure | Refused {
  const asked = {
    traffic: valueAt(body, '/properties/traffic') ?? {},
    mirrorTraffic: valueAt(body, '/properties/mirrorTraffic') ?? {},
  }
  for (const [name, weight] of [...pairs(asked.traffic), ...pairs(asked.mirrorTraffic)]) {
    const target = deploymentAt(azure, name)
    if (target === undefined) return { refused: 'NoSuchDeployment' }
    if (weight > 0 && target.runs === undefined) return { refused: 'NotUp' }
  }
  const now = {
    traffic: valueAt(azure.endpoint.body, '/properties/traffic') ?? {},
    mirrorTraffic: valueAt(azure.endpoint.body, '/properties/mirrorTraffic') ?? {},
  }
  return { ...azure, endpoint: { body: withFlows(body, now), phase: 'Updating', asked } }
}

function pairs(shares: Json): readonly (readonly [string, number])[] {
  return Object.entries(shares as { readonly [name: string]: number })
}

function withFlows(body: JsonObject, flows: NonNullable<Endpoint['asked']>): JsonObject {
  const live = withValue(body, '/properties/traffic', flows.traffic)
  return withValue(live, '/properties/mirrorTraffic', flows.mirrorTraffic)
}

/** With another deployment under this name, or none: then its share of the traffic is gone with it. */
export function placed(azure: Azure, slot: SlotName, deployment: Deployment | undefined): Azure {
  const deployments = azure.deployments.map((one, index) =>
    SLOTS[index] === slot ? deployment : one,
  )
  if (deployment !== undefined) return { ...azure, deployments }
  const { endpoint } = azure
  const left = (pointer: string): Json =>
    Object.fromEntries(
      pairs(valueAt(endpoint.body, pointer) ?? {}).filter(([name]) => name !== slot),
    )
  const body = withFlows(endpoint.body, {
    traffic: left('/properties/traffic'),
    mirrorTraffic: left('/properties/mirrorTraffic'),
  })
  return { endpoint: { ...endpoint, body }, deployments }
}

/** The operation in flight ends. One that fails leaves in force what was in force. */
export function ended(azure: Azure, isWell: boolean): Azure {
  const { endpoint, deployments } = azure
  if (endpoint.asked !== undefined) {
    const body = isWell ? withFlows(endpoint.body, endpoint.asked) : endpoint.body
    return { ...azure, endpoint: { body, phase: isWell ? 'Succeeded' : 'Failed' } }
  }
  const index = deployments.findIndex(
    (one) => one !== undefined && one.phase !== 'Succeeded' && one.phase !== 'Failed',
  )
  const slot = SLOTS[index]
  const one = deployments[index]
  if (slot === undefined || one === undefined) return azure
  const isGoing = one.phase === 'Deleting'
  const code = isGoing ? 'InternalServerError' : 'ResourceNotReady'
  if (!isWell) return placed(azure, slot, { ...one, phase: 'Failed', code })
  if (isGoing) return placed(azure, slot, undefined)
  const { code: _, ...whole } = one
  return placed(azure, slot, { ...whole, phase: 'Succeeded', runs: modelOf(one.body) })
}

function modelOf(body: JsonObject): string {
  return String(valueAt(body, '/properties/model')).split('/').at(-1) ?? ''
}
