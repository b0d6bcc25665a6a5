import { chanceOfAtLeast } from '../../../src/core/judge/binomial.ts'
import type { TraceEvent } from '../trace.ts'
import { NOISE } from '../world/tree.ts'
import type { History } from './history.ts'
import { acceptedWriteIn } from './invariant.ts'

/** The promise of the judge: a revision as good as stable is refused in so many rollouts at most (CANARY C1). */
const PROMISE = 0.01

interface Counts {
  sent: number
  failed: number
}

/** Notes what users saw of each deployment since it was made: their requests, and those that the model itself failed. */
export function noteRequests(history: History, event: TraceEvent): void {
  const counts = countsIn(history)
  if (event.type === 'requests') {
    const key = keyOf(event.endpoint, event.deployment)
    const { sent, failed } = counts.get(key) ?? { sent: 0, failed: 0 }
    const isModels = event.cause === 'model'
    counts.set(key, { sent: sent + event.sent, failed: failed + (isModels ? event.failed : 0) })
    return
  }
  const call = acceptedWriteIn(history, event)
  if (call?.status !== 201 || call.target.deployment === undefined) return
  counts.delete(keyOf(call.target.endpoint, call.target.deployment))
}

/** Whether a revision is refused whose users really had so many errors that no rule could tell it from a worse one. */
export function isRefusedByChance(history: History): boolean {
  return [...history.plans.values()].some(({ report }) =>
    report.resources.some(({ rollout }) => {
      if (rollout?.aborted === undefined) return false
      const key = keyOf(rollout.endpoint, rollout.candidate?.deployment)
      const { sent, failed } = countsIn(history).get(key) ?? { sent: 0, failed: 0 }
      return failed > 0 && chanceOfAtLeast(failed, sent, NOISE) < PROMISE
    }),
  )
}

function countsIn(history: History): Map<string, Counts> {
  return history.memo('requests by deployment', () => new Map<string, Counts>())
}

function keyOf(endpoint = '', deployment = ''): string {
  return `${endpoint}/${deployment}`.toLowerCase()
}
