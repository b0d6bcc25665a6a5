import { shortOf } from './capacity.ts'
import { along, answered, back } from './commands.ts'
import { failed, giveWay, inForce, type Progress, stay, turnTo, window } from './progress.ts'
import { atRest, isSameSlot, type RolloutRecord, roadMark } from './record.ts'
import { type Facts, NO_FACTS, type Situation } from './situation.ts'
import { whenStable, withoutRecord } from './stable.ts'
import { failureIn, undecided } from './steps/analysis.ts'
import { isFailed, promoted, walk } from './walk.ts'

/**
 * The next move of an endpoint's rollout: what the weights and the record should be at this moment. Pure, and without
 * memory but the record: asked again after a crash it says the same. A weight rises only by `walk`; the way back needs
 * no step, no analysis and no answer of anybody.
 */
export function advance(situation: Situation): Progress {
  const { record } = situation
  if (record === undefined) return answered(situation, withoutRecord(situation), [])
  const { move, refused } = back(situation, record)
  return answered(situation, move ?? PHASES[record.phase](situation, record), refused)
}

type Phase = (situation: Situation, record: RolloutRecord) => Progress

const PHASES: { readonly [Name in RolloutRecord['phase']]: Phase } = {
  stable: whenStable,
  progressing: whenProgressing,
  baking: whenBaking,
  aborted: whenAborted,
}

function whenProgressing(situation: Situation, record: RolloutRecord): Progress {
  const given = newCommit(situation, record)
  if (given !== undefined) return given
  const { rollout, deployments } = situation
  const candidate = record.candidate ?? situation.wanted
  const facts = deployments.get(candidate.slot) ?? NO_FACTS
  const step = rollout.steps[record.step]
  const own = step?.type === 'analysis' ? step.checks : []
  const stopped = broken(situation, record, facts) ?? judged(situation, record, own)
  if (stopped !== undefined) return stopped
  const { move } = along(situation, record)
  if (move !== undefined) return move
  if (record.isPaused)
    return stay(situation, record, {
      phase: 'paused',
      reason: 'Paused',
      message: 'Somebody paused it; `verdigris rollout resume` lets it go on.',
      stalled: true,
    })
  const settling = unsettled(situation, record, facts)
  if (settling !== undefined) return settling
  const walked = walk({ situation, record, from: record.step, facts })
  if (isFailed(walked)) return failed(situation, record, { ...walked.failed, trigger: 'analysis' })
  return walked
}

function whenBaking(situation: Situation, record: RolloutRecord): Progress {
  const given = newCommit(situation, record)
  if (given !== undefined) return given
  const { rollout, deployments, arrivedMs, now } = situation
  const candidate = record.candidate ?? situation.wanted
  const facts = deployments.get(candidate.slot) ?? NO_FACTS
  const stopped = broken(situation, record, facts) ?? judged(situation, record, [])
  if (stopped !== undefined) return stopped
  const settling = unsettled(situation, record, facts)
  if (settling !== undefined) return settling
  if (situation.intents.some(({ verb }) => verb === 'promote'))
    return promoted(situation, record, 'Somebody ended the bake.', 'fast_promoted')
  const left = rollout.bakeMs - (now - Math.max(record.sinceMs, arrivedMs))
  if (left > 0) {
    const message = `All traffic is on ${candidate.slot}; it bakes for ${Math.ceil(left / 1000)} s more.`
    return stay(situation, record, {
      phase: 'baking',
      reason: 'Baking',
      message,
      wakeAt: now + left,
    })
  }
  const open = undecided(rollout.analysis.map(situation.judgementOf), situation)
  if (open?.go === 'wait')
    return stay(situation, record, {
      phase: 'baking',
      reason: open.reason,
      message: open.message,
      ...(open.until === undefined ? {} : { wakeAt: open.until }),
    })
  return promoted(situation, record, `${candidate.slot} has finished its bake.`)
}

/** Not tried again until the content changes, or somebody says retry. */
function whenAborted(situation: Situation, record: RolloutRecord): Progress {
  const { wanted, now } = situation
  const { stable, candidate } = record
  if (candidate?.rev !== wanted.rev || isSameSlot(stable, wanted)) {
    const told = {
      result: 'released',
      trigger: 'commit',
      message: 'Git wants another revision than the one that was aborted.',
    } as const
    const rest = { ...atRest(stable, now), ...window(record) }
    return turnTo(situation, rest, told, { phase: 'idle', reason: 'ContentChanged' })
  }
  if (!situation.isArrived) {
    const message = `Traffic goes back to ${stable.slot}.`
    return stay(situation, record, { phase: 'aborting', reason: 'RollingBack', message })
  }
  const message = `Revision ${wanted.rev} was aborted and is not tried again until its content changes or somebody says \`verdigris rollout retry\`.`
  const wake =
    record.untilMs !== undefined && record.untilMs > now ? { wakeAt: record.untilMs } : {}
  return stay(situation, record, {
    phase: 'rolled_back',
    reason: 'RolloutAborted',
    message,
    stalled: true,
    ...wake,
  })
}

/** A newer revision ends an unfinished rollout (INVARIANTS L8, R19): nothing of its progress is inherited. */
function newCommit(situation: Situation, record: RolloutRecord): Progress | undefined {
  const { wanted, rollout, isHeld } = situation
  if (isHeld) return undefined
  const { stable, candidate } = record
  const isOtherRoad = record.phase === 'progressing' && record.road !== roadMark(rollout.steps)
  if (isSameSlot(wanted, candidate))
    return isOtherRoad
      ? giveWay(situation, record, 'superseded', 'Its steps changed; it begins anew.')
      : undefined
  if (isSameSlot(wanted, stable))
    return giveWay(situation, record, 'rolled_back', `Git wants ${stable.slot} again.`)
  return inItsStead(situation, record) ?? superseded(situation, record)
}

function superseded(situation: Situation, record: RolloutRecord): Progress {
  return giveWay(situation, record, 'superseded', 'A newer revision takes its place.')
}

/** Somebody deleted the way back, and the candidate has all traffic: it is what there is, and the newer one's stable. */
function inItsStead(situation: Situation, record: RolloutRecord): Progress | undefined {
  const { deployments, isWhole, now } = situation
  const { stable, candidate, phase } = record
  const isGone = isWhole && !deployments.has(stable.slot)
  if (!isGone || phase !== 'baking' || candidate === undefined) return undefined
  const message = `${stable.slot} is gone; ${candidate.slot} is all that serves.`
  const told = { result: 'adopted', trigger: 'health', message } as const
  return turnTo(situation, atRest(candidate, now), told, { phase: 'idle', reason: 'Adopted' })
}

/** What ends a rollout whatever the metrics say: the candidate fails or is gone, or time is up. */
function broken(situation: Situation, record: RolloutRecord, facts: Facts): Progress | undefined {
  const { now, rollout, deployments, isWhole } = situation
  const slot = record.candidate?.slot ?? ''
  if (facts.failure !== undefined || (isWhole && !deployments.has(slot))) {
    const why = facts.failure?.message ?? 'It is gone.'
    const message = `The candidate ${slot} does not serve any more: ${why}`
    return failed(situation, record, { reason: 'CandidateFailed', message, trigger: 'health' })
  }
  if (now < record.beganMs + rollout.deadlineMs) return undefined
  const message = `The rollout did not end within its deadline.`
  return failed(situation, record, { reason: 'DeadlineExceeded', message, trigger: 'deadline' })
}

/** The checks that are watched now: a failure ends the rollout at once, wherever it stands. */
function judged(
  situation: Situation,
  record: RolloutRecord,
  own: Situation['rollout']['analysis'],
): Progress | undefined {
  const said = failureIn([...situation.rollout.analysis, ...own].map(situation.judgementOf))
  return said?.go === 'fail'
    ? failed(situation, record, { ...said, trigger: 'analysis' })
    : undefined
}

/** While the last write is not in force, or the candidate is being changed, no step is judged. */
function unsettled(
  situation: Situation,
  record: RolloutRecord,
  facts: Facts,
): Progress | undefined {
  if (!situation.isArrived)
    return stay(situation, record, {
      phase: record.phase === 'baking' ? 'promoting' : 'shifting',
      reason: 'Shifting',
      message: 'The endpoint is on its way to these weights.',
    })
  if (!facts.isReady)
    return stay(situation, record, {
      phase: 'provisioning',
      reason: 'CandidateNotReady',
      message: 'Azure is at work on the candidate, or it is not what Git declares.',
    })
  // Somebody took instances away: what it has now must be carried before it gets more.
  const share = inForce(record, situation).weights[record.candidate?.slot ?? ''] ?? 0
  const short = shortOf(facts, share)
  if (short?.go !== 'wait') return undefined
  const { reason, message, instances } = short
  return stay(situation, record, {
    phase: 'provisioning',
    reason,
    message,
    ...(instances === undefined ? {} : { instances }),
  })
}
