import { stringify } from 'yaml'
import { isObject, type Json, type JsonObject } from '../../src/core/model/values/json.ts'
import type { Random } from './random.ts'
import { FIELDS, ODD, ODD_LINES } from './words.ts'

/** Changes the structure of a value in one to four places, and writes it as YAML. */
export function mutatedValue(value: Json, others: readonly Json[], random: Random): string {
  return written(changedValue(value, others, random), random)
}

/** The same, as a value. */
export function changedValue(value: Json, others: readonly Json[], random: Random): Json {
  let changed = value
  for (let rounds = 1 + random.whole(4); rounds > 0; rounds -= 1) {
    changed = changedSomewhere(changed, others, random)
  }
  return changed
}

function changedSomewhere(value: Json, others: readonly Json[], random: Random): Json {
  const isDeeper = random.whole(3) > 0
  if (Array.isArray(value) && value.length > 0) {
    const at = random.whole(value.length)
    if (!isDeeper) return changedList(value, at, random)
    return value.map((item, index) =>
      index === at ? changedSomewhere(item, others, random) : item,
    )
  }
  if (!isObject(value) || Object.keys(value).length === 0) return oddValue(random)
  const key = random.one(Object.keys(value))
  if (!isDeeper) return changedMap(value, key, others, random)
  return { ...value, [key]: changedSomewhere(value[key] ?? null, others, random) }
}

function changedList(list: readonly Json[], at: number, random: Random): Json {
  const item = list[at] ?? null
  return random.one<() => Json>([
    () => list.filter((_, index) => index !== at),
    () => [...list, item],
    () => [...list.slice(at), ...list.slice(0, at)],
    () => Array.from({ length: 60 }, () => item),
    () => item,
  ])()
}

function changedMap(map: JsonObject, key: string, others: readonly Json[], random: Random): Json {
  const { [key]: value = null, ...rest } = map
  const other = random.one(Object.keys(map))
  return random.one<() => Json>([
    () => rest,
    () => ({ ...rest, [key]: oddValue(random) }),
    () => ({ ...rest, [key]: oddValue(random) }),
    () => ({ ...rest, [misspelt(key, random)]: value }),
    () => ({ ...map, [key]: map[other] ?? null, [other]: value }),
    () => ({ ...map, [random.one(FIELDS)]: value }),
    () => ({ ...map, ...someOf(random.one(others), random) }),
    () => ({ ...rest, [key]: [value] }),
    () => ({ ...rest, [key]: { [key]: value } }),
    () => ({ ...rest, [key]: typeof value === 'string' ? Number(value) : JSON.stringify(value) }),
    () => nested(map, 1 + random.whole(40)),
  ])()
}

/** A field or two of another manifest. */
function someOf(value: Json, random: Random): JsonObject {
  if (!isObject(value)) return {}
  const keys = Object.keys(value).filter(() => random.whole(4) === 0)
  return Object.fromEntries(keys.map((key) => [key, value[key] ?? null]))
}

function nested(value: Json, levels: number): Json {
  let made = value
  for (let level = 0; level < levels; level += 1) made = { inner: made }
  return made
}

function misspelt(key: string, random: Random): string {
  const at = random.whole(key.length + 1)
  return random.one([
    `${key.slice(0, at)}${key.slice(at + 1)}`,
    `${key.slice(0, at)}${random.one(['_', 'x', '-', '.', ' ', '\u200b', 'é', '<<'])}${key.slice(at)}`,
    key.toUpperCase(),
    key.replaceAll('_', ''),
  ])
}

function oddValue(random: Random): Json {
  return random.one<() => Json>([
    () => random.one(ODD),
    () => random.one(ODD),
    () => random.one(FIELDS),
    () => random.whole(2 ** 31) - 2 ** 30,
    () => 'x'.repeat(random.whole(6000)),
    () => nested(random.one(ODD), random.whole(40)),
    () => Array.from({ length: random.whole(50) }, () => random.one(ODD)),
    () => ({ [random.one(FIELDS)]: random.one(ODD) }),
  ])()
}

function written(value: Json, random: Random): string {
  if (random.whole(4) === 0) return JSON.stringify(value, null, random.one([0, 2]))
  return stringify(value, { aliasDuplicateObjects: true, lineWidth: random.one([0, 20, 80]) })
}

/** Changes the text itself in one to five places. */
export function mutatedText(text: string, other: string, random: Random): string {
  let lines = text.split('\n')
  for (let rounds = 1 + random.whole(5); rounds > 0; rounds -= 1) {
    lines = changedLines(lines, other.split('\n'), random)
  }
  return lines.join(random.one(['\n', '\n', '\n', '\r\n', '\r']))
}

function changedLines(
  lines: readonly string[],
  others: readonly string[],
  random: Random,
): string[] {
  const at = random.whole(lines.length)
  const line = lines[at] ?? ''
  const place = random.whole(line.length + 1)
  const instead = (...made: readonly string[]) => lines.toSpliced(at, 1, ...made)
  return random.one<() => string[]>([
    () => instead(),
    () => instead(line, line),
    () => instead(`${' '.repeat(1 + random.whole(4))}${line}`),
    () => instead(line.trimStart()),
    () => instead(line, random.one(ODD_LINES)),
    () => instead(random.one(others)),
    () => instead(line, ...others.slice(random.whole(others.length)).slice(0, 8)),
    () => instead(`${line.slice(0, place)}${random.one(ODD_LINES)}${line.slice(place)}`),
    () => instead(`${line.slice(0, place)}${line.slice(place + 1)}`),
    () => instead(line.replace(/:.*/, () => `: ${random.one(ODD_LINES)}`)),
    () => instead(line.replace(/:.*/, () => `: ${String(random.one(ODD))}`)),
  ])()
}
