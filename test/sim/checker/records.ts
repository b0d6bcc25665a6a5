import type { RolloutRecord, Slot } from '../../../src/core/rollout/record.ts'

export const START = 1_800_000_000_000
export const MINUTE = 60_000
export const BLUE: Slot = { slot: 'blue', rev: '11111111' }
export const GREEN: Slot = { slot: 'green', rev: '22222222' }

export function record(said: Partial<RolloutRecord> = {}): RolloutRecord {
  return {
    phase: 'stable',
    stable: BLUE,
    step: 0,
    sinceMs: START,
    startMs: 0,
    beganMs: said.candidate === undefined ? 0 : START,
    isPaused: false,
    ...said,
  }
}

export const CANARY = record({ phase: 'progressing', candidate: GREEN })
export const BAKING = record({ phase: 'baking', candidate: GREEN, step: 4 })
export const ABORTED = record({ phase: 'aborted', candidate: GREEN })
