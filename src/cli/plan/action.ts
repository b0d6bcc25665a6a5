import type { Report } from '../../core/model/report.ts'
import type { CommandContext } from '../context.ts'
import { dryRun } from '../dry-run.ts'
import { answerJson } from '../render/json.ts'
import { planMarkdown, planText } from '../render/plan.ts'
import type { OutputFormat, TargetFlags } from '../targets.ts'
import { withQuota } from './quota.ts'

export type PlanFlags = TargetFlags & { readonly output: OutputFormat }

/** Looks once, starts nothing, and shows what would be done. */
export async function plan(
  source: string | undefined,
  flags: PlanFlags,
  context: CommandContext,
): Promise<void> {
  const reports = await dryRun(source, flags, context, withQuota)
  context.say(drawn(reports, flags.output, context))
  context.exit(worst(reports))
}

function drawn(
  reports: readonly Report[],
  output: OutputFormat,
  { style }: CommandContext,
): string {
  if (output === 'json') return answerJson(reports)
  const draw = output === 'markdown' ? planMarkdown : (report: Report) => planText(report, style)
  return reports.map(draw).join('\n\n')
}

/** An error anywhere outweighs changes elsewhere. */
function worst(reports: readonly Report[]): number {
  const codes = reports.map(exitCodeOf)
  if (codes.includes(1)) return 1
  return codes.includes(2) ? 2 : 0
}

function exitCodeOf(report: Report): 0 | 1 | 2 {
  if (report.failure !== undefined) return 1
  return report.plan.changes.length > 0 ? 2 : 0
}
