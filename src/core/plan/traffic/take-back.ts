import { KINDS } from '../../kinds/index.ts'
import { basisOfLive } from '../../model/basis.ts'
import type { Live } from '../../model/live.ts'
import type { Action, Change, Onto } from '../../model/plan.ts'
import { keyOf } from '../../model/ref.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, type Json, type JsonObject } from '../../model/values/json.ts'
import { laidOver, valueAt } from '../../model/values/pointer.ts'
import { ABORTED_TAG, type RolloutRecord, textOfRecord } from '../../rollout/record.ts'
import { recordTagAt } from '../../rollout/record-tag.ts'
import { positive, type Weights } from '../../rollout/weights.ts'
import type { Assessment } from '../assess.ts'
import { isHeld, type PlanContext } from '../context.ts'
import { withRecord } from '../ownership/ownership.ts'
import { movesOnlyTraffic, transitionOf } from '../steps.ts'
import { flowsOf, isEndpoint, SERVED_AT, SHIFTS } from './traffic-plan.ts'

/**
 * The write that takes users off a revision, and nothing else: the weights, the mirror and the record, laid over a fresh
 * read. What else of the endpoint differs waits for the next turn.
 */
export function takeBackOf(assessment: Assessment, change: Change, input: PlanContext): Action {
  const { ref, live, owned, owner, trafficPlan, rolloutPlan } = assessment
  if (live === undefined || trafficPlan === undefined || !isEndpoint(ref))
    throw new Error(`${keyOf(ref)} has nothing to take back`)
  const { tagsAt } = KINDS[ref.kind]
  const record = rolloutPlan?.decision.record
  const why = valueAt(owned.declared, `${tagsAt}/${ABORTED_TAG}`)
  // A write that leaves some of a commit undone, or that is made although a person must look first, does not claim it.
  const isWhole = movesOnlyTraffic(change.differences) && !isHeld(input, assessment.desired)
  const application = input.application
  return takeBack(live, {
    application,
    weights: trafficPlan.weights,
    // Where nobody declares mirroring, it stays.
    mirror: trafficPlan.mirror ?? flowsOf(ref.kind, live.body).mirror,
    record,
    ...(typeof why === 'string' ? { why } : {}),
    ...(isWhole ? { generation: assessment.generation } : {}),
    revision: isWhole ? input.revision : (owner.revision ?? input.revision),
    change,
    extra: { ...transitionOf(assessment, false), content: assessment.content },
  })
}

export interface TakeBack {
  readonly application: string
  readonly weights: Weights
  readonly mirror: Weights
  readonly record: RolloutRecord | undefined
  /** Why the revision was aborted, for people. */
  readonly why?: string
  /** Absent where more than the traffic differs: then the next reading compares everything anew. */
  readonly generation?: string
  /** The commit to be recorded. */
  readonly revision: string
  readonly change: Change
  readonly extra: Partial<Pick<Action, 'turn' | 'content'>>
}

export function takeBack(live: Live, about: TakeBack): Action {
  const { ref, body } = live
  if (!isEndpoint(ref)) throw new Error(`${keyOf(ref)} is no endpoint`)
  const kind = KINDS[ref.kind]
  const { application, record, why, revision } = about
  const text = record === undefined ? '' : textOfRecord(record, keyOf(ref))
  const generation = about.generation ?? hashOf(`${text} ${canonical(about.weights)}`, 16)
  const recordAt = recordTagAt(ref)
  const tagged = withRecord(kind, {}, { application, ref, generation, revision })
  const tags = Object.entries(valueAt(tagged, kind.tagsAt) as JsonObject)
  const fields: Onto['fields'] = [
    ...servedFields(live, about),
    ...tags.flatMap(([tag, value]) =>
      value === undefined ? [] : [{ path: `${kind.tagsAt}/${tag}`, value }],
    ),
    ...(record === undefined ? [] : [{ path: recordAt, value: text }]),
    ...(why === undefined ? [] : [{ path: `${kind.tagsAt}/${ABORTED_TAG}`, value: why }]),
  ]
  const onto: Onto = {
    fields,
    dropped: kind.notEchoed ?? [],
    witness: { path: recordAt, value: valueAt(body, recordAt) },
  }
  return {
    ...about.change,
    operation: SHIFTS[ref.kind],
    generation,
    content: generation,
    body: laidOver(body, onto),
    basis: basisOfLive(live),
    onto,
    isUrgent: true,
    ...about.extra,
  }
}

/** Zero is written for what has traffic now, and no other name: a list may name what is gone, and Azure refuses that. */
function servedFields(
  { ref, body }: Live,
  { weights, mirror }: Pick<TakeBack, 'weights' | 'mirror'>,
): Onto['fields'] {
  if (!isEndpoint(ref)) return []
  if (ref.kind === 'BatchEndpoint') {
    const [name] = Object.keys(positive(weights))
    return name === undefined ? [] : [{ path: SERVED_AT.BatchEndpoint, value: name }]
  }
  const { live } = flowsOf(ref.kind, body)
  const zeros = Object.fromEntries(Object.keys(live).map((name) => [name, 0]))
  const traffic: Json = { ...zeros, ...positive(weights) }
  return [
    { path: SERVED_AT.OnlineEndpoint, value: traffic },
    { path: '/properties/mirrorTraffic', value: positive(mirror) },
  ]
}
