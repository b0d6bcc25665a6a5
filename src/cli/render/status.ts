import type { Ref } from '../../core/model/ref.ts'
import {
  type Condition,
  isOnItsWay,
  type Outcome,
  type Report,
  type ResourceStatus,
} from '../../core/model/report.ts'
import { instantText } from '../../core/report/instant-text.ts'
import { orphanLines } from './orphans.ts'
import {
  differenceText,
  ignoredLines,
  notTakenOverLines,
  observerLines,
  undeclaredLines,
} from './plan.ts'
import { problemLines } from './problems.ts'
import { rolloutLines, seenRolloutsOf } from './rollout.ts'
import type { Style } from './style.ts'

/** The part of a Report that tells how an Application stands; a running controller's API tells it too. */
export type Standing = Pick<
  Report,
  | 'application'
  | 'mode'
  | 'attemptedRevision'
  | 'appliedRevision'
  | 'committedAt'
  | 'author'
  | 'subject'
  | 'converged'
  | 'conditions'
  | 'problems'
  | 'resources'
  | 'orphans'
> & {
  /** A controller that runs has told it: it knows since when its conditions hold. */
  readonly isWatched?: true
}

/** How an Application stands: its conditions, one line per resource, and what is wrong with the source. */
export function statusText(report: Standing, style: Style): string {
  const since = report.isWatched === true
  const width = Math.max(0, ...report.resources.map(({ key }) => key.length))
  return [
    style.bold(report.application),
    ...observerLines(report).map((line) => style.yellow(line)),
    ...commitLines(report),
    ...report.conditions.map((condition) => conditionLine(condition, since, style)),
    ...problemLines(report.problems, style).map((line) => `  ${line}`),
    ...report.resources.flatMap((status) => [
      ...resourceLines(status, width, style),
      ...seenRolloutsOf({ ...report, resources: [status] }).flatMap((seen) =>
        rolloutLines(seen, style).map((line) => `      ${line}`),
      ),
    ]),
    ...orphanLines(report).map((line) => `  ${style.yellow('orphan')} ${line}`),
  ].join('\n')
}

/** The newest commit, by whom and what for; and the one whose content is in force, where that is another. */
function commitLines(report: Standing): readonly string[] {
  const { attemptedRevision, appliedRevision, author, subject, committedAt } = report
  const short = (revision: string | undefined): string => revision?.slice(0, 12) ?? 'none'
  const what = subject === undefined || subject === '' ? '' : `  "${subject}"`
  const who = author === undefined || author === '' ? '' : `  ${author}`
  const when = committedAt === undefined ? '' : `, ${instantText(committedAt)}`
  const newest = attemptedRevision ?? appliedRevision
  return [
    `  commit     ${short(newest)}${what}${who}${when}`,
    ...(newest === appliedRevision
      ? []
      : [`  in force   ${short(appliedRevision)}  until the newest commit can be read whole`]),
  ]
}

/** One line of progress: what is being done, or waited for. */
export function progressText(report: Report): string {
  const { application, plan, outcomes, converged, failure } = report
  if (converged) return `${application}: live is what Git says`
  if (failure !== undefined && outcomes.length === 0)
    return `${application}: ${failure.reason}: ${failure.message}`
  const done = outcomes.map((outcome): Told => {
    const { operation, ref } = outcome.action
    return { before: `${operation} `, name: nameOf(ref), after: wordOf(outcome) }
  })
  const held = plan.held.map(
    ({ ref, reason, message }): Told => ({
      before: '',
      name: nameOf(ref),
      after: ENDED_FROM_OUTSIDE.has(reason) ? `${reason}: ${message}` : reason,
    }),
  )
  const doing = toldTogether(done.length > 0 ? done : held)
  const said = doing.length > 0 ? doing.join(', ') : 'waiting for Azure'
  return `${application}: ${howFar(report)}${said}`
}

/** What no time ends, and whoever waits can do something about: the message says what is missing. */
const ENDED_FROM_OUTSIDE: ReadonlySet<string> = new Set(['NoData', 'CannotVerify', 'CannotTry'])

/** Of many, how many are as Git says: writes may wait long for their turn. */
function howFar({ resources }: Report): string {
  if (resources.length <= NAMED) return ''
  const synced = resources.filter(({ sync }) => sync === 'synced').length
  return `${synced} of ${resources.length} synced; `
}

interface Told {
  readonly before: string
  readonly name: string
  readonly after: string
}

/** More of the same than this are counted and not named. */
const NAMED = 4

function toldTogether(all: readonly Told[]): readonly string[] {
  const groups = Map.groupBy(all, ({ before, after }) => `${before} ${after}`)
  return [...groups.values()].flatMap((group) => {
    const [{ before, after } = { before: '', after: '' }] = group
    return group.length > NAMED
      ? [`${before}${group.length} × ${after}`]
      : group.map(({ name }) => `${before}${name} ${after}`)
  })
}

/** What is on its way has not failed. */
function wordOf(outcome: Outcome): string {
  if (outcome.result === 'Started') return 'started'
  return isOnItsWay(outcome.reason) ? outcome.reason.toLowerCase() : `failed (${outcome.reason})`
}

function conditionLine(condition: Condition, since: boolean, style: Style): string {
  const { type, status, reason, message, lastTransitionTime } = condition
  const bad = type === 'Stalled' || type === 'Drifted' ? status === 'True' : status === 'False'
  const quiet = type === 'Reconciling' || !bad
  const said = message === '' ? reason : `${reason}: ${message}`
  const isTold = type === 'Reconciling' ? status === 'True' : bad
  const when = since && isTold ? `  since ${instantText(lastTransitionTime)}` : ''
  return `  ${type.padEnd(13)}${quiet ? status : style.red(status)}  ${said}${when}`
}

function resourceLines(status: ResourceStatus, width: number, style: Style): string[] {
  const { key, sync, health, conditions, differences, traffic, scoringUri } = status
  const ready = conditions.find(({ type }) => type === 'Ready')
  const paint = sync === 'synced' && health === 'healthy' ? style.green : style.yellow
  const why = ready?.status === 'True' ? '' : `  ${ready?.reason ?? ''}: ${ready?.message ?? ''}`
  const weights = traffic === undefined ? '' : `  traffic ${weightsText(traffic.live)}`
  const address = scoringUri === undefined ? [] : [`      scored at ${scoringUri}`]
  return [
    `  ${key.padEnd(width)}  ${paint(`${sync} ${health}`)}${weights}${why}`,
    ...address,
    ...differences.map((difference) => `      ${differenceText(difference)}`),
    ...notTakenOverLines(status).map((line) => `      not taken over ${line}`),
    ...ignoredLines(status).map((line) => `      ignored ${line}`),
    ...undeclaredLines(status).map((line) => `      undeclared ${line}`),
  ]
}

export function weightsText(weights: { readonly [name: string]: number }): string {
  const parts = Object.entries(weights).map(([name, weight]) => `${name} ${weight} %`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function nameOf(ref: Ref): string {
  return ref.parent === undefined ? ref.name : `${ref.parent}/${ref.name}`
}
