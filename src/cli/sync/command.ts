import { Command, Option } from 'commander'
import type { CommandContext } from '../context.ts'
import { seconds, withOutput, withTargets } from '../targets.ts'
import type { SyncFlags } from './action.ts'

/** `sync`: ticks until live is what Git says. Exit 0 then; 1 when only a person can help, or time is up. */
export function syncCommand(context: CommandContext): Command {
  const command = withTargets(new Command('sync'))
    .description('bring the workspace to what Git says, once, and wait for it')
    .option('--timeout <seconds>', 'give up after this long', seconds, 3600)
    .addOption(
      new Option(
        '--wait <until>',
        'promoted: what Git wants serves; kept: what it replaced is gone',
      )
        .choices(['promoted', 'kept'])
        .default('promoted'),
    )
  return withOutput(command).action(async (source: string | undefined, flags: SyncFlags) => {
    const { sync } = await import('./action.ts')
    await sync(source, flags, context)
  })
}
