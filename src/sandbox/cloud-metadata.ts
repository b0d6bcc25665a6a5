import { type HttpRequest, type HttpResponse, jsonResponse } from './http/message.ts'

export interface CloudAddresses {
  /** Origins of the ARM and the token service. */
  readonly arm: string
  readonly login: string
  /** Follows `{account}.blob.` in the addresses of blobs. */
  readonly storageSuffix: string
}

/**
 * GET /metadata/endpoints: the cloud that this workspace is in, as ARM describes clouds to `azure-ai-ml`
 * (ARM_CLOUD_METADATA_URL) and `az cloud register` (FACTS 11). undefined = the request is not for it.
 */
export function createCloudMetadata(
  addresses: CloudAddresses,
): (request: HttpRequest) => HttpResponse | undefined {
  const body = [cloudOf(addresses)]
  return ({ method, url }) =>
    method === 'GET' && new URL(url).pathname === '/metadata/endpoints'
      ? jsonResponse(200, body)
      : undefined
}

// What has no stand-in here keeps Azure's own names.
function cloudOf({ arm, login, storageSuffix }: CloudAddresses) {
  return {
    name: 'VerdigrisSandbox',
    portal: 'https://portal.azure.com',
    resourceManager: `${arm}/`,
    authentication: {
      loginEndpoint: `${login}/`,
      audiences: ['https://management.core.windows.net/', 'https://management.azure.com/'],
      tenant: 'common',
      identityProvider: 'AAD',
    },
    graph: 'https://graph.windows.net/',
    graphAudience: 'https://graph.windows.net/',
    suffixes: {
      storage: storageSuffix,
      keyVaultDns: 'vault.azure.net',
      acrLoginServer: 'azurecr.io',
    },
  }
}
