import { onceByText } from '../model/once.ts'
import { cleanText, redact } from '../model/redact.ts'
import type { Report } from '../model/report.ts'
import { isSecretName } from '../model/secrets.ts'

/** What names something, by which it is found again; bodies are for Azure and are shown nowhere. */
const LEFT = new Set([
  ...['ref', 'key', 'name', 'parent', 'endpoint', 'deployment', 'application', 'kind', 'grounds'],
  ...['revision', 'attemptedRevision', 'appliedRevision', 'observedGeneration', 'generation'],
  ...['content', 'basis', 'body', 'upload'],
])

const TEXTS_MAX = 20_000
const clean = onceByText(TEXTS_MAX, (text) => cleanText(text))

/**
 * The report as it may be printed, logged, kept and posted under a pull request (INVARIANTS S17): no secret, whether a
 * manifest, a hand or Azure wrote it, no control character, every text bounded.
 */
export function redacted(report: Report): Report {
  return shown(report) as Report
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? value : clean(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.length === 0 ? value : value.map(shown)
  const { path } = value as { readonly path?: unknown }
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
    if (LEFT.has(name)) return [name, item]
    const isAt = typeof path === 'string' && AT_PATH.has(name)
    return [name, isAt ? withoutSecrets(path.slice(path.lastIndexOf('/') + 1), item) : shown(item)]
  })
  return Object.fromEntries(entries)
}

/** What stands at a path, as a Difference has it: a value of a resource, whole, since what differs may be its end. */
const AT_PATH = new Set(['live', 'desired', 'value'])

function withoutSecrets(name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    if (value === undefined || typeof value === 'boolean') return value
    if (isSecretName(name)) return '[redacted]'
    return typeof value === 'string' ? redact(value) : value
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(name, item))
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [redact(key), withoutSecrets(key, item)]))
}
