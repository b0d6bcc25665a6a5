import type { Rollout } from '../../model/desired.ts'
import type { StepDeadline } from '../../model/rollout.ts'
import type { RolloutRecord } from '../record.ts'
import type { Why } from './cause.ts'
import { type RolloutDecision, spent, transitionTo } from './decision.ts'
import { type RolloutInput, waitsForPerson } from './rollout-input.ts'
import { answersUsers, healthOf } from './state.ts'

/** The deadline of the step in force, and how much of it is left: milliseconds, not below 0. */
export function stepDeadlineOf(
  { stepDeadlines = [] }: Rollout,
  record: RolloutRecord | undefined,
  spentMs: number,
): (StepDeadline & { readonly leftMs: number }) | undefined {
  if (record?.phase !== 'progressing' || record.isPaused) return undefined
  const found = stepDeadlines.find(({ step }) => step === record.step)
  if (found === undefined) return undefined
  // What was watched by the write that entered the step, or let it go on, is in the record.
  const inStepMs = spentMs - (record.spentMs ?? 0)
  return { ...found, leftMs: Math.max(0, found.ms - inStepMs) }
}

/** The step in force has had its time. Somebody who says promote lets it go on; a pause is nothing where stable is lost. */
export function stepOverdue(input: RolloutInput): Why | undefined {
  const { record, rollout, spentMs, intents, isHeld } = input
  const deadline = stepDeadlineOf(rollout, record, spentMs)
  if (deadline === undefined || deadline.leftMs > 0 || waitsForPerson(input)) return undefined
  if (intents.some(({ verb }) => verb === 'promote')) return undefined
  const why = {
    reason: 'StepDeadlineExceeded',
    message: textOf(rollout, deadline),
    trigger: 'deadline',
  } as const
  if (deadline.policy === 'fail') return why
  const isHeldAlready = isHeld || !answersUsers(healthOf(input, record?.stable))
  return isHeldAlready ? undefined : { ...why, isPause: true }
}

/** By the step's own policy the rollout stays as it is, and somebody is told. */
export function pausedByDeadline(
  input: RolloutInput,
  record: RolloutRecord,
  { reason, message }: Why,
): RolloutDecision {
  const paused = { ...record, isPaused: true, isOverdue: true, ...spent(input) } as const
  const transition = {
    result: 'paused',
    trigger: 'deadline',
    message: `${message} ${WAYS}`,
  } as const
  return transitionTo(input, paused, transition, { phase: 'paused', reason, stalled: true })
}

/** What is said of a rollout that a step's deadline paused, as long as it is. */
export function overdueText(
  rollout: Rollout,
  { step }: RolloutRecord,
): Pick<Why, 'reason' | 'message'> {
  const deadline = rollout.stepDeadlines?.find((one) => one.step === step)
  const what =
    deadline === undefined ? 'A step did not end within its deadline.' : textOf(rollout, deadline)
  return { reason: 'StepDeadlineExceeded', message: `${what} ${WAYS}` }
}

const WAYS =
  'It is paused: `verdigris rollout resume` gives the step its time once more, `verdigris rollout abort` takes the traffic back.'

function textOf({ steps }: Rollout, { step, ms }: StepDeadline): string {
  const minutes = Math.round(ms / 60_000)
  return `Step ${step + 1} of ${steps.length} (${steps[step]?.type}) did not end within its deadline of ${minutes} minutes.`
}
