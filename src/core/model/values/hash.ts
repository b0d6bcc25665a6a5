import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

const KEPT_MAX = 10_000
const KEPT_LENGTH_MAX = 8192
const kept = new Map<string, string>()

/** SHA-256 of a text, in hex, 64 digits or the first `digits`. The same short texts are asked for at every tick. */
export function hashOf(text: string, digits = 64): string {
  const hash = kept.get(text) ?? fresh(text)
  return digits === 64 ? hash : hash.slice(0, digits)
}

function fresh(text: string): string {
  const hash = bytesToHex(sha256(utf8ToBytes(text)))
  if (text.length > KEPT_LENGTH_MAX) return hash
  if (kept.size >= KEPT_MAX) kept.clear()
  kept.set(text, hash)
  return hash
}
