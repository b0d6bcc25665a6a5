import type { CommandSyntax, OptionSyntax } from './syntax.ts'

/** A function that says which command is being written, as `rollout/abort`, and a line for each thing that may follow it. */
export function fishScript(commands: readonly CommandSyntax[]): string {
  const below = commands.filter(({ path }) => path.length > 0)
  return `function __verdigris_command
    set -l command ''
    for word in (commandline -opc)[2..]
        switch "$command/$word"
            case ${below.map(({ path }) => (path.length === 1 ? `/${path[0]}` : path.join('/'))).join(' ')}
                set command (string trim -l -c / "$command/$word")
        end
    end
    echo $command
end
complete -c verdigris -e
${commands.flatMap(commandLines).join('\n')}`
}

function commandLines({ path, commands, choices, options }: CommandSyntax): readonly string[] {
  const start = `complete -c verdigris -n 'test (__verdigris_command) = "${path.join('/')}"'`
  return [
    ...commands.map(({ name, description }) => `${start} -f -a ${name} -d ${quoted(description)}`),
    ...(choices.length === 0 ? [] : [`${start} -f -a ${quoted(choices.join(' '))}`]),
    ...options.map((option) => `${start} ${optionWords(option)}`),
  ]
}

function optionWords({ flags, description, value, choices }: OptionSyntax): string {
  const names = flags.map((flag) => flag.replace(/^--/, '-l ').replace(/^-(?=\w$)/, '-s '))
  const values = choices.length === 0 ? '-r' : `-x -a ${quoted(choices.join(' '))}`
  return [...names, ...(value === 'required' ? [values] : []), `-d ${quoted(description)}`].join(
    ' ',
  )
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}
