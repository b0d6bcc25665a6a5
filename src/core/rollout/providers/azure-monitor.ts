import { z } from 'zod'
import { oneOf } from '../../kinds/fields/word-fields.ts'
import type { Provider } from './provider.ts'

/** Azure's names (FACTS 8). Percentiles cannot be added up, so they are numbers for thresholds only. */
const MONITOR_VALUES = [
  'RequestsPerMinute',
  'RequestLatency_P50',
  'RequestLatency_P90',
  'RequestLatency_P95',
  'RequestLatency_P99',
] as const

const schema = z
  .strictObject({
    metric: oneOf(MONITOR_VALUES).optional().describe('`threshold`: the metric of the deployment.'),
  })
  .describe('Azure Monitor’s metrics of the endpoint by deployment, in windows of a minute.')

export type AzureMonitorQuery = z.infer<typeof schema>

/** The metrics of an endpoint by deployment: requests by status as counters, and one latency or rate as a number. */
export const azureMonitor: Provider<AzureMonitorQuery> = {
  name: 'azureMonitor',
  wants: ['series', 'value'],
  zeroes: ['series'],
  schema,
  lacks: ({ metric }, wants) => (wants === 'value' && metric === undefined ? 'metric' : undefined),
  graceMs: 180_000,
  minWindowMs: 60_000,
}
