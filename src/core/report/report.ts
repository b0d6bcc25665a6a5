import type { SyncPolicy } from '../model/application.ts'
import { isObserving, refusedToObserver } from '../model/observe.ts'
import type { Finding, Plan } from '../model/plan.ts'
import type { Problem } from '../model/problem.ts'
import { isNamedBy, keyOf } from '../model/ref.ts'
import type { Condition, Outcome, Report, ResourceStatus } from '../model/report.ts'
import type { Intent, IntentAnswer } from '../model/rollout.ts'
import { mapped, type Parts, whole } from '../model/values/parts.ts'
import { conditionsOf, dated } from './conditions.ts'
import { expired, isExpired } from './expiry.ts'
import { notAppliedOf, notAppliedText } from './not-applied.ts'
import { redacted, redactedThing } from './redacted.ts'

/** What was read of Git in a tick; `failure` when the source could not be read afresh. */
export interface SourceState {
  readonly attemptedRevision?: string
  readonly appliedRevision?: string
  readonly committedAt?: number
  /** Of the newest commit seen: who wrote it, and the first line of its message. */
  readonly author?: string
  readonly subject?: string
  readonly problems: readonly Problem[]
  readonly failure?: { readonly reason: string; readonly message: string }
}

export interface ReportInput {
  readonly application: string
  /** Absent = `apply`. */
  readonly mode?: SyncPolicy['mode']
  readonly tick: number
  readonly startedAt: number
  readonly endedAt: number
  readonly dryRun: boolean
  readonly source: SourceState
  /** Absent when the workspace could not be read. */
  readonly plan?: Plan
  /** Why the workspace, or a part of it, could not be read. */
  readonly cloudFailure?: { readonly reason: string; readonly message: string }
  readonly outcomes: readonly Outcome[]
  readonly cancellations?: Report['cancellations']
  /** What operators asked for in this tick. */
  readonly intents: readonly Intent[]
  readonly previous: Report | undefined
}

const NO_PLAN: Plan = { findings: [], changes: [], actions: [], held: [], answers: [] }

/**
 * Everything a tick found and did, in one value, without secrets. After an unreadable workspace the last known resources
 * stay shown.
 */
export function reportOf(input: ReportInput): Report {
  return whole(reporting(input))
}

/** Without a plan none are sent. */
function withoutProbe(status: ResourceStatus): ResourceStatus {
  if (status.rollout?.probe === undefined) return status
  const { probe: _, ...rollout } = status.rollout
  return { ...status, rollout }
}

/** The same in parts. */
export function* reporting(input: ReportInput): Parts<Report> {
  const { source, previous, plan = NO_PLAN } = input
  const resources =
    input.plan === undefined
      ? (previous?.resources ?? []).map(withoutProbe)
      : yield* statusesOf(input, plan)
  const before = new Set<unknown>([
    ...(previous?.resources ?? []),
    ...(previous?.plan.findings ?? []),
  ])
  const redactOnce = <Thing extends object>(thing: Thing): Thing =>
    before.has(thing) ? thing : redactedThing(thing)
  const shownResources = yield* mapped(resources, redactOnce)
  const findings = yield* mapped(plan.findings, redactOnce)
  const orphans = input.plan?.orphans ?? previous?.orphans
  const converged = isConverged(input, resources)
  const { failure: _, ...revisions } = source
  const failure = readFailureOf(input)
  const observes = isObserving(input)
  const report: Report = {
    application: input.application,
    tick: input.tick,
    startedAt: input.startedAt,
    endedAt: input.endedAt,
    dryRun: input.dryRun,
    ...(observes ? { mode: 'observe' as const } : {}),
    ...revisions,
    plan: { ...plan, findings },
    outcomes: input.outcomes,
    ...(input.cancellations === undefined ? {} : { cancellations: input.cancellations }),
    answers: observes ? input.intents.map(refusedToObserver) : answersOf(input),
    resources: shownResources,
    ...(orphans === undefined ? {} : { orphans }),
    conditions: applicationConditions(input, failure, { converged, resources }),
    ...(failure === undefined ? {} : { failure }),
    converged,
  }
  return redacted(report, new Set([...shownResources, ...findings]))
}

function* statusesOf(input: ReportInput, plan: Plan): Parts<readonly ResourceStatus[]> {
  const before = new Map(input.previous?.resources.map((status) => [status.key, status]))
  const outcomes = new Map(input.outcomes.map((outcome) => [keyOf(outcome.action.ref), outcome]))
  const held = Map.groupBy(plan.held, ({ ref }) => keyOf(ref))
  const revision = input.source.appliedRevision
  const asBefore = foundAgain(input.previous, revision)
  return yield* mapped(plan.findings, (finding) => {
    const { key } = finding
    const shown = before.get(key)
    const isQuiet = !held.has(key) && !outcomes.has(key)
    // What was shown of this very finding is to be shown again, with the times that it was shown with.
    if (isQuiet && shown !== undefined && asBefore.has(finding)) return shown
    const history = { before: shown?.conditions ?? [], now: input.endedAt, revision }
    const said = conditionsOf(finding, held.get(key) ?? [], outcomes.get(key), history)
    return { ...finding, conditions: said }
  })
}

/** Of the report before, the findings of which all was told that there is to tell: nothing was held of them, or done. */
function foundAgain(
  previous: Report | undefined,
  revision: string | undefined,
): ReadonlySet<Finding> {
  if (previous === undefined || previous.appliedRevision !== revision) return new Set()
  const { plan, outcomes } = previous
  const told = new Set(
    [...plan.held, ...outcomes.map(({ action }) => action)].map(({ ref }) => keyOf(ref)),
  )
  return new Set(plan.findings.filter(({ key }) => !told.has(key)))
}

/** Live was read, and it is what the newest commit says. */
function isConverged(input: ReportInput, resources: readonly ResourceStatus[]): boolean {
  const { plan } = input
  if (plan === undefined || readFailureOf(input) !== undefined) return false
  if (plan.changes.length > 0 || plan.actions.length > 0) return false
  return resources.every(({ sync, health }) => sync === 'synced' && health === 'healthy')
}

function applicationConditions(
  input: ReportInput,
  failure: Report['failure'],
  { converged, resources }: Pick<Report, 'converged' | 'resources'>,
): readonly Condition[] {
  const history = {
    before: input.previous?.conditions ?? [],
    now: input.endedAt,
    revision: input.source.appliedRevision,
  }
  const stuck = stuckOn(input, resources)
  const moving = (input.plan?.actions.length ?? 0) > 0 || input.plan?.wakeAt !== undefined
  const cause = failure ?? stuck
  const waits = { reason: moving ? 'Reconciling' : 'OutOfSync', message: '' }
  return [
    sourceReady(input.source),
    converged
      ? said('Ready', true, { reason: 'Synced', message: 'Live equals the newest commit.' })
      : said('Ready', false, cause ?? waits),
    said('Reconciling', moving, { reason: moving ? 'Working' : 'Idle', message: '' }),
    said('Stalled', stuck !== undefined, stuck ?? { reason: 'Moving', message: '' }),
  ].map((condition) => dated(condition, history))
}

/** What only a person or a commit can help: first of all an aborted rollout, with the commit and why; else what comes first. */
function stuckOn(
  { plan, source }: ReportInput,
  resources: readonly ResourceStatus[],
): { readonly reason: string; readonly message: string } | undefined {
  const stuck = plan?.held.filter(({ state }) => state !== 'waiting') ?? []
  const aborted = stuck.find(({ reason }) => reason === ABORTED)
  const lost = notAppliedOf({ ...source, resources }).find(
    ({ key }) => aborted !== undefined && key === keyOf(aborted.ref),
  )
  return lost === undefined ? stuck[0] : { reason: ABORTED, message: notAppliedText(lost) }
}

const ABORTED = 'RolloutAborted'

function said(
  type: Condition['type'],
  holds: boolean,
  { reason, message }: { readonly reason: string; readonly message: string },
): Omit<Condition, 'lastTransitionTime'> {
  return { type, status: holds ? 'True' : 'False', reason, message }
}

function sourceReady(source: SourceState): Omit<Condition, 'lastTransitionTime'> {
  const type = 'SourceReady'
  if (source.failure !== undefined) return { type, status: 'False', ...source.failure }
  const errors = source.problems.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (first === undefined) return { type, status: 'True', reason: 'Read', message: '' }
  const { file, line, column } = first.at
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  const message = `${file}:${line}:${column}: ${first.message}${more}`
  return { type, status: 'False', reason: first.reason, message }
}

function readFailureOf({ source, cloudFailure }: ReportInput): Report['failure'] {
  const condition = sourceReady(source)
  const failure = condition.status === 'False' ? condition : cloudFailure
  return failure && { reason: failure.reason, message: failure.message }
}

/** What operators are told: a lever is pulled when Azure has accepted its write, and not before. */
function answersOf({
  intents,
  plan,
  outcomes,
  dryRun,
  startedAt,
}: ReportInput): readonly IntentAnswer[] {
  const planned = new Map(plan?.answers.map((answer) => [answer.intent.id, answer]))
  const failed = new Map(
    outcomes.flatMap((outcome) =>
      outcome.result === 'Failed' ? [[outcome.action.ref.name, outcome.message] as const] : [],
    ),
  )
  return intents.map((intent): IntentAnswer => {
    if (isExpired(intent, startedAt)) return expired(intent)
    const answer = planned.get(intent.id)
    if (answer === undefined)
      return { intent, result: 'pending', message: 'The workspace could not be read.' }
    const why =
      intent.verb === 'adopt' ? failureOfAdopt(intent, outcomes) : failed.get(intent.endpoint)
    if (answer.result !== 'accepted' || (why === undefined && !dryRun)) return answer
    return { ...answer, result: 'pending', message: why ?? answer.message }
  })
}

/**
 * What is taken over in a tick is taken over together, or asked for again; so is what a list did not show, and was to be made
 * where it is already.
 */
function failureOfAdopt({ endpoint }: Intent, outcomes: readonly Outcome[]): string | undefined {
  for (const outcome of outcomes) {
    if (outcome.result !== 'Failed') continue
    const { reason, ref } = outcome.action
    if (reason === 'Adopt' || isNamedBy(ref, endpoint)) return outcome.message
  }
  return undefined
}
