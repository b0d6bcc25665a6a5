import { Command } from 'commander'
import type { Report } from '../core/model/report.ts'
import type { CommandContext } from './context.ts'
import { look } from './look.ts'
import { answerJson } from './render/json.ts'
import { planMarkdown, planText } from './render/plan.ts'
import { type OutputFormat, type TargetFlags, withOutput, withTargets } from './targets.ts'

type Flags = TargetFlags & { readonly output: OutputFormat }

/** `plan`: one tick that starts nothing. Exit 0 nothing to do, 2 changes, 1 something could not be read or understood. */
export function planCommand(context: CommandContext): Command {
  const command = withTargets(new Command('plan')).description(
    'show what would be done; exit 0 no changes, 2 changes, 1 error',
  )
  return withOutput(command, ['text', 'json', 'markdown']).action(
    async (source: string | undefined, flags: Flags) => {
      const reports = await look(source, flags, context)
      context.say(drawn(reports, flags.output, context))
      context.exit(worst(reports))
    },
  )
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
