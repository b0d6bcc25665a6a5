import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { withOutput } from '../targets.ts'
import type { DemoFlags } from './action.ts'

/** `demo`: the whole loop on the embedded workspace, told as a story. Exit 1 when any of it did not happen. */
export function demoCommand(context: CommandContext): Command {
  const command = new Command('demo')
    .description(
      'the whole loop in a minute: workspace, Git repository, controller and live traffic',
    )
    .option('--keep', 'leave everything running afterwards, with its addresses printed')
  return withOutput(command).action(async (flags: DemoFlags) => {
    const { demo } = await import('./action.ts')
    await demo(flags, context)
  })
}
