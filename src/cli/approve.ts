import { Command } from 'commander'
import type { CommandContext } from './context.ts'
import type { LeverFlags } from './rollout/action.ts'
import { withOperator, withOutput, withTargets, withUrl } from './targets.ts'

const HELP = `
Where an Application has sync.prune.confirm, more deletions of a commit than that wait for a person. \`verdigris plan\` lists
them with the id to approve; another commit that removes more has another id, and nothing is deleted until that is approved.
  verdigris approve 1a2b3c4d --why "the old models are retired"`

/** `approve`: a person's yes to the deletions that a commit asks for. */
export function approveCommand(context: CommandContext): Command {
  const command = withTargets(
    new Command('approve').argument('<id>', 'of the deletions: 8 hex digits, as `plan` shows them'),
  )
    .description('approve deletions beyond sync.prune.confirm; exit 0 when done')
    .option('--why <text>', 'the reason, for those who look at it later', '')
    .addHelpText('after', HELP)
  return withOutput(withUrl(withOperator(command))).action(
    async (id: string, source: string | undefined, flags: LeverFlags) => {
      const { pullLever } = await import('./rollout/action.ts')
      const { who, why } = flags
      await pullLever({ verb: 'approve', endpoint: id, who, why }, source, flags, context)
    },
  )
}
