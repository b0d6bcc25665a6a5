import type { Command, Option } from 'commander'

/** What may follow a command, as its help says it. */
export interface CommandSyntax {
  /** Names from the program on; empty for the program itself. */
  readonly path: readonly string[]
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  /** What its arguments may be; empty = anything, also a file. */
  readonly choices: readonly string[]
  readonly options: readonly OptionSyntax[]
}

export interface OptionSyntax {
  /** With their dashes: the short form, where there is one, and the long one. */
  readonly flags: readonly string[]
  readonly description: string
  readonly value: 'none' | 'optional' | 'required'
  /** What the value may be; empty = anything, also a file. */
  readonly choices: readonly string[]
}

/** A command and all below it. Hidden commands and options are left out. */
export function syntaxOf(command: Command, path: readonly string[] = []): readonly CommandSyntax[] {
  const help = command.createHelp()
  const below = help.visibleCommands(command)
  const own: CommandSyntax = {
    path: path.map(checkWord),
    commands: below.map((one) => ({ name: checkWord(one.name()), description: one.description() })),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) =>
      argChoices.map(checkWord),
    ),
    options: help.visibleOptions(command).map(optionSyntax),
  }
  return [own, ...below.flatMap((one) => syntaxOf(one, [...path, one.name()]))]
}

function optionSyntax(option: Option): OptionSyntax {
  const { short, long, description, argChoices = [] } = option
  const value = option.optional ? 'optional' : 'none'
  return {
    flags: [short, long].filter((flag) => flag !== undefined).map(checkWord),
    description,
    value: option.required ? 'required' : value,
    choices: argChoices.map(checkWord),
  }
}

/** Words stand in scripts without quotes. Throws Error for one that may not. */
function checkWord(word: string): string {
  if (/^[\w.@-]+$/.test(word)) return word
  throw new Error(`'${word}' cannot stand in a completion script.`)
}
