import { once } from 'node:events'
import { extname } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { ManifestsInput } from '../../core/manifests/read.ts'
import type { Desired, Upload } from '../../core/model/desired.ts'
import type { SnapshotFile } from '../../core/model/snapshot.ts'
import type { Understood } from '../../reconcile/ports.ts'
import { startBoundedThread } from '../bounded-thread.ts'
import { type Excess, endedReading, type ManifestsBudget } from './manifests-budget.ts'
import { watchCost } from './reading-cost.ts'
import { type Answer, PROGRESS, piecesOf, type Request } from './reading-messages.ts'
import { withLists } from './upload-lists.ts'

// Compiled, it is JavaScript as this file is.
const THREAD = new URL(`manifests-thread${extname(import.meta.url)}`, import.meta.url)

/** A thread that reads snapshots one after the other. */
export interface Thread {
  readonly worker: Worker
  /** What it is at: see PROGRESS. */
  readonly progress: Int32Array
  /** Aborts when it has ended. */
  readonly gone: AbortSignal
}

/** A reading that took more than its budget. `file`: the one that was read then. */
export class ReadingEnded extends Error {
  readonly excess: Excess
  readonly file: SnapshotFile | undefined
  constructor(excess: Excess, file: SnapshotFile | undefined) {
    super(excess)
    this.excess = excess
    this.file = file
  }
}

export function startThread({ heapMb }: Pick<ManifestsBudget, 'heapMb'>): Thread {
  const shared = new SharedArrayBuffer(PROGRESS.length * Int32Array.BYTES_PER_ELEMENT)
  const worker = startBoundedThread(THREAD, heapMb, shared)
  const gone = new AbortController()
  // Whoever waits for an answer is told why it failed; nobody else needs to be.
  worker.on('error', () => {})
  worker.once('exit', () => gone.abort())
  const progress = new Int32Array(shared)
  // It has to load its modules first, which is no file's cost.
  Atomics.store(progress, PROGRESS.file, -1)
  return { worker, progress, gone: gone.signal }
}

/** Throws ReadingEnded, what the thread throws, and when it is aborted: after each of them the thread is of no more use. */
export async function readBy(
  { worker, progress, gone }: Thread,
  input: ManifestsInput,
  costly: ReadonlySet<string>,
  budget: ManifestsBudget,
  signal: AbortSignal,
): Promise<Understood> {
  const { files } = input.snapshot
  const cost = watchCost(worker, progress, budget)
  const signals = AbortSignal.any([signal, gone, cost.exceeded])
  const fileNow = () => files[Atomics.load(progress, PROGRESS.file)]
  async function ask(request: Request): Promise<Answer> {
    const answered = once(worker, 'message', { signal: signals })
    worker.postMessage(request)
    const [answer] = await answered
    return answer
  }
  try {
    return await converse(input, costly, budget, ask)
  } catch (error) {
    signal.throwIfAborted()
    const excess = isOutOfMemory(error) ? 'memory' : cost.excess()
    throw excess === undefined ? error : new ReadingEnded(excess, fileNow())
  } finally {
    cost.stop()
  }
}

async function converse(
  { snapshot, variables, exclude = [], limits = {} }: ManifestsInput,
  costly: ReadonlySet<string>,
  budget: ManifestsBudget,
  ask: (request: Request) => Promise<Answer>,
): Promise<Understood> {
  const { files, ...rest } = snapshot
  await ask({ is: 'begin', snapshot: rest, variables, exclude, limits, costly })
  for (const piece of piecesOf(files, ({ path, text }) => path.length + (text?.length ?? 0)))
    await ask({ is: 'files', files: piece })
  const read = await ask({ is: 'read' })
  if (read.is === 'costly') return endedReading('file', read.path, budget)
  if (read.is !== 'read') throw new Error(`the thread answered '${read.is}'`)
  return { desired: await declaredBy(ask), problems: read.problems }
}

async function declaredBy(ask: (request: Request) => Promise<Answer>): Promise<readonly Desired[]> {
  const whole = withLists(new Map<string, Upload['files']>())
  const desired: Desired[] = []
  for (let isLast = false; !isLast; ) {
    const answer = await ask({ is: 'more' })
    if (answer.is !== 'piece') throw new Error(`the thread answered '${answer.is}'`)
    for (const one of answer.desired) desired.push(whole(one))
    isLast = answer.isLast
  }
  return desired
}

function isOutOfMemory(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
