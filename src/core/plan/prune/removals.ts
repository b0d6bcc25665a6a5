import type { Assessment, CheckContext } from '../assess.ts'
import { about } from '../bug.ts'
import type { PlanContext } from '../context.ts'
import { blocked } from '../held.ts'
import { isOwnSlot } from '../ownership/own-slot.ts'
import { archiveOf, deleteOf, drainTraffic } from '../steps.ts'
import { detachStep } from './detach.ts'
import { fateOf } from './fate.ts'
import { archivalsOf, countedOf, type Gate, gateFor, removalsOf, removedLater } from './gate.ts'
import { handedOver } from './handover.ts'
import type { Decision } from './recreate.ts'
import { removalHeldBy, servesStill } from './removal.ts'

/** What is to become of all that Git declares no more. */
export interface Removals {
  readonly decisions: readonly Decision[]
  /** Keys of what is deleted, or will be: what the gate counts, and a person may have to approve. */
  readonly deletions: readonly string[]
}

export function removals(assessments: readonly Assessment[], around: CheckContext): Removals {
  const { input } = around
  const gone = [...removalsOf(assessments), ...archivalsOf(assessments)]
  const moved = gone.flatMap((removal) => handedOver(removal, input) ?? [])
  const unwanted = gone.filter((removal) => handedOver(removal, input) === undefined)
  const fates = new Map(unwanted.map((removal) => [removal.key, fateOf(removal, around)]))
  const deleted = unwanted.filter(({ key }) => fates.get(key) === 'delete')
  const later = removedLater(assessments, input).filter((one) => fateOf(one, around) === 'delete')
  const counted = countedOf([...deleted, ...later], input)
  const gate = gateFor(input, assessments, counted)
  const decisions = unwanted.map((removal): Decision => {
    const verb = fates.get(removal.key) ?? 'delete'
    const change = { ref: removal.ref, verb, reason: 'Prune', differences: [] } as const
    if (gate !== undefined && !isPassed(gate, removal, input))
      return {
        change,
        held: { ...blocked(removal.ref, gate.reason, gate.message), state: 'refused' },
      }
    const step = verb === 'detach' ? detachStep : removalStep
    return { change, ...about(removal.ref, () => step(removal, around)) }
  })
  return {
    decisions: [...moved.map((held) => ({ held })), ...decisions],
    deletions: counted.map(({ key }) => key),
  }
}

/** A slot that a rollout is done with was asked for by no commit, and is counted in none. */
function isPassed({ isOfNumber }: Gate, removal: Assessment, input: PlanContext): boolean {
  return isOfNumber === true && isOwnSlot(removal, input)
}

function removalStep(removal: Assessment, around: CheckContext): Decision {
  const body = removal.live?.body
  const held = removalHeldBy(removal, around)
  const mayGo = held === undefined || held.reason === 'HasDeployments'
  if (mayGo && body !== undefined && servesStill(removal))
    return { action: drainTraffic(removal, body, around.input.application) }
  if (held !== undefined) return { held }
  const isArchived = removal.kind.operations.archive !== undefined && body !== undefined
  return {
    action: isArchived ? archiveOf(removal, body) : deleteOf(removal, 'Prune', around.input),
  }
}
