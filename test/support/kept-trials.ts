import type { KeptTrial, KeptTrials } from '../../src/reconcile/ports.ts'

/** What processes leave to each other of the jobs of their trials. */
export function keptTrials(): KeptTrials & { rows: readonly KeptTrial[] } {
  return {
    rows: [],
    recall() {
      return this.rows
    },
    keep(rows) {
      this.rows = structuredClone(rows)
    },
  }
}
