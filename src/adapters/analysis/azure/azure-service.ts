import type { TokenCredential } from '@azure/core-auth'
import type { HttpClient } from '@azure/core-rest-pipeline'
import type { AzureCloud } from '../../../core/model/azure-cloud.ts'
import type { Clock } from '../../../reconcile/ports.ts'
import { NoData } from '../no-data.ts'

/** What the providers of Azure need to be asked. */
export interface AzureSettings {
  readonly credential: TokenCredential
  /** Default: the public one. */
  readonly cloud?: AzureCloud
  /** The ARM id of the workspace whose endpoints are meant. */
  readonly workspaceId: string
  /** `https://{region}.metrics.monitor.azure.com`, or what the cloud has instead. Default: that of `region`. */
  readonly metricsUrl?: string | undefined
  /** The region of the workspace, as ARM has it. May fail as ARM does. */
  readonly region?: (signal: AbortSignal) => Promise<string>
  /** Default: the cloud's. */
  readonly logsUrl?: string | undefined
  /** The GUID of the Log Analytics workspace that endpoints write their traffic log to. */
  readonly logsWorkspaceId?: string | undefined
}

export interface AzureProviderOptions {
  readonly clock: Clock
  readonly azure: AzureSettings | undefined
  readonly httpClient: HttpClient
  readonly bodyBytesMax: number
}

export const MINUTE_MS = 60_000

/** The ARM id of an endpoint, whose name was checked. */
export function endpointId({ workspaceId }: AzureSettings, endpoint: string): string {
  return `${workspaceId}/onlineEndpoints/${endpoint}`
}

/**
 * The origin that is configured, when it is one of the service's in this cloud, or loopback, which is the sandbox. A token
 * goes nowhere else, whatever the configuration says.
 */
export function serviceOrigin(
  address: string,
  isService: (url: URL) => boolean,
): { readonly origin: string; readonly isLocal: boolean } {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isLocal = url !== undefined && /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/.test(url.hostname)
  if (url !== undefined && (isLocal || (url.protocol === 'https:' && isService(url))))
    return { origin: url.origin, isLocal }
  throw new NoData('AddressRefused', 'The configured address is not one of this service of Azure.')
}

export function notConfigured(variable: string): NoData {
  return new NoData('ProviderNotConfigured', `This provider is not configured: set ${variable}.`)
}
