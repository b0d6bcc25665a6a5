import { shown } from '../../kinds/fields/shown.ts'

// Marks that make a text read other than it is (Trojan Source), and characters nobody can see.
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
const INVISIBLE = /[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff\ufff9-\ufffb]|\p{Cs}|\ufffd/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/u

/** Of most texts nothing else has to be looked for. */
const PLAIN = /^[ -~\n]*$/

export interface BadText {
  readonly index: number
  readonly reason: 'ControlCharacter' | 'BidiCharacter' | 'InvisibleCharacter'
  readonly message: string
}

/** What no manifest may hold anywhere, comments included; undefined when there is none of it. */
export function badCharacter(text: string): BadText | undefined {
  if (PLAIN.test(text)) return undefined
  const control = text.search(CONTROL)
  if (control >= 0) {
    const hint = text.charCodeAt(control) === 0 ? '; is the file UTF-16? Save it as UTF-8' : ''
    return bad(text, control, 'ControlCharacter', `a control character is not allowed${hint}`)
  }
  const bidi = text.search(BIDI)
  if (bidi < 0) return undefined
  return bad(
    text,
    bidi,
    'BidiCharacter',
    'a mark that changes the reading direction is not allowed',
  )
}

/** The same for keys and values, in which invisible characters are refused as well. */
export function badValue(text: string): BadText | undefined {
  if (PLAIN.test(text)) return undefined
  const invisible = text.search(INVISIBLE)
  if (invisible < 0) return badCharacter(text)
  return bad(text, invisible, 'InvisibleCharacter', 'an invisible character is not allowed')
}

function bad(text: string, index: number, reason: BadText['reason'], what: string): BadText {
  const code = (text.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return { index, reason, message: `${what} (U+${code})` }
}

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** A key that could reach a prototype, or that is in its mapping twice, of which one would be lost. */
export function badKey(
  key: string,
  isSeen: boolean,
): { readonly reason: 'ForbiddenKey' | 'DuplicateKey'; readonly message: string } | undefined {
  if (FORBIDDEN_KEYS.has(key))
    return { reason: 'ForbiddenKey', message: `the key ${shown(key)} is not allowed` }
  return isSeen
    ? { reason: 'DuplicateKey', message: `the key ${shown(key)} is here twice` }
    : undefined
}
