import type { Json } from '../../model/values/json.ts'
import { field, wrong } from './fields.ts'

/** How a word may be written: as the CLI takes the field. */
export type Letters = 'any case' | 'camel case' | 'as it is'

const FOLDED: { readonly [letters in Letters]: (word: string) => string } = {
  'any case': (word) => word.toLowerCase(),
  // `AADToken` and `aadToken` are `aad_token`.
  'camel case': (word) =>
    word
      .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase(),
  'as it is': (word) => word,
}

/** One of the words. */
export function oneOf<Word extends string>(words: readonly Word[], letters: Letters = 'any case') {
  const fold = FOLDED[letters]
  return field<Word>({ type: 'string', enum: words }, (value) => {
    const found = words.find((word) => typeof value === 'string' && fold(word) === fold(value))
    return found ?? wrong(`must be one of ${words.join(', ')}`)
  })
}

const YES: ReadonlySet<Json> = new Set(['t', 'true', 'on', 'y', 'yes', '1', 1, true])
const NO: ReadonlySet<Json> = new Set(['f', 'false', 'off', 'n', 'no', '0', 0, false])

/** true or false; the CLI also takes them as texts (`'True'`) and digits. */
export function flag() {
  return field<boolean>({ type: 'boolean' }, (value) => {
    const isUsual = typeof value !== 'string' || /^(?:[A-Z]?[a-z]*|[A-Z]+|\d)$/.test(value)
    const word = typeof value === 'string' && isUsual ? value.toLowerCase() : value
    if (YES.has(word)) return true
    return NO.has(word) ? false : wrong('must be true or false')
  })
}

/** A flag that the CLI takes as text only. */
export function quotedFlag() {
  return field<boolean>({ enum: ['true', 'false', 'True', 'False'] }, (value) => {
    const word = typeof value === 'string' ? value.toLowerCase() : value
    if (word === 'true' || word === 'false') return word === 'true'
    return wrong("must be 'true' or 'false', in quotes: the CLI takes no other")
  })
}
