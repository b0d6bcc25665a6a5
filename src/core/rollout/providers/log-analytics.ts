import { z } from 'zod'
import type { Provider } from './provider.ts'

/** The traffic log of online endpoints (AmlOnlineEndpointTrafficLog): one row a request, so there is nothing to choose. */
export const logAnalytics: Provider<Record<string, never>> = {
  name: 'logAnalytics',
  wants: ['series'],
  zeroes: [],
  schema: z.strictObject({}).describe('The traffic log in the configured Log Analytics workspace.'),
  // Rows arrive within three minutes as a rule, and now and then later.
  graceMs: 300_000,
  minWindowMs: 10_000,
}
