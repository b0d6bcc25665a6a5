import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { withOperator, withOutput, withTargets, withUrl } from '../targets.ts'
import type { AdoptFlags } from './action.ts'

const HELP = `
What Git declares and somebody else made, or whose tags of ownership were lost, is neither changed nor deleted. This
command gives it to the Application that declares it: its tags are written, then it is brought to what Git says.
  verdigris adopt fraud --why "tags were lost"            the endpoint and its deployments
  verdigris adopt Model/fraud:3 --why "registered by hand"  one thing, by kind and name`

/** `adopt`: an Application takes over what it declares and somebody else keeps, or kept. */
export function adoptCommand(context: CommandContext): Command {
  const command = withTargets(
    new Command('adopt').argument('<what>', 'an endpoint, or Kind/name:version'),
  )
    .description('take over what Git declares and is not ours; exit 0 when it is done')
    .requiredOption('--why <text>', 'the reason, for those who look at it later')
    .option('--force', 'also from another Application that this controller keeps')
    .addHelpText('after', HELP)
  return withOutput(withUrl(withOperator(command))).action(
    async (what: string, source: string | undefined, flags: AdoptFlags) => {
      const { adopt } = await import('./action.ts')
      await adopt(what, source, flags, context)
    },
  )
}
