import type { State } from './state.ts'

// Taken from the global object once: where realms are nested, as in a test runner, each look there costs a microsecond.
const { imul } = Math

/** Up to 64 hexadecimal figures drawn from a text: eight 32-bit mixes of it. For ids only, never for secrets of the real world. */
export function hexOf(text: string, length = 64): string {
  let hex = ''
  for (let round = 1; hex.length < length; round++) {
    hex += mix(text, imul(round, 0x9e3779b1)).toString(16).padStart(8, '0')
  }
  return hex.slice(0, length)
}

/** The first four of the mixes, as numbers. */
export function wordsOf(text: string): readonly [number, number, number, number] {
  const word = (round: number): number => mix(text, imul(round, 0x9e3779b1))
  return [word(1), word(2), word(3), word(4)]
}

/** FNV-1a over the text, finished as MurmurHash3 does: FNV alone changes few bits for a last letter. */
function mix(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let index = 0; index < text.length; index++) {
    hash = imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The next text of random look in this state; changes the state's counter. */
export function drawHex(state: State, length: number): string {
  state.drawn++
  return hexOf(`${state.settings.seed}/${state.drawn}`, length)
}

/** The next guid in this state. */
export function drawGuid(state: State): string {
  return asGuid(drawHex(state, 32))
}

/** The guid that a text always has in this workspace, e.g. a resource's identity. */
export function guidOf({ settings: { seed } }: State, text: string): string {
  const key = `${seed}=${text}`
  const known = guids.get(key)
  if (known !== undefined) return known
  if (guids.size >= GUIDS_MAX) guids.clear()
  const guid = asGuid(hexOf(key, 32))
  guids.set(key, guid)
  return guid
}

const GUIDS_MAX = 10_000
const guids = new Map<string, string>()

function asGuid(hex: string): string {
  const [time, middle, version, variant, node] = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(13, 16),
    hex.slice(17, 20),
    hex.slice(20, 32),
  ]
  return `${time}-${middle}-4${version}-a${variant}-${node}`
}
