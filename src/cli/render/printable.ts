import { visible } from '../../core/model/visible.ts'
import { SEQUENCES } from './style.ts'

/** A text as a terminal may have it: nothing in it commands the terminal but styles of ours, where there are any. */
export function printable(text: string, hasStyles: boolean): string {
  if (!hasStyles) return visible(text, KEPT)
  const parts = text.split(STYLED)
  return parts.map((part) => (SEQUENCES.includes(part) ? part : visible(part, KEPT))).join('')
}

const KEPT = '\n\t'
/** Gives the sequences, too. */
const STYLED = new RegExp(`(${SEQUENCES.map((one) => one.replace('[', String.raw`\[`)).join('|')})`)
