import { createHash } from 'node:crypto'
import type { EnvironmentFailed } from '../python/environment.ts'
import type { Storage } from './files.ts'

/**
 * Keeps the log of a failed build where Azure does, and gives the sentence that its failure message has about it
 * (Azure's page "troubleshoot online endpoints", ImageBuildFailure).
 */
export async function keepBuildLog(storage: Storage, failure: EnvironmentFailed): Promise<string> {
  const { blobs, accountName, defaultContainer } = storage
  const id = createHash('sha256').update(failure.log).digest('hex').slice(0, 32)
  const path = `azureml/ImageLogs/${id}/build.log`
  await blobs.put(defaultContainer, path, Buffer.from(failure.log))
  return `Image build failed: ${failure.message.replace(/\.$/, '')}. The build log is available in the workspace blob store "${accountName}" under the path "/${path}".`
}
