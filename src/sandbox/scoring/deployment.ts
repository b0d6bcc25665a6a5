import { setTimeout as sleep } from 'node:timers/promises'
import type { Behaviour, DeploymentView } from '../core/contract.ts'
import type { HttpResponse } from '../http/message.ts'
import { isRunnable } from './container.ts'
import { createGenerations, type GenerationsOptions } from './generations.ts'
import { aborted } from './instance.ts'
import { createLane } from './lane.ts'
import { declaredAnswer, declaredOf, isScoring, play } from './simulated/play.ts'
import { createRandom } from './simulated/random.ts'
import type { ContainerRequest } from './worker.ts'

/** What became of a request that a deployment was given. */
export type Outcome = (
  | { readonly kind: 'answered'; readonly answer: HttpResponse }
  | { readonly kind: 'faulted'; readonly status: number }
  | { readonly kind: 'timeout' | 'overloaded' | 'notReady' | 'died' | 'unrunnable' }
) & {
  /** How much longer it took than the clock shows, where time is virtual. */
  readonly virtualMs?: number
}

/** A deployment as the data plane runs it, over all its generations. */
export interface Deployment {
  /** It was provisioned once, so requests may be sent to it. */
  readonly inForce: boolean
  /** Takes note of what is wanted now; a new generation is started beside the running one. */
  update(view: DeploymentView): void
  /** What its container answers; only scoring suffers from the deployment's faults. */
  score(request: ContainerRequest): Promise<Outcome>
  /** Resolves when nothing is being started. */
  whenSettled(): Promise<void>
  /** Finishes the requests it has, unless the signal aborts first, and ends its processes. */
  remove(deadline: AbortSignal): Promise<void>
}

/** A request that takes longer than the inference server's own worker time-out costs the process its life. */
const stuckMs = 300_000

export interface DeploymentOptions extends GenerationsOptions {
  /** Of the chance that its declared behaviour takes. */
  readonly seed: string
}

export function createDeployment(first: DeploymentView, options: DeploymentOptions): Deployment {
  const lane = createLane()
  const generations = createGenerations(options)
  const dice = {
    random: createRandom(options.seed),
    owed: new Map<string, number>(),
    asked: { count: 0 },
  }
  let view = first

  function slots(): number {
    return view.instanceCount * view.maxConcurrentRequestsPerInstance
  }

  /** Waits as long as faults and behaviour say, and gives the status they put in the model's place. */
  async function suffer(behaviour: Behaviour | undefined): Promise<number> {
    const { status, latencyMs } = play(view.faults, behaviour, dice)
    if (latencyMs > 0) await sleep(latencyMs)
    return status
  }

  async function ask(request: ContainerRequest): Promise<Outcome> {
    const isDeclared = !isRunnable(view, options.python.mode)
    const behaviour = isDeclared ? declaredOf(view) : view.behaviour
    const status = isScoring(request) ? await suffer(behaviour) : 200
    if (status !== 200) return { kind: 'faulted', status }
    if (isDeclared) return { kind: 'answered', answer: declaredAnswer(view, request) }
    const { worker } = generations
    if (!worker) return { kind: 'notReady' }
    const stuck = setTimeout(() => void worker.stop(), stuckMs)
    const answer = await worker.score(request)
    clearTimeout(stuck)
    return answer ? { kind: 'answered', answer } : { kind: 'died' }
  }

  async function run(request: ContainerRequest, signal: AbortSignal): Promise<Outcome> {
    const leave = await lane.enter(slots(), signal)
    return ask(request).finally(leave)
  }

  return {
    get inForce() {
      return view.inForce
    },
    update(next) {
      view = next
      generations.want(next)
    },
    async score(request) {
      const isDeclared = view.behaviour !== undefined
      if (!isDeclared && !isRunnable(view, options.python.mode)) return { kind: 'unrunnable' }
      // FACTS 6: pending requests are limited to twice what can be served at once.
      if (lane.pending >= 2 * slots()) return { kind: 'overloaded' }
      return within(view.requestTimeoutMs, (signal) => run(request, signal))
    },
    whenSettled: () => generations.whenSettled(),
    async remove(deadline) {
      await Promise.race([lane.whenEmpty(), aborted(deadline)])
      await generations.close()
    },
  }
}

/** Runs the task; when time is up the caller is answered, though the task may go on. */
async function within(
  timeoutMs: number,
  task: (signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const clock = new AbortController()
  const timedOut = Promise.withResolvers<Outcome>()
  const timer = setTimeout(() => {
    clock.abort()
    timedOut.resolve({ kind: 'timeout' })
  }, timeoutMs)
  const done = task(clock.signal).catch((error: unknown): Outcome => {
    if (clock.signal.aborted) return { kind: 'timeout' }
    throw error
  })
  return Promise.race([done, timedOut.promise]).finally(() => clearTimeout(timer))
}
