# Read by the shell that is asked: it prints what it would offer in < >, and ends.
PROMPT=
autoload -Uz compinit
compinit -u -D
source $COMPLETION_SCRIPT
compadd() {
  local -a hits
  if [[ " $* " != *" -"[OAD]" "* ]]; then
    builtin compadd -A hits "$@"
    print -rl -- "<"$^hits">"
  fi
  builtin compadd "$@"
}
finish() { print "[end]"; exit }
comppostfuncs=(finish)
bindkey "^I" complete-word
print "[ready]"
