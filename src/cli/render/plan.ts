import type { Change, Difference, Finding, Held } from '../../core/model/plan.ts'
import { keyOf } from '../../core/model/ref.ts'
import type { Report } from '../../core/model/report.ts'
import type { Json } from '../../core/model/values/json.ts'
import { someOf } from '../../core/model/values/some-of.ts'
import type { PlannedReport } from '../plan/quota.ts'
import { assetText } from './asset-text.ts'
import { code, prose } from './markdown.ts'
import { orphanLines } from './orphans.ts'
import { problemLines } from './problems.ts'
import { rolloutLines, type SeenRollout, seenRolloutsOf } from './rollout.ts'
import { type Style, styleFor } from './style.ts'

const PLAIN = styleFor(false)

const SIGNS = { create: '+', update: '~', detach: '○', archive: '×', delete: '-' } as const
const PAINTS = {
  create: 'green',
  update: 'yellow',
  detach: 'yellow',
  archive: 'red',
  delete: 'red',
} as const
const MAX_VALUE_LENGTH = 80
/** Characters before the first difference. */
const CONTEXT = 40

/** A plan as a person reads it in a terminal: problems, deletions first, what waits and why, and one line of figures. */
export function planText(report: PlannedReport, style: Style): string {
  const lines = [
    headline(report, style),
    ...observerLines(report).map((line) => style.yellow(line)),
    ...failureOf(report).map((failure) => style.red(`! ${failure}`)),
    ...problemLines(report.problems, style),
    ...deletionsFirst(report.plan.changes).flatMap((change) => changeLines(change, style)),
    ...report.plan.held.map((held) => heldLine(held, style)),
    ...(report.quota ?? []).map((one) => `  ${style.red('short of quota')}  ${one}`),
    ...(report.limits ?? []).map((one) => `  ${style.yellow("limit of Azure's")}  ${one}`),
    ...report.plan.findings.flatMap((finding) => pinLines(finding, style)),
    ...report.plan.findings.flatMap((finding) =>
      notTakenOverLines(finding).map((line) => `  ${style.yellow('not taken over')} ${line}`),
    ),
    ...report.plan.findings.flatMap((finding) =>
      ignoredLines(finding).map(
        (line) => `  ${style.dim('ignored')} ${keyOf(finding.ref)} ${line}`,
      ),
    ),
    ...report.plan.findings.flatMap((finding) =>
      undeclaredLines(finding).map((line) => `  ${style.yellow('undeclared')} ${line}`),
    ),
    ...orphanLines(report).map((line) => `  ${style.yellow('orphan')} ${line}`),
    ...seenIn(report).flatMap((seen) => rolloutLines(seen, style).map((line) => `  ${line}`)),
    summary(report),
  ]
  return lines.join('\n')
}

/** The same for a pull request comment. What others wrote is text in it and nothing else. */
export function planMarkdown(report: PlannedReport): string {
  const rows = deletionsFirst(report.plan.changes).map(
    (change) =>
      `| ${change.verb} | ${code(keyOf(change.ref))} | ${change.reason} | ${change.differences.map((one) => code(differenceText(one))).join('<br>')} |`,
  )
  const held = report.plan.held.map(
    ({ ref, state, reason, message }) =>
      `- **${state}** ${code(keyOf(ref))} ${reason}: ${prose(message)}`,
  )
  const problems = report.problems.map(
    ({ at, reason, message }) =>
      `- ${code(`${at.file}:${at.line}:${at.column}`)} **${reason}** ${prose(message)}`,
  )
  const undeclared = report.plan.findings
    .flatMap(undeclaredLines)
    .map((line) => `- **undeclared** ${prose(line)}`)
  const ignored = report.plan.findings.flatMap((finding) =>
    ignoredLines(finding).map((line) => `- **ignored** ${code(keyOf(finding.ref))} ${prose(line)}`),
  )
  const orphans = orphanLines(report).map((line) => `- **orphan** ${prose(line)}`)
  const quota = [
    ...(report.quota ?? []).map((one) => `- **short of quota** ${prose(one)}`),
    ...(report.limits ?? []).map((one) => `- **limit of Azure's** ${prose(one)}`),
  ]
  const rollouts = seenIn(report).map(
    (seen) => `- ${rolloutLines(seen, PLAIN).map(prose).join('<br>')}`,
  )
  return [
    `### Verdigris plan: ${prose(report.application)}`,
    '',
    ...observerLines(report).flatMap((line) => [prose(line), '']),
    ...failureOf(report).flatMap((failure) => [`**Failed** ${prose(failure)}`, '']),
    ...(problems.length > 0 ? ['**Problems**', '', ...problems, ''] : []),
    ...(rows.length > 0 ? ['| | resource | why | fields |', '|---|---|---|---|', ...rows, ''] : []),
    ...(held.length > 0 ? [...held, ''] : []),
    ...(ignored.length > 0 ? [...ignored, ''] : []),
    ...(undeclared.length > 0 ? [...undeclared, ''] : []),
    ...(orphans.length > 0 ? [...orphans, ''] : []),
    ...(quota.length > 0 ? [...quota, ''] : []),
    ...(rollouts.length > 0 ? [...rollouts, ''] : []),
    summary(report),
  ].join('\n')
}

function seenIn(report: Report): readonly SeenRollout[] {
  return seenRolloutsOf({ ...report, resources: report.plan.findings })
}

/** That an Application only observes, said before all else. */
export function observerLines({ mode }: Pick<Report, 'mode'>): readonly string[] {
  return mode === 'observe'
    ? ['  Only observed (`mode: observe` in its sync policy): nothing is written to Azure.']
    : []
}

/** What is held only because the Application observes counts as what it would be. */
function summary({ plan, converged, problems }: Report): string {
  const stops = plan.held.filter(
    ({ state, reason }) => state !== 'waiting' && reason !== 'Observed',
  )
  const stopped = stops.length
  const keys = new Set(stops.map(({ ref }) => keyOf(ref)))
  const count = (verb: Change['verb']): number =>
    plan.changes.filter((change) => change.verb === verb && !keys.has(keyOf(change.ref))).length
  if (plan.changes.length === 0 && stopped === 0 && converged)
    return plan.findings.some(({ undeclared = [] }) => undeclared.length > 0)
      ? 'No changes. Live is what the folder declares, and more.'
      : 'No changes. Live is what Git says.'
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const parts = [
    `${count('create')} to create`,
    `${count('update')} to update`,
    `${count('delete')} to delete`,
    ...(count('detach') > 0 ? [`${count('detach')} to detach`] : []),
    `${stopped} blocked`,
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'problem' : 'problems'}`] : []),
  ]
  return `Plan: ${parts.join(', ')}.`
}

/** What Azure did not take over, where other differences are shown in its place. */
export function notTakenOverLines({
  differences,
  notTakenOver = [],
}: Pick<Finding, 'differences' | 'notTakenOver'>): readonly string[] {
  const shown = new Set(differences.map(({ path }) => path))
  return notTakenOver.filter(({ path }) => !shown.has(path)).map(differenceText)
}

/** In what it differs and is left to others. */
export function ignoredLines({ ignored = [] }: Pick<Finding, 'ignored'>): readonly string[] {
  return ignored.map((one) => `${differenceText(one)} (${one.why})`)
}

export function differenceText({ path, live, desired }: Difference): string {
  const [short, other] = [idText(live), idText(desired)]
  if (short !== undefined && other !== undefined && short !== other)
    return `${path}: ${short} → ${other}`
  const [before, after] = [valueText(live), valueText(desired)]
  const from = firstDifference(before, after)
  return `${path}: ${shortened(before, from)} → ${shortened(after, from)}`
}

function headline(
  { application, attemptedRevision, appliedRevision }: Report,
  style: Style,
): string {
  const short = (revision: string | undefined): string => revision?.slice(0, 12) ?? 'none'
  const inForce =
    attemptedRevision === appliedRevision ? '' : `, in force ${short(appliedRevision)}`
  return style.bold(`${application} at ${short(attemptedRevision ?? appliedRevision)}${inForce}`)
}

/** Why Git or the workspace could not be read, unless the problems say it. */
function failureOf({ failure, problems }: Report): readonly string[] {
  const isSaid = problems.some(
    ({ reason, message }) => reason === failure?.reason && failure.message.includes(message),
  )
  return failure === undefined || isSaid ? [] : [`${failure.reason}: ${failure.message}`]
}

function changeLines(change: Change, style: Style): string[] {
  const paint = PAINTS[change.verb]
  const head = style[paint](`  ${SIGNS[change.verb]} ${change.verb} ${keyOf(change.ref)}`)
  const fields = change.differences.map((difference) => `      ${differenceText(difference)}`)
  return [`${head}  ${style.dim(change.reason)}`, ...fields]
}

function pinLines({ key, pins = {} }: Finding, style: Style): string[] {
  return Object.entries(pins).map(([label, version]) =>
    style.dim(`  pinned ${key}  ${label} is version ${version}`),
  )
}

const NAMED = 5

/** What a folder does not declare and is live all the same. */
export function undeclaredLines({
  key,
  undeclared = [],
}: Pick<Finding, 'key' | 'undeclared'>): readonly string[] {
  if (undeclared.length === 0) return []
  return [
    `${key}  ${someOf(undeclared, NAMED)}: live, and stays, because a folder tells nothing of what it declared before. Take it away in Azure, or let the source be a Git repository.`,
  ]
}

function heldLine({ ref, state, reason, message }: Held, style: Style): string {
  const paint = state === 'waiting' ? style.dim : style.red
  return `  ${paint(`${state} ${keyOf(ref)}`)}  ${reason}: ${message}`
}

function deletionsFirst(changes: readonly Change[]): readonly Change[] {
  const order = ['delete', 'archive', 'detach', 'create', 'update']
  return [...changes].sort((a, b) => order.indexOf(a.verb) - order.indexOf(b.verb))
}

/** `fraud:8` of an ARM id of an asset with a version, and the last name of another one. */
function idText(value: Json | undefined): string | undefined {
  if (value === undefined) return 'none'
  if (typeof value !== 'string' || !value.startsWith('/subscriptions/')) return undefined
  const [last = '', before, name] = value.split('/').toReversed()
  return assetText(before === 'versions' ? `${name}:${last}` : last)
}

function valueText(value: Json | undefined): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}

/** The first place at which two texts differ. */
function firstDifference(one: string, other: string): number {
  let place = 0
  while (place < one.length && one[place] === other[place]) place += 1
  return place
}

/** Of a long text what stands around its first difference; an id of Azure says what it is of at its end. */
function shortened(text: string, from: number): string {
  const more = text.length - MAX_VALUE_LENGTH
  if (more <= 0) return text
  const isId = text.startsWith('"/subscriptions/')
  const start = isId && from < CONTEXT ? more : Math.min(Math.max(0, from - CONTEXT), more)
  const end = start + MAX_VALUE_LENGTH
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`
}
