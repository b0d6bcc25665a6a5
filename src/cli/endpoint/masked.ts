import { redact } from '../../core/model/redact/redact.ts'

/** `redact` looks at a bounded text: these, and what is looked at on each side of a seam, are well within it. */
const PART_CHARACTERS = 32_768
const SIDE_CHARACTERS = 16_384
const PIECE = /[^\n]{1,4096}\n?|\n/g

/** A log without the secrets that a script printed, however long it is: in parts that no secret goes across. */
export function masked(log: string): string {
  const pieces = log.match(PIECE) ?? []
  const parts: string[] = []
  for (let from = 0; from < pieces.length; ) {
    const to = endOfPart(pieces, from)
    parts.push(redact(pieces.slice(from, to).join('')))
    from = to
  }
  return parts.join('')
}

function endOfPart(pieces: readonly string[], from: number): number {
  const most = upTo(pieces, from, PART_CHARACTERS)
  if (most === pieces.length) return most
  // A key of many lines is left behind in a few strides.
  for (let back = 0; most - back > from; back = back * 2 + 1)
    if (isSeam(pieces, most - back)) return most - back
  return most
}

/** Whether what stands on both sides of a place hides the same as both hide alone: no secret goes across it. */
function isSeam(pieces: readonly string[], at: number): boolean {
  const before = pieces.slice(downTo(pieces, at, SIDE_CHARACTERS), at).join('')
  const after = pieces.slice(at, upTo(pieces, at, SIDE_CHARACTERS)).join('')
  return redact(`${before}${after}`) === `${redact(before)}${redact(after)}`
}

/** Where so many characters end that begin at `from`; one piece at least. */
function upTo(pieces: readonly string[], from: number, characters: number): number {
  let to = from
  for (let left = characters; to < pieces.length; to += 1) {
    left -= pieces[to]?.length ?? 0
    if (left < 0) break
  }
  return Math.max(to, from + 1)
}

/** Where so many characters begin that end at `to`. */
function downTo(pieces: readonly string[], to: number, characters: number): number {
  let from = to
  for (let left = characters; from > 0; from -= 1) {
    left -= pieces[from - 1]?.length ?? 0
    if (left < 0) break
  }
  return from
}
