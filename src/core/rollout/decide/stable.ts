import { atRest, isWindowOpen, type RolloutRecord, type Slot } from '../record.ts'
import { servesNobody } from '../weights.ts'
import { failed, inForce, type Move, type Progress, stay, turnTo, window } from './progress.ts'
import { type Facts, NO_FACTS, type Situation } from './situation.ts'
import { isWarm } from './state.ts'
import { BEFORE, beginning, type Failed, isFailed, walk } from './walk.ts'

/** The revision of what nobody put there. */
export const UNKNOWN_REVISION = '00000000'

/** What serves everybody becomes the stable revision. */
export function adoptServing(
  situation: Situation,
  server: string,
  kept: Partial<RolloutRecord> = {},
): Progress {
  const { deployments, wanted, now } = situation
  const facts = deployments.get(server) ?? NO_FACTS
  const isWanted = server === wanted.slot && facts.isReady
  const stable = { slot: server, rev: isWanted ? wanted.rev : (facts.rev ?? UNKNOWN_REVISION) }
  const told = {
    result: 'adopted',
    trigger: 'none',
    message: `${server} serves; it is the stable revision.`,
  } as const
  const record = { ...atRest(stable, now), ...kept }
  return turnTo(situation, record, told, { phase: 'idle', reason: 'Adopted' })
}

/** Nothing serves, so nothing can be compared: golden requests, then all traffic. */
export function serveFirst(situation: Situation): Progress {
  const { wanted, now, deployments } = situation
  const facts = deployments.get(wanted.slot) ?? NO_FACTS
  const rest = atRest(wanted, now)
  if (!facts.isReady) return unmoved(situation, provisioning(facts, wanted.slot))
  const checked = verified(situation, { ...rest, phase: 'progressing', candidate: wanted }, facts)
  if (isFailed(checked)) {
    const message = `${checked.failed.message} Nobody is served before another commit leads on.`
    return unmoved(situation, { phase: 'degraded', stalled: true, ...checked.failed, message })
  }
  if (checked.turn === undefined) return { ...checked, ...asLive(situation) }
  const told = {
    result: 'promoted',
    trigger: 'none',
    message: `${wanted.slot} is the first revision; it serves.`,
  } as const
  return turnTo(situation, rest, told, { phase: 'idle', reason: 'FirstRevision' })
}

/** As if golden requests and enough instances were the whole road. */
function verified(situation: Situation, record: RolloutRecord, facts: Facts): Progress | Failed {
  const { rollout } = situation
  const steps = rollout.steps.filter(({ type }) => type === 'verify')
  const road = { ...situation, rollout: { ...rollout, steps, analysis: [], bakeMs: 0 } }
  return walk({ situation: road, record, from: BEFORE, facts })
}

function asLive({
  live,
  mirror,
  record,
}: Situation): Pick<Progress, 'record' | 'weights' | 'mirror'> {
  return { record, weights: live, mirror }
}

/** Stays as it is live, whatever the record says; no other record is written. */
export function unmoved(situation: Situation, move: Move): Progress {
  const base = { ...asLive(situation), stalled: false, step: situation.record?.step ?? 0 }
  return { ...base, isUrgent: false, answers: [], asks: {}, ...move }
}

function provisioning({ failure }: Facts, slot: string): Move {
  if (failure !== undefined) {
    const { reason, message, isPassing } = failure
    const how = isPassing
      ? 'It is tried again by itself, each time later; `verdigris rollout retry` tries now.'
      : 'Another commit, or `verdigris rollout retry`, tries again.'
    return { phase: 'degraded', stalled: !isPassing, reason, message: `${message} ${how}` }
  }
  const message = `${slot} is not ready yet.`
  return { phase: 'provisioning', reason: 'Provisioning', message }
}

/** A new revision: its deployment first, then the steps. */
export function begin(situation: Situation, record: RolloutRecord): Progress {
  const { wanted } = situation
  const facts = situation.deployments.get(wanted.slot) ?? NO_FACTS
  if (!facts.isReady) return stay(situation, record, provisioning(facts, wanted.slot))
  const walked = walk({ situation, record: beginning(situation, record), from: BEFORE, facts })
  if (isFailed(walked)) return failed(situation, record, { ...walked.failed, trigger: 'analysis' })
  // Nothing is written before the first step is entered: until then the stable record holds.
  return walked.turn === undefined ? { ...walked, record, ...inForce(record, situation) } : walked
}

/** What serves is what Git wants. */
export function atHome(situation: Situation, record: RolloutRecord): Progress {
  const { now } = situation
  const { stable, previous, untilMs = 0 } = record
  if (previous !== undefined && !isWindowOpen(record, situation)) {
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

/**
 * The deployment that serves was changed under its own name: that would reach users at once. Where it runs what Git wants
 * all the same, by somebody's hand or since before there was a record, there is nothing to move: the record is set right.
 * Where it was made anew with that and serves nobody yet, golden requests come first.
 */
export function inItsPlace(situation: Situation, record: RolloutRecord): Progress {
  const { wanted, deployments, now, live } = situation
  const { slot } = record.stable
  if (deployments.get(slot)?.isReady === true) {
    if (servesNobody(live)) return serveFirst(situation)
    const told = {
      result: 'adopted',
      trigger: 'none',
      message: `${slot} serves and runs what Git wants; it is the stable revision.`,
    } as const
    const rest = { ...atRest(wanted, now), ...window(record) }
    return turnTo(situation, rest, told, { phase: 'idle', reason: 'Adopted' })
  }
  const message = `${slot} serves, and Git changes it in place. Put the new content into a deployment of another name and move the traffic there.`
  return stay(situation, record, {
    phase: 'degraded',
    reason: 'ServesTraffic',
    message,
    stalled: true,
  })
}

/** It answers with that revision, and Azure is not at work on it: only its instances are not what Git says, or a change of it failed. */
function runsIt(situation: Situation, back: Slot, { isUp, failure }: Facts): boolean {
  return (isUp || failure !== undefined) && isWarm(situation, back)
}

/** A change of its instances failed for want of them: with how many it runs is not told, and users may be too many for it. */
function short({ reason, message }: NonNullable<Facts['failure']>, slot: string): Move {
  const way = `${slot} may have fewer instances than Git says: \`verdigris rollout undo\` goes back to it all the same.`
  return { phase: 'degraded', reason, message: `${message} ${way}` }
}

/** Inside the rollback window the way back is one write: no analysis, but the golden requests. */
export function fastBack(situation: Situation, record: RolloutRecord): Progress {
  const { now, rollout, deployments, isHeld, wanted: back } = situation
  const known = deployments.get(back.slot) ?? NO_FACTS
  if (!known.isReady && !runsIt(situation, back, known))
    return stay(situation, record, provisioning(known, back.slot))
  if (known.failure?.isWant) return stay(situation, record, short(known.failure, back.slot))
  const { instances: serving = known.full } = deployments.get(record.stable.slot) ?? {}
  // What cannot be had now is not waited for, as long as it has as many as those that users leave.
  const facts = known.isReady ? known : { ...known, full: Math.min(known.full, serving) }
  const checked = verified(situation, { ...record, phase: 'progressing', candidate: back }, facts)
  if (isFailed(checked))
    return failed(situation, record, { ...checked.failed, trigger: 'analysis' })
  if (checked.turn === undefined) return { ...checked, record, ...inForce(record, situation) }
  const rest: RolloutRecord = {
    ...atRest(back, now),
    withdrawn: record.stable,
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
    isUrgent: !isHeld,
  }
}
