/**
 * What hides a name from a pattern and not from a reader: codes of a terminal, what has no width, characters written as `\u0061` or
 * `&#97;`.
 */
const WRITTEN =
  /(?:(?![\t\r\n])\p{Cc}|\\{1,3}u001b)\[[\d;?]{0,32}[@-~]|(?![\t\r\n])[\p{Cf}\p{Cc}]|\\{1,3}u([\da-f]{4})|&(?:amp;){0,3}(?:#(\d{1,6})|#x([\da-f]{1,5})|(quot|apos|lt|gt|colon|equals|nbsp));|&(amp);/giu
const NAMED: Readonly<Record<string, string>> = {
  ...{ quot: '"', apos: "'", lt: '<', gt: '>', amp: '&', colon: ':', equals: '=', nbsp: ' ' },
}
const UNSEEN = /^[\p{Cf}\p{Cc}]$/u

export interface ReadText {
  readonly text: string
  /** Where the character at a place of the text begins, and where the one before it ends, in what is written. */
  readonly beginsAt: (place: number) => number
  readonly endsAt: (place: number) => number
}

/** The text as it is read; undefined where that is as it is written. */
export function readText(written: string): ReadText | undefined {
  const begins: number[] = []
  const ends: number[] = []
  let text = ''
  let passed = 0
  const take = (part: string, from: number, to: number): void => {
    for (let at = 0; at < part.length; at += 1) {
      const isPlain = part.length === to - from
      begins.push(isPlain ? from + at : from)
      ends.push(isPlain ? from + at + 1 : to)
    }
    text += part
  }
  for (const match of written.matchAll(WRITTEN)) {
    take(written.slice(passed, match.index), passed, match.index)
    passed = match.index + match[0].length
    take(meant(match), match.index, passed)
  }
  if (passed === 0) return undefined
  take(written.slice(passed), passed, written.length)
  return {
    text,
    beginsAt: (place) => begins[place] ?? written.length,
    endsAt: (place) => ends[place - 1] ?? 0,
  }
}

function meant([, unit, decimal, hex, name, amp]: RegExpExecArray): string {
  const called = name ?? amp
  if (called !== undefined) return NAMED[called.toLowerCase()] ?? ''
  const code = decimal === undefined ? Number.parseInt(unit ?? hex ?? '0', 16) : Number(decimal)
  const one = String.fromCodePoint(code)
  return UNSEEN.test(one) && !/[\t\r\n]/.test(one) ? '' : one
}
