/** Lists of things in their order, each as long as their weights and their number allow; a single thing may weigh more. */
export function* batchesOf<T>(
  things: Iterable<T>,
  weigh: (thing: T) => number,
  {
    weight: heaviest,
    things: most = Number.POSITIVE_INFINITY,
  }: { weight: number; things?: number },
): Generator<T[]> {
  let batch: T[] = []
  let sum = 0
  for (const thing of things) {
    const weight = weigh(thing)
    if (batch.length > 0 && (sum + weight > heaviest || batch.length >= most)) {
      yield batch
      batch = []
      sum = 0
    }
    batch.push(thing)
    sum += weight
  }
  if (batch.length > 0) yield batch
}
