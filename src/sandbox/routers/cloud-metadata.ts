import { urlOf } from '../../lib/url.ts'
import { CLOUDS, type CloudName } from '../core/cloud.ts'
import { type HttpRequest, type HttpResponse, jsonResponse } from '../http/message.ts'

export interface CloudAddresses {
  readonly cloud: CloudName
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
    method === 'GET' && urlOf(url).pathname === '/metadata/endpoints'
      ? jsonResponse(200, body)
      : undefined
}

// What has no stand-in here keeps the cloud's own names.
function cloudOf({ cloud, arm, login, storageSuffix }: CloudAddresses) {
  const { portal, armAudiences, keyVaultSuffix, registrySuffix } = CLOUDS[cloud]
  return {
    name: 'VerdigrisSandbox',
    portal,
    resourceManager: `${arm}/`,
    authentication: {
      loginEndpoint: `${login}/`,
      audiences: armAudiences.map((audience) => `${audience}/`),
      tenant: 'common',
      identityProvider: 'AAD',
    },
    graph: 'https://graph.windows.net/',
    graphAudience: 'https://graph.windows.net/',
    suffixes: {
      storage: storageSuffix,
      keyVaultDns: keyVaultSuffix,
      acrLoginServer: registrySuffix,
    },
  }
}
