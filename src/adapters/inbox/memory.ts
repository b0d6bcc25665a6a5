import type { Intent, IntentAnswer } from '../../core/model/rollout.ts'
import type { Inbox } from '../../reconcile/ports.ts'

/** Intents of one Application that were not carried out yet; an operator who waits hears what became of his. */
export interface MemoryInbox extends Inbox {
  /**
   * Hands an intent to the next tick, and resolves with its final answer. With a signal that aborts, resolves then with
   * `pending`; the intent itself stays. Rejects nothing.
   */
  put(intent: Intent, signal?: AbortSignal): Promise<IntentAnswer>
  /** Calls back whenever something is put in. */
  onPut(listener: () => void): void
}

/** More than that are refused: nobody pulls so many levers at once. */
const MAX_WAITING = 50

interface Waiting {
  readonly intent: Intent
  /** What it waits for, as the last tick said. */
  readonly why?: string
  done(answer: IntentAnswer): void
}

export function createInbox(): MemoryInbox {
  const waiting = new Map<string, Waiting>()
  const listeners: (() => void)[] = []
  return {
    take: () => [...waiting.values()].map(({ intent }) => intent),
    answer(answers) {
      for (const answer of answers) {
        const { intent, result } = answer
        const asked = waiting.get(intent.id)
        // Said again as it was heard: bound to what it is about, and until when.
        if (asked !== undefined && result === 'pending')
          waiting.set(intent.id, { ...asked, intent, why: answer.message })
        if (result === 'pending') continue
        asked?.done(answer)
        waiting.delete(intent.id)
      }
    },
    async put(intent, signal) {
      if (waiting.size >= MAX_WAITING)
        return { intent, result: 'refused', message: 'Too many levers are being pulled.' }
      const { promise, resolve } = Promise.withResolvers<IntentAnswer>()
      waiting.set(intent.id, { intent, done: resolve })
      const onAbort = (): void => {
        const why = waiting.get(intent.id)?.why
        const message = why === undefined ? WAITS : `${why} ${WAITS}`
        resolve({ intent, result: 'pending', message })
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted) onAbort()
      for (const listener of listeners) listener()
      return promise.finally(() => signal?.removeEventListener('abort', onAbort))
    },
    onPut(listener) {
      listeners.push(listener)
    },
  }
}

const WAITS =
  'It is carried out as soon as it can be, if the revision that it was said of is still there then. A controller that is started anew does not know of it.'
