import type { Rollout } from '../../model/desired.ts'
import type { IntentAnswer, RolloutPhase, RolloutTransition } from '../../model/rollout.ts'
import { isTakenBack, type RolloutRecord, unpaused, withdrawn } from '../record.ts'
import { positive, split, type Weights } from '../weights.ts'
import type { RolloutInput } from './rollout-input.ts'
import { markOf } from './tried.ts'

/** What a rollout makes of a situation: the weights and the record for this moment, and why. */
export interface RolloutDecision {
  readonly weights: Weights
  readonly mirror: Weights
  /** The record to be there; undefined = none is written. It goes out in the same PUT as the weights. */
  readonly record: RolloutRecord | undefined
  /** What the new record means; absent when it is the old one. */
  readonly transition?: Omit<RolloutTransition, 'endpoint' | 'strategy'>
  readonly phase: RolloutPhase
  readonly reason: string
  readonly message: string
  /** Only a person or a commit can help. */
  readonly stalled: boolean
  readonly wakeAt?: number
  /** Instances the candidate is to have now; absent = as Git declares. */
  readonly instances?: number
  /** Failures of this deployment that are remembered are forgotten: somebody wants it tried again. */
  readonly retries?: string
  /** The deployment that the traffic waits for, where it is not the candidate. */
  readonly awaits?: string
  /** How far the steps are passed. */
  readonly step: number
  /** The traffic goes back because somebody or something said so: nothing may hold this write that need not. */
  readonly isUrgent: boolean
  readonly answers: readonly IntentAnswer[]
  /** What has to be asked before more can be said: golden requests or a trial of these deployments. */
  readonly needs: { readonly probe?: string; readonly trial?: string }
}

/** The part of a Progress that differs from staying where the record is. */
export type DecisionFields = Partial<RolloutDecision> &
  Pick<RolloutDecision, 'phase' | 'reason' | 'message'>

/** Stays with the record's own weights; what differs is given. */
export function stay(
  input: RolloutInput,
  record: RolloutRecord,
  move: DecisionFields,
): RolloutDecision {
  return {
    ...inForce(record, input),
    record,
    stalled: false,
    step: record.step,
    isUrgent: false,
    answers: [],
    needs: {},
    ...move,
  }
}

/** Writes another record, with its own weights. */
export function transitionTo(
  input: RolloutInput,
  record: RolloutRecord,
  transition: NonNullable<RolloutDecision['transition']>,
  move: Omit<DecisionFields, 'message'>,
): RolloutDecision {
  const { message } = transition
  return stay(input, record, { transition, message, ...move })
}

/** The traffic that a record stands for. */
export function inForce(
  record: RolloutRecord,
  { rollout, mirror, wanted }: Pick<RolloutInput, 'rollout' | 'mirror'> & Partial<RolloutInput>,
): { readonly weights: Weights; readonly mirror: Weights } {
  const { stable, candidate, phase } = record
  if (candidate === undefined || phase === 'stable' || phase === 'aborted')
    return {
      weights: { [stable.slot]: 100 },
      mirror: without(mirror, [stable.slot, candidate?.slot, wanted?.slot, ...ownSlots(rollout)]),
    }
  if (phase === 'baking')
    return { weights: split(stable.slot, candidate.slot, 100 - rollout.bakeControl), mirror: {} }
  const { weight, copies } = sharesAt(rollout.steps, record.step)
  return {
    weights: split(stable.slot, candidate.slot, weight),
    mirror: positive({ [candidate.slot]: copies }),
  }
}

/** Percent of live and of mirrored traffic that the candidate has at a step: of the last move up to it. */
function sharesAt(
  steps: Rollout['steps'],
  step: number,
): { readonly weight: number; readonly copies: number } {
  const last = steps
    .slice(0, step + 1)
    .findLast(({ type }) => type === 'setWeight' || type === 'setMirror')
  if (last?.type === 'setWeight') return { weight: last.percent, copies: 0 }
  return { weight: 0, copies: last?.type === 'setMirror' ? last.percent : 0 }
}

/** What is in a slot of the rollout's own comes and goes with it. */
function ownSlots({ slots = [] }: Rollout): readonly string[] {
  return slots.map(({ ref }) => ref.name.toLowerCase())
}

/** Mirroring that no rollout speaks of stays; a candidate's ends with it, and what serves, or is to be made, is not mirrored to. */
function without(mirror: Weights, slots: readonly (string | undefined)[]): Weights {
  return Object.fromEntries(Object.entries(mirror).filter(([name]) => !slots.includes(name)))
}

/** Back to the stable revision in one write, remembering what is not to be tried again. */
export function abort(
  input: RolloutInput,
  record: RolloutRecord,
  why: {
    readonly reason: string
    readonly message: string
    readonly trigger: RolloutTransition['trigger']
  },
): RolloutDecision {
  const { now, rollout, wanted } = input
  const { previous, reference: _, ...kept } = unpaused(record)
  const { reason, message, trigger } = why
  const tried = trigger === 'analysis' ? markOf(input, reason) : undefined
  const candidate = record.phase === 'stable' ? wanted : (record.candidate ?? wanted)
  const aborted: RolloutRecord = {
    ...kept,
    phase: 'aborted',
    candidate,
    ...(previous === undefined || previous.slot === candidate.slot ? {} : { previous }),
    untilMs: now + rollout.keep.forMs,
    sinceMs: now,
    ...(tried === undefined ? {} : { tried }),
  }
  const told = { result: 'aborted', trigger, message, ...began(record) } as const
  return {
    ...transitionTo(input, aborted, told, { phase: 'aborting', reason }),
    isUrgent: record.phase !== 'stable',
  }
}

/** The policy for a failure: back in one write, or stay and call somebody; a commit that waits is called already. */
export function failed(
  input: RolloutInput,
  record: RolloutRecord,
  why: Parameters<typeof abort>[2],
): RolloutDecision {
  const { reason, message } = why
  const { rollout } = input
  if (rollout.onFailure === 'rollback' || record.phase === 'stable')
    return abort(input, record, why)
  if (input.isAwaited)
    return supersede(input, record, 'superseded', `${message} A newer revision takes its place.`)
  const held = `${message} It stays as it is (onFailure: hold) until \`verdigris rollout abort\` or another commit.`
  return stay(input, record, { phase: 'degraded', reason, message: held, stalled: true })
}

/** Back to the stable revision because Git wants something else now; nothing is held against the candidate. */
export function supersede(
  input: RolloutInput,
  record: RolloutRecord,
  result: 'superseded' | 'rolled_back',
  message: string,
  reason = result === 'superseded' ? 'Superseded' : 'Reverted',
): RolloutDecision {
  const rest = { ...withdrawn(record, input.now), ...window(record) }
  const trigger = reason === 'NoData' || reason === 'StableBack' ? 'health' : 'commit'
  const told = { result, trigger, message, ...began(record) } as const
  const mirror = without(input.mirror, [record.stable.slot, record.candidate?.slot])
  return {
    ...transitionTo(input, rest, told, { phase: 'aborting', reason }),
    mirror,
    isUrgent: true,
  }
}

/** How long a rollout has been watched, as its record keeps it. */
export function spent({ spentMs }: RolloutInput): Required<Pick<RolloutRecord, 'spentMs'>> {
  return { spentMs: Math.floor(spentMs) }
}

/** The rollback window of a record, as a later one has it: what Git itself has taken back is no way back for long. */
export function window(record: RolloutRecord): Pick<RolloutRecord, 'previous' | 'untilMs'> {
  const { previous, untilMs } = record
  if (previous === undefined || untilMs === undefined || isTakenBack(record)) return {}
  return { previous, untilMs }
}

function began({ beganMs }: RolloutRecord): { readonly beganAt?: number } {
  return beganMs === 0 ? {} : { beganAt: beganMs }
}
