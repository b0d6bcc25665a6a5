# ask.zsh <completion script> <command line>: presses Tab in a zsh on a terminal of its own, and prints what that one says.
zmodload zsh/zpty
export COMPLETION_SCRIPT=$1
zpty shell zsh -f -i
zpty -w shell "source ${(q)0:A:h}/setup.zsh"
while zpty -r shell line; do [[ $line == *'[ready]'* ]] && break; done
zpty -w -n shell "$2"$'\t'
while zpty -r shell line; do
  print -r -- "$line"
  [[ $line == *'[end]'* ]] && break
done
zpty -d shell
