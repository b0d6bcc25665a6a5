import type { KeptRefusal } from '../../core/model/memory.ts'
import { cleanText } from '../../core/model/redact/redact.ts'
import { KIND_NAMES } from '../../core/model/ref.ts'
import { isObject, type Json } from '../../core/model/values/json.ts'
import type { Refusals } from '../../reconcile/ports.ts'
import { type KeptFileOptions, openKeptFile } from './kept-file.ts'

const ROWS_MAX = 500
const MESSAGE_CHARACTERS_MAX = 1000

/** What is not exactly what this version would have written counts as nothing. No file is made for no refusal. */
export function openRefusals(options: KeptFileOptions): Refusals {
  const file = openKeptFile(options)
  let isEmpty = true
  return {
    recall() {
      const rows = file.read()?.refusals
      const kept = Array.isArray(rows) ? rows.slice(0, ROWS_MAX).flatMap(refusalIn) : []
      isEmpty = kept.length === 0
      return kept
    },
    keep(refusals) {
      if (isEmpty && refusals.length === 0) return
      isEmpty = refusals.length === 0
      file.write({ refusals: refusals.slice(0, ROWS_MAX).map(rowOf) })
    },
  }
}

function rowOf(refusal: KeptRefusal) {
  const { key, generation, isCreate, count, notBefore, owedAt, reason } = refusal
  const message = refusal.message.slice(0, MESSAGE_CHARACTERS_MAX)
  return { key, generation, isCreate, count, notBefore, owedAt, reason, message }
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
