import { changed } from '../../../src/sandbox/core/answers/changes.ts'
import type { EndpointView } from '../../../src/sandbox/core/contract.ts'
import {
  endpointViews,
  nextEventAt,
  respond,
  type State,
} from '../../../src/sandbox/core/machine.ts'
import { settle } from '../../../src/sandbox/core/operations/operations.ts'
import type { Resource } from '../../../src/sandbox/core/state.ts'
import { type OpenSandbox, openSandbox } from '../../../src/sandbox/index.ts'
import { createRandom } from '../../../src/sandbox/scoring/simulated/random.ts'
import { checkExchange } from '../../support/openapi.ts'
import type { TraceEvent } from '../trace.ts'
import { type Quality, tagsOf } from './tree.ts'
import { modelOf, stateOf } from './truth.ts'
import { createUsers, type Users } from './users.ts'

/** The workspace with its users, as it really is; time passes here and nowhere else. */
export interface Azure {
  readonly sandbox: OpenSandbox
  readonly state: State
  readonly users: Pick<Users, 'set'>
  now(): number
  /** Lets time pass, with users' requests and the ends of operations in their order. */
  advanceTo(at: number): void
  /** Somebody wrote: tells how the workspace is now. */
  changed(cause: 'call' | 'hand' | 'start'): void
  /** What a person, or another tool, asks of Azure. */
  ask(method: string, path: string, body?: object): { status: number; body: unknown }
  /** A resource by its path below the workspace. */
  find(path: string): Resource | undefined
  /** From now on a model answers like this, whatever its tags say. */
  turn(model: string, quality: Quality): void
  /** Operations that never end come to their end. */
  endAll(): void
}

/** An hour of Azure's work takes six minutes. */
const TIME_SCALE = 10
/** When every run begins. */
export const START_MS = Date.UTC(2026, 0, 1)
const QUOTAS = { standardDSv2Family: 1000 }

/** In two thirds of all seeds a list of endpoints has several pages, as if there were hundreds of them. */
const PAGES = [{ pageSizeMax: 1, emptyPages: 2 }, { pageSizeMax: 2, emptyPages: 1 }, {}]

export async function openWorld(
  options: { readonly seed: number; readonly isChecked: boolean; readonly slowness: number },
  emit: (event: TraceEvent) => void,
): Promise<Azure> {
  const checks = options.isChecked ? { onExchange: checkExchange } : {}
  const sandbox = await openSandbox({
    now: START_MS,
    seed: options.seed,
    timeScale: TIME_SCALE / options.slowness,
    quotas: QUOTAS,
    ...PAGES[options.seed % PAGES.length],
    ...checks,
  })
  const { state, clock } = sandbox
  const random = createRandom(`users ${options.seed}`)
  const users = createUsers(sandbox.stage.counters, random, emit)
  const root = `/subscriptions/${sandbox.subscriptionId}/resourceGroups/${sandbox.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${sandbox.workspace}`
  const turned = new Map<string, Quality>()
  let views: readonly EndpointView[] | undefined

  function find(path: string): Resource | undefined {
    return state.resources[`${root}/${path}`.toLowerCase()]
  }

  function tell(cause: 'call' | 'clock' | 'hand' | 'start'): void {
    views = undefined
    emit({ type: 'state', at: clock.now(), cause, state: stateOf(state, clock.now()) })
  }

  function seen(): readonly EndpointView[] {
    views ??= endpointViews(state, clock.now()).map((view) =>
      turned.size === 0 ? view : withTurns(view, turned, find),
    )
    return views
  }

  return {
    sandbox,
    state,
    users,
    now: clock.now,
    find,
    advanceTo(at) {
      while (clock.now() < at) {
        const now = clock.now()
        const until = Math.min(nextEventAt(state, now) ?? at, at)
        users.pass(seen(), now, until)
        const { length } = state.running
        clock.advance(until - now)
        settle(state, until)
        if (state.running.length !== length) tell('clock')
      }
    },
    changed(cause) {
      // Hands reach into the state past Azure's own doors.
      changed(state)
      tell(cause)
    },
    ask(method, path, body) {
      const url = `${sandbox.arm}${root}/${path}?api-version=2024-10-01`
      const principal = { objectId: 'somebody' }
      const content = body === undefined ? {} : { body: structuredClone(body) as never }
      const request = { method, url, headers: {}, principal, ...content }
      const { response } = respond(state, request, clock.now())
      return { status: response.status, body: response.body }
    },
    turn(model, quality) {
      turned.set(model, quality)
      views = undefined
    },
    endAll() {
      for (const guid of state.running) {
        const operation = state.operations[guid]
        if (operation?.dueAtMs === null) operation.dueAtMs = clock.now()
      }
      settle(state, clock.now())
      tell('clock')
    },
  }
}

/** The endpoint as users meet it, where models have changed since they were declared. */
function withTurns(
  view: EndpointView,
  turned: ReadonlyMap<string, Quality>,
  find: (path: string) => Resource | undefined,
): EndpointView {
  const deployments = view.deployments.map((one) => {
    const resource = find(`onlineEndpoints/${view.name}/deployments/${one.name}`)
    const runs = (resource?.inForce ?? resource?.body)?.properties as
      | { model?: unknown }
      | undefined
    const quality = turned.get(modelOf(runs?.model) ?? '')
    if (quality === undefined) return one
    const tags = tagsOf(quality)
    const errorRatio = Number(tags['sandbox.error_ratio'])
    const latencyMs = Number(tags['sandbox.latency_ms'])
    const behaviour = { latencySigma: 0.3, slowRatio: 0, slowFactor: 1, errorRatio, latencyMs }
    return { ...one, behaviour }
  })
  return { ...view, deployments }
}
