import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type JobEnd, runJob } from '../../../src/sandbox/batch/job.ts'
import { createJobRuntime, type JobRuntime } from '../../../src/sandbox/batch/runtime.ts'
import { type BlobClient, createBlobClient } from '../../../src/sandbox/blobs/client.ts'
import { createMemoryBlobs } from '../../../src/sandbox/blobs/memory.ts'
import type { JobProgress } from '../../../src/sandbox/core/contract.ts'
import type { JobView } from '../../../src/sandbox/core/jobs/job-view.ts'

const account = { accountName: 'acct', accountKey: Buffer.from('key').toString('base64') }
const origin = 'https://blobs.invalid'
const workspace = 'subscriptions/s/resourcegroups/g/workspaces/w'

/** A blob store with a script and an input, and jobs that run on it without a workspace around. */
export interface JobStage {
  readonly blobs: BlobClient
  /** A folder that scripts may leave marks in: `MARKS` in their environment. */
  readonly marks: string
  /** Names of the marks that were left. */
  left(): string[]
  view(change?: Partial<JobView>): JobView
  run(change?: Partial<JobView>, signal?: AbortSignal): Promise<JobEnd>
  /** The rows of the output, sorted. */
  rows(file?: string): Promise<string[]>
  log(name: string, run?: string): Promise<string>
  runtime(views: () => readonly JobView[], told: string[]): JobRuntime
  remove(): void
}

const childRunId = 'child'

/** `files` are the names of the input files; each holds its own name. */
export async function stageJob(script: string, files: readonly string[]): Promise<JobStage> {
  const now = Date.now
  const send = createMemoryBlobs({ account, basePath: '', now })
  const blobs = createBlobClient({ account, origin, send, now })
  const storage = {
    ...{ blobs, accountName: account.accountName, defaultContainer: 'store' },
    ...{ origins: [origin], workspace, scratch: tmpdir() },
  }
  const marks = mkdtempSync(join(tmpdir(), 'verdigris-marks-'))
  await blobs.createContainer('store')
  await blobs.put('store', 'code/score.py', Buffer.from(script))
  for (const name of files) await blobs.put('store', `input/${name}`, Buffer.from(name))
  const pythonOf = async () => 'python3'

  function view(change: Partial<JobView> = {}): JobView {
    return {
      name: 'job',
      childRunId,
      endpoint: 'nightly',
      deployment: 'blue',
      isCanceled: false,
      inputs: [
        {
          name: 'in',
          type: 'UriFolder',
          uri: 'azureml://datastores/workspaceblobstore/paths/input',
        },
      ],
      codeUri: `${origin}/store/code`,
      scoringScript: 'score.py',
      environmentVariables: { MARKS: marks },
      miniBatchSize: 10,
      workers: 2,
      maxRetries: 3,
      timeoutMs: 30_000,
      errorThreshold: -1,
      output: 'AppendRow',
      outputFileName: 'predictions.csv',
      loggingLevel: 'Info',
      isPipeline: false,
      ...change,
    }
  }

  const read = async (container: string, name: string) =>
    (await blobs.read(container, name)).toString('utf8')

  return {
    blobs,
    marks,
    view,
    left: () => readdirSync(marks).sort(),
    run: (change = {}, signal = new AbortController().signal) =>
      runJob(view(change), { storage, pythonOf, onRunning: () => undefined }, signal),
    async rows(file = 'predictions.csv') {
      const text = await read('store', `azureml/${childRunId}/score/${file}`)
      return text.split('\n').slice(0, -1).sort()
    },
    log: (name, run = childRunId) => read('azureml', `ExperimentRun/dcid.${run}/${name}`),
    runtime: (views, told) =>
      createJobRuntime({
        ...{ storage, pythonOf, views, now },
        tell: (job, progress: JobProgress) => told.push(`${job} ${progress.state}`),
      }),
    remove: () => rmSync(marks, { recursive: true, force: true }),
  }
}

export function named(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `f${String(index).padStart(5, '0')}.txt`)
}
