import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** SHA-256 of a text, in hex, 64 digits or the first `digits`. */
export function hashOf(text: string, digits = 64): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, digits)
}
