import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Json } from '../../../src/sandbox/core/contract.ts'

/** The recorded traffic, as the tests read it. */

const ROOT = join(import.meta.dirname, '../../fixtures/azure-ml/recordings')

export interface Exchange {
  /** File and index, e.g. `online_services/... #14`. */
  readonly name: string
  readonly file: string
  readonly index: number
  readonly method: string
  readonly url: string
  readonly requestBody: Json
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Json
  /** Copied by hand from a recording, with the per-request ids and some headers left out. */
  readonly isTranscribed: boolean
}

interface Entry {
  readonly RequestUri: string
  readonly RequestMethod: string
  readonly RequestBody?: Json
  readonly StatusCode: number
  readonly ResponseHeaders: Readonly<Record<string, string>>
  readonly ResponseBody: Json
}

/** Every recorded exchange, file by file, in the recorded order. */
export function recordedExchanges(): Exchange[] {
  const files = readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return files.flatMap((path) => {
    const { Entries } = JSON.parse(readFileSync(path, 'utf8')) as { Entries: Entry[] }
    const file = relative(ROOT, path)
    return Entries.map((entry, index) => exchangeOf(file, index, entry))
  })
}

function exchangeOf(file: string, index: number, entry: Entry): Exchange {
  const headers = Object.entries(entry.ResponseHeaders ?? {})
  return {
    name: `${file} #${index}`,
    file,
    index,
    method: entry.RequestMethod,
    url: entry.RequestUri,
    requestBody: entry.RequestBody ?? null,
    status: entry.StatusCode,
    headers: Object.fromEntries(
      headers.map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    // The test proxy writes the JSON text `null` as a string.
    body: entry.ResponseBody === 'null' ? null : entry.ResponseBody,
    isTranscribed: file.includes('transcribed'),
  }
}
