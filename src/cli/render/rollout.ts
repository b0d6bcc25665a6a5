import type { Report } from '../../core/model/report.ts'
import type { Judgement, Revision, RolloutStatus } from '../../core/model/rollout.ts'
import { type NotApplied, notAppliedOf, notAppliedText } from '../../core/report/not-applied.ts'
import { probeText } from '../../core/report/probe-text.ts'
import type { Samples } from '../../core/report/samples.ts'
import { assetText } from './asset-text.ts'
import { samplesText } from './samples.ts'
import type { Style } from './style.ts'

const BAR_WIDTH = 20
const OVER: readonly RolloutStatus['phase'][] = ['idle', 'rolled_back']

/** A rollout as somebody sees it, and when. */
export interface SeenRollout {
  readonly application: string
  readonly rollout: RolloutStatus
  /** What of the commit in force is not applied by it. */
  readonly notApplied?: NotApplied
  /** The numbers that it was judged by, where they are asked for. */
  readonly samples?: Samples
}

/** The rollouts of an Application, each with what of the commit it keeps from being applied. */
export function seenRolloutsOf(
  standing: Pick<Report, 'application'> & Parameters<typeof notAppliedOf>[0],
): readonly SeenRollout[] {
  const lost = new Map(notAppliedOf(standing).map((one) => [one.key, one]))
  return standing.resources.flatMap(({ key, rollout }) => {
    const notApplied = lost.get(key)
    if (rollout === undefined) return []
    const seen = { application: standing.application, rollout }
    return [notApplied === undefined ? seen : { ...seen, notApplied }]
  })
}

/** Whether nothing moves any more by itself. */
export function isOver({ phase }: RolloutStatus): boolean {
  return OVER.includes(phase)
}

/** A rollout in full: its steps, weights, evidence against its lines, the time left, and why it stands where it does. */
export function rolloutText(
  { rollout, notApplied, samples }: SeenRollout,
  now: number,
  style: Style,
): string {
  return [
    `${style.bold(rollout.endpoint)}  ${phaseText(rollout, style)}  ${style.dim(rollout.strategy)}`,
    ...stepLines(rollout, style),
    ...weightLines(rollout, style),
    ...rollout.judgements.flatMap((judgement) => judgementLines(judgement, style)),
    `  ${reasonText(rollout)}`,
    ...timeLines(rollout, now),
    ...probeLines(rollout).map((one) => `  ${one}`),
    ...forecasts(rollout).map((one) => style.dim(`  ${one}`)),
    ...(notApplied === undefined ? [] : [style.red(`  ${notAppliedText(notApplied)}`)]),
    ...(samples === undefined ? [] : samplesText(samples, style)),
  ].join('\n')
}

/** The same in one or two lines, for a view of everything: `rollout fraud  analyzing, step 2 of 4 (Analyzing)  fraud:7 → fraud:8`. */
export function rolloutLines({ rollout, notApplied }: SeenRollout, style: Style): string[] {
  const { endpoint, reason, stable, candidate } = rollout
  const way = [stable, candidate].flatMap((one) => (one === undefined ? [] : [modelText(one)]))
  return [
    `rollout ${endpoint}  ${phaseText(rollout, style)} (${reason})  ${way.join(' → ')}`.trimEnd(),
    ...probeLines(rollout).map((one) => style.dim(`    ${one}`)),
    ...forecasts(rollout).map((one) => style.dim(`    ${one}`)),
    ...(notApplied === undefined ? [] : [style.red(`    ${notAppliedText(notApplied)}`)]),
  ]
}

/** What the controller itself sends to the endpoint. */
function probeLines({ probe }: RolloutStatus): readonly string[] {
  return probe === undefined ? [] : [probeText(probe)]
}

/** What can be said beforehand. */
function forecasts({ power, bandwidth }: RolloutStatus): readonly string[] {
  return [power, bandwidth].flatMap((one) => one ?? [])
}

/** One line that tells where it stands, without what changes with every look. */
export function rolloutLine({ rollout }: SeenRollout, style: Style): string {
  const weights = Object.entries(rollout.weights).map(([name, weight]) => `${name} ${weight} %`)
  const said = rollout.judgements.map(
    (one) => `${one.name} ${outcomeText({ ...one, noDataMs: 0 })}`,
  )
  const parts = [weights.join(', '), said.join(', '), rollout.reason].filter((part) => part !== '')
  return `${rollout.endpoint}  ${phaseText(rollout, style)}  ${parts.join('; ')}`
}

function phaseText({ phase, step, steps, stalled }: RolloutStatus, style: Style): string {
  const paint = phase === 'idle' ? style.green : phase === 'rolled_back' ? style.red : style.yellow
  const isOnSteps = !OVER.includes(phase) && phase !== 'baking' && steps.length > 0
  const where = isOnSteps ? `, step ${Math.min(step + 1, steps.length)} of ${steps.length}` : ''
  const somebody = stalled && phase !== 'rolled_back' ? ', waits for somebody' : ''
  return `${paint(phase)}${where}${somebody}`
}

/** ✓ passed, ▸ in force, ✗ where it was aborted, · to come. The bake is the last step of every road. */
function stepLines({ phase, step, steps }: RolloutStatus, style: Style): string[] {
  if (phase === 'idle') return []
  const marked = [...steps, 'bake'].map((type, index) => {
    if (index < step) return style.green(`✓ ${type}`)
    if (index > step) return style.dim(`· ${type}`)
    return phase === 'rolled_back' ? style.red(`✗ ${type}`) : style.bold(`▸ ${type}`)
  })
  return [`  ${marked.join('  ')}`]
}

function weightLines(rollout: RolloutStatus, style: Style): string[] {
  const { weights, mirror, stable, candidate, previous } = rollout
  const known = new Map<string, readonly [string, Revision]>()
  if (previous !== undefined) known.set(previous.deployment, ['kept warm', previous])
  if (candidate !== undefined) known.set(candidate.deployment, ['candidate', candidate])
  if (stable !== undefined) known.set(stable.deployment, ['stable', stable])
  const names = [...new Set([...known.keys(), ...Object.keys(weights), ...Object.keys(mirror)])]
  const width = Math.max(0, ...names.map((name) => name.length))
  return names.toSorted().map((name) => {
    const weight = weights[name] ?? 0
    const [role = '', revision] = known.get(name) ?? []
    const copies = mirror[name] === undefined ? '' : `  mirrors ${mirror[name]} %`
    const what = revision === undefined ? '' : `  ${style.dim(modelText(revision))}`
    const share = `${String(weight).padStart(3)} %`
    return `  ${name.padEnd(width)}  ${bar(weight / 100)} ${share}  ${role.padEnd(9)}${what}${copies}`.trimEnd()
  })
}

function judgementLines(judgement: Judgement, style: Style): string[] {
  const { name, outcome, reason, message, evidence, samples } = judgement
  const paint = {
    pass: style.green,
    fail: style.red,
    inconclusive: style.yellow,
    noData: style.dim,
  }
  const said = paint[outcome](outcomeText(judgement))
  const head = `  ${name}  ${said}  ${message === '' ? reason : message}`
  if (evidence === undefined) return [head]
  const { logAbort, abortAt, logPass, passAt } = evidence
  const side = ({ requests, errors }: { requests: number; errors: number }): string =>
    `${requests} requests, ${errors} errors`
  return [
    head,
    `    abort  ${evidenceText(logAbort, abortAt)}`,
    `    pass   ${evidenceText(logPass, passAt)}`,
    style.dim(`    stable ${side(samples.stable)}; candidate ${side(samples.candidate)}`),
  ]
}

/** What it says, and whether that decides anything. */
function outcomeText({ outcome, dryRun, noDataMs = 0 }: Judgement): string {
  const silence = noDataMs > 0 && outcome === 'noData' ? ` for ${spanText(noDataMs)}` : ''
  return `${outcome}${silence}${dryRun === true ? ' (dry run)' : ''}`
}

/** How near the evidence is to its line: a log e-value, and the value at which it decides. */
function evidenceText(value: number, line: number): string {
  const shown = (number: number): string => (Number.isFinite(number) ? number.toFixed(2) : 'none')
  return `${bar(Number.isFinite(value) ? value / line : 0)} ${shown(value)} of ${shown(line)}`
}

function reasonText({ reason, message }: RolloutStatus): string {
  return message === '' ? reason : `${reason}: ${message}`
}

function timeLines(rollout: RolloutStatus, now: number): string[] {
  const { stepEndsAt, stepDeadlineAt, deadlineAt, readyBy, canUndo, phase } = rollout
  const left = (what: string, at: number | undefined): string[] =>
    at === undefined || at <= now ? [] : [`${what} ${spanText(at - now)}`]
  const parts = [
    ...(OVER.includes(phase)
      ? []
      : left(phase === 'baking' ? 'bake ends in' : 'step ends in', stepEndsAt)),
    ...left('deadline of the step in', stepDeadlineAt),
    ...left('deadline in', deadlineAt),
    ...left('to be ready within', readyBy),
    ...left('earlier revision kept for', keptUntil(rollout)),
    ...(canUndo
      ? [`\`rollout ${OVER.includes(phase) ? 'undo' : 'abort'}\` is one write away`]
      : []),
  ]
  return parts.length === 0 ? [] : [`  ${parts.join(', ')}`]
}

/** A candidate that takes its slot ends the time of the earlier revision. */
function keptUntil({ previous, candidate }: RolloutStatus): number | undefined {
  return previous?.deployment === candidate?.deployment ? undefined : previous?.untilMs
}

function modelText({ model, revision }: Revision): string {
  return model === undefined ? revision : `${assetText(model)} (${revision})`
}

/** A share of 0 to 1; what lies beyond is shown as that. */
function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/** The two largest units: `8 min 5 s`. */
function spanText(ms: number): string {
  let seconds = Math.ceil(ms / 1000)
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(seconds / size)
    seconds -= count * size
    return { count, text: `${count} ${unit}` }
  })
  const first = parts.findIndex(({ count }) => count > 0)
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0)
  return shown.map(({ text }) => text).join(' ')
}
