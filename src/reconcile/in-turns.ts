import type { Parts } from '../core/model/values/parts.ts'
import type { Clock } from './ports.ts'

/** For so long at a time nothing else of the process is done. */
const TURN_MS = 10

/** Work in parts, with other work of the process in between: users of a large workspace ask for status meanwhile. */
export async function inTurns<Made>(
  parts: Parts<Made>,
  { now }: Pick<Clock, 'now'>,
  signal?: AbortSignal,
): Promise<Made> {
  let since = now()
  for (;;) {
    const { done, value } = parts.next()
    if (done === true) return value
    if (now() - since < TURN_MS) continue
    await new Promise((resolve) => setImmediate(resolve))
    signal?.throwIfAborted()
    since = now()
  }
}
