import { createHash } from 'node:crypto'
import type { TraceEvent } from '../trace.ts'

/** The hash of a trace: two runs with the same one did the same, in the same order, to the last byte. */
export function createHasher(): { add(event: TraceEvent): void; digest(): string } {
  const hash = createHash('sha256')
  return {
    add(event) {
      hash.update(JSON.stringify(event))
      hash.update('\n')
    },
    digest: () => hash.digest('hex').slice(0, 32),
  }
}
