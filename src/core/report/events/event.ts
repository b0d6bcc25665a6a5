import type { Held } from '../../model/plan.ts'
import type { Problem } from '../../model/problem.ts'
import { keyOf } from '../../model/ref.ts'
import type { Condition, Outcome, Report } from '../../model/report.ts'
import { rolloutEvents } from './rollout-events.ts'
import type { EventDetails } from './told.ts'

/** Something that happened, as Kubernetes tells it. Log lines and the event stream are drawn from these. */
export interface Event {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly application: string
  readonly tick: number
  readonly type: 'Normal' | 'Warning'
  /** `keyOf` of the thing it is about; absent when it is about the Application. */
  readonly ref?: string
  /** CamelCase, stable. */
  readonly reason: string
  readonly message: string
}

/** More than this in one tick is one event that says how many more there were. */
export const EVENTS_PER_TICK_MAX = 200

/** What the report tells that the previous one did not: starts and failures always, states only when they change. */
export function eventsOf(report: Report, previous: Report | undefined): readonly Event[] {
  const told = [
    ...revisionEvents(report, previous),
    ...newProblems(report.problems, previous?.problems ?? []),
    ...report.outcomes.map(outcomeEvent),
    ...rolloutEvents(report, previous),
    ...newlyHeld(report.plan.held, previous?.plan.held ?? []),
    ...changedConditions(report, previous),
  ]
  return bounded(told).map(({ ref, ...rest }) => ({
    at: report.endedAt,
    application: report.application,
    tick: report.tick,
    ...(ref === undefined ? {} : { ref: typeof ref === 'string' ? ref : keyOf(ref) }),
    ...rest,
  }))
}

function bounded(told: readonly EventDetails[]): readonly EventDetails[] {
  if (told.length <= EVENTS_PER_TICK_MAX) return told
  const more = told.length - EVENTS_PER_TICK_MAX + 1
  const rest: EventDetails = {
    type: 'Warning',
    reason: 'EventsDropped',
    message: `and ${more} more events`,
  }
  return [...told.slice(0, EVENTS_PER_TICK_MAX - 1), rest]
}

function revisionEvents(report: Report, previous: Report | undefined): readonly EventDetails[] {
  const events: EventDetails[] = []
  const { attemptedRevision, appliedRevision } = report
  if (attemptedRevision !== undefined && attemptedRevision !== previous?.attemptedRevision) {
    events.push({
      type: 'Normal',
      reason: 'RevisionSeen',
      message: `revision ${attemptedRevision}`,
    })
  }
  if (report.converged && !(previous?.converged && previous.appliedRevision === appliedRevision)) {
    const message = `live equals desired at revision ${appliedRevision ?? 'unknown'}`
    events.push({ type: 'Normal', reason: 'Converged', message })
  }
  return events
}

function newProblems(now: readonly Problem[], before: readonly Problem[]): readonly EventDetails[] {
  const known = new Set(before.map(problemKey))
  const events: EventDetails[] = now
    .filter((problem) => !known.has(problemKey(problem)))
    .map((problem) => ({ type: 'Warning', reason: problem.reason, message: problemText(problem) }))
  if (now.length === 0 && before.length > 0) {
    events.push({ type: 'Normal', reason: 'ProblemsSolved', message: `${before.length} solved` })
  }
  return events
}

function problemText({ severity, message, at }: Problem): string {
  return `${at.file}:${at.line}:${at.column}: ${severity}: ${message}`
}

function problemKey(problem: Problem): string {
  return `${problem.reason} ${problemText(problem)}`
}

function outcomeEvent(outcome: Outcome): EventDetails {
  const { ref, verb, reason, differences } = outcome.action
  if (outcome.result === 'Failed') {
    const message = `${verb} failed (${outcome.errorClass}, retry ${outcome.retry}): ${outcome.message}`
    return { type: 'Warning', ref, reason: outcome.reason, message }
  }
  const fields =
    differences.length === 0 ? '' : `: ${differences.map(({ path }) => path).join(' ')}`
  const message = `${verb} started because of ${reason}${fields}`
  return {
    type: 'Normal',
    ref,
    reason: `${verb[0]?.toUpperCase()}${verb.slice(1)}Started`,
    message,
  }
}

function newlyHeld(now: readonly Held[], before: readonly Held[]): readonly EventDetails[] {
  const keyOfHeld = ({ ref, state, reason }: Held) => `${keyOf(ref)} ${state} ${reason}`
  const known = new Set(before.map(keyOfHeld))
  return now
    .filter((held) => !known.has(keyOfHeld(held)))
    .map(({ ref, state, reason, message }) => ({
      type: state === 'waiting' ? 'Normal' : 'Warning',
      ref,
      reason,
      message: `${state}: ${message}`,
    }))
}

function changedConditions(report: Report, previous: Report | undefined): readonly EventDetails[] {
  const before = new Map(previous?.resources.map((resource) => [resource.key, resource.conditions]))
  return [
    ...changed(undefined, report.conditions, previous?.conditions ?? []),
    ...report.resources.flatMap(({ key, conditions }) =>
      changed(key, conditions, before.get(key) ?? []),
    ),
  ]
}

function changed(
  ref: string | undefined,
  now: readonly Condition[],
  before: readonly Condition[],
): readonly EventDetails[] {
  const known = new Map(before.map((condition) => [condition.type, condition]))
  const isStalled = now.some(({ type, status }) => type === 'Stalled' && status === 'True')
  const isNews = (condition: Condition) => {
    const old = known.get(condition.type)
    if (old === undefined) return !isQuiet(condition)
    return old.status !== condition.status || old.reason !== condition.reason
  }
  return now.filter(isNews).map((condition) => ({
    type: isTrouble(condition, isStalled) ? 'Warning' : 'Normal',
    ...(ref === undefined ? {} : { ref }),
    reason: condition.reason,
    message: `${condition.type}=${condition.status} ${condition.message}`.trimEnd(),
  }))
}

/** Not worth a word at the first sight of a thing: that nothing is the matter with it. */
function isQuiet({ type, status }: Condition): boolean {
  return status === 'False' && ['Reconciling', 'Stalled', 'Drifted'].includes(type)
}

/** Not to be Ready is the way of all things that move; it is trouble when only a person or a commit can help. */
function isTrouble({ type, status }: Condition, isStalled: boolean): boolean {
  if (type === 'Ready') return status === 'Unknown' || (status === 'False' && isStalled)
  if (type === 'SourceReady') return status === 'False'
  return type !== 'Reconciling' && status === 'True'
}
