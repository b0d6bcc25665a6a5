import { nameAt } from '../values/pointer.ts'
import { cleanText, MASK, redact } from './redact.ts'
import { isSecretName } from './secret-names.ts'

const DEPTH_MAX = 12
const ENTRIES_MAX = 500

/** What may be shown of a value: every text cleaned, values under secret names masked, depth and width bounded. */
export function redactValue(value: unknown, known: readonly string[] = [], depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value, known)
  if (typeof value !== 'object' || value === null) return scalar(value)
  if (depth >= DEPTH_MAX) return '[too deep]'
  if (Array.isArray(value)) {
    return value.slice(0, ENTRIES_MAX).map((item) => redactValue(item, known, depth + 1))
  }
  const hidden = namesSecret(value) ? BESIDE_NAME : []
  const shown = Object.entries(value)
    .slice(0, ENTRIES_MAX)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => [
      cleanText(name, known),
      hidden.includes(name) ? MASK : entry(name, item, known, depth),
    ])
  return Object.fromEntries(shown)
}

/** The same for a value that stands at a JSON Pointer: its last segment is its name. */
export function redactAt(pointer: string, value: unknown, known: readonly string[] = []): unknown {
  return entry(nameAt(pointer), value, known, 0)
}

/** The same whole, with every text as long as it is: of a difference the end may be what differs. */
export function wholeAt(pointer: string, value: unknown): unknown {
  return whole(nameAt(pointer), value)
}

function whole(name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    if (value === undefined || typeof value === 'boolean') return value
    if (isSecretName(name)) return MASK
    return typeof value === 'string' ? redact(value) : value
  }
  if (Array.isArray(value)) return value.map((item) => whole(name, item))
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [redact(key), whole(key, item)]))
}

/** `{ name: 'DB_PASSWORD', value }` and a Difference `{ path: '/…/DB_PASSWORD', live, desired }`. */
const BESIDE_NAME = ['value', 'live', 'desired']

function namesSecret(value: object): boolean {
  const { name, path } = value as { name?: unknown; path?: unknown }
  return [name, path].some((one) => typeof one === 'string' && isSecretName(nameAt(one)))
}

function entry(name: string, value: unknown, known: readonly string[], depth: number): unknown {
  const isText = typeof value === 'string' || typeof value === 'number'
  return isText && isSecretName(name) ? MASK : redactValue(value, known, depth + 1)
}

function scalar(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return typeof value === 'boolean' || value === null || value === undefined ? value : String(value)
}
