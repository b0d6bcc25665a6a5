import { KINDS } from '../kinds/index.ts'
import { basisOf } from '../model/basis.ts'
import { hashOf } from '../model/hash.ts'
import type { Live, World } from '../model/live.ts'
import type { Action, Plan } from '../model/plan.ts'
import { valueAt, without, withValue } from '../model/pointer.ts'
import { keyOf, type Ref } from '../model/ref.ts'
import type { Intent, IntentAnswer } from '../model/rollout.ts'
import { ABORTED_TAG, ROLLOUT_TAG, recordOf, textOfRecord } from '../rollout/record.ts'
import { ownershipOf, withRecord } from './ownership.ts'
import { endpointWithTraffic, isEndpoint, SHIFTS } from './road.ts'

/**
 * The plan when Git has never been read: nothing but what operators take back. Where the traffic goes stands in the
 * endpoint's own record, so `rollout abort` works when everything else is down; it is one write.
 */
export function abortPlan(
  world: World,
  application: string,
  intents: readonly Intent[],
  now: number,
): Plan {
  const decided = intents.map((intent) => decide(world, application, intent, now))
  const actions = decided.flatMap(({ action }) => action ?? [])
  const answers = decided.map(({ answer }) => answer)
  return { findings: [], changes: actions, actions, held: [], answers }
}

function isNamed({ name }: Ref, endpoint: string): boolean {
  return name.toLowerCase() === endpoint.toLowerCase()
}

interface Decided {
  readonly action?: Action
  readonly answer: IntentAnswer
}

function decide(world: World, application: string, intent: Intent, now: number): Decided {
  const refuse = (message: string): Decided => ({ answer: { intent, result: 'refused', message } })
  if (intent.verb !== 'abort')
    return refuse('Git cannot be read, and without it only an abort is possible.')
  const live = world.resources.find(({ ref }) => isEndpoint(ref) && isNamed(ref, intent.endpoint))
  const action = live && abortOf(live, application, intent, now)
  if (action === undefined) return refuse('No rollout of this Application is under way there.')
  if (live?.phase !== 'Ready')
    return { answer: { intent, result: 'pending', message: 'Azure is at work on the endpoint.' } }
  return { action, answer: { intent, result: 'accepted', message: 'Traffic goes back.' } }
}

function abortOf(
  { ref, body }: Live,
  application: string,
  { who, why }: Intent,
  now: number,
): Action | undefined {
  if (!isEndpoint(ref)) return undefined
  const kind = KINDS[ref.kind]
  const owner = ownershipOf(kind, { ref, body, phase: 'Ready' }, application)
  const text = valueAt(body, `${kind.tagsAt}/${ROLLOUT_TAG}`)
  const record = typeof text === 'string' ? recordOf(text, keyOf(ref)) : undefined
  const isMoving = record?.phase === 'progressing' || record?.phase === 'baking'
  if (owner.ownership !== 'ours' || record === undefined || !isMoving) return undefined
  const message = `${who} said abort${why === '' ? '.' : `: ${why}`}`
  const aborted = { ...record, phase: 'aborted', sinceMs: now, isPaused: false } as const
  const tags = {
    [ROLLOUT_TAG]: textOfRecord(aborted, keyOf(ref)),
    [ABORTED_TAG]: `AbortedByHand: ${message}`.slice(0, 250),
  }
  const echoed = (kind.notEchoed ?? []).reduce(without, body)
  const tagged = Object.entries(tags).reduce(
    (changed, [tag, value]) => withValue(changed, `${kind.tagsAt}/${tag}`, value),
    endpointWithTraffic(ref.kind, echoed, { [record.stable.slot]: 100 }),
  )
  // Not a generation of Git's content: the next reading of Git compares everything anew.
  const generation = hashOf(tags[ROLLOUT_TAG] ?? '', 16)
  return {
    ref,
    verb: 'update',
    reason: 'Update',
    differences: [],
    operation: SHIFTS[ref.kind],
    generation,
    content: generation,
    body: withRecord(kind, tagged, {
      application,
      ref,
      generation,
      revision: owner.revision ?? '',
    }),
    basis: basisOf(body),
    isUrgent: true,
    turn: {
      endpoint: ref,
      strategy: 'canary',
      result: 'aborted',
      trigger: 'manual',
      message,
      beganAt: record.beganMs,
    },
  }
}
