import { createHash } from 'node:crypto'

/** Git's own id of a file's content: 40 hex. */
export function blobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

export function isBlobId(id: string): boolean {
  return /^[0-9a-f]{40}$/.test(id)
}
