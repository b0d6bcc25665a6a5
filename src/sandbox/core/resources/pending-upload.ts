import { type Answer, type Call, subscriptionId } from '../call.ts'
import { drawGuid } from '../ids.ts'

/**
 * POST codes/{name}/versions/{version}/startPendingUpload: a fresh container and a SAS for it. The answer's
 * `pendingUploadType` is None although a TemporaryBlobReference was asked for (recorded).
 */
export function startPendingUpload(call: Call): Answer {
  const { storage, resourceGroup, workspaceId } = call.state.settings
  const container = `${workspaceId.slice(0, 10)}-${drawGuid(call.state)}`
  const blobUri = `${storage.blobOrigin}/${container}`
  const account = `${subscriptionId(call.state)}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${storage.accountName}`
  return {
    status: 200,
    createsContainer: container,
    body: {
      blobReferenceForConsumption: {
        blobUri,
        storageAccountArmId: account,
        credential: { credentialType: 'SAS', sasUri: `${blobUri}?${storage.sasToken}` },
      },
      pendingUploadId: drawGuid(call.state),
      pendingUploadType: 'None',
    },
  }
}
