import type { Meter, ReadManifests } from '../../reconcile/ports.ts'

/** Tells the meter how long each reading took. */
export function measuredReading(
  read: ReadManifests,
  meter: Pick<Meter, 'manifestsRead'>,
): ReadManifests {
  return async (input, signal) => {
    const start = performance.now()
    try {
      return await read(input, signal)
    } finally {
      meter.manifestsRead(performance.now() - start)
    }
  }
}
