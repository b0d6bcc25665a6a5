import type { State } from './state.ts'

/** 64 hexadecimal figures drawn from a text: four rounds of a 64-bit mix. For ids only, never for secrets. */
export function hexOf(text: string): string {
  let hex = ''
  for (let round = 0; round < 4; round++)
    hex += mix(`${round}:${text}`).toString(16).padStart(16, '0')
  return hex
}

function mix(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const character of text) {
    hash ^= BigInt(character.codePointAt(0) ?? 0)
    hash = BigInt.asUintN(64, hash * 0x100000001b3n)
  }
  // FNV alone changes few bits for texts that differ in the last letter: finish as splitmix64 does.
  hash = BigInt.asUintN(64, (hash ^ (hash >> 30n)) * 0xbf58476d1ce4e5b9n)
  hash = BigInt.asUintN(64, (hash ^ (hash >> 27n)) * 0x94d049bb133111ebn)
  return hash ^ (hash >> 31n)
}

/** The next text of random look in this state; changes the state's counter. */
export function drawHex(state: State, length: number): string {
  state.drawn++
  return hexOf(`${state.settings.seed}/${state.drawn}`).slice(0, length)
}

/** The next guid in this state. */
export function drawGuid(state: State): string {
  return asGuid(drawHex(state, 32))
}

/** The guid that a text always has in this workspace, e.g. a resource's identity. */
export function guidOf(state: State, text: string): string {
  return asGuid(hexOf(`${state.settings.seed}=${text}`).slice(0, 32))
}

function asGuid(hex: string): string {
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}
