import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import type { OutputFormat } from '../targets.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import type { Shell } from './shells.ts'
import { type CommandSyntax, syntaxOf } from './syntax.ts'
import { zshScript } from './zsh.ts'

export interface CompletionFlags {
  readonly output: OutputFormat
}

const SCRIPTS: {
  readonly [Name in Shell]: (commands: readonly CommandSyntax[]) => string
} = { bash: bashScript, zsh: zshScript, fish: fishScript }

/** Prints the script of a shell for `program` as it is here. */
export function completion(
  shell: Shell,
  program: Command,
  { output }: CompletionFlags,
  { say }: CommandContext,
): void {
  const script = SCRIPTS[shell](syntaxOf(program))
  say(output === 'json' ? JSON.stringify({ shell, script }) : script)
}
