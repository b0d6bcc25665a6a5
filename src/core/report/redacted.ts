import { cleanText } from '../model/redact/redact.ts'
import { wholeAt } from '../model/redact/redact-value.ts'
import type { Report } from '../model/report.ts'
import { onceByText } from '../model/values/once.ts'

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
 * manifest, a hand or Azure wrote it, no control character, every text bounded. `shownBefore`: what was redacted already.
 */
export function redacted(report: Report, shownBefore: ReadonlySet<unknown>): Report {
  return shown(report, shownBefore) as Report
}

/** One thing of it: the very object where nothing in it had to be changed. */
export function redactedThing<Thing extends object>(thing: Thing): Thing {
  return shown(thing, NOTHING) as Thing
}

const NOTHING: ReadonlySet<unknown> = new Set()

function shown(value: unknown, before: ReadonlySet<unknown>): unknown {
  if (typeof value === 'string') return value === '' ? value : clean(value)
  if (typeof value !== 'object' || value === null || before.has(value)) return value
  if (!Array.isArray(value)) return redactedFields(value, before)
  const items = value.map((item) => shown(item, before))
  return items.every((item, place) => item === value[place]) ? value : items
}

/** The very object where nothing in it had to be changed: a report is as large as the workspace. */
function redactedFields(value: object, before: ReadonlySet<unknown>): object {
  const { path } = value as { readonly path?: unknown }
  const entries = Object.entries(value)
  const made = entries.map(([name, item]): [string, unknown] => {
    if (LEFT.has(name)) return [name, item]
    const isAt = typeof path === 'string' && AT_PATH.has(name)
    return [name, isAt ? wholeAt(path, item) : shown(item, before)]
  })
  const isSame = made.every(([, item], place) => item === entries[place]?.[1])
  return isSame ? value : Object.fromEntries(made)
}

/** What stands at a path, as a Difference has it. */
const AT_PATH = new Set(['live', 'desired', 'value'])
