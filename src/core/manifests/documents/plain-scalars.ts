import { shown } from '../../kinds/fields/shown.ts'
import type { Json } from '../../model/values/json.ts'

/** What a scalar without quotes says, or why two readers of YAML would not agree about it. */
export type Plain = { readonly value: Json } | { readonly issue: string }

// YAML 1.1 as the CLI reads it, beyond what YAML 1.2 takes for the same.
const BOOLEAN = /^(?:yes|no|true|false|on|off)$/i
const NUMBER =
  /^[-+]?(?:0b[01_]+|0x[\da-f_]+|\d[\d_]*(?::[0-5]?\d)*(?:\.[\d_]*)?(?:e[-+]\d+)?|\.(?:inf|nan|\d[\d_]*(?:e[-+]\d+)?))$/i
const DATE =
  /^\d{4}-\d\d-\d\d$|^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/
/** Decimals, hexadecimals, infinity: one number to both. */
const SAME =
  /^[-+]?(?:0|[1-9]\d*)$|^0x[\da-f]+$|^[-+]?\d+\.\d*(?:e[-+]\d+)?$|^\.\d+$|^[-+]?\.inf$|^\.nan$/i

/**
 * A scalar of a manifest that the CLI reads, too: YAML 1.1 has more words for true and false, and they are taken; a number
 * or a date that is another thing to YAML 1.2 (`012`, `1_000`, `1:30`, `1e3`, `2024-01-01`) is refused. Takes the text as it
 * is written, and its value by YAML 1.2.
 */
export function plainScalar(source: string, value: Json): Plain {
  if (isBoolean(source)) return { value: /^(?:y|t|on)/i.test(source) }
  if (value === null || isSame(source, value)) return { value }
  const issue = `${shown(source)} is not the same to every reader of YAML: put it in quotes, or write the number plainly`
  return { issue }
}

/** The same for a field that is text: what YAML 1.1 takes for text is as it is written. */
export function plainText(source: string, value: Json): Plain {
  if (!isPlainText(source)) return plainScalar(source, value)
  return { value: typeof value === 'string' ? value : source }
}

/** A version may be a number, as long as the CLI makes the same text of it: 1.10 is 1.1 to it. */
export function plainVersion(source: string, value: Json): Plain {
  if (isPlainText(source) || value === null) return plainText(source, value)
  if (isItsText(source, value)) return { value: source }
  return { issue: `the version ${shown(source)} is another one to the CLI: put it in quotes` }
}

function isBoolean(source: string): boolean {
  // All small, all large, or large at the beginning.
  return BOOLEAN.test(source) && /^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+)$/.test(source)
}

/** Whether a text without quotes is a text to YAML 1.1, too. */
export function isPlainText(source: string): boolean {
  const isNull = /^(?:|~|null|Null|NULL)$/.test(source)
  return !(
    isNull ||
    isBoolean(source) ||
    NUMBER.test(source) ||
    DATE.test(source) ||
    source === '='
  )
}

function isSame(source: string, value: Json): boolean {
  if (typeof value === 'number') return SAME.test(source) && NUMBER.test(source)
  return typeof value !== 'string' || isPlainText(source)
}

/** The text that Python makes of a number: 1.0 stays 1.0. */
function isItsText(source: string, value: Json): boolean {
  if (typeof value !== 'number' || !SAME.test(source)) return false
  return source === String(value) || source === `${value}.0`
}
