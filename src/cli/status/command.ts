import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { withOutput, withTargets } from '../targets.ts'
import type { StatusFlags } from './action.ts'

/** `status`: how things stand, by a running controller or by a look of our own. Exit 0 when all is Ready, 1 otherwise. */
export function statusCommand(context: CommandContext): Command {
  const command = withTargets(new Command('status'))
    .description('show how things stand; exit 0 when everything is Ready, 1 otherwise')
    .option(
      '--url <address>',
      'ask a running controller (http://127.0.0.1:9464) instead of looking',
    )
  return withOutput(command).action(async (source: string | undefined, flags: StatusFlags) => {
    const { status } = await import('./action.ts')
    await status(source, flags, context)
  })
}
