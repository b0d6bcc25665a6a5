import type { CommandSyntax } from './syntax.ts'

/**
 * For bash from 3.2 on, without the package bash-completion. Where it has no words, the shell completes file names. A command is
 * written `rollout/abort`; `--option=value` comes as three words, because `=` parts words there.
 */
export function bashScript(commands: readonly CommandSyntax[]): string {
  const below = commands.filter(({ path }) => path.length > 0)
  return `_verdigris() {
  local current="\${COMP_WORDS[COMP_CWORD]}" option="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command='' names='' options='' word
  if [[ $current == '=' ]]; then current=''
  elif [[ $option == '=' ]]; then option="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "$command/$word" in
      ${below.map(({ path }) => (path.length === 1 ? `/${path[0]}` : path.join('/'))).join(' | ')})
        command="\${command:+$command/}$word" ;;
    esac
  done
  [[ $current == -* ]] || case "$command $option" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${commands.map(nameCase).join('\n')}
  esac
  [[ $current == -* ]] && names="$options"
  COMPREPLY=($(compgen -W "$names" -- "$current"))
}
complete -o bashdefault -o default -F _verdigris verdigris`
}

function nameCase({ path, commands, choices, options }: CommandSyntax): string {
  const names = [...commands.map(({ name }) => name), ...choices]
  const flags = options.flatMap((option) => option.flags)
  return `    '${path.join('/')}') names='${names.join(' ')}' options='${flags.join(' ')}' ;;`
}

function valueCases({ path, options }: CommandSyntax): readonly string[] {
  return options
    .filter(({ value }) => value !== 'none')
    .map(({ flags, choices }) => {
      const patterns = flags.map((flag) => `'${path.join('/')} ${flag}'`).join(' | ')
      return `    ${patterns}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return ;;`
    })
}
