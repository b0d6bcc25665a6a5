import { visible } from '../../core/model/redact/visible.ts'
import { SEQUENCES } from './style.ts'

/** A text as a terminal may have it: nothing in it commands the terminal but styles of ours, where there are any. */
export function printable(text: string, hasStyles: boolean): string {
  if (!hasStyles) return withoutCommands(visible(text, KEPT))
  const parts = text.split(STYLED)
  return parts.map((part) => (SEQUENCES.includes(part) ? part : visible(part, KEPT))).join('')
}

const KEPT = '\n\t'

/**
 * What prints where no terminal is may run in a pipeline, whose agent reads every line for commands to itself: Azure Pipelines takes
 * `##vso[` anywhere in it, GitHub Actions `##[` and a `::` in the beginning, TeamCity `##teamcity[`. In JSON both mean the same.
 */
function withoutCommands(text: string): string {
  return text.replaceAll(/#(?=#[a-z]*\[)/gi, '\\u0023').replaceAll(/^([ \t]*):(?=:)/gm, '$1\\u003a')
}

/** Gives the sequences, too. */
const STYLED = new RegExp(`(${SEQUENCES.map((one) => one.replace('[', String.raw`\[`)).join('|')})`)
