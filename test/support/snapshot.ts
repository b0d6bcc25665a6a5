import { createHash } from 'node:crypto'
import type { Refusal, Snapshot } from '../../src/core/model/snapshot.ts'

/** A snapshot of the files given as text, with Git's own blob ids; entries of `refused` are listed but cannot be read. */
export function snapshotOf(
  files: Readonly<Record<string, string>>,
  options: {
    refused?: Readonly<Record<string, Refusal>>
    revision?: string
    roots?: readonly string[]
  } = {},
): Snapshot {
  const read = Object.entries(files).map(([path, text]) => ({
    path,
    blob: blobId(text),
    size: Buffer.byteLength(text),
    ...(isManifestText(path) ? { text } : {}),
  }))
  const refused = Object.entries(options.refused ?? {}).map(([path, reason]) => ({
    path,
    blob: blobId(path),
    size: 0,
    refused: reason,
  }))
  const { revision = 'c0ffee'.padEnd(40, '0'), roots } = options
  return { revision, files: [...read, ...refused], ...(roots === undefined ? {} : { roots }) }
}

/** Git's id of a blob with this content. */
export function blobId(content: string): string {
  const bytes = Buffer.from(content)
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** What a source gives as text. */
function isManifestText(path: string): boolean {
  return /\.(?:ya?ml|json)$|(?:^|\/)\.(?:amlignore|gitignore|verdigrisignore)$/i.test(path)
}
