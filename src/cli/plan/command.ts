import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { withOutput, withTargets } from '../targets.ts'
import type { PlanFlags } from './action.ts'

/** `plan`: one tick that starts nothing. Exit 0 nothing to do, 2 changes, 1 something could not be read or understood. */
export function planCommand(context: CommandContext): Command {
  const command = withTargets(new Command('plan')).description(
    'show what would be done; exit 0 no changes, 2 changes, 1 error',
  )
  return withOutput(command, ['text', 'json', 'markdown']).action(
    async (source: string | undefined, flags: PlanFlags) => {
      const { plan } = await import('./action.ts')
      await plan(source, flags, context)
    },
  )
}
