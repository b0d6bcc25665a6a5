import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { urlOf } from '../../../lib/url.ts'
import type { Clock, Meter } from '../../../reconcile/ports.ts'

/** Tells the meter about each request that is sent; status 0 = no answer. */
export function meterPolicy(options: {
  readonly api: 'arm' | 'login' | 'blob'
  /** From a closed set. */
  readonly resourceTypeOf: (path: string) => string
  readonly clock: Clock
  readonly meter: Meter
}): PipelinePolicy {
  const { api, resourceTypeOf, clock, meter } = options
  return {
    name: 'meterPolicy',
    async sendRequest(request, next) {
      const startedAt = clock.now()
      let status = 0
      try {
        const response = await next(request)
        status = response.status
        return response
      } finally {
        const resourceType = resourceTypeOf(urlOf(request.url).pathname)
        const durationMs = clock.now() - startedAt
        meter.azureRequest({ api, resourceType, method: request.method, status, durationMs })
      }
    },
  }
}
