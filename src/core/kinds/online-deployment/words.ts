import type { Json } from '../../model/values/json.ts'

/** `enabled` is `Enabled` to ARM. */
export function capital(word: Json | undefined): string | undefined {
  return typeof word === 'string' ? word.slice(0, 1).toUpperCase() + word.slice(1) : undefined
}
