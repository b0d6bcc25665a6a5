import type { Difference } from '../../model/plan.ts'
import { DEPLOYMENT_OF, type ENDPOINT_OF, type Ref } from '../../model/ref.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { once } from '../../model/values/once.ts'
import { valueAt, without, withValue } from '../../model/values/pointer.ts'
import type { RolloutDecision } from '../../rollout/decide/decision.ts'
import { goDirectly } from '../../rollout/direct.ts'
import { isSame, positive, type Weights } from '../../rollout/weights.ts'
import { weightsAt } from '../compare/body.ts'

/** An endpoint's way from what serves now to what Git wants to serve. */
export interface TrafficPlan {
  /** Where Git wants the traffic in the end. */
  readonly target: Weights
  /** The weights for this moment. */
  readonly weights: Weights
  /** Whether Git declares the weights, or only mirroring beside weights that are somebody else's. */
  readonly isDeclared: boolean
  /** Undefined when nobody declares mirroring, and it may stay as it is. */
  readonly mirror: Weights | undefined
  readonly live: Weights
  /** Deployments that keep the traffic from where it is going. */
  readonly waitingFor: readonly string[]
  /** Deployments that Git mirrors to while they have live traffic that it does not declare. */
  readonly unmirrored?: readonly string[]
  /** A rollout takes its traffic back. */
  readonly isUrgent?: boolean
}

/** Where an endpoint's body says who serves: the traffic map of an online one, the default deployment of a batch one. */
interface Route {
  readonly pointer: string
  read(body: JsonObject): Weights
  write(body: JsonObject, weights: Weights): JsonObject
}

const TRAFFIC = '/properties/traffic'
const MIRROR = '/properties/mirrorTraffic'
const DEFAULT = '/properties/defaults/deploymentName'

const ROUTES: { readonly [Kind in EndpointKind]: Route } = {
  OnlineEndpoint: {
    pointer: TRAFFIC,
    read: (body) => weightsAt(body, TRAFFIC),
    write: (body, weights) => withValue(body, TRAFFIC, weights),
  },
  BatchEndpoint: {
    pointer: DEFAULT,
    read: readDefault,
    write(body, weights) {
      const [name] = Object.keys(weights)
      return name === undefined ? without(body, DEFAULT) : withValue(body, DEFAULT, name)
    },
  },
}

export type EndpointKind = (typeof ENDPOINT_OF)[keyof typeof ENDPOINT_OF]

export type EndpointRef = Ref & { readonly kind: EndpointKind }

export function isEndpoint(ref: Ref): ref is EndpointRef {
  return ref.kind === 'OnlineEndpoint' || ref.kind === 'BatchEndpoint'
}

/** What an endpoint's deployment of this name is called. */
export function deploymentOf({ kind, name: parent }: EndpointRef, name: string): Ref {
  return { kind: DEPLOYMENT_OF[kind], parent, name }
}

/** Names, in lower case, of the deployments that an endpoint sends anything to: live, mirrored or by default. */
export function servingDeployments(kind: EndpointKind, body: JsonObject): ReadonlySet<string> {
  return SERVED[kind](body)
}

function served(kind: EndpointKind): (body: JsonObject) => ReadonlySet<string> {
  return once((body: JsonObject) => {
    const { live, mirror } = flowsOf(kind, body)
    return new Set([...Object.keys(live), ...Object.keys(mirror)])
  })
}

const SERVED = { OnlineEndpoint: served('OnlineEndpoint'), BatchEndpoint: served('BatchEndpoint') }

/** The road, or undefined when Git does not declare who serves. `previous`: the weights that were last in force by Git. */
export function planTraffic(
  kind: EndpointKind,
  bodies: {
    readonly destination: JsonObject
    readonly previous: Weights | undefined
    readonly live: JsonObject
  },
  ready: ReadonlySet<string>,
): TrafficPlan | undefined {
  const { pointer, read } = ROUTES[kind]
  const { destination, previous, live } = bodies
  const isDeclared = valueAt(destination, pointer) !== undefined
  if (!isDeclared && valueAt(destination, MIRROR) === undefined) return undefined
  const now = read(live)
  const target = isDeclared ? read(destination) : now
  const { weights, waitingFor = [] } = goDirectly({ target, previous, live: now, ready })
  return {
    target,
    weights: isDeclared ? weights : now,
    isDeclared,
    mirror: kind === 'OnlineEndpoint' ? mirrorOf(destination, live, weights, ready) : undefined,
    live: now,
    waitingFor: isSame(target, now) ? [] : waitingFor,
    unmirrored: Object.keys(isDeclared ? {} : weightsAt(destination, MIRROR)).filter(
      (name) => (now[name] ?? 0) > 0,
    ),
  }
}

/** Whether mirroring that Git declares cannot be: Azure sends a deployment live or mirrored traffic, not both. */
export function isUnmirrored(
  trafficPlan: TrafficPlan | undefined,
): trafficPlan is TrafficPlan & Required<Pick<TrafficPlan, 'unmirrored'>> {
  return trafficPlan?.unmirrored !== undefined && trafficPlan.unmirrored.length > 0
}

/** The road of an endpoint with a Rollout: its steps say the weights of the moment. */
export function rolloutTraffic(
  kind: EndpointKind,
  live: JsonObject,
  wanted: { readonly slot: string },
  { weights, mirror, isUrgent }: RolloutDecision,
): TrafficPlan {
  return {
    target: { [wanted.slot]: 100 },
    weights,
    isDeclared: true,
    mirror: kind === 'OnlineEndpoint' ? mirror : undefined,
    live: ROUTES[kind].read(live),
    waitingFor: [],
    isUrgent,
  }
}

/** Live weights, mirrored ones too, of an endpoint's body. */
export function flowsOf(kind: EndpointKind, body: JsonObject): Flows {
  return FLOWS[kind](body)
}

interface Flows {
  readonly live: Weights
  readonly mirror: Weights
}

/** A body is not changed any more, and is asked for its weights at every look. */
const FLOWS: { readonly [Kind in EndpointKind]: (body: JsonObject) => Flows } = {
  OnlineEndpoint: once((body: JsonObject) => ({
    live: ROUTES.OnlineEndpoint.read(body),
    mirror: weightsAt(body, MIRROR),
  })),
  BatchEndpoint: once((body: JsonObject) => ({ live: readDefault(body), mirror: {} })),
}

/** The declared body with the weights for this moment in place of those at the end of the road. */
export function applyTraffic(
  kind: EndpointKind,
  destination: JsonObject,
  trafficPlan: TrafficPlan | undefined,
): JsonObject {
  if (trafficPlan === undefined) return destination
  const body = trafficPlan.isDeclared
    ? ROUTES[kind].write(destination, trafficPlan.weights)
    : destination
  const isMirrored = valueAt(body, MIRROR) !== undefined || trafficPlan.isUrgent !== undefined
  return isMirrored && kind === 'OnlineEndpoint'
    ? withValue(body, MIRROR, trafficPlan.mirror ?? {})
    : body
}

/** Where who serves is written. */
export const SERVED_AT = { OnlineEndpoint: TRAFFIC, BatchEndpoint: DEFAULT } as const

/** Writes that change nothing but who serves. */
export const SHIFTS = {
  OnlineEndpoint: 'set_traffic',
  BatchEndpoint: 'set_default_deployment',
} as const

/** A live body with its traffic moved, everything else as it is; mirroring ends. */
function endpointWithTraffic(kind: EndpointKind, body: JsonObject, weights: Weights): JsonObject {
  const moved = ROUTES[kind].write(body, weights)
  return kind === 'OnlineEndpoint' ? withValue(moved, MIRROR, {}) : moved
}

/** The body of an endpoint that sends nothing to anything. */
export function withoutTraffic(kind: EndpointKind, body: JsonObject): JsonObject {
  return endpointWithTraffic(kind, body, {})
}

/** A deployment has live or mirrored traffic, not both; undefined = nobody declares mirroring, and it may stay as it is. */
function mirrorOf(
  destination: JsonObject,
  live: JsonObject,
  weights: Weights,
  ready: ReadonlySet<string>,
): Weights | undefined {
  const now = weightsAt(live, MIRROR)
  const isDeclared = valueAt(destination, MIRROR) !== undefined
  const target = isDeclared ? weightsAt(destination, MIRROR) : now
  const usable = Object.keys(target).every((name) => ready.has(name))
  const wanted = Object.entries(usable ? target : now)
  const kept = wanted.filter(([name]) => (weights[name] ?? 0) === 0)
  if (!isDeclared && kept.length === wanted.length) return undefined
  return positive(Object.fromEntries(kept))
}

function readDefault(body: JsonObject): Weights {
  const name = valueAt(body, DEFAULT)
  return typeof name === 'string' && name !== '' ? { [name.toLowerCase()]: 100 } : {}
}

/** What differs between who serves and who is to serve, as a person reads it. */
export function differenceOf(
  ref: Ref,
  { live, target }: Pick<TrafficPlan, 'live' | 'target'>,
): readonly Difference[] {
  if (ref.kind === 'BatchEndpoint') {
    const [is, wanted] = [live, target].map((weights) => Object.keys(weights)[0])
    return is === wanted ? [] : [{ path: DEFAULT, live: is, desired: wanted }]
  }
  const names = [...new Set([...Object.keys(live), ...Object.keys(target)])].sort()
  return names
    .map((name) => ({
      path: `${TRAFFIC}/${name}`,
      live: live[name] ?? 0,
      desired: target[name] ?? 0,
    }))
    .filter(({ live: is, desired: want }) => is !== want)
}
