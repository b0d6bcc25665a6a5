import { z } from 'zod'
import type { Provider } from './provider.ts'

/** The sandbox's own exact counters: there is nothing to choose. */
export const sandbox: Provider<Record<string, never>> = {
  name: 'sandbox',
  wants: ['series'],
  zeroes: [],
  schema: z.strictObject({}).describe('The sandbox’s own exact counters.'),
  graceMs: 0,
  minWindowMs: 1_000,
}
