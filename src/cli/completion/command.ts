import { Argument, Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { withOutput } from '../targets.ts'
import type { CompletionFlags } from './action.ts'
import { SHELLS, type Shell } from './shells.ts'

const HELP = `
To have it in every shell, and of the version that is installed:
  bash  echo 'eval "$(verdigris completion bash)"' >> ~/.bashrc
  zsh   echo 'eval "$(verdigris completion zsh)"' >> ~/.zshrc     (below compinit)
  fish  echo 'verdigris completion fish | source' > ~/.config/fish/completions/verdigris.fish`

/** `completion`: a script that lets a shell complete commands, options and their choices. */
export function completionCommand(context: CommandContext): Command {
  const command = new Command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell that it is for').choices(SHELLS))
    .addHelpText('after', HELP)
  return withOutput(command).action(
    async (shell: Shell, flags: CompletionFlags, self: Command): Promise<void> => {
      const { completion } = await import('./action.ts')
      completion(shell, self.parent ?? self, flags, context)
    },
  )
}
