import type { Finding, Held } from '../model/plan.ts'
import type { Condition, Outcome } from '../model/report.ts'
import { someOf } from '../model/values/some-of.ts'

type Said = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>

/** A thing's conditions, computed once from what was found, held and done; times kept from before where nothing changed. */
export function conditionsOf(
  finding: Finding,
  held: readonly Held[],
  outcome: Outcome | undefined,
  history: {
    readonly before: readonly Condition[]
    readonly now: number
    readonly revision: string | undefined
  },
): readonly Condition[] {
  const stopped = held.find(({ state }) => state !== 'waiting')
  const waits = held.find(({ state }) => state === 'waiting')
  const said = [
    ready(finding, stopped ?? waits, outcome),
    reconciling(finding, waits, outcome),
    stalled(finding, stopped, outcome),
    drifted(finding),
  ]
  return said.map((condition) => dated(condition, history))
}

/** The condition with the time since when it holds. */
export function dated(
  said: Said,
  history: {
    readonly before: readonly Condition[]
    readonly now: number
    readonly revision: string | undefined
  },
): Condition {
  const before = history.before.find(({ type }) => type === said.type)
  const since = before?.status === said.status ? before.lastTransitionTime : history.now
  const seen = history.revision === undefined ? {} : { observedGeneration: history.revision }
  return { ...said, lastTransitionTime: since, ...seen }
}

function ready(finding: Finding, held: Held | undefined, outcome: Outcome | undefined): Said {
  const type = 'Ready'
  if (held !== undefined)
    return { type, status: 'False', reason: held.reason, message: held.message }
  if (outcome?.result === 'Failed')
    return { type, status: 'False', reason: outcome.reason, message: outcome.message }
  if (outcome !== undefined)
    return { type, status: 'False', reason: outcome.action.reason, message: 'A write was started.' }
  if (finding.sync === 'synced' && finding.health === 'healthy')
    return { type, status: 'True', reason: 'Synced', message: 'Live equals what Git declares.' }
  return { type, status: 'False', reason: 'OutOfSync', message: outOfSyncText(finding) }
}

const NAMED = 3

function outOfSyncText({ health, differences }: Finding): string {
  if (health !== 'healthy') return `It is ${health}.`
  if (differences.length === 0)
    return 'It is as declared; the traffic of its endpoint is not, or not yet.'
  const paths = differences.map(({ path }) => path)
  return `It serves, and differs from Git in ${someOf(paths, NAMED)}.`
}

function reconciling(
  finding: Finding,
  waits: Held | undefined,
  outcome: Outcome | undefined,
): Said {
  const type = 'Reconciling'
  if (outcome?.result === 'Started')
    return { type, status: 'True', reason: 'Started', message: outcome.action.operation }
  if (waits !== undefined)
    return { type, status: 'True', reason: waits.reason, message: waits.message }
  if (finding.health === 'progressing')
    return { type, status: 'True', reason: 'Provisioning', message: 'Azure is at work on it.' }
  return { type, status: 'False', reason: 'Idle', message: '' }
}

function stalled(finding: Finding, stopped: Held | undefined, outcome: Outcome | undefined): Said {
  const type = 'Stalled'
  if (stopped !== undefined)
    return { type, status: 'True', reason: stopped.reason, message: stopped.message }
  if (outcome?.result === 'Failed' && outcome.retry === 'Never')
    return { type, status: 'True', reason: outcome.reason, message: outcome.message }
  const status = finding.health === 'degraded' ? 'True' : 'False'
  return { type, status, reason: status === 'True' ? 'Degraded' : 'Moving', message: '' }
}

function drifted(finding: Finding): Said {
  const type = 'Drifted'
  if (finding.driftedSince === undefined)
    return { type, status: 'False', reason: 'AsApplied', message: '' }
  const paths = finding.differences.map(({ path }) => path).join(', ')
  return { type, status: 'True', reason: finding.fight ? 'DriftFight' : 'Drift', message: paths }
}
