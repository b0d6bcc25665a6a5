import type { DeploymentView, EndpointView } from '../../core/contract.ts'
import { guidOf } from '../../core/ids.ts'
import type { State } from '../../core/machine.ts'
import type { HttpHandler } from '../../http/message.ts'
import type { PrincipalOf } from '../authorise.ts'
import type { Counters } from '../counters/counters.ts'
import type { Outcome } from '../deployment.ts'
import { createFrontDoor } from '../front-door.ts'
import type { ContainerRequest } from '../worker.ts'
import { type Dice, declaredAnswer, declaredOf, isScoring, play } from './play.ts'
import { createRandom } from './random.ts'

export interface DeclaredPlaneOptions {
  readonly state: State
  /** What the workspace says now. */
  readonly views: () => readonly EndpointView[]
  readonly now: () => number
  readonly principalOf: PrincipalOf
  readonly counters: Counters
  /** Lets virtual time pass, ms; absent = a request takes none, and its latency is only told and counted. */
  readonly pass?: (ms: number) => void
}

/** The data plane of a workspace in virtual time: every container that is in force answers as declared. */
export function createDeclaredPlane(options: DeclaredPlaneOptions): HttpHandler {
  const { state, views, now, principalOf, counters } = options
  const dice = new Map<string, Dice>()
  let requests = 0

  function diceOf(key: string): Dice {
    const seed = `${state.settings.seed}/${key}`
    const found = dice.get(key) ?? {
      random: createRandom(seed),
      owed: new Map(),
      asked: { count: 0 },
    }
    dice.set(key, found)
    return found
  }

  function endpointOf(name: string): EndpointView | undefined {
    return views().find((endpoint) => endpoint.name.toLowerCase() === name.toLowerCase())
  }

  return createFrontDoor({
    ...{ now, principalOf, counters, endpointOf },
    elapsedMs: now,
    requestId() {
      requests += 1
      return guidOf(state, `scoring ${requests}`)
    },
    deploymentOf(endpoint, name) {
      const key = `${endpoint}/${name}`.toLowerCase()
      const isNamed = (one: DeploymentView) => one.name.toLowerCase() === name.toLowerCase()
      const view = endpointOf(endpoint)?.deployments.find(isNamed)
      if (!view?.inForce) return undefined
      return { score: async (request) => score(view, request, diceOf(key), options.pass) }
    },
  })
}

function score(
  view: DeploymentView,
  request: ContainerRequest,
  dice: Dice,
  pass: DeclaredPlaneOptions['pass'],
): Outcome {
  if (!isScoring(request)) return { kind: 'answered', answer: declaredAnswer(view, request) }
  const played = play(view.faults, declaredOf(view), dice)
  const latencyMs = Math.min(played.latencyMs, view.requestTimeoutMs)
  pass?.(Math.round(latencyMs))
  const virtualMs = pass === undefined ? latencyMs : 0
  if (played.latencyMs > view.requestTimeoutMs) return { kind: 'timeout', virtualMs }
  if (played.status !== 200) return { kind: 'faulted', status: played.status, virtualMs }
  return { kind: 'answered', answer: declaredAnswer(view, request), virtualMs }
}
