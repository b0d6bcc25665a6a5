/** A JSON value as ARM and YAML know it. Everything that crosses a room's door is one of these. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

export interface JsonObject {
  readonly [key: string]: Json
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The one text of a value: keys sorted at every level, no white space. Equal texts are equal values. */
export function canonical(value: Json | undefined): string {
  if (value === undefined) return 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  let text = ''
  for (const key of Object.keys(value).sort()) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(value[key])}`
  }
  return `{${text}}`
}

/**
 * A text or a number as text, anything else as ''. `String` would call what somebody named `toString` in a mapping, and
 * fail.
 */
export function textIn(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
