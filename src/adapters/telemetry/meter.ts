import type { Meter } from '../../reconcile/ports.ts'
import type { Catalogue } from './catalogue.ts'
import type { Families } from './families.ts'
import { snakeCase } from './snake-case.ts'
import { zeroProvider } from './zeros.ts'

/** Draws what the adapters of one Application tell. */
export function meterOf(
  families: Families<Catalogue>,
  application: string,
  now: () => number,
): Meter {
  const source = application
  const limits = new Map<string, number>()
  return {
    azureRequest: ({ api, resourceType, method, status, durationMs }) => {
      const call = { api, resource_type: resourceType, method: method.toUpperCase() }
      families.add('', 'azureRequests', { ...call, code: `${Math.trunc(status / 100)}xx` })
      families.observe('', 'azureRequestDuration', call, durationMs / 1000)
      if (status === 429) families.add('', 'azureThrottled', { api })
    },
    azureRetry: (api, reason) => families.add('', 'azureRetries', { api, reason }),
    azureRateLimit: (limit, remaining) => {
      limits.set(limit, remaining)
      families.replace(application, {
        azureRateLimitRemaining: [...limits].map(([name, value]) => ({
          labels: { target: application, limit: name },
          value,
        })),
      })
    },
    analysisQuery: ({ provider: name, result, reason = '', durationMs }) => {
      const provider = snakeCase(name)
      zeroProvider(families, provider)
      families.observe('', 'analysisQueryDuration', { provider }, durationMs / 1000)
      if (result !== 'error') return
      families.add('', 'analysisProviderErrors', { provider, reason: snakeCase(reason) })
    },
    probe: (result) => families.add(application, 'probes', { target: application, result }),
    manifestsRead: (durationMs) =>
      families.replace(application, {
        manifestsReadDuration: [{ labels: { source }, value: durationMs / 1000 }],
      }),
    sourceFetch: (result, durationMs) => {
      families.add(application, 'sourceFetch', { source, result })
      families.observe(application, 'sourceFetchDuration', { source }, durationMs / 1000)
      if (result === 'error') return
      families.replace(application, {
        sourceLastSuccess: [{ labels: { source }, value: now() / 1000 }],
      })
    },
  }
}
