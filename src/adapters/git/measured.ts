import type { Meter } from '../../reconcile/ports.ts'

/** Runs `read`, and tells the meter how it ended and how long it took. */
export async function measured<T>(
  meter: Pick<Meter, 'sourceFetch'> | undefined,
  read: () => Promise<T>,
): Promise<T> {
  const start = performance.now()
  let result: 'success' | 'error' = 'error'
  try {
    const value = await read()
    result = 'success'
    return value
  } finally {
    meter?.sourceFetch(result, performance.now() - start)
  }
}
