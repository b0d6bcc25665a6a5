import { KINDS } from '../kinds/index.ts'
import type { Live, World } from '../model/live.ts'
import type { Action, Plan } from '../model/plan.ts'
import { valueAt } from '../model/pointer.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../model/ref.ts'
import { type Intent, type IntentAnswer, KEEP_MS, type RolloutTurn } from '../model/rollout.ts'
import { bound, misdirected } from '../rollout/about.ts'
import { isUnderWay, ROLLOUT_TAG, type RolloutRecord, recordOf } from '../rollout/record.ts'
import { ownershipOf } from './ownership.ts'
import { flowsOf, isEndpoint } from './road.ts'
import { takeBack } from './take-back.ts'

/**
 * The plan when Git has never been read: nothing but traffic that is taken back, by what operators say and by what the
 * records of aborted rollouts say. Where it goes stands in the endpoint's own record, so `rollout abort` works when
 * everything else is down; it is one write.
 */
export function abortPlan(
  world: World,
  application: string,
  intents: readonly Intent[],
  now: number,
): Plan {
  const decided = intents.map((intent) => decide(world, application, intent, now))
  const owed = world.resources.flatMap((live) => owedBy(live, application))
  const all = [...decided.flatMap(({ action }) => action ?? []), ...owed]
  // Said twice, it is done once.
  const actions = all.filter(({ ref }, place) => all.findIndex((one) => one.ref === ref) === place)
  const answers = decided.map(({ answer }) => answer)
  return { findings: [], changes: actions, actions, held: [], answers }
}

/** Users of a revision that was aborted are still on it: its abort was recorded, and did not take effect. */
function owedBy(live: Live, application: string): readonly Action[] {
  const { ref, body, phase } = live
  const record = recordIn(live, application)
  if (!isEndpoint(ref) || record?.phase !== 'aborted' || record.candidate === undefined) return []
  const isAtRest = phase === 'Ready' || phase === 'Failed'
  const { live: weights, mirror } = flowsOf(ref.kind, body)
  const { slot } = record.candidate
  // Aborted before it was put anywhere: other content of the deployment that serves.
  const isElsewhere = slot !== record.stable.slot
  const has = (weights[slot] ?? 0) + (mirror[slot] ?? 0)
  if (!isAtRest || !isElsewhere || has === 0) return []
  return [backTo(live, application, record)]
}

function isNamed({ name }: Ref, endpoint: string): boolean {
  return name.toLowerCase() === endpoint.toLowerCase()
}

interface Decided {
  readonly action?: Action
  readonly answer: IntentAnswer
}

function decide(world: World, application: string, said: Intent, now: number): Decided {
  const answer = (result: IntentAnswer['result'], message: string, intent = said): Decided => ({
    answer: { intent, result, message },
  })
  if (said.verb !== 'abort')
    return answer('refused', 'Git cannot be read, and without it only an abort is possible.')
  const live = world.resources.find(({ ref }) => isEndpoint(ref) && isNamed(ref, said.endpoint))
  const record = live && recordIn(live, application)
  const isMoving = isUnderWay(record)
  if (live === undefined || record === undefined || !isMoving)
    return answer('refused', 'No rollout of this Application is under way there.')
  const standing = { record, wanted: record.candidate ?? record.stable }
  const stray = misdirected(said, standing)
  if (stray !== undefined) return { answer: stray }
  const intent = bound(said, standing)
  if (live.phase !== 'Ready' && live.phase !== 'Failed')
    return answer('pending', 'Azure is at work on the endpoint.', intent)
  const { slot } = record.stable
  const home = world.resources.find(({ ref }) => isPartOf(ref, live.ref) && isNamed(ref, slot))
  // Its last change may have failed: what ran before still answers.
  if (home?.phase !== 'Ready' && home?.phase !== 'Failed')
    return answer('pending', `${slot} does not serve now, so no traffic is moved to it.`, intent)
  const { who, why } = intent
  const message = `${who} said abort${why === '' ? '.' : `: ${why}`}`
  const aborted: RolloutRecord = {
    ...record,
    phase: 'aborted',
    untilMs: now + KEEP_MS,
    sinceMs: now,
    isPaused: false,
  }
  const turn = { result: 'aborted', trigger: 'manual', message, beganAt: record.beganMs } as const
  const action = backTo(live, application, aborted, turn)
  return { action, ...answer('accepted', 'Traffic goes back.', intent) }
}

export function isPartOf(deployment: Ref, endpoint: Ref): boolean {
  return isDeployment(deployment.kind) && scopeOf(deployment) === keyOf(endpoint)
}

/** The record on an endpoint of this Application; undefined for all else. */
export function recordIn(live: Live, application: string): RolloutRecord | undefined {
  const { ref, body } = live
  if (!isEndpoint(ref)) return undefined
  const kind = KINDS[ref.kind]
  const text = valueAt(body, `${kind.tagsAt}/${ROLLOUT_TAG}`)
  const isOurs = ownershipOf(kind, live, application).ownership === 'ours'
  return isOurs && typeof text === 'string' ? recordOf(text, keyOf(ref)) : undefined
}

/** All traffic on the record's stable deployment; `turn`: what that means, where it has not been said before. */
export function backTo(
  live: Live,
  application: string,
  record: RolloutRecord,
  turn?: Pick<RolloutTurn, 'result' | 'trigger' | 'message' | 'beganAt'>,
): Action {
  const { ref } = live
  if (!isEndpoint(ref)) throw new Error(`${ref.kind} is no endpoint`)
  const isAborted = turn?.result === 'aborted'
  return takeBack(live, {
    application,
    weights: { [record.stable.slot]: 100 },
    mirror: {},
    record,
    ...(isAborted ? { why: `AbortedByHand: ${turn.message}`.slice(0, 250) } : {}),
    revision: ownershipOf(KINDS[ref.kind], live, application).revision ?? '',
    change: { ref, verb: 'update', reason: 'Update', differences: [] },
    extra: turn === undefined ? {} : { turn: { endpoint: ref, strategy: 'canary', ...turn } },
  })
}
