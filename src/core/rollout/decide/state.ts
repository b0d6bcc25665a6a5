import { earlierThanServing, sidesOfSplit } from '../ages.ts'
import { isSameSlot, isTakenBack, isWindowOpen, type RolloutRecord, type Slot } from '../record.ts'
import { positive, servesNobody, soleServer } from '../weights.ts'
import type { RolloutInput } from './rollout-input.ts'

/**
 * A deployment as far as a rollout's next move depends on it. `up`: Succeeded, with the content that is meant. `changed`: Succeeded, with
 * other content. `busy`: Azure is at work on it. `degraded`: Failed by an update; what ran before still answers. `failed`:
 * it never came up. `gone`: a direct GET answered 404. `unknown`: lists do not show it, and no GET has said that it is gone.
 */
export const HEALTHS = ['up', 'changed', 'busy', 'degraded', 'failed', 'gone', 'unknown'] as const
export type Health = (typeof HEALTHS)[number]

/** What the endpoint's tag says. `unreadable`: a text that is no record of ours. */
export const RECORDS = ['none', 'unreadable', 'stable', 'progressing', 'baking', 'aborted'] as const
export type RecordState = (typeof RECORDS)[number]

/** Who has live traffic: what the record stands for, or something else. `split`: several, or one that has less than all. */
export const SERVINGS = ['recorded', 'nobody', 'other', 'split'] as const
export type Serving = (typeof SERVINGS)[number]

/**
 * What Git wants, beside the record. `inPlace`: other content in the stable deployment itself. `previous`: the one of
 * before, within its window. `unknown`: a label does not resolve, or the deployment is not declared.
 */
export const WANTS = ['stable', 'candidate', 'previous', 'inPlace', 'newer', 'unknown'] as const
export type WantedState = (typeof WANTS)[number]

/** Everything finite that the next move depends on; the table in `table.ts` has a row for each combination. */
export interface RolloutState {
  readonly record: RecordState
  /** The record's stable deployment; without a record, the one that serves. */
  readonly stable: Health
  /** The record's candidate; without one, the deployment that Git wants. */
  readonly candidate: Health
  /** Whether the revision of before is within its window and answers; without a record, whether the ages tell what stood before. */
  readonly isPreviousWarm: boolean
  readonly serving: Serving
  readonly wants: WantedState
}

/** What may happen in a state, in the order in which it is looked at: what takes traffic back comes first. */
export const EVENTS = [
  'abort',
  'undo',
  'retry',
  'commit',
  'fail',
  'deadline',
  'noData',
  'pause',
  'resume',
  'promote',
  'tick',
] as const
export type RolloutEvent = (typeof EVENTS)[number]

/** Whether users of it get answers: it may keep, or be given back, its traffic. */
export function answersUsers(health: Health): boolean {
  return health === 'up' || health === 'changed' || health === 'degraded' || health === 'busy'
}

export function stateOf(input: RolloutInput): RolloutState {
  const { record, wanted } = input
  return {
    record: input.isUnreadable ? 'unreadable' : (record?.phase ?? 'none'),
    stable: healthOf(input, record?.stable ?? soleServerOf(input)),
    candidate: healthOf(input, record?.candidate ?? wanted),
    isPreviousWarm:
      record === undefined
        ? (earlierThanServing(input) ?? sidesOfSplit(input)) !== undefined
        : record.previous !== undefined &&
          isWindowOpen(record, input) &&
          isWarm(input, record.previous),
    serving: servingOf(input),
    wants: isGivenBackFirst(input) ? 'stable' : wantsOf(input, record),
  }
}

/** Whether users get answers of that very revision there. What was made again in its place has served when it has come up. */
export function isWarm(input: Pick<RolloutInput, 'deployments' | 'absent'>, slot: Slot): boolean {
  const health = healthOf(input, slot)
  const state = input.deployments.get(slot.slot)
  const isSame = state?.hasServed === true && (state.rev ?? slot.rev) === slot.rev
  return health === 'up' || (isSame && (health === 'degraded' || health === 'busy'))
}

/** `rev` undefined: any content is the right one. */
export function healthOf(
  { deployments, absent }: Pick<RolloutInput, 'deployments' | 'absent'>,
  slot: (Omit<Slot, 'rev'> & { readonly rev?: string }) | undefined,
): Health {
  if (slot === undefined) return 'unknown'
  const state = deployments.get(slot.slot)
  if (state === undefined) return absent.has(slot.slot) ? 'gone' : 'unknown'
  if (state.failure !== undefined) return state.hasServed ? 'degraded' : 'failed'
  if (!state.isUp) return 'busy'
  const isOther = slot.rev !== undefined && state.rev !== undefined && state.rev !== slot.rev
  return isOther ? 'changed' : 'up'
}

function soleServerOf({ live }: RolloutInput): { readonly slot: string } | undefined {
  const slot = soleServer(live)
  return slot === undefined ? undefined : { slot }
}

function servingOf({ live, record, isAsRecorded }: RolloutInput): Serving {
  const names = Object.keys(positive(live))
  if (record !== undefined && isAsRecorded) return 'recorded'
  if (names.length === 0) return 'nobody'
  return names.length === 1 ? 'other' : 'split'
}

/** What is frozen waits; users whom nobody serves are given back to what was proven meanwhile. */
function isGivenBackFirst({ record, isHeld, live, wanted }: RolloutInput): boolean {
  return isHeld && record?.phase === 'stable' && servesNobody(live) && wanted.slot !== ''
}

function wantsOf(input: RolloutInput, record: RolloutRecord | undefined): WantedState {
  const { wanted } = input
  if (wanted.slot === '') return 'unknown'
  if (record === undefined) return 'newer'
  const { stable, candidate, previous, phase } = record
  if (isSameSlot(wanted, stable)) return 'stable'
  const isAborted = phase === 'aborted' && candidate?.rev === wanted.rev
  if (phase !== 'stable' && (isAborted || isSameSlot(wanted, candidate))) return 'candidate'
  if (wanted.slot === stable.slot) return 'inPlace'
  const isWarm = isSameSlot(wanted, previous) && isWindowOpen(record, input)
  return isWarm && !isTakenBack(record) ? 'previous' : 'newer'
}
