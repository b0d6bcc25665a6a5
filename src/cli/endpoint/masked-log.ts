import { redact } from '../../core/model/redact.ts'

const PART_CHARACTERS = 32 * 1024
/** What `redact` looks at of a text. A line of a log that is longer has an end that nobody has looked at. */
const LINE_CHARACTERS_MAX = 64 * 1024
/** Longer than any secret that is known by its shape. */
const SECRET_CHARACTERS_MAX = 9 * 1024

/** A log without the secrets that a script printed; in parts of whole lines, since `redact` looks at a bounded text. */
export function maskedLog(log: string): string {
  const lines = log.split(/(?<=\n)/)
  const parts: string[] = []
  for (let from = 0; from < lines.length; ) {
    const to = partEnd(lines, from)
    parts.push(maskedPart(lines.slice(from, to).join('')))
    from = to
  }
  return parts.join('')
}

function maskedPart(part: string): string {
  const masked = redact(part)
  if (part.length <= LINE_CHARACTERS_MAX) return masked
  return `${masked}… (a line of ${part.length} characters)${part.endsWith('\n') ? '\n' : ''}`
}

/** As far as a part may go, or before the secret that goes on behind that: a key has many lines. */
function partEnd(lines: readonly string[], from: number): number {
  const end = filled(lines, from, 1, PART_CHARACTERS)
  for (let back = 0; end - back > from; back = back === 0 ? 1 : back * 2)
    if (isBetweenSecrets(lines, end - back)) return end - back
  return end
}

function isBetweenSecrets(lines: readonly string[], cut: number): boolean {
  const before = lines.slice(filled(lines, cut - 1, -1, SECRET_CHARACTERS_MAX) + 1, cut).join('')
  const after = lines.slice(cut, filled(lines, cut, 1, SECRET_CHARACTERS_MAX)).join('')
  return redact(before + after) === redact(before) + redact(after)
}

/** Where so many characters are over, one line at least, in steps of 1 or -1. */
function filled(lines: readonly string[], from: number, step: 1 | -1, most: number): number {
  let at = from + step
  let sum = lines[from]?.length ?? 0
  for (let line = lines[at]; line !== undefined && sum + line.length <= most; line = lines[at]) {
    sum += line.length
    at += step
  }
  return at
}
