import type { Intent } from '../../model/rollout.ts'
import { answers, earlierThanServing, earliestServing, sidesOfSplit } from '../ages.ts'
import { type RolloutRecord, type Slot, stableRecord, stepsHash } from '../record.ts'
import { positive, soleServer } from '../weights.ts'
import { type Cause, messageOf, type Result } from './cause.ts'
import { abort, type RolloutDecision, transitionTo } from './decision.ts'
import type { RolloutInput } from './rollout-input.ts'
import { bakingSince } from './run-steps.ts'
import { adoptServing, UNKNOWN_REVISION } from './stable.ts'

/** Where somebody says that all traffic is to go, whatever the record was. */
export function allTo(
  input: RolloutInput,
  server: string | undefined,
  intent: Intent | undefined,
): Result {
  if (server === undefined) return 'No deployment with traffic answers; a newer commit leads on.'
  const { deployments, wanted, now } = input
  const state = deployments.get(server)
  const rev = server === wanted.slot && state?.isReady ? wanted.rev : state?.rev
  const told = { result: 'adopted', trigger: 'manual', message: messageOf(intent) } as const
  const record = stableRecord({ slot: server, rev: rev ?? UNKNOWN_REVISION }, now)
  return {
    ...transitionTo(input, record, told, { phase: 'idle', reason: 'Adopted' }),
    isUrgent: true,
  }
}

/**
 * Back without a record: to what stood before, as the ages of the deployments tell, and what came after it is not tried
 * again. Where they tell nothing, to what most users are on.
 */
export function backWithoutRecord(input: RolloutInput, { intent }: Cause): Result {
  const home = homeByAge(input)
  if (home === undefined) return allTo(input, largestOf(input), intent)
  const candidate = candidateBeside(input, home)
  if (candidate === undefined) return allTo(input, home, intent)
  const { now, deployments } = input
  const stable = { slot: home, rev: deployments.get(home)?.rev ?? UNKNOWN_REVISION }
  const moving = { phase: 'progressing', candidate, startMs: now, beganMs: now } as const
  return abort(
    input,
    { ...stableRecord(stable, now), ...moving },
    { reason: 'AbortedByHand', message: messageOf(intent), trigger: 'manual' },
  )
}

/** Where `rollout abort` sends all traffic while there is no record. */
export function homeUnrecorded(input: RolloutInput): string | undefined {
  return homeByAge(input) ?? largestOf(input)
}

function homeByAge(input: RolloutInput): string | undefined {
  return earlierThanServing(input)?.slot ?? earliestServing(input)
}

/** What has most of the traffic that goes home; none where its content is not known. */
function candidateBeside({ live, deployments }: RolloutInput, home: string): Slot | undefined {
  const [slot] = Object.entries(positive(live))
    .filter(([name]) => name !== home)
    .sort(([, x], [, y]) => y - x)
    .map(([name]) => name)
  const rev = slot === undefined ? undefined : deployments.get(slot)?.rev
  return slot === undefined || rev === undefined ? undefined : { slot, rev }
}

/**
 * A split that nobody recorded goes on from the last step that gives the candidate no more than it has, as if that began
 * now: it is judged, and can be taken back.
 */
export function goOnUnrecorded(input: RolloutInput): RolloutDecision {
  const { live, now, rollout } = input
  const sides = sidesOfSplit(input)
  if (sides === undefined) throw new Error('the ages do not tell what stood before')
  const { stable, candidate } = sides
  const weights = rollout.steps.map((one) => (one.type === 'setWeight' ? one.percent : undefined))
  const has = live[candidate.slot] ?? 0
  const reached = weights.findLastIndex((percent) => percent !== undefined && percent <= has)
  const first = Math.max(
    0,
    weights.findIndex((percent) => percent !== undefined),
  )
  const step = reached < 0 ? first : reached
  const record: RolloutRecord = {
    ...stableRecord(stable, now),
    phase: 'progressing',
    candidate,
    step,
    stepsHash: stepsHash(rollout.steps),
    startMs: now,
    beganMs: now,
  }
  const message = `There was no record of the rollout. ${stable.slot} stood before ${candidate.slot}: it goes on from step ${step + 1} of ${rollout.steps.length}.`
  const told = { result: 'adopted', trigger: 'none', message, beganAt: now } as const
  return transitionTo(input, record, told, { phase: 'shifting', reason: 'Adopted' })
}

/**
 * What serves everybody, and nobody recorded whether it was proven: it bakes, and the revision that stood before it is the
 * way back.
 */
export function bakeServing(input: RolloutInput): RolloutDecision {
  const { live, deployments, now, rollout } = input
  const slot = soleServer(live) ?? ''
  const before = earlierThanServing(input)
  const rev = deployments.get(slot)?.rev
  if (before === undefined || rev === undefined || rollout.bakeMs === 0)
    return adoptServing(input, slot)
  const record = bakingSince(input, { ...stableRecord(before, now), candidate: { slot, rev } })
  const message = `${slot} serves, and there is no record of whether it was proven: it bakes. ${before.slot} stood before it, and is the way back.`
  const told = { result: 'adopted', trigger: 'none', message, beganAt: now } as const
  return transitionTo(input, record, told, { phase: 'promoting', reason: 'Adopted' })
}

/** Of the deployments with traffic that answer, the one that most of it is on; by name where two have as much. */
export function largestOf({ live, deployments }: RolloutInput): string | undefined {
  const serving = Object.entries(positive(live)).filter(([name]) => answers(deployments.get(name)))
  return serving.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0]
}
