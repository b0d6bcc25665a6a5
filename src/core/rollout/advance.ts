import { shortOf } from './capacity.ts'
import { along, answered, back } from './commands.ts'
import {
  abort,
  giveWay,
  inForce,
  type Move,
  type Progress,
  stay,
  turnTo,
  window,
} from './progress.ts'
import { atRest, isSameSlot, type RolloutRecord, roadMark } from './record.ts'
import type { Facts, Situation } from './situation.ts'
import { failureIn, undecided } from './steps/analysis.ts'
import { BEFORE, beginning, isFailed, promoted, walk } from './walk.ts'
import { positive, soleServer } from './weights.ts'

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

const NO_FACTS: Facts = { isUp: false, isReady: false, instances: 0, full: 1 }

/** An endpoint that no rollout has touched: what serves all of it is the stable revision; nobody knows what half is. */
function withoutRecord(situation: Situation): Progress {
  const { live, deployments, wanted, now } = situation
  const server = soleServer(live)
  if (Object.keys(positive(live)).length === 0) return first(situation)
  const facts = server === undefined ? undefined : deployments.get(server)
  if (server === undefined || facts === undefined) {
    const message =
      'Traffic is split and the endpoint has no record of a rollout. Send all of it to one deployment by hand; the rollout goes on from there.'
    return unrecorded(situation, {
      phase: 'degraded',
      reason: 'RolloutStateUnknown',
      message,
      stalled: true,
    })
  }
  const isWanted = server === wanted.slot && facts.isReady
  const stable = { slot: server, rev: isWanted ? wanted.rev : (facts.rev ?? UNKNOWN) }
  const told = {
    result: 'adopted',
    trigger: 'none',
    message: `${server} serves; it is the stable revision.`,
  } as const
  return turnTo(situation, atRest(stable, now), told, { phase: 'idle', reason: 'Adopted' })
}

const UNKNOWN = '00000000'

/** Nothing serves yet, so nothing can be compared: golden requests, then all traffic. */
function first(situation: Situation): Progress {
  const { wanted, rollout, now, deployments } = situation
  const facts = deployments.get(wanted.slot) ?? NO_FACTS
  const rest = atRest(wanted, now)
  if (!facts.isReady) return unrecorded(situation, provisioning(facts, wanted.slot))
  const checks = rollout.steps.filter(({ type }) => type === 'verify')
  const verified = walk({
    situation: { ...situation, rollout: { ...rollout, steps: checks, bakeMs: 0 } },
    record: { ...rest, phase: 'progressing', candidate: wanted },
    from: BEFORE,
    facts,
  })
  if (isFailed(verified))
    return unrecorded(situation, { phase: 'degraded', stalled: true, ...verified.failed })
  if (verified.turn === undefined)
    return { ...verified, record: undefined, weights: {}, mirror: {} }
  const told = {
    result: 'promoted',
    trigger: 'none',
    message: `${wanted.slot} is the first revision; it serves.`,
  } as const
  return turnTo(situation, rest, told, { phase: 'idle', reason: 'FirstRevision' })
}

/** Stays as it is live, with no record. */
function unrecorded(situation: Situation, move: Move): Progress {
  const { live, mirror } = situation
  const base = { record: undefined, weights: live, mirror, stalled: false, step: 0 }
  return { ...base, isUrgent: false, answers: [], asks: {}, ...move }
}

function provisioning({ failure }: Facts, slot: string): Move {
  if (failure !== undefined) return { phase: 'degraded', stalled: true, ...failure }
  const message = `${slot} is not ready yet.`
  return { phase: 'provisioning', reason: 'Provisioning', message }
}

function whenStable(situation: Situation, record: RolloutRecord): Progress {
  const { wanted, now } = situation
  const { stable, previous, untilMs = 0 } = record
  if (stable.rev === wanted.rev && stable.slot === wanted.slot) return atHome(situation, record)
  if (stable.slot === wanted.slot) return inItsPlace(situation, record)
  if (isSameSlot(previous, wanted) && now < untilMs) return fastBack(situation, record, wanted)
  const facts = situation.deployments.get(wanted.slot) ?? NO_FACTS
  if (!facts.isReady) return stay(situation, record, provisioning(facts, wanted.slot))
  const walked = walk({ situation, record: beginning(situation, record), from: BEFORE, facts })
  if (isFailed(walked)) return failed(situation, record, { ...walked.failed, trigger: 'analysis' })
  // Nothing is written before the first step is entered: until then the stable record holds.
  return walked.turn === undefined ? { ...walked, record, ...inForce(record, situation) } : walked
}

/** What serves is what Git wants. */
function atHome(situation: Situation, record: RolloutRecord): Progress {
  const { now } = situation
  const { stable, previous, untilMs = 0 } = record
  if (previous !== undefined && now >= untilMs) {
    const told = {
      result: 'released',
      trigger: 'none',
      message: `The rollback window is over; ${previous.slot} is no longer kept.`,
    } as const
    return turnTo(situation, atRest(stable, now), told, { phase: 'idle', reason: 'WindowOver' })
  }
  const message = `${stable.slot} serves revision ${stable.rev}.`
  const wake = previous === undefined ? {} : { wakeAt: untilMs }
  return stay(situation, record, { phase: 'idle', reason: 'Stable', message, ...wake })
}

/** The deployment that serves was changed under its own name: that would reach users at once. */
function inItsPlace(situation: Situation, record: RolloutRecord): Progress {
  const { slot } = record.stable
  const message = `${slot} serves, and Git changes it in place. Put the new content into a deployment of another name and move the traffic there.`
  return stay(situation, record, {
    phase: 'degraded',
    reason: 'ServesTraffic',
    message,
    stalled: true,
  })
}

/** Inside the rollback window the way back is one write: no analysis, but the golden requests. */
function fastBack(
  situation: Situation,
  record: RolloutRecord,
  back: RolloutRecord['stable'],
): Progress {
  const { now, rollout, deployments } = situation
  const facts = deployments.get(back.slot) ?? NO_FACTS
  if (!facts.isReady) return stay(situation, record, provisioning(facts, back.slot))
  const goldens = rollout.steps.filter(({ type }) => type === 'verify')
  const checked = walk({
    situation: { ...situation, rollout: { ...rollout, steps: goldens, bakeMs: 0 } },
    record: { ...record, phase: 'progressing', candidate: back },
    from: BEFORE,
    facts,
  })
  if (isFailed(checked))
    return failed(situation, record, { ...checked.failed, trigger: 'analysis' })
  if (checked.turn === undefined) return { ...checked, record, ...inForce(record, situation) }
  const rest: RolloutRecord = {
    ...atRest(back, now),
    previous: record.stable,
    untilMs: now + rollout.keep.forMs,
  }
  const told = {
    result: 'fast_rolled_back',
    trigger: 'commit',
    message: `Git wants ${back.slot} again, which is still warm.`,
  } as const
  return {
    ...turnTo(situation, rest, told, { phase: 'idle', reason: 'RolledBack' }),
    isUrgent: true,
  }
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
  if (candidate?.rev !== wanted.rev) {
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
  const { wanted, rollout } = situation
  const { stable, candidate } = record
  const isOtherRoad = record.phase === 'progressing' && record.road !== roadMark(rollout.steps)
  if (wanted.rev === candidate?.rev && isOtherRoad)
    return giveWay(situation, record, 'superseded', 'Its steps changed; it begins anew.')
  if (wanted.rev === candidate?.rev) return undefined
  if (wanted.rev === stable.rev)
    return giveWay(situation, record, 'rolled_back', `Git wants ${stable.slot} again.`)
  if (rollout.onNewCommit === 'queue') return undefined
  return giveWay(situation, record, 'superseded', 'A newer revision takes its place.')
}

/** What ends a rollout whatever the metrics say: the candidate fails or is gone, or time is up. */
function broken(situation: Situation, record: RolloutRecord, facts: Facts): Progress | undefined {
  const { now, rollout, deployments } = situation
  const slot = record.candidate?.slot ?? ''
  if (facts.failure !== undefined || !deployments.has(slot)) {
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

/** The policy for a failure: back in one write, or stay and call somebody. */
function failed(
  situation: Situation,
  record: RolloutRecord,
  why: Parameters<typeof abort>[2],
): Progress {
  const { reason, message } = why
  const { rollout, deployments } = situation
  const home = deployments.get(record.stable.slot)
  if (home === undefined)
    return stay(situation, record, {
      phase: 'degraded',
      reason,
      message: `${message} There is no ${record.stable.slot} to go back to.`,
      stalled: true,
    })
  if (rollout.onFailure === 'rollback' || record.phase === 'stable')
    return abort(situation, record, why)
  const held = `${message} It stays as it is (onFailure: hold); say abort or promote.`
  return stay(situation, record, { phase: 'degraded', reason, message: held, stalled: true })
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
