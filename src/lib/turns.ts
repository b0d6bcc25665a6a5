import { setImmediate as nextTurn } from 'node:timers/promises'

/** Milliseconds of work after which whoever waits for the event loop has a turn. */
const TURN_MS = 10

let endsAt = 0

/** Between two steps of long work: others have a turn where the last one, whoever gave it, lies some milliseconds back. */
export function giveTurn(): Promise<void> | undefined {
  if (performance.now() < endsAt) return undefined
  return nextTurn().then(() => {
    endsAt = performance.now() + TURN_MS
  })
}

/** What `each` makes of many things, in their order; others have turns on the way. */
export async function mapInTurns<T, R>(
  things: Iterable<T>,
  each: (thing: T, index: number) => R,
): Promise<R[]> {
  const made: R[] = []
  for (const thing of things) {
    made.push(each(thing, made.length))
    const turn = giveTurn()
    if (turn !== undefined) await turn
  }
  return made
}

export async function filterInTurns<T>(
  things: Iterable<T>,
  holds: (thing: T) => boolean,
): Promise<T[]> {
  const kept: T[] = []
  await mapInTurns(things, (thing) => {
    if (holds(thing)) kept.push(thing)
  })
  return kept
}

const RUN = 1000

/** A sorted copy, stable; others have turns on the way. */
export async function sortInTurns<T>(
  things: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<T[]> {
  const starts = Array.from({ length: Math.ceil(things.length / RUN) }, (_, run) => run * RUN)
  let runs = await mapInTurns(starts, (start) => things.slice(start, start + RUN).sort(compare))
  while (runs.length > 1) {
    const merged: T[][] = []
    for (let at = 0; at < runs.length; at += 2)
      merged.push(await mergeInTurns(runs[at] ?? [], runs[at + 1] ?? [], compare))
    runs = merged
  }
  return runs[0] ?? []
}

async function mergeInTurns<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<T[]> {
  const merged: T[] = []
  for (let [l, r] = [0, 0]; l < left.length || r < right.length; ) {
    const isLeft =
      r === right.length || (l < left.length && compare(left[l] as T, right[r] as T) <= 0)
    merged.push((isLeft ? left[l++] : right[r++]) as T)
    const turn = giveTurn()
    if (turn !== undefined) await turn
  }
  return merged
}
