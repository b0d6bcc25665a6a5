/** A copy all through; what is one object twice is one in the copy, too. */
export function copyOf<Value>(value: Value, known = new Map<unknown, unknown>()): Value {
  if (typeof value !== 'object' || value === null) return value
  const before = known.get(value) as Value | undefined
  if (before !== undefined) return before
  const copy = copied(value, (part) => copyOf(part, known)) as Value
  known.set(value, copy)
  return copy
}

function copied(value: object, copy: <Part>(part: Part) => Part): object {
  if (Array.isArray(value)) return value.map(copy)
  if (value instanceof Set) return new Set(value)
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, copy(one)]))
  if (value instanceof Error) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copy(one)]))
}
