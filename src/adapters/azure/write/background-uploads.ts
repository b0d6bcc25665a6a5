import { keyOf } from '../../../core/model/ref.ts'
import { UPLOADING } from '../../../core/model/report.ts'
import { CloudError } from '../../../reconcile/ports.ts'
import type { Uploads } from './upload.ts'

/**
 * Uploads that outlast a tick: after `patienceMs` the tick goes on without the answer (a CloudError `Uploading`), the upload
 * continues, and the next start of the same thing joins it. So a large model delays no other endpoint. Lost with the
 * process, as it may be: what is in the store already is found there.
 */
export function backgroundUploads(uploads: Uploads, patienceMs: number): Uploads {
  const running = new Map<string, ReturnType<Uploads['place']>>()

  /** A finished one is kept until it is asked for: where its content lies is its answer. A failed one is begun anew. */
  function begin(key: string, upload: ReturnType<Uploads['place']>): typeof upload {
    const oldest = running.keys().next().value
    if (running.size >= KEPT_MAX && oldest !== undefined) running.delete(oldest)
    running.set(key, upload)
    upload.catch(() => running.delete(key))
    return upload
  }

  return {
    async place(local, content, signal) {
      const key = `${keyOf(local.ref)} ${local.upload.hash}`
      const upload = running.get(key) ?? begin(key, uploads.place(local, content, signal))
      const body = await Promise.race([upload, afterMs(patienceMs)])
      if (body === undefined) throw stillUploading(local.upload.name)
      running.delete(key)
      return body
    },
  }
}

const KEPT_MAX = 64

function stillUploading(name: string): CloudError {
  return new CloudError({
    reason: UPLOADING,
    message: `${name} is being uploaded.`,
    errorClass: 'retryable',
    retry: 'Later',
    retryAfterMs: 5000,
  })
}

/** Real time, not the clock's: it is about this process, not about Azure. It keeps no process alive. */
function afterMs(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms).unref()
  })
}
