import { setTimeout as sleep } from 'node:timers/promises'
import type { DeploymentView } from '../core/contract.ts'
import type { HttpResponse } from '../http/message.ts'
import { isRunnable } from './container.ts'
import { createGenerations, type GenerationsOptions } from './generations.ts'
import { aborted } from './instance.ts'
import { createLane } from './lane.ts'
import { strikes } from './share.ts'
import type { ContainerRequest } from './worker.ts'

/** What became of a request that a deployment was given. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: HttpResponse }
  | { readonly kind: 'faulted'; readonly status: number }
  | { readonly kind: 'timeout' | 'overloaded' | 'notReady' | 'died' | 'unrunnable' }

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

export function createDeployment(first: DeploymentView, options: GenerationsOptions): Deployment {
  const lane = createLane()
  const generations = createGenerations(options)
  const shares = new Map<string, number>()
  let view = first

  function slots(): number {
    return view.instanceCount * view.maxConcurrentRequestsPerInstance
  }

  async function run(request: ContainerRequest, signal: AbortSignal): Promise<Outcome> {
    const leave = await lane.enter(slots(), signal)
    try {
      const status = isScoring(request) ? await sufferFaults(view, shares) : undefined
      if (status !== undefined) return { kind: 'faulted', status }
      const { worker } = generations
      if (!worker) return { kind: 'notReady' }
      const stuck = setTimeout(() => void worker.stop(), stuckMs)
      const answer = await worker.score(request)
      clearTimeout(stuck)
      return answer ? { kind: 'answered', answer } : { kind: 'died' }
    } finally {
      leave()
    }
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
      if (!isRunnable(view, options.python.mode)) return { kind: 'unrunnable' }
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

function isScoring({ target }: ContainerRequest): boolean {
  return /^\/score(\?|$)/.test(target)
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

/** Waits as long as the deployment's faults say, and gives the status they put in the model's place. */
async function sufferFaults(
  view: DeploymentView,
  shares: Map<string, number>,
): Promise<number | undefined> {
  for (const fault of view.faults ?? []) {
    if (fault.delayMs) await sleep(fault.delayMs)
    const isHit = fault.status !== undefined && strikes(shares, fault.name, fault.percent ?? 100)
    if (isHit) return fault.status
  }
  return undefined
}
