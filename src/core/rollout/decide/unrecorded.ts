import type { Intent } from '../../model/rollout.ts'
import { answers, earlierThanServing, earliestServing, sidesOfSplit } from '../ages.ts'
import { atRest, type RolloutRecord, roadMark, type Slot } from '../record.ts'
import { positive, soleServer } from '../weights.ts'
import { type Cause, messageOf, type Result } from './cause.ts'
import { abort, type Progress, turnTo } from './progress.ts'
import type { Situation } from './situation.ts'
import { adoptServing, UNKNOWN_REVISION } from './stable.ts'
import { bakingSince } from './walk.ts'

/** Where somebody says that all traffic is to go, whatever the record was. */
export function allTo(
  situation: Situation,
  server: string | undefined,
  intent: Intent | undefined,
): Result {
  if (server === undefined) return 'No deployment with traffic answers; a newer commit leads on.'
  const { deployments, wanted, now } = situation
  const facts = deployments.get(server)
  const rev = server === wanted.slot && facts?.isReady ? wanted.rev : facts?.rev
  const told = { result: 'adopted', trigger: 'manual', message: messageOf(intent) } as const
  const record = atRest({ slot: server, rev: rev ?? UNKNOWN_REVISION }, now)
  return {
    ...turnTo(situation, record, told, { phase: 'idle', reason: 'Adopted' }),
    isUrgent: true,
  }
}

/**
 * Back without a record: to what stood before, as the ages of the deployments tell, and what came after it is not tried
 * again. Where they tell nothing, to what most users are on.
 */
export function backWithoutRecord(situation: Situation, { intent }: Cause): Result {
  const home = homeByAge(situation)
  if (home === undefined) return allTo(situation, largestOf(situation), intent)
  const candidate = candidateBeside(situation, home)
  if (candidate === undefined) return allTo(situation, home, intent)
  const { now, deployments } = situation
  const stable = { slot: home, rev: deployments.get(home)?.rev ?? UNKNOWN_REVISION }
  const moving = { phase: 'progressing', candidate, startMs: now, beganMs: now } as const
  return abort(
    situation,
    { ...atRest(stable, now), ...moving },
    { reason: 'AbortedByHand', message: messageOf(intent), trigger: 'manual' },
  )
}

/** Where `rollout abort` sends all traffic while there is no record. */
export function homeUnrecorded(situation: Situation): string | undefined {
  return homeByAge(situation) ?? largestOf(situation)
}

function homeByAge(situation: Situation): string | undefined {
  return earlierThanServing(situation)?.slot ?? earliestServing(situation)
}

/** What has most of the traffic that goes home; none where its content is not known. */
function candidateBeside({ live, deployments }: Situation, home: string): Slot | undefined {
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
export function goOnUnrecorded(situation: Situation): Progress {
  const { live, now, rollout } = situation
  const sides = sidesOfSplit(situation)
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
    ...atRest(stable, now),
    phase: 'progressing',
    candidate,
    step,
    road: roadMark(rollout.steps),
    startMs: now,
    beganMs: now,
  }
  const message = `There was no record of the rollout. ${stable.slot} stood before ${candidate.slot}: it goes on from step ${step + 1} of ${rollout.steps.length}.`
  const told = { result: 'adopted', trigger: 'none', message, beganAt: now } as const
  return turnTo(situation, record, told, { phase: 'shifting', reason: 'Adopted' })
}

/**
 * What serves everybody, and nobody recorded whether it was proven: it bakes, and the revision that stood before it is the
 * way back.
 */
export function bakeServing(situation: Situation): Progress {
  const { live, deployments, now, rollout } = situation
  const slot = soleServer(live) ?? ''
  const before = earlierThanServing(situation)
  const rev = deployments.get(slot)?.rev
  if (before === undefined || rev === undefined || rollout.bakeMs === 0)
    return adoptServing(situation, slot)
  const record = bakingSince(situation, { ...atRest(before, now), candidate: { slot, rev } })
  const message = `${slot} serves, and there is no record of whether it was proven: it bakes. ${before.slot} stood before it, and is the way back.`
  const told = { result: 'adopted', trigger: 'none', message, beganAt: now } as const
  return turnTo(situation, record, told, { phase: 'promoting', reason: 'Adopted' })
}

/** Of the deployments with traffic that answer, the one that most of it is on; by name where two have as much. */
export function largestOf({ live, deployments }: Situation): string | undefined {
  const serving = Object.entries(positive(live)).filter(([name]) => answers(deployments.get(name)))
  return serving.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0]
}
