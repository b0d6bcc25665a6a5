import { printable } from './printable.ts'

/**
 * Texts of others in Markdown, in one line of a list or a table: nothing in them formats, links, mentions anybody or becomes
 * HTML.
 */
export function prose(text: string): string {
  return oneLine(text)
    .trim()
    .replaceAll(/[\\`*[\]<>|~#!&]|(?<![a-z0-9])_|_(?![a-z0-9])/gi, '\\$&')
    .replace(/^(\d+(?=[.)]))?([-+=.)])/, '$1\\$2')
    .replaceAll('@', '`@`')
    .replaceAll('://', ':\\//')
    .replaceAll(/\bwww\./gi, (found) => `${found.slice(0, -1)}\\.`)
}

/** As code. In a cell of a table a bar ends the cell even there. */
export function code(text: string): string {
  const line = oneLine(text).replaceAll('|', '\\|')
  if (line.trim() === '') return ''
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/[\r\n\t]+/g, ' '), false)
}
