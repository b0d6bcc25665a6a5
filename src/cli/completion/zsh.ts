import type { CommandSyntax, OptionSyntax } from './syntax.ts'

/** One function for each command, by zsh's own `_arguments`. Works sourced, and as a file `_verdigris` of `fpath`. */
export function zshScript(commands: readonly CommandSyntax[]): string {
  return `#compdef verdigris
${commands.map(commandFunction).join('\n')}
if [[ $funcstack[1] == _verdigris ]]; then _verdigris "$@"
else compdef _verdigris verdigris
fi`
}

function commandFunction(command: CommandSyntax): string {
  return command.commands.length === 0 ? leafFunction(command) : groupFunction(command)
}

function leafFunction({ path, options, choices }: CommandSyntax): string {
  const values = choices.length === 0 ? '_files' : `(${choices.join(' ')})`
  return `${functionOf(path)}() {
  _arguments ${lines([...options.map(optionSpec), quoted(`*:argument:${values}`)])}
}`
}

function groupFunction({ path, options, commands }: CommandSyntax): string {
  const described = commands.map(({ name, description }) => quoted(`${name}:${description}`))
  const calls = commands.map(({ name }) => `      ${name}) ${functionOf([...path, name])} ;;`)
  const specs = [
    ...options.map(optionSpec),
    quoted('1:command:->command'),
    quoted('*::argument:->argument'),
  ]
  return `${functionOf(path)}() {
  local curcontext="$curcontext" state line
  local -a commands
  commands=(${lines(described)})
  _arguments -C ${lines(specs)}
  case $state in
    command) _describe command commands ;;
    argument) case $words[1] in
${calls.join('\n')}
    esac ;;
  esac
}`
}

const VALUE = {
  none: () => '',
  optional: (values: string) => `::value:${values}`,
  required: (values: string) => `:value:${values}`,
}

/** Any option may be repeated: which ones may, the program's help says in words only. */
function optionSpec({ flags, description, value, choices }: OptionSyntax): string {
  const values = choices.length === 0 ? '_files' : `(${choices.join(' ')})`
  const specs = flags.map((flag) => {
    const form = value !== 'none' && flag.startsWith('--') ? `${flag}=` : flag
    const text = description.replaceAll(/[\\[\]:]/g, '\\$&')
    return quoted(`*${form}[${text}]${VALUE[value](values)}`)
  })
  return specs.join(' ')
}

function functionOf(path: readonly string[]): string {
  return ['_verdigris', ...path].join('_')
}

function lines(words: readonly string[]): string {
  return words.map((word) => `\\\n    ${word}`).join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
