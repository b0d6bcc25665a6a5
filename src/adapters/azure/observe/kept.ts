import type { Live } from '../../../core/model/live.ts'
import { keyOf, type Ref } from '../../../core/model/ref.ts'
import { isObject, type Json } from '../../../core/model/values/json.ts'
import { linkIn } from './live.ts'

/**
 * What is read again is the object of before wherever Azure says the same as then: what was worked out of an object is found
 * again by it.
 */
export function unchanged(before: Live | undefined, live: Live): Live {
  if (before === undefined || before === live || !isSameLive(before, live)) return live
  // Only of what has failed is it followed, and a signature is long.
  const operation = live.phase === 'Failed' ? operationOf(live) : undefined
  if (operation !== undefined) signedLast.set(before, operation)
  return before
}

/** The operation that last wrote a thing: its name, the same at every reading, and the address as it was signed last. */
export function operationOf(live: Live): Operation | undefined {
  const link = linkIn(live.body)
  if (link === undefined) return undefined
  return signedLast.get(live) ?? { name: unsigned(link), link }
}

export interface Operation {
  readonly name: string
  readonly link: string
}

/** A signature need not hold as long as the thing stays as it is. */
const signedLast = new WeakMap<Live, Operation>()

/** The same of many, in their order. */
export function unchangedIn(before: readonly Live[], lives: readonly Live[]): readonly Live[] {
  const known = new Map(before.map((one) => [keyOf(one.ref), one]))
  return lives.map((one) => unchanged(known.get(keyOf(one.ref)), one))
}

/** With why it failed: the same object as long as both are. */
export function failedWith(live: Live, failure: NonNullable<Live['failure']>): Live {
  const known = failed.get(live)
  if (known?.failure === failure) return known
  const made = { ...live, failure }
  failed.set(live, made)
  return made
}

const failed = new WeakMap<Live, Live>()

function isSameLive(one: Live, other: Live): boolean {
  if (one === other) return true
  const isSamePhase = one.phase === other.phase
  return isSamePhase && isSameRef(one.ref, other.ref) && isSame(one.body, other.body, SIGNED)
}

/** To the letter: messages and requests name it as it was read. */
function isSameRef(one: Ref, other: Ref): boolean {
  return one.name === other.name && one.parent === other.parent && one.version === other.version
}

/** The address of a thing's last operation, which is signed anew on every read (FACTS 0.10). */
const SIGNED: readonly string[] = ['properties', 'properties', 'AzureAsyncOperationUri']

/** `signed`: where below these values an address stands of which the query does not count. */
function isSame(
  one: Json | undefined,
  other: Json | undefined,
  signed?: readonly string[],
): boolean {
  if (one === other) return true
  if (isObject(one) && isObject(other)) {
    const names = Object.keys(one)
    return (
      names.length === Object.keys(other).length &&
      names.every(
        (name) => Object.hasOwn(other, name) && isSame(one[name], other[name], below(signed, name)),
      )
    )
  }
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, place) => isSame(item, other[place]))
  return signed?.length === 0 && isText(one) && isText(other) && unsigned(one) === unsigned(other)
}

function below(signed: readonly string[] | undefined, name: string): readonly string[] | undefined {
  return signed !== undefined && signed[0] === name ? signed.slice(1) : undefined
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string'
}

function unsigned(address: string): string {
  return address.replace(/\?.*$/s, '')
}
