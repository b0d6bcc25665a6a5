import { onceByText } from '../model/once.ts'
import { cleanText } from '../model/redact.ts'
import { wholeAt } from '../model/redact-value.ts'
import type { Report } from '../model/report.ts'

/** What names something, by which it is found again; bodies are for Azure and are shown nowhere. */
const LEFT = new Set([
  ...['ref', 'key', 'name', 'parent', 'endpoint', 'deployment', 'application', 'kind', 'grounds'],
  ...['revision', 'attemptedRevision', 'appliedRevision', 'observedGeneration', 'generation'],
  ...['content', 'basis', 'body', 'upload'],
  // Its query was cleaned when it was kept, and all else in it are numbers.
  'measured',
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

/** What is found again as the same object is shown as the same object, and what was shown is as it may be shown. */
export function redactedThing<Thing extends object>(thing: Thing): Thing {
  const known = things.get(thing)
  if (known !== undefined) return known as Thing
  const made = redactedFields(thing) as Thing
  things.set(thing, made)
  things.set(made, made)
  return made
}

const things = new WeakMap<object, object>()

function shown(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? value : clean(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.length === 0 ? value : value.map(shown)
  return isThing(value) ? redactedThing(value) : redactedFields(value)
}

/** How one thing stands: most of a report, and the same from look to look. */
function isThing(value: object): boolean {
  return 'ref' in value && 'key' in value
}

function redactedFields(value: object): object {
  const { path } = value as { readonly path?: unknown }
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
    if (LEFT.has(name)) return [name, item]
    const isAt = typeof path === 'string' && AT_PATH.has(name)
    return [name, isAt ? wholeAt(path, item) : shown(item)]
  })
  return Object.fromEntries(entries)
}

/** What stands at a path, as a Difference has it. */
const AT_PATH = new Set(['live', 'desired', 'value'])
