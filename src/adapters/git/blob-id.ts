import { createHash, type Hash } from 'node:crypto'
import { giveTurn } from '../../lib/turns.ts'

/** Git's own id of a file's content: 40 hex. */
export function blobId(content: Uint8Array): string {
  return begun(content).update(content).digest('hex')
}

const PIECE_BYTES = 1024 * 1024

/** The same for content of any size: others have turns on the way. */
export async function blobIdInTurns(content: Uint8Array): Promise<string> {
  const hash = begun(content)
  for (let at = 0; at < content.length; at += PIECE_BYTES) {
    hash.update(content.subarray(at, at + PIECE_BYTES))
    await giveTurn()
  }
  return hash.digest('hex')
}

function begun({ length }: Uint8Array): Hash {
  return createHash('sha1').update(`blob ${length}\0`)
}

export function isBlobId(id: string): boolean {
  return /^[0-9a-f]{40}$/.test(id)
}
