import type { Behaviour, DeploymentView, EndpointView } from '../core/contract.ts'
import type { Counters } from '../scoring/counters/counters.ts'
import { bucketOf } from '../scoring/counters/latency.ts'
import { type Dice, declaredOf, play } from '../scoring/simulated/play.ts'

// As in core/ids.ts: looked up once.
const { min } = Math

/** A deployment with a share of an endpoint's traffic. */
export interface Target {
  /** As the deployment is called; '' = the endpoint leads nowhere. */
  readonly name: string
  /** Asks it once, by chance: counts the request, and gives the status that the user sees. */
  ask(atMs: number, dice: Dice): number
}

/** Where users' requests go, as one moment's weights have it. */
export interface Route {
  /** `chance` lies from 0 (in) to 1 (out). */
  targetAt(chance: number): Target
}

/** The route through an endpoint as it is seen now; undefined = there is no such endpoint. */
export function routeThrough(endpoint: EndpointView | undefined, counters: Counters): Route {
  const nowhere = nowhereIn(endpoint, counters)
  const shares: { readonly until: number; readonly target: Target }[] = []
  let until = 0
  for (const [name, weight] of Object.entries(endpoint?.traffic ?? {})) {
    until += weight / 100
    const isNamed = (one: DeploymentView) => one.name.toLowerCase() === name.toLowerCase()
    const view = endpoint?.deployments.find((one) => isNamed(one) && one.inForce)
    const target = endpoint && view ? targetOf(endpoint.name, view, counters) : nowhere
    shares.push({ until, target })
  }
  return { targetAt: (chance) => shares.find((one) => chance < one.until)?.target ?? nowhere }
}

/** The front door's own 404. */
function nowhereIn(endpoint: EndpointView | undefined, counters: Counters): Target {
  const labels = { endpoint: endpoint?.name ?? '', deployment: '', status: 404, mirrored: false }
  return {
    name: '',
    ask() {
      if (endpoint !== undefined) counters.of(labels).add(0)
      return labels.status
    },
  }
}

function targetOf(endpoint: string, view: DeploymentView, counters: Counters): Target {
  const behaviour: Behaviour = declaredOf(view)
  const track = counters.history.of(endpoint, view.name)
  const byStatus = new Map<number, ReturnType<Counters['of']>>()

  function counterOf(status: number) {
    const labels = { endpoint, deployment: view.name, status, mirrored: false }
    const counter = byStatus.get(status) ?? counters.of(labels)
    byStatus.set(status, counter)
    return counter
  }

  return {
    name: view.name,
    ask(atMs, dice) {
      const played = play(view.faults, behaviour, dice)
      const status = statusOf(played, view.requestTimeoutMs)
      const latencyMs = min(played.latencyMs, view.requestTimeoutMs)
      counterOf(status).add(latencyMs)
      track.add(atMs, status, bucketOf(latencyMs))
      return status
    },
  }
}

/** As the front door has it: a model that is late is 408, one that does not answer 200 is 424. */
function statusOf(played: ReturnType<typeof play>, timeoutMs: number): number {
  if (played.latencyMs > timeoutMs) return 408
  return played.status === 200 ? 200 : 424
}
