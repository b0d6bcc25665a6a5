import type { Live } from '../../../core/model/live.ts'
import { textIn } from '../../../core/model/values/json.ts'
import { valueAt } from '../../../core/model/values/pointer.ts'
import type { Clock } from '../../../reconcile/ports.ts'

/** When what Azure is at work on is to be read again. What is at rest is not known here. */
export interface Polls {
  /** As it was read now: what Azure does to it, or nothing. */
  read(key: string, work: Work | undefined): void
  /** Whether Azure was at work on it when it was read last. */
  isBusy(key: string): boolean
  /** `most`: so many requests read all of them, however many they are. */
  isDue(key: string, most?: number): boolean
  delete(key: string): void
}

/** What takes alike: to make a deployment takes many times as long as to change one. */
export type Work = 'made' | 'changed'

/** Azure is at work on it: by its own word. */
export function workOn({ body }: Live): Work {
  const state = textIn(valueAt(body, '/properties/provisioningState'))
  return state.toLowerCase() === 'creating' ? 'made' : 'changed'
}

interface Poll {
  readonly at: number
  readonly since: number
  readonly work: Work
}

const DURATIONS_KEPT = 25

export function createPolls(now: Clock['now']): Polls {
  const polls = new Map<string, Poll>()
  const durations: Record<Work, number[]> = { made: [], changed: [] }
  return {
    read(key, work) {
      const before = polls.get(key)
      if (work !== undefined) {
        polls.set(key, { since: now(), work, ...before, at: now() })
      } else if (before !== undefined) {
        polls.delete(key)
        const took = durations[before.work]
        took.unshift(now() - before.since)
        took.splice(DURATIONS_KEPT)
      }
    },
    isBusy: (key) => polls.has(key),
    isDue(key, most = polls.size) {
      const poll = polls.get(key)
      const requests = Math.min(polls.size, most)
      return poll !== undefined && now() >= nextPoll(poll, durations[poll.work], requests)
    },
    delete: (key) => polls.delete(key),
  }
}

/** From most of the time on that the quickest of late took: a share of the time that has passed, and within these bounds. */
const EXPECTED_SHARE = 0.75
const SHARE = 0.05
const SOONEST_MS = 5_000
/** Also before: what fails early is seen. */
const LATEST_MS = 60_000
/** However many requests it takes to poll all, all of them together take a fiftieth of the 25 reads a second that ARM allows: up to thirty of them. */
const APART_MS = 2_000

function nextPoll({ at, since }: Poll, durations: readonly number[], requests: number): number {
  const passed = at - since
  const expected = durations.length === 0 ? 0 : Math.min(...durations) * EXPECTED_SHARE
  const soon = Math.max(SOONEST_MS, passed * SHARE, requests * APART_MS)
  if (passed >= expected) return at + Math.min(LATEST_MS, soon)
  return Math.min(since + expected, at + LATEST_MS)
}
