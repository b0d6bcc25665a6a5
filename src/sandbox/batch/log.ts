import type { JobView } from '../core/jobs/job-view.ts'
import { LOG_NAMES, logPath } from '../core/jobs/run-logs.ts'
import type { Storage } from '../scoring/files.ts'
import type { Counts } from './workload.ts'

/** What a job's processes print, and how its work went: kept with the run once it is over. */
export interface JobLog {
  append(text: string): void
  save(counts?: Counts): Promise<void>
}

const charsMax = 2_000_000

/** A log of at most 2 million characters: beyond that the oldest go. */
export function createJobLog(view: JobView, { blobs }: Storage): JobLog {
  let chunks: string[] = []
  let chars = 0

  function append(text: string): void {
    chunks.push(text)
    chars += text.length
    if (chars <= 2 * charsMax) return
    chunks = [chunks.join('').slice(-charsMax)]
    chars = charsMax
  }

  return {
    append,
    async save(counts) {
      const { container } = LOG_NAMES
      const put = (run: string, name: string, text: string) =>
        blobs.put(container, `${logPath(run)}${name}`, Buffer.from(text))
      const overview = counts === undefined ? 'The job did not end.\n' : overviewOf(counts)
      await blobs.createContainer(container)
      await put(view.childRunId, LOG_NAMES.user, chunks.join('').slice(-charsMax))
      await put(view.childRunId, LOG_NAMES.progress, overview)
      await put(view.name, LOG_NAMES.pipeline, overview)
    },
  }
}

function overviewOf(counts: Counts): string {
  const lines = [
    `Files: ${counts.files}`,
    `Mini-batches: ${counts.miniBatches}`,
    `Mini-batches done: ${counts.done}`,
    `Mini-batches failed: ${counts.lost}`,
    `Retries: ${counts.retries}`,
    `Files failed: ${counts.failedFiles}`,
    `Rows: ${counts.rows}`,
  ]
  return `${lines.join('\n')}\n`
}
