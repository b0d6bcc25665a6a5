import { lastWriteOf } from '../../src/core/model/basis.ts'
import type { FailureCounts, KeyMemory, Memory } from '../../src/core/model/memory.ts'
import { keyOf } from '../../src/core/model/ref.ts'
import type { Outcome } from '../../src/core/model/report.ts'
import type { Json } from '../../src/core/model/values/json.ts'
import { valueAt } from '../../src/core/model/values/pointer.ts'
import { afterOutcomes } from '../../src/core/plan/memory/next-memory.ts'
import { ROLLOUT_TAG } from '../../src/core/rollout/record.ts'
import { FRAUD, slotRef } from '../core/rollout/play.ts'
import { NOW } from '../support/world.ts'
import type { Azure } from './azure.ts'
import { liveIn } from './live.ts'

/**
 * A memory knows by what the endpoint's last write is called whether it is still the last. Here that is a word: this one,
 * until the next write.
 */
const AS_NOW = 'as now'
const SINCE = 'another since'

function nameOfLastWrite(azure: Azure): string {
  const live = liveIn(azure, FRAUD)
  return live === undefined ? '' : lastWriteOf(live)
}

function mapMemory(memory: Memory, from: string, to: string): Memory {
  const entries = Object.entries(memory).map(([key, known]): [string, KeyMemory] => [
    key,
    {
      ...known,
      ...(known.idleAfter === from ? { idleAfter: to } : {}),
      ...(known.arrived?.after === from ? { arrived: { ...known.arrived, after: to } } : {}),
    },
  ])
  return Object.fromEntries(entries)
}

/** A memory when somebody has written to the endpoint. */
export function outdated(memory: Memory): Memory {
  return mapMemory(memory, AS_NOW, SINCE)
}

/** The same memory as the planner has it: with the names of writes. */
export function withNames(memory: Memory, azure: Azure): Memory {
  return mapMemory(memory, AS_NOW, nameOfLastWrite(azure))
}

/** What a process makes of how its write ended; an answer that was lost is told as any failure that may pass. */
export function learnt(memory: Memory, outcome: Outcome, isAnswerLost = false): Memory {
  const { action } = outcome
  const lost: Outcome = {
    action,
    result: 'Failed',
    reason: 'TimedOut',
    message: '',
    errorClass: 'retryable',
    retry: 'Later',
  }
  return afterOutcomes(memory, [isAnswerLost ? lost : outcome], NOW)
}

/**
 * A memory without what decides nothing here: how long something was watched or busy, and what belongs to another record
 * than the endpoint has now, which no reading will show again (every record of the product holds when it was written).
 */
export function essential(memory: Memory, azure: Azure): Memory {
  const { endpoint } = azure
  const lastWrite = nameOfLastWrite(azure)
  const text = valueAt(endpoint.body, `/tags/${ROLLOUT_TAG}`)
  const named = mapMemory(memory, lastWrite, AS_NOW)
  const ofOurs = Object.entries(named).filter(([key]) => key !== keyOf(slotRef('grey')))
  const entries = ofOurs.map(([key, known]) => [key, essentialOf(known, text)] as const)
  return Object.fromEntries(entries.filter(([, known]) => Object.keys(known).length > 0))
}

function essentialOf(known: KeyMemory, record: Json | undefined): KeyMemory {
  const { watched: _w, busySince: _b, driftedSince: _d, judged: _j, ...others } = known
  const { arrived, seen, retry, rejected, corrections, tallies } = others
  const fields = {
    ...others,
    arrived: arrived?.record === record ? arrived : undefined,
    seen: seen === record ? seen : undefined,
    retry: retry && { ...retry, count: 1, message: '' },
    rejected: rejected && { ...rejected, message: '' },
    corrections: corrections && { ...corrections, count: Math.min(corrections.count, 3) },
    tallies: tallies && onceMissed(tallies),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** One miss is too many: how many more there were is nothing. */
function onceMissed({ startMs, checks, failed }: FailureCounts): FailureCounts {
  const once = Object.entries(checks).map(([check, { at }]) => [check, { missed: 1, at }] as const)
  const said = Object.entries(failed).map(
    ([check, { measured: _, ...one }]) => [check, one] as const,
  )
  return { startMs, checks: Object.fromEntries(once), failed: Object.fromEntries(said) }
}
