import { type BatchWorker, InitFailed, type Outcome } from './worker.ts'
import type { MiniBatch, Workload } from './workload.ts'

export interface CrewOptions {
  /** How many workers at most. */
  readonly workers: number
  readonly timeoutMs: number
  readonly start: (signal: AbortSignal) => Promise<BatchWorker>
  /** Takes the rows of a mini-batch; called once for each that succeeds. */
  readonly write: (rows: readonly string[]) => void
  readonly onLog: (text: string) => void
}

/** Why a job ended before its work was done. */
export class CrewStopped extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Works a workload off with several workers. A worker that dies or takes too long is replaced, and its mini-batch tried
 * again. Rejects with CrewStopped when a script cannot start or too many files fail, or with the signal's reason; no
 * process is left either way.
 */
export async function workOff(
  workload: Workload,
  options: CrewOptions,
  signal: AbortSignal,
): Promise<void> {
  const stopped = new AbortController()
  const both = AbortSignal.any([signal, stopped.signal])
  const count = Math.min(options.workers, workload.counts.miniBatches)
  const lanes = Array.from({ length: count }, () =>
    lane(workload, options, both).catch((error: unknown) => {
      stopped.abort(error)
      throw error
    }),
  )
  await Promise.allSettled(lanes)
  signal.throwIfAborted()
  if (stopped.signal.aborted) throw stopped.signal.reason
}

async function lane(workload: Workload, options: CrewOptions, signal: AbortSignal): Promise<void> {
  let worker: BatchWorker | undefined
  try {
    for (;;) {
      const batch = workload.take()
      if (batch === undefined) return
      worker ??= await begin(options, signal)
      const outcome = await worker.run(batch.files, options.timeoutMs)
      signal.throwIfAborted()
      if (outcome.kind === 'died' || outcome.kind === 'timeout') {
        await worker.stop()
        worker = undefined
      }
      settle(workload, options, batch, outcome)
    }
  } finally {
    await worker?.stop()
  }
}

async function begin(options: CrewOptions, signal: AbortSignal): Promise<BatchWorker> {
  try {
    return await options.start(signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof InitFailed)) throw error
    throw new CrewStopped('UserError', `The scoring script could not start: ${error.message}`)
  }
}

const WORDS = {
  died: 'the worker ended',
  timeout: 'it took longer than its timeout',
}

function settle(
  workload: Workload,
  options: CrewOptions,
  batch: MiniBatch,
  outcome: Outcome,
): void {
  if (outcome.kind === 'rows') {
    workload.succeeded(batch, outcome.rows.length)
    options.write(outcome.rows)
  } else {
    const why = outcome.kind === 'raised' ? outcome.message : WORDS[outcome.kind]
    options.onLog(
      `A mini-batch of ${batch.files.length} file(s) failed at try ${batch.attempts}: ${why}\n`,
    )
    workload.failed(batch)
  }
  if (!workload.isTooBad) return
  const { failedFiles } = workload.counts
  throw new CrewStopped(
    'UserError',
    `The error threshold is exceeded: ${failedFiles} file(s) failed.`,
  )
}
