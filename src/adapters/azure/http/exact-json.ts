import type { Json } from '../../../core/model/values/json.ts'

/**
 * JSON whose numbers come back as they came (INVARIANTS S10): one that no double holds, `9007199254740993` or `1e400`, is kept as
 * its own text, which JSON.stringify writes. Throws SyntaxError.
 */
export function exactJson(text: string): Json {
  // A reviver costs several times as much, and hardly any body has such a number.
  return SUSPECT.test(text) ? parse(text, exact) : JSON.parse(text)
}

/** A number of more digits than a double surely holds, or with an exponent. */
const SUSPECT = /[:[,]\s*-?(?:\d[\d.]{15}|\d[\d.]*e)/i

/** ECMAScript's proposal of source text access, which Node has and its types do not. */
const parse = JSON.parse as (
  text: string,
  reviver: (key: string, value: Json, context: { readonly source?: string }) => Json,
) => Json
const { rawJSON } = JSON as unknown as { rawJSON(text: string): Json }

function exact(_key: string, value: Json, { source }: { readonly source?: string }): Json {
  if (typeof value !== 'number' || source === undefined) return value
  return isSame(source, value) ? value : rawJSON(source)
}

function isSame(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false
  const [one, other] = [source, String(value)].map(decimalOf)
  return one === other
}

/** Digits and exponent of a number's text, in their one form: 1.50, 15e-1 and 1.5 are 15 and -1. */
function decimalOf(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const short = digits.replace(/(?<!0)0+$/, '')
  const at = Number(exponent) - fraction.length + digits.length - short.length
  return `${text.startsWith('-') ? '-' : ''}${short}e${short === '' ? 0 : at}`
}
