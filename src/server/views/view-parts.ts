import { cleanText } from '../../core/model/redact/redact.ts'

/** A text under its name, when there is one. */
export function revision<Name extends string>(name: Name, value: string | undefined) {
  return value === undefined ? {} : ({ [name]: cleanText(value) } as { [key in Name]: string })
}

/** Milliseconds since the epoch as ISO 8601. */
export function time(ms: number): string {
  return new Date(ms).toISOString()
}

/** The same under its name, when there is one. */
export function timeAt<Name extends string>(name: Name, ms: number | undefined) {
  return ms === undefined ? {} : ({ [name]: time(ms) } as { [key in Name]: string })
}
