import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type Json } from '../../core/model/json.ts'
import type { KeptRefusal } from '../../core/model/memory.ts'
import { cleanText } from '../../core/model/redact.ts'
import { KIND_NAMES } from '../../core/model/ref.ts'
import type { Refusals } from '../../reconcile/ports.ts'

interface Owner {
  readonly application: string
  /** Where it is asked, and which it is. */
  readonly workspace: string
  /** Another version may send other bodies for the same content, and understand other answers. */
  readonly program: string
}

interface RefusalsOptions {
  readonly folder: string
  readonly of: Owner
  readonly onError: (error: unknown) => void
}

/**
 * A file of one Application in one workspace, which only its user may read, replaced as a whole. Whatever is not exactly
 * what this version would have written for it counts as nothing.
 */
export function openRefusals({ folder, of, onError }: RefusalsOptions): Refusals {
  const file = join(folder, fileNameOf(of))
  let written = NOTHING
  return {
    recall() {
      const text = textIn(file)
      const kept = refusalsIn(text, of)
      if (kept.length > 0) written = text
      return kept
    },
    keep(refusals) {
      const text = refusals.length === 0 ? NOTHING : textOf(of, refusals)
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

const NOTHING = ''
const BYTES_MAX = 4 * 1024 * 1024
const ROWS_MAX = 500
const MESSAGE_CHARACTERS_MAX = 1000

function fileNameOf({ application, workspace }: Owner): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([application, workspace]))
    .digest('hex')
  return `${application.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 40)}-${hash.slice(0, 16)}.json`
}

function textOf(of: Owner, refusals: readonly KeptRefusal[]): string {
  const rows = refusals.slice(0, ROWS_MAX).map((refusal) => {
    const message = refusal.message.slice(0, MESSAGE_CHARACTERS_MAX)
    return { ...refusal, message }
  })
  return JSON.stringify({ ...of, refusals: rows })
}

function textIn(file: string): string {
  try {
    const stat = statSync(file)
    return stat.isFile() && stat.size <= BYTES_MAX ? readFileSync(file, 'utf8') : NOTHING
  } catch {
    return NOTHING
  }
}

function refusalsIn(text: string, of: Owner): readonly KeptRefusal[] {
  try {
    const noted: Json = JSON.parse(text)
    if (!isObject(noted) || !Array.isArray(noted.refusals)) return []
    const isOurs = (['application', 'workspace', 'program'] as const).every(
      (name) => noted[name] === of[name],
    )
    return isOurs ? noted.refusals.slice(0, ROWS_MAX).flatMap(refusalIn) : []
  } catch {
    return []
  }
}

/** The row when every field of it is what it may be; nothing is guessed. */
function refusalIn(row: Json): readonly KeptRefusal[] {
  if (!isObject(row)) return []
  const { key, generation, isCreate, count, notBefore, owedAt, reason, message } = row
  if (!isMatch(key, KEY) || !isMatch(generation, HASH) || !isMatch(reason, REASON)) return []
  if (typeof isCreate !== 'boolean' || typeof message !== 'string') return []
  if (!isAtLeast(1, count) || !isAtLeast(0, notBefore) || !isAtLeast(0, owedAt)) return []
  const said = cleanText(message)
  return [{ key, generation, isCreate, count, notBefore, owedAt, reason, message: said }]
}

const KEY = new RegExp(`^(?:${KIND_NAMES.join('|')})/[^\\s\\\\]{1,1000}$`)
/** '' = nothing is declared. */
const HASH = /^[A-Za-z0-9]{0,128}$/
const REASON = /^[A-Z][A-Za-z0-9]{0,99}$/

function isMatch(value: Json | undefined, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

function isAtLeast(least: number, value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= least
}
