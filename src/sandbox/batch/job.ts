import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JobView } from '../core/jobs/job-view.ts'
import { folderOfModel } from '../scoring/container.ts'
import { copyBlobs, type Storage } from '../scoring/files.ts'
import { CrewStopped, workOff } from './crew.ts'
import { fetchInputs, InputMissing } from './input.ts'
import { createJobLog, type JobLog } from './log.ts'
import { startBatchWorker } from './worker.ts'
import { type Counts, createWorkload } from './workload.ts'

/**
 * The Python that runs a job's script, or an MLflow model in the folder `model` without one. Rejects with an Error
 * whose message says why there is none.
 */
export type PythonOf = (
  view: JobView,
  model: string | undefined,
  onLine: (line: string) => void,
  signal: AbortSignal,
) => Promise<string>

export interface JobOptions {
  readonly storage: Storage
  readonly pythonOf: PythonOf
  /** All is ready and the workers are about to start. */
  readonly onRunning: () => void
}

/** What became of a job. */
export type JobEnd =
  | { readonly state: 'Completed'; readonly counts: Counts }
  | { readonly state: 'Canceled' }
  | { readonly state: 'Failed'; readonly code: string; readonly message: string }

// Azure makes such a script for MLflow models that come without one.
const mlflowDriver = fileURLToPath(new URL('mlflow_driver.py', import.meta.url))
const workersMax = 64
const outputBytesMax = 256_000_000

/**
 * Runs a batch job from its input in the blob store to its output there: azureml/{childRunId}/score/. Never rejects but
 * when the signal aborts for another reason than a cancellation; leaves no process and no file behind.
 */
export async function runJob(
  view: JobView,
  options: JobOptions,
  signal: AbortSignal,
): Promise<JobEnd> {
  const root = await mkdtemp(join(options.storage.scratch, 'verdigris-job-'))
  const log = createJobLog(view, options.storage)
  try {
    const counts = await score(view, root, log, options, signal)
    await log.save(counts)
    return { state: 'Completed', counts }
  } catch (error) {
    if (signal.aborted) return { state: 'Canceled' }
    const end = failureOf(error)
    log.append(`${end.message}\n`)
    await log.save().catch(() => undefined)
    return end
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
  }
}

function failureOf(error: unknown): JobEnd & { state: 'Failed' } {
  const { message } = error as Error
  const code = error instanceof CrewStopped ? error.code : 'UserError'
  return { state: 'Failed', code, message }
}

async function score(
  view: JobView,
  root: string,
  log: JobLog,
  options: JobOptions,
  signal: AbortSignal,
): Promise<Counts> {
  refuse(view)
  const program = await unpack(view, root, options.storage)
  const onLine = (line: string) => log.append(`${line}\n`)
  const python = await options.pythonOf(view, program.model, onLine, signal)
  const input = join(root, 'input')
  const files = await fetchInputs(options.storage, view.inputs, input, signal)
  const workload = createWorkload(files, view)
  const rows: string[] = []
  let bytes = 0
  options.onRunning()
  await workOff(
    workload,
    {
      workers: Math.min(view.workers, workersMax),
      timeoutMs: view.timeoutMs,
      start: (stop) => startBatchWorker({ ...program, python, onLog: log.append }, stop),
      onLog: log.append,
      write(given) {
        for (const row of given) {
          rows.push(row)
          bytes += row.length + 1
        }
        if (bytes > outputBytesMax) {
          throw new CrewStopped('UserError', `The output is larger than ${outputBytesMax} bytes.`)
        }
      },
    },
    signal,
  )
  await save(view, rows, program.env.AZUREML_BI_OUTPUT_PATH ?? '', options.storage)
  return workload.counts
}

function refuse(view: JobView): void {
  if (view.isPipeline) {
    throw new InputMissing('The sandbox does not run pipeline components.')
  }
  if (!hasScript(view) && view.modelUri === undefined) {
    throw new InputMissing(
      'The deployment has no scoring script, and no model that could be run without one.',
    )
  }
}

function hasScript({ codeUri, scoringScript }: JobView): boolean {
  return codeUri !== undefined && scoringScript !== undefined
}

interface Program {
  readonly script: string
  /** The folder of an MLflow model that is run as it is. */
  readonly model?: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** Copies code and model out of the blob store, laid out as on the nodes of a cluster. */
async function unpack(view: JobView, root: string, storage: Storage): Promise<Program> {
  const folder = join(root, 'code')
  const model = join(root, 'azureml-models', view.modelName ?? 'model', view.modelVersion ?? '1')
  const output = join(root, 'output')
  for (const path of [folder, model, output]) await mkdir(path, { recursive: true })
  if (hasScript(view)) await copyBlobs(storage, view.codeUri ?? '', folder, 'content')
  if (view.modelUri !== undefined) await copyBlobs(storage, view.modelUri, model, 'withName')
  const runs = hasScript(view) ? { script: scriptIn(folder, view) } : await mlflowIn(model)
  return {
    ...runs,
    folder,
    env: {
      // Nothing of our own environment goes to the user's script but what Python needs to start.
      PATH: process.env.PATH ?? '',
      LANG: 'C.UTF-8',
      HOME: root,
      TMPDIR: root,
      ...view.environmentVariables,
      AZUREML_MODEL_DIR: model,
      ...('model' in runs ? { MLFLOW_MODEL: runs.model } : {}),
      AZUREML_BI_OUTPUT_PATH: output,
      AZUREML_RUN_ID: view.childRunId,
    },
  }
}

function scriptIn(folder: string, { scoringScript = '' }: JobView): string {
  const script = resolve(folder, scoringScript)
  if (!script.startsWith(folder + sep)) throw new InputMissing('The script lies outside its code.')
  return script
}

async function mlflowIn(modelDir: string): Promise<{ script: string; model: string }> {
  return { script: mlflowDriver, model: await folderOfModel(modelDir) }
}

/** Rows into the output file, unless the script saves its results itself; and what it has saved, in either case. */
async function save(
  view: JobView,
  rows: readonly string[],
  folder: string,
  { blobs, defaultContainer }: Storage,
): Promise<void> {
  const base = `azureml/${view.childRunId}/score`
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).split(sep).join('/')
    await blobs.put(defaultContainer, `${base}/${name}`, await readFile(path))
  }
  if (view.output === 'SummaryOnly') return
  const name = view.outputFileName.split(/[\\/]/).at(-1) || 'predictions.csv'
  const text = rows.map((row) => `${row}\n`).join('')
  await blobs.put(defaultContainer, `${base}/${name}`, Buffer.from(text))
}
