import { createClock } from '../adapters/clock.ts'
import type { Config } from '../config.ts'
import type { Meter } from '../reconcile/ports.ts'
import type { Telemetry } from './telemetry.ts'

const UNCOUNTED: Meter = {
  azureRequest() {},
  azureRetry() {},
  azureRateLimit() {},
  sourceFetch() {},
  manifestsRead() {},
  probe() {},
  analysisQuery() {},
}

/** Telemetry of a command that nobody asks for metrics: it counts nothing, and logs only where a level is set. */
export async function quietTelemetry(config: Config): Promise<Telemetry> {
  if (config.logLevel === undefined)
    return { clock: createClock(), meterFor: () => UNCOUNTED, onReport() {}, onError() {} }
  const { composeTelemetry } = await import('./telemetry.ts')
  return composeTelemetry(config)
}
