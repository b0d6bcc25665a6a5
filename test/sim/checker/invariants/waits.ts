import type { TraceEvent } from '../../trace.ts'
import type { History, PlanEvent } from '../history.ts'
import { NOTHING } from '../invariant.ts'

/** So long may something wait that nothing in the plan will end: other people's hands are given time. */
const LONGEST_MS = 20 * 60_000

/** L11: a wait of which nothing is due, no write and no moment to look again, is one that only a person can end, and has to be told as one. */
export function endlessWaits(history: History, event: TraceEvent): readonly string[] {
  const all = history.memo('L11 waits', () => new Map<string, Map<string, number>>())
  if (event.type !== 'plan') return NOTHING
  const before = all.get(event.application)
  const since = new Map<string, number>()
  all.set(event.application, since)
  if (!isAtRest(event, history)) return NOTHING
  for (const { ref, state, reason, message } of event.report.plan.held) {
    if (state !== 'waiting' || isOthersRollout(history, event, { ref, reason })) continue
    const name = `${ref.kind} ${ref.parent ?? ''}/${ref.name} ${reason}: ${message}`
    since.set(name, before?.get(name) ?? event.at)
  }
  return [...since]
    .filter(([, at]) => event.at - at > LONGEST_MS)
    .map(([name]) => `waits for ever and is not told so: ${name}`)
}

/** The rollout that keeps it is another Application's, whose own plan says what it waits for. */
function isOthersRollout(
  { plans }: History,
  { application }: PlanEvent,
  { ref, reason }: Pick<PlanEvent['report']['plan']['held'][number], 'ref' | 'reason'>,
): boolean {
  if (reason !== 'RollbackWindow') return false
  const others = [...plans.values()].filter((one) => one.application !== application)
  const found = others.flatMap(({ report }) => report.plan.findings)
  return found.some((one) => one.rollout !== undefined && one.ref.name === ref.parent)
}

function isAtRest({ report }: PlanEvent, { faultsEndAt, faults }: History): boolean {
  const isFaulty = faults.length > 0 && faultsEndAt === undefined
  const { actions, wakeAt } = report.plan
  return !isFaulty && report.failure === undefined && actions.length === 0 && wakeAt === undefined
}
