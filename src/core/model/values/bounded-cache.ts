export interface BoundedCache<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
}

/** Keeps the most recently used values whose weights add up to at most `capacity`. */
export function createBoundedCache<V>(
  capacity: number,
  weigh: (value: V) => number,
): BoundedCache<V> {
  const values = new Map<string, V>()
  let weight = 0

  function remove(key: string): void {
    const value = values.get(key)
    if (value === undefined) return
    values.delete(key)
    weight -= weigh(value)
  }

  return {
    get(key) {
      const value = values.get(key)
      if (value === undefined) return undefined
      values.delete(key)
      values.set(key, value)
      return value
    },
    set(key, value) {
      remove(key)
      values.set(key, value)
      weight += weigh(value)
      for (const oldest of values.keys()) {
        if (weight <= capacity) return
        remove(oldest)
      }
    },
  }
}
