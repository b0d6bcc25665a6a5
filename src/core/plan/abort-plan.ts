import { KINDS } from '../kinds/index.ts'
import { basisOf } from '../model/basis.ts'
import { hashOf } from '../model/hash.ts'
import type { JsonObject } from '../model/json.ts'
import type { Live, World } from '../model/live.ts'
import type { Action, Plan } from '../model/plan.ts'
import { valueAt, without, withValue } from '../model/pointer.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../model/ref.ts'
import { type Intent, type IntentAnswer, KEEP_MS } from '../model/rollout.ts'
import {
  ABORTED_TAG,
  ROLLOUT_TAG,
  type RolloutRecord,
  recordOf,
  textOfRecord,
} from '../rollout/record.ts'
import { withTraffic } from './body.ts'
import { ownershipOf, withRecord } from './ownership.ts'
import { type EndpointKind, endpointWithTraffic, isEndpoint, SHIFTS } from './road.ts'

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
  const all = decided.flatMap(({ action }) => action ?? [])
  // Said twice, it is done once.
  const actions = all.filter(({ ref }, place) => all.findIndex((one) => one.ref === ref) === place)
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
  const answer = (result: IntentAnswer['result'], message: string): Decided => ({
    answer: { intent, result, message },
  })
  if (intent.verb !== 'abort')
    return answer('refused', 'Git cannot be read, and without it only an abort is possible.')
  const live = world.resources.find(({ ref }) => isEndpoint(ref) && isNamed(ref, intent.endpoint))
  const record = live && recordUnderWay(live, application)
  if (live === undefined || record === undefined)
    return answer('refused', 'No rollout of this Application is under way there.')
  if (live.phase !== 'Ready') return answer('pending', 'Azure is at work on the endpoint.')
  const deployments = world.resources.filter(({ ref }) => isPartOf(ref, live.ref))
  const { slot } = record.stable
  const isUp = deployments.some(({ ref, phase }) => isNamed(ref, slot) && phase === 'Ready')
  if (!isUp) return answer('pending', `${slot} does not serve now, so no traffic is moved to it.`)
  const names = deployments.map(({ ref }) => ref.name.toLowerCase())
  const action = abortOf(live, { application, record, names, intent, now })
  return { action, ...answer('accepted', 'Traffic goes back.') }
}

function isPartOf(deployment: Ref, endpoint: Ref): boolean {
  return isDeployment(deployment.kind) && scopeOf(deployment) === keyOf(endpoint)
}

function recordUnderWay(live: Live, application: string): RolloutRecord | undefined {
  const { ref, body } = live
  const kind = KINDS[ref.kind]
  const text = valueAt(body, `${kind.tagsAt}/${ROLLOUT_TAG}`)
  const record = typeof text === 'string' ? recordOf(text, keyOf(ref)) : undefined
  const isMoving = record?.phase === 'progressing' || record?.phase === 'baking'
  return isMoving && ownershipOf(kind, live, application).ownership === 'ours' ? record : undefined
}

interface Abort {
  readonly application: string
  readonly record: RolloutRecord
  /** Of the endpoint's deployments, in lower case. */
  readonly names: readonly string[]
  readonly intent: Intent
  readonly now: number
}

function abortOf({ ref, body }: Live, abort: Abort): Action {
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const { application, record, names, intent, now } = abort
  const { who, why } = intent
  const kind = KINDS[ref.kind]
  const owner = ownershipOf(kind, { ref, body, phase: 'Ready' }, application)
  const message = `${who} said abort${why === '' ? '.' : `: ${why}`}`
  const untilMs = now + KEEP_MS
  const aborted = { ...record, phase: 'aborted', untilMs, sinceMs: now, isPaused: false } as const
  const tags = {
    [ROLLOUT_TAG]: textOfRecord(aborted, keyOf(ref)),
    [ABORTED_TAG]: `AbortedByHand: ${message}`.slice(0, 250),
  }
  const echoed = (kind.notEchoed ?? []).reduce(without, body)
  const tagged = Object.entries(tags).reduce(
    (changed, [tag, value]) => withValue(changed, `${kind.tagsAt}/${tag}`, value),
    servedBy(ref.kind, echoed, record.stable.slot, names),
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

/** The body with all traffic on one deployment, and zeros for the others, as every write of traffic has them. */
function servedBy(
  kind: EndpointKind,
  body: JsonObject,
  slot: string,
  names: readonly string[],
): JsonObject {
  const weights = { [slot]: 100 }
  return kind === 'OnlineEndpoint'
    ? withTraffic(body, weights, {}, names)
    : endpointWithTraffic(kind, body, weights)
}
