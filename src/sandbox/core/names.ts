import type { Answer, Call } from './call.ts'
import { invalid } from './errors.ts'

const SERVICE_NAME = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/

/** Endpoints and deployments: 3 to 32 characters (FACTS 4). Undefined = the name is good. */
export function refuseName(call: Call, what: string, name: string): Answer | undefined {
  if (name.length >= 3 && name.length <= 32 && SERVICE_NAME.test(name)) return undefined
  return invalid(
    call,
    'Name',
    `${what} name '${name}' is invalid. It must be 3 to 32 letters, digits or '-', start with a letter and end with a letter or digit.`,
  )
}

const ASSET_NAME = /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/

export function isAssetName(name: string): boolean {
  return ASSET_NAME.test(name)
}

/** The canonical spelling of an enum's word, whatever the case it came in (FACTS 0.14); undefined = no such word. */
export function fold(words: readonly string[], value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  return words.find((word) => word.toLowerCase() === value.toLowerCase())
}
