import type { TraceEvent } from '../../trace.ts'
import type { Call } from '../call.ts'
import { roadOf } from '../git.ts'
import type { History } from '../history.ts'
import { acceptedWriteIn, type Invariant, NOTHING } from '../invariant.ts'
import { isModel } from '../model.ts'
import { isPromotion, type Shift, saidSince, shiftIn } from '../shift.ts'
import { deploymentIn, targetIn } from '../world.ts'
import { shortened } from './steps.ts'

/** S26: nothing follows from what a list does not show. */
export const KNOWLEDGE: readonly Invariant[] = [
  {
    id: 'S26',
    title:
      'Gone is a 404 of a direct GET; a list’s silence makes nothing stable, aborted or replaced',
    observe: (history, event) => [
      ...replacedStable(history, event),
      ...shortened(history, event, 'S26'),
      ...abortedUnseen(history, event),
      ...overwritten(history, event),
    ],
  },
]

/** Another revision becomes stable while the old one is there, and neither a bake nor a person says so. */
function replacedStable(history: History, event: TraceEvent): readonly string[] {
  const shift = shiftIn(history, event)
  if (shift?.recordBefore === undefined || shift.recordAfter === undefined) return NOTHING
  const { recordBefore, recordAfter, endpoint, during, after } = shift
  const { proven } = history.lineages.of(endpoint)
  const old = recordBefore.stable
  const made = recordAfter.stable
  if (old.slot === made.slot || proven.has(made.rev) || isPromotion(shift)) return NOTHING
  if (roadOf(history.newest(shift.call.application), endpoint) === undefined) return NOTHING
  if (isSkippedBake(shift) || (after[old.slot] ?? 0) > 0) return NOTHING
  const isThere = during.every(
    (state) => deploymentIn(state, endpoint, old.slot)?.isServing === true,
  )
  if (!isThere || !wasMoving(shift)) return NOTHING
  return [`${endpoint} takes ${made.slot} for stable; ${old.slot} is there, and no bake is over`]
}

function wasMoving({ recordBefore }: Shift): boolean {
  return recordBefore?.phase === 'progressing' || recordBefore?.phase === 'baking'
}

/** A rollout without a bake goes from its last step to stable in one write. */
function isSkippedBake({ recordBefore, recordAfter }: Shift): boolean {
  return recordBefore?.phase === 'stable' && recordAfter?.phase === 'stable'
}

/** A sound candidate, which a list left out, is given up: nobody asked for it. */
function abortedUnseen(history: History, event: TraceEvent): readonly string[] {
  const shift = shiftIn(history, event)
  if (shift === undefined || !wasMoving(shift) || shift.recordAfter?.phase !== 'aborted')
    return NOTHING
  const { endpoint, recordBefore, call, during, route } = shift
  const name = recordBefore?.candidate?.slot ?? ''
  const view = history.viewOf(call.controller, `${route}/${endpoint}/${name}`)
  if (view?.is !== 'listedOut') return NOTHING
  const states = during.map((state) => deploymentIn(state, endpoint, name))
  const isWell = states.every(
    (one) => one?.isServing === true && one.provisioningState === 'Succeeded',
  )
  const { model } = states.at(-1) ?? {}
  const isSound =
    model !== undefined && history.expectation.soundModels.some((sound) => isModel(model, sound))
  const since = history.lineages.of(endpoint).climb?.startedAt ?? 0
  const isAsked = ['abort', 'undo'].some((verb) =>
    saidSince(history, verb, endpoint, since - 60_000),
  )
  if (!isWell || !isSound || isAsked) return NOTHING
  return [`${endpoint} gives ${name} up, which a list left out; it is there and serves`]
}

/** A PUT over what a list left out, without a look at it. */
function overwritten(history: History, event: TraceEvent): readonly string[] {
  const call = acceptedWriteIn(history, event)
  if (call === undefined || call.method === 'DELETE' || call.target.kind === 'asset') return NOTHING
  const view = history.viewOf(call.controller, call.target.key)
  if (view?.is !== 'listedOut' || !wasThere(history, call)) return NOTHING
  return [`${call.method} ${call.target.key}: a list left it out, nobody looked, and it is there`]
}

function wasThere(history: History, call: Call): boolean {
  return history.statesDuring(call).every((state) => targetIn(state, call.target) !== undefined)
}
