import { isObject, type Json } from '../../core/model/values/json.ts'
import type { KeptDurations } from '../../reconcile/ports.ts'
import { type KeptFileOptions, openKeptFile } from './kept-file.ts'

const SORTS_MAX = 100
const EACH_MAX = 50
/** An operation that is said to have taken longer was none. */
const DAY_MS = 86_400_000

/** How long operations took, by their sort. A sort whose times cannot be read has none. */
export function openDurations(options: KeptFileOptions): KeptDurations {
  const file = openKeptFile(options)
  return {
    recall() {
      const took = file.read()?.took
      const entries = isObject(took) ? Object.entries(took).slice(-SORTS_MAX) : []
      return new Map(
        entries.filter(([sort]) => SORT.test(sort)).map(([sort, ms]) => [sort, timesIn(ms)]),
      )
    },
    keep(durations) {
      if (durations.size > 0) file.write({ took: Object.fromEntries(durations) })
    },
  }
}

/** `create_online_deployment Standard_DS_v2` */
const SORT = /^[a-z]+(?:_[a-z]+)+(?: [\w.-]{1,100})?$/

function timesIn(value: Json): readonly number[] {
  if (!Array.isArray(value)) return []
  const times: readonly Json[] = value.slice(0, EACH_MAX)
  const isTime = (ms: Json): ms is number =>
    typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 && ms <= DAY_MS
  return times.every(isTime) ? times : []
}
