import type { Report, ResourceStatus } from '../../../core/model/report.ts'
import { deciding, type Judgement } from '../../../core/model/rollout.ts'
import { wasCompared } from '../../../core/report/trouble.ts'
import type { Catalogue } from '../catalogue.ts'
import type { Families } from '../families.ts'
import { GOLDEN_RESULT, type LOOK_VERDICT, type RUN_VERDICT } from '../labels.ts'
import { snakeCase } from '../snake-case.ts'
import type { EndedRollout, Told } from './follow.ts'

type Counting = Pick<Families<Catalogue>, 'add' | 'observe'>

/** Counts what rollouts did in a tick: their ends, their waits, the looks of the judge, the levers of operators. */
export function countRollouts(families: Counting, report: Report, told: Told): void {
  for (const ended of told.rollouts) countEnd(families, report.application, ended)
  for (const { reason, durationMs } of told.waits) {
    families.observe('', 'rolloutWaitDuration', { reason }, durationMs / 1000)
  }
  for (const { trigger, durationMs } of told.rollbacks) {
    families.observe('', 'rollbackDuration', { trigger }, durationMs / 1000)
  }
  // After an unreadable workspace the last verdicts stay shown; nobody has looked again.
  if (wasCompared(report)) countLooks(families, report)
  if (wasCompared(report)) countGolden(families, report)
  for (const { intent, result } of report.answers) {
    if (result === 'pending') continue
    families.add('', 'auditEvents', { action: intent.verb, actor: intent.actor ?? 'user', result })
  }
}

function countEnd(
  families: Counting,
  target: string,
  { turn, endpoint, durationMs, progressMs }: EndedRollout,
): void {
  const labels = { strategy: snakeCase(turn.strategy), result: turn.result }
  families.add(target, 'rollouts', { target, ...labels })
  if (durationMs !== undefined) families.observe('', 'rolloutDuration', labels, durationMs / 1000)
  if (progressMs !== undefined)
    families.observe('', 'rolloutProgressDuration', labels, progressMs / 1000)
  const verdict = runVerdict(endpoint)
  if (verdict !== undefined) families.add(target, 'analysisRuns', { target, verdict })
}

function countGolden(families: Counting, { application: target, resources }: Report): void {
  for (const { rollout } of resources) {
    if (rollout?.golden === undefined) continue
    for (const result of GOLDEN_RESULT)
      families.add(target, 'goldenRequests', { target, result }, rollout.golden[result])
  }
}

function countLooks(families: Counting, { resources }: Report): void {
  for (const { provider, outcome, dryRun } of resources.flatMap(
    ({ rollout }) => rollout?.judgements ?? [],
  )) {
    const name = dryRun === true ? 'analysisDryRunMeasurements' : 'analysisMeasurements'
    families.add('', name, { provider: snakeCase(provider), verdict: LOOK_OF[outcome] })
  }
}

const LOOK_OF: { readonly [Outcome in Judgement['outcome']]: (typeof LOOK_VERDICT)[number] } = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'undecided',
  noData: 'no_data',
}

/** What all checks of a rollout that decide said at its end; undefined when nothing was judged. */
function runVerdict(
  endpoint: ResourceStatus | undefined,
): (typeof RUN_VERDICT)[number] | undefined {
  const judgements = deciding(endpoint?.rollout?.judgements ?? [])
  const outcomes = new Set(judgements.map(({ outcome }) => outcome))
  if (outcomes.size === 0) return undefined
  if (outcomes.has('fail')) return 'fail'
  if (outcomes.has('noData')) return 'error'
  return outcomes.has('inconclusive') ? 'undecided' : 'pass'
}
