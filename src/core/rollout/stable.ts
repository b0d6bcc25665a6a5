import { failed, inForce, type Move, type Progress, stay, turnTo, window } from './progress.ts'
import { atRest, isSameSlot, type RolloutRecord } from './record.ts'
import { type Facts, NO_FACTS, type Situation } from './situation.ts'
import { BEFORE, beginning, type Failed, isFailed, walk } from './walk.ts'
import { positive, soleServer } from './weights.ts'

/** Why it cannot be told where an endpoint stands. */
export interface Lost {
  readonly reason: string
  readonly message: string
}

export const SPLIT: Lost = {
  reason: 'RolloutStateUnknown',
  message:
    'Traffic is split and the endpoint has no record of a rollout. Send all of it to one deployment by hand; the rollout goes on from there.',
}

/** An endpoint that no rollout has touched: what serves all of it is the stable revision; nobody knows what half is. */
export function withoutRecord(situation: Situation): Progress {
  const { live, deployments, wanted, now } = situation
  const server = soleServer(live)
  if (Object.keys(positive(live)).length === 0) return first(situation)
  const facts = server === undefined ? undefined : deployments.get(server)
  if (server === undefined || facts === undefined) {
    return unrecorded(situation, { phase: 'degraded', ...SPLIT, stalled: true })
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

/** The revision of what nobody put there. */
const UNKNOWN = '00000000'

/** Nothing serves yet, so nothing can be compared: golden requests, then all traffic. */
function first(situation: Situation): Progress {
  const { wanted, now, deployments } = situation
  const facts = deployments.get(wanted.slot) ?? NO_FACTS
  const rest = atRest(wanted, now)
  if (!facts.isReady) return unrecorded(situation, provisioning(facts, wanted.slot))
  const checked = verified(situation, { ...rest, phase: 'progressing', candidate: wanted }, facts)
  if (isFailed(checked))
    return unrecorded(situation, { phase: 'degraded', stalled: true, ...checked.failed })
  if (checked.turn === undefined) return { ...checked, record: undefined, weights: {}, mirror: {} }
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
  const road = { ...situation, rollout: { ...rollout, steps, bakeMs: 0 } }
  return walk({ situation: road, record, from: BEFORE, facts })
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

export function whenStable(situation: Situation, record: RolloutRecord): Progress {
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

/**
 * The deployment that serves was changed under its own name: that would reach users at once. Where it runs what Git wants
 * all the same, by somebody's hand or since before there was a record, there is nothing to move: the record is set right.
 */
function inItsPlace(situation: Situation, record: RolloutRecord): Progress {
  const { wanted, deployments, now } = situation
  const { slot } = record.stable
  if (deployments.get(slot)?.isReady === true) {
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

/** Inside the rollback window the way back is one write: no analysis, but the golden requests. */
function fastBack(
  situation: Situation,
  record: RolloutRecord,
  back: RolloutRecord['stable'],
): Progress {
  const { now, rollout, deployments, isHeld } = situation
  const facts = deployments.get(back.slot) ?? NO_FACTS
  if (!facts.isReady) return stay(situation, record, provisioning(facts, back.slot))
  const checked = verified(situation, { ...record, phase: 'progressing', candidate: back }, facts)
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
    isUrgent: !isHeld,
  }
}
