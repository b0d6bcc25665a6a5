import type { SnapshotFile } from '../../core/model/snapshot.ts'
import { isLfsPointer } from './lfs-pointer.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

const IGNORE_FILES = new Set(['.gitignore', '.amlignore', '.verdigrisignore'])

/** Whether a snapshot carries this file's text: manifests, what overlays are made of, and ignore files. */
export function isText(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return /\.(?:ya?ml|json)$/i.test(name) || IGNORE_FILES.has(name)
}

/**
 * Whether a text is too large to be a manifest. Large JSON files are data (vocabularies, golden requests): they are
 * listed without text instead of being refused, so that they can still be uploaded.
 */
export function isOversizedManifest(path: string, size: number, textBytes: number): boolean {
  return size > textBytes && /\.ya?ml$/i.test(path)
}

/** The text or the refusal of a file whose bytes are `content`. */
export function decodeText(content: Uint8Array): Pick<SnapshotFile, 'text' | 'refused'> {
  if (isLfsPointer(content)) return { refused: 'LfsPointer' }
  try {
    return { text: utf8.decode(content) }
  } catch {
    return { refused: 'NotUtf8' }
  }
}
