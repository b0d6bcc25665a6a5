import { isSecretName } from './secret-names.ts'
import { isReference, matchAt, type NamedSecret, type Value, valueFrom } from './secret-values.ts'

/** What is in none of the forms is most of all texts. */
const SEPARATOR = /[\s,=<]/

/** Where a text has a secret whose name stands elsewhere than before a colon: in a pair, around it, or as a flag. */
export function secretsInForms(text: string): readonly NamedSecret[] {
  const pairs = /value/i.test(text) ? inPairs(text) : []
  if (!SEPARATOR.test(text)) return pairs
  return [...pairs, ...inElements(text), ...behindFlags(text), ...behindUsers(text)]
}

const PAIR_KEY = /(?<![\w.-])(name|key|value)(?:\\{0,3}["'])?\s{0,4}[=:]\s{0,4}[ \t]{0,64}/gi
const NAME = /(?:\\{0,3}["'])?[A-Za-z_][\w.-]{1,63}/y
/** Between the two of a pair no other thing begins or ends. */
const APART = /[{}<>]|\n[ \t]*- /
const BETWEEN_MAX = 200

/** `name: DB_PASSWORD` and `value: …` side by side, in either order: JSON, YAML, attributes of XML. */
function inPairs(text: string): readonly NamedSecret[] {
  const halves = halvesIn(text)
  return halves.flatMap(({ value, key, to }, place) => {
    const before = halves[place - 1]
    const after = halves[place + 1]
    const isSecret =
      (before?.isSecretName && isBeside(text, before.to, key)) ||
      (after?.isSecretName && isBeside(text, to, after.key))
    return value !== undefined && isSecret ? [value] : []
  })
}

interface Half {
  /** Where its key begins, and where what stands under it ends. */
  readonly key: number
  readonly to: number
  readonly isSecretName: boolean
  readonly value?: NamedSecret | undefined
}

function halvesIn(text: string): readonly Half[] {
  const found: Half[] = []
  let open = 0
  for (const match of text.matchAll(PAIR_KEY)) {
    const key = match.index
    const at = key + match[0].length
    if (match[1]?.toLowerCase() !== 'value') {
      const name = matchAt(NAME, text, at) ?? ''
      found.push({ key, to: at + name.length, isSecretName: isSecretName(name) })
    } else if (key >= open) {
      const value = secretFrom(text, at)
      found.push({ key, to: value?.to ?? at, isSecretName: false, value })
      // In what has no quotes no other begins.
      if (value !== undefined && !/["']/.test(text.charAt(value.from - 1))) open = value.to
    }
  }
  return found
}

function isBeside(text: string, from: number, to: number): boolean {
  return to - from <= BETWEEN_MAX && !APART.test(text.slice(from, Math.max(from, to)))
}

function secretFrom(text: string, at: number): Value | undefined {
  const value = valueFrom(text, at, false)
  return value === undefined || isReference(text.slice(value.from, value.to)) ? undefined : value
}

const ELEMENT =
  /<([A-Za-z][\w.:-]{0,63})(?:\s[^<>]{0,200})?>\s{0,4}(?:<!\[CDATA\[)?([^<]{3,4096})(?=<\/|\]\]>)/g

/** `<password>…</password>`. */
function inElements(text: string): readonly NamedSecret[] {
  return Array.from(text.matchAll(ELEMENT)).flatMap(
    ({ 0: all, 1: name = '', 2: value = '', index }) => {
      const to = index + all.length
      return isSecretName(name) && !isReference(value) ? [{ from: to - value.length, to }] : []
    },
  )
}

const FLAG = /(?<![^\s"'`[(=,])--?([A-Za-z][\w-]{1,63})(?:\\{0,3}["'])?[\s,]{1,8}(?![\s-])/g
const FLAG_WORD = /[^\s"'\\]{3,4096}/y
/** What a sentence says of a flag. */
const SAID_OF_FLAG =
  /^(?:and|are|as|but|can|cannot|could|flags?|for|from|has|have|instead|into|must|need(?:s|ed)?|not|option|requires?|should|takes?|that|the|was|were|when|which|will|with|without|argument|value|or|is|to)[.,:;)]?$/i

/** `--password …`, also as two texts of a list. */
function behindFlags(text: string): readonly NamedSecret[] {
  return Array.from(text.matchAll(FLAG)).flatMap(({ 0: all, 1: name = '', index }) => {
    if (!isSecretName(name) || /^no-/i.test(name)) return []
    const value = wordFrom(text, index + all.length)
    if (value === undefined) return []
    const said = text.slice(value.from, value.to)
    return isReference(said) || SAID_OF_FLAG.test(said) ? [] : [value]
  })
}

/** `curl -u user:password`; two numbers are a user and a group. */
const USER =
  /(?<![^\s"'`[(,])(?:-u|-U|--user|--proxy-user)(?:\\{0,3}["'])?[\s,=]{1,4}(?:\\{0,3}["'])?[^\s:"'\\/]{0,100}:(?!\/\/|\d{1,9}(?![^\s"']))/g

function behindUsers(text: string): readonly NamedSecret[] {
  return Array.from(text.matchAll(USER)).flatMap(({ 0: all, index }) => {
    const from = index + all.length
    const word = matchAt(FLAG_WORD, text, from)
    return word === undefined || isReference(word) ? [] : [{ from, to: from + word.length }]
  })
}

function wordFrom(text: string, from: number): NamedSecret | undefined {
  if (/["'\\$]/.test(text.charAt(from))) return valueFrom(text, from, false)
  const word = matchAt(FLAG_WORD, text, from)
  return word === undefined ? undefined : { from, to: from + word.length }
}
