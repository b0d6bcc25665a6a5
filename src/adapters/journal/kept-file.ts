import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type Json, type JsonObject } from '../../core/model/values/json.ts'

/** Of whom something is kept: of an Application in a workspace. */
export type KeptOf = {
  readonly application: string
  /** Where it is asked, and which it is. */
  readonly workspace: string
  /** Another version may send other bodies for the same content, and understand other answers. */
  readonly program: string
}

export interface KeptFileOptions {
  readonly folder: string
  readonly of: KeptOf
  readonly onError: (error: unknown) => void
}

/** What a file says of itself: one that says something else is none. Without `program` it is its name. */
type Header = Readonly<Record<string, string>> & { readonly program: string }

export interface KeptFile {
  /** What was kept of this very owner; undefined = nothing that can be read as such. */
  read(): JsonObject | undefined
  /** Replaces it as a whole, when it is another text than the last one. */
  write(content: JsonObject): void
}

const BYTES_MAX = 4 * 1024 * 1024

/** A file that only its user may read. Throws nothing: what it holds is a hint. */
export function openKeptFile({
  folder,
  of,
  onError,
}: Omit<KeptFileOptions, 'of'> & { readonly of: Header }): KeptFile {
  const file = join(folder, fileNameOf(of))
  let written: string | undefined
  return {
    read() {
      const text = textIn(file)
      const content = contentIn(text, of)
      if (content !== undefined) written = text
      return content
    },
    write(content) {
      const text = JSON.stringify({ ...of, ...content })
      if (text === written) return
      // A disk that is full is told once for each change, and not at every tick.
      written = text
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        writeFileSync(`${file}.new`, text, { mode: 0o600 })
        renameSync(`${file}.new`, file)
      } catch (error) {
        onError(error)
      }
    },
  }
}

function fileNameOf({ program: _, ...owner }: Header): string {
  const names = Object.values(owner)
  const hash = createHash('sha256').update(JSON.stringify(names)).digest('hex')
  const [first = ''] = names
  return `${first.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 40)}-${hash.slice(0, 16)}.json`
}

function textIn(file: string): string {
  try {
    const stat = statSync(file)
    return stat.isFile() && stat.size <= BYTES_MAX ? readFileSync(file, 'utf8') : ''
  } catch {
    return ''
  }
}

function contentIn(text: string, of: Header): JsonObject | undefined {
  try {
    const noted: Json = JSON.parse(text)
    if (!isObject(noted)) return undefined
    const isOurs = Object.entries(of).every(([name, value]) => noted[name] === value)
    return isOurs ? noted : undefined
  } catch {
    return undefined
  }
}
