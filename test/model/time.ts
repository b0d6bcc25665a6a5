import { KINDS } from '../../src/core/kinds/index.ts'
import type { KeyMemory, Memory } from '../../src/core/model/memory.ts'
import { keyOf } from '../../src/core/model/ref.ts'
import { hashOf } from '../../src/core/model/values/hash.ts'
import {
  canonical,
  isObject,
  type Json,
  type JsonObject,
} from '../../src/core/model/values/json.ts'
import { valueAt, without } from '../../src/core/model/values/pointer.ts'
import { weightsAt } from '../../src/core/plan/compare/body.ts'
import { generationOf, TAGS } from '../../src/core/plan/ownership/ownership.ts'
import {
  ABORTED_TAG,
  ROLLOUT_TAG,
  type RolloutRecord,
  recordOf,
  textOfRecord,
} from '../../src/core/rollout/record.ts'
import { FRAUD, HOUR_MS, MINUTE_MS } from '../core/rollout/play.ts'
import { NOW } from '../support/world.ts'

/**
 * Time in the model. It is always NOW; what passes is that everything dated becomes old. `step`: longer than any wait of
 * a rollout, a drain or a first backoff, and shorter than half an hour. `window`: longer than anything that is remembered,
 * and than a rollback window. So an instant is NOW, OLD, ANCIENT, or (the end of a window) still to come, and nothing else.
 */
export type Passing = 'step' | 'window'

const OLD = NOW - 10 * MINUTE_MS
const ANCIENT = NOW - 2 * HOUR_MS
/** No number of steps comes near it: only `window` ends a window. */
export const KEEP_MS = 1e6 * HOUR_MS

/** Anything larger in a body or a memory is an instant. */
const INSTANT = 1e12

/** A value as it is when time has passed: instants, records with their check sums, and hashes over records. */
export function aged<Value extends Json>(value: Value, passing: Passing): Value {
  const memo = MEMOS[passing]
  return mapped(value, {
    number: (one) => (one < INSTANT || one === ANCIENT ? one : OLD),
    text(text) {
      const known = memo.get(text)
      if (known !== undefined) return known
      const after = agedText(text, passing)
      memo.set(text, after)
      return after
    },
  }) as Value
}

/** Of a memory, what is kept for longer than a step. */
export function agedMemory(memory: Memory, passing: Passing): Memory {
  const older = aged(memory as unknown as Json, passing) as unknown as Memory
  if (passing === 'step') return older
  const entries = Object.entries(older).map(([key, known]): [string, KeyMemory] => {
    const { rejected, corrections, blindSince } = known
    return [
      key,
      {
        ...known,
        ...(rejected && { rejected: { ...rejected, notBefore: ANCIENT } }),
        ...(corrections && { corrections: { ...corrections, lastAt: ANCIENT } }),
        ...(blindSince && { blindSince: ANCIENT }),
      },
    ]
  })
  return Object.fromEntries(entries)
}

const MEMOS = { step: new Map<string, string>(), window: new Map<string, string>() } as const

function agedText(text: string, passing: Passing): string {
  const record = recordOf(text, KEY)
  if (record !== undefined) return textOfRecord(agedRecord(record, passing), KEY)
  const written = generations.get(text)
  return written === undefined ? text : register(written.how, aged(written.body, passing))
}

const KEY = keyOf(FRAUD)

function agedRecord(record: RolloutRecord, passing: Passing): RolloutRecord {
  const { sinceMs, startMs, beganMs, untilMs } = record
  const isOpen = untilMs !== undefined && untilMs > NOW && passing === 'step'
  return {
    ...record,
    sinceMs: old(sinceMs),
    startMs: old(startMs),
    beganMs: old(beganMs),
    ...(untilMs === undefined || isOpen ? {} : { untilMs: OLD }),
  }
}

function old(instant: number): number {
  return instant === 0 ? 0 : OLD
}

/**
 * The deadline is never reached here: its rows of the table are those of a failed check. So how long a rollout was watched
 * is left out of its record, and the numbers of a check out of the reason for an abort.
 */
export function untimed<Value extends Json>(value: Value): Value {
  return mapped(value, {
    number: (one) => one,
    text(text) {
      if (text.startsWith('Threshold: ')) return 'Threshold'
      const record = recordOf(text, KEY)
      if (record?.spentMs === undefined) return text
      return textOfRecord({ ...record, spentMs: 0 }, KEY)
    },
  }) as Value
}

const GENERATION_AT = `/tags/${TAGS.generation}`

/** A generation is a hash over what was written, with the times in the record: to age it, that must be known. */
type How = keyof typeof HASHES

const HASHES = {
  declared(body: JsonObject) {
    const tags = isObject(body.tags) ? body.tags : {}
    const kept = [ROLLOUT_TAG, ABORTED_TAG].flatMap((tag): [string, Json][] =>
      tags[tag] === undefined ? [] : [[tag, tags[tag]]],
    )
    const traffic = weightsAt(body, '/properties/traffic')
    const mirrorTraffic = weightsAt(body, '/properties/mirrorTraffic')
    const properties = { authMode: 'Key', traffic, mirrorTraffic }
    return generationOf(KINDS.OnlineEndpoint, { properties, tags: Object.fromEntries(kept) })
  },
  takenBack(body: JsonObject) {
    const text = String(valueAt(body, `/tags/${ROLLOUT_TAG}`) ?? '')
    return hashOf(`${text} ${canonical(weightsAt(body, '/properties/traffic'))}`, 16)
  },
} as const

const generations = new Map<string, { readonly how: How; readonly body: JsonObject }>()

function register(how: How, body: JsonObject): string {
  const generation = HASHES[how](body)
  // The tag of the generation itself is no part of it.
  generations.set(generation, { how, body: without(body, GENERATION_AT) })
  return generation
}

/** The generation of a write to the endpoint, as it is without the time that its rollout was watched. */
export function generationIn(written: JsonObject, generation: string): string {
  if (generation === 'adopted') return generation
  for (const how of ['declared', 'takenBack'] as const)
    if (HASHES[how](written) === generation) return register(how, untimed(written))
  throw new Error(
    `what the generation ${generation} is made of is not known: ${canonical(written)}`,
  )
}

function mapped(
  value: Json,
  map: { readonly number: (value: number) => number; readonly text: (value: string) => string },
): Json {
  if (typeof value === 'number') return map.number(value)
  if (typeof value === 'string') return map.text(value)
  if (Array.isArray(value)) return value.map((one: Json) => mapped(one, map))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapped(one, map)]))
}
