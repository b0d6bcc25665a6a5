import { AZURE_CLOUDS, isHostOf, tokenScopeOf } from '../../../core/model/azure-cloud.ts'
import type { AzureSettings } from '../azure/azure-service.ts'
import type { MetricHost } from '../http/http.ts'
import { NoData } from '../no-data.ts'

/**
 * A server of Azure's managed service for Prometheus (`https://{workspace}.{region}.prometheus.monitor.azure.com`) is asked with
 * a token of the Application's identity, unless the configuration names a file with one; every other server as it is.
 */
export function withEntraToken(server: MetricHost, azure: AzureSettings | undefined): MetricHost {
  if (azure === undefined || server.token !== undefined) return server
  const { prometheusSuffix } = azure.cloud ?? AZURE_CLOUDS.public
  const { protocol, hostname } = new URL(server.url)
  if (protocol !== 'https:' || !isHostOf(hostname, prometheusSuffix, [2, 2])) return server
  const scope = tokenScopeOf(`https://${prometheusSuffix}`)
  return {
    ...server,
    token: async () => {
      const given = await azure.credential.getToken(scope).catch(() => null)
      if (given !== null) return given.token
      throw new NoData(
        'Unauthorized',
        `The identity gets no token for https://${prometheusSuffix}.`,
      )
    },
  }
}
