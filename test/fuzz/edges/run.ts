import { cpuMsOf } from '../../support/cost.ts'
import { STALL_MS } from '../check.ts'
import { randomOf } from '../random.ts'
import type { Attempt, Edge } from './edge.ts'

export interface Wrong {
  readonly edge: string
  readonly seed: number
  readonly index: number
  readonly what: string
  readonly text: string
}

export interface Stretch {
  readonly seed: number
  readonly from: number
  readonly inputs: number
  /** Whether stalls are looked for, too: never by a test, since machines are slow at times. */
  readonly isTimed: boolean
}

/** Tries one input after the other; gives those whose answer is wrong. */
export async function tryEdge(
  edge: Edge,
  { seed, from, inputs, isTimed }: Stretch,
  onProgress: (tried: number) => void = () => undefined,
): Promise<readonly Wrong[]> {
  const found: Wrong[] = []
  for (let index = from; index < from + inputs; index += 1) {
    const attempt = edge.make(randomOf(seed, index))
    const what = (await wrongOf(attempt)) ?? (isTimed ? await stallOf(attempt) : undefined)
    if (what !== undefined) found.push({ edge: edge.name, seed, index, what, text: attempt.text })
    // What a request leaves for the next turn of the event loop is done there, and not kept until the end.
    if ((index - from) % 100 === 99) await new Promise(setImmediate)
    if ((index - from) % 1000 === 999) onProgress(index - from + 1)
  }
  return found
}

async function wrongOf({ run }: Attempt): Promise<string | undefined> {
  try {
    return await run()
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message).slice(0, 1500) : String(error)
  }
}

/** Only what is slow every time is a stall. Of what waits, the work until it waits first is measured. */
async function stallOf({ run }: Attempt): Promise<string | undefined> {
  let least = Number.POSITIVE_INFINITY
  for (let times = 0; times < 4 && least > STALL_MS; times += 1) {
    let running: unknown
    const ms = cpuMsOf(() => {
      running = run()
    })
    await Promise.resolve(running).catch(() => undefined)
    least = Math.min(least, ms)
  }
  return least > STALL_MS ? `${Math.round(least)} ms of processor time in one go` : undefined
}
