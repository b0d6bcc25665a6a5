import { z } from 'zod'
import type { StepInput, StepResult } from '../decide/rollout-input.ts'
import { ON, type StepKind, stepSpan } from './step.ts'

const said = z
  .strictObject({
    duration: stepSpan().optional().describe('How long. Without it, until `rollout promote`.'),
  })
  .describe('A wait.')

/** A wait: by the clock, or for somebody who says `promote`. */
export const pause: StepKind<'pause', z.output<typeof said>> = {
  schema: said,
  read: ({ duration }) =>
    duration === undefined ? { type: 'pause' } : { type: 'pause', durationMs: duration },
  phase: 'paused',
  isTimed: true,
  go({ durationMs }, input) {
    if (input.isPromoted) return ON
    if (durationMs !== undefined)
      return timeLeft(durationMs, input, 'Pausing', 'Pauses at these weights')
    return {
      go: 'wait',
      reason: 'WaitsForPromote',
      message: 'Waits for somebody to say `verdigris rollout promote`.',
      needsSomebody: true,
    }
  },
}

/** On when the time is over. It counts from when the weights are seen in force, so that a slow write shortens nothing. */
export function timeLeft(
  durationMs: number,
  { elapsedMs, isPromoted, now }: StepInput,
  reason: string,
  what: string,
): StepResult {
  if (isPromoted || elapsedMs >= durationMs) return ON
  const left = durationMs - elapsedMs
  const message = `${what} for ${Math.ceil(left / 1000)} s more.`
  return { go: 'wait', reason, message, until: now + left }
}
