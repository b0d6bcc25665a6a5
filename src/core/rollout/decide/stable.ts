import { isWindowOpen, type RolloutRecord, type Slot, stableRecord } from '../record.ts'
import { servesNobody } from '../weights.ts'
import {
  type DecisionFields,
  failed,
  inForce,
  type RolloutDecision,
  stay,
  transitionTo,
  window,
} from './decision.ts'
import { type DeploymentState, NO_DEPLOYMENT, type RolloutInput } from './rollout-input.ts'
import { BEFORE_FIRST_STEP, beginning, type Failed, isFailed, runSteps } from './run-steps.ts'
import { isWarm } from './state.ts'

/** The revision of what nobody put there. */
export const UNKNOWN_REVISION = '00000000'

/** What serves everybody becomes the stable revision. */
export function adoptServing(
  input: RolloutInput,
  server: string,
  kept: Partial<RolloutRecord> = {},
): RolloutDecision {
  const { deployments, wanted, now } = input
  const state = deployments.get(server) ?? NO_DEPLOYMENT
  const isWanted = server === wanted.slot && state.isReady
  const stable = { slot: server, rev: isWanted ? wanted.rev : (state.rev ?? UNKNOWN_REVISION) }
  const told = {
    result: 'adopted',
    trigger: 'none',
    message: `${server} serves; it is the stable revision.`,
  } as const
  const record = { ...stableRecord(stable, now), ...kept }
  return transitionTo(input, record, told, { phase: 'idle', reason: 'Adopted' })
}

/** Nothing serves, so nothing can be compared: golden requests, then all traffic. */
export function serveFirst(input: RolloutInput): RolloutDecision {
  const { wanted, now, deployments } = input
  const state = deployments.get(wanted.slot) ?? NO_DEPLOYMENT
  const rest = stableRecord(wanted, now)
  if (!state.isReady) return unmoved(input, provisioning(state, wanted.slot))
  const checked = verified(input, { ...rest, phase: 'progressing', candidate: wanted }, state)
  if (isFailed(checked)) {
    const message = `${checked.failed.message} Nobody is served before another commit leads on.`
    return unmoved(input, { phase: 'degraded', stalled: true, ...checked.failed, message })
  }
  if (checked.transition === undefined) return { ...checked, ...asLive(input) }
  const told = {
    result: 'promoted',
    trigger: 'none',
    message: `${wanted.slot} is the first revision; it serves.`,
  } as const
  return transitionTo(input, rest, told, { phase: 'idle', reason: 'FirstRevision' })
}

/** As if golden requests and enough instances were the whole road. */
function verified(
  input: RolloutInput,
  record: RolloutRecord,
  state: DeploymentState,
): RolloutDecision | Failed {
  const { rollout } = input
  const steps = rollout.steps.filter(({ type }) => type === 'verify')
  const onlyGolden = { ...input, rollout: { ...rollout, steps, analysis: [], bakeMs: 0 } }
  return runSteps({ input: onlyGolden, record, from: BEFORE_FIRST_STEP, state })
}

function asLive({
  live,
  mirror,
  record,
}: RolloutInput): Pick<RolloutDecision, 'record' | 'weights' | 'mirror'> {
  return { record, weights: live, mirror }
}

/** Stays as it is live, whatever the record says; no other record is written. */
export function unmoved(input: RolloutInput, move: DecisionFields): RolloutDecision {
  const base = { ...asLive(input), stalled: false, step: input.record?.step ?? 0 }
  return { ...base, isUrgent: false, answers: [], needs: {}, ...move }
}

function provisioning({ failure }: DeploymentState, slot: string): DecisionFields {
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
export function begin(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const { wanted } = input
  const state = input.deployments.get(wanted.slot) ?? NO_DEPLOYMENT
  if (!state.isReady) return stay(input, record, provisioning(state, wanted.slot))
  const walked = runSteps({
    input,
    record: beginning(input, record),
    from: BEFORE_FIRST_STEP,
    state,
  })
  if (isFailed(walked)) return failed(input, record, { ...walked.failed, trigger: 'analysis' })
  // Nothing is written before the first step is entered: until then the stable record holds.
  return walked.transition === undefined ? { ...walked, record, ...inForce(record, input) } : walked
}

/** What serves is what Git wants. */
export function atHome(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const { now } = input
  const { stable, previous, untilMs = 0 } = record
  if (previous !== undefined && !isWindowOpen(record, input)) {
    const told = {
      result: 'released',
      trigger: 'none',
      message: `The rollback window is over; ${previous.slot} is no longer kept.`,
    } as const
    return transitionTo(input, stableRecord(stable, now), told, {
      phase: 'idle',
      reason: 'WindowOver',
    })
  }
  const message = `${stable.slot} serves revision ${stable.rev}.`
  const wake = previous === undefined ? {} : { wakeAt: untilMs }
  return stay(input, record, { phase: 'idle', reason: 'Stable', message, ...wake })
}

/**
 * The deployment that serves was changed under its own name: that would reach users at once. Where it runs what Git wants
 * all the same, by somebody's hand or since before there was a record, there is nothing to move: the record is set right.
 * Where it was made anew with that and serves nobody yet, golden requests come first.
 */
export function inItsPlace(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const { wanted, deployments, now, live } = input
  const { slot } = record.stable
  if (deployments.get(slot)?.isReady === true) {
    if (servesNobody(live)) return serveFirst(input)
    const told = {
      result: 'adopted',
      trigger: 'none',
      message: `${slot} serves and runs what Git wants; it is the stable revision.`,
    } as const
    const rest = { ...stableRecord(wanted, now), ...window(record) }
    return transitionTo(input, rest, told, { phase: 'idle', reason: 'Adopted' })
  }
  const message = `${slot} serves, and Git changes it in place. Put the new content into a deployment of another name and move the traffic there.`
  return stay(input, record, {
    phase: 'degraded',
    reason: 'ServesTraffic',
    message,
    stalled: true,
  })
}

/** It answers with that revision, and Azure is not at work on it: only its instances are not what Git says, or a change of it failed. */
function runsIt(input: RolloutInput, back: Slot, { isUp, failure }: DeploymentState): boolean {
  return (isUp || failure !== undefined) && isWarm(input, back)
}

/** A change of its instances failed for want of them: with how many it runs is not told, and users may be too many for it. */
function short(
  { reason, message }: NonNullable<DeploymentState['failure']>,
  slot: string,
): DecisionFields {
  const way = `${slot} may have fewer instances than Git says: \`verdigris rollout undo\` goes back to it all the same.`
  return { phase: 'degraded', reason, message: `${message} ${way}` }
}

/** Inside the rollback window the way back is one write: no analysis, but the golden requests. */
export function fastBack(input: RolloutInput, record: RolloutRecord): RolloutDecision {
  const { now, rollout, deployments, isHeld, wanted: back } = input
  const known = deployments.get(back.slot) ?? NO_DEPLOYMENT
  if (!known.isReady && !runsIt(input, back, known))
    return stay(input, record, provisioning(known, back.slot))
  if (known.failure?.isWant) return stay(input, record, short(known.failure, back.slot))
  const { instances: serving = known.full } = deployments.get(record.stable.slot) ?? {}
  // What cannot be had now is not waited for, as long as it has as many as those that users leave.
  const state = known.isReady ? known : { ...known, full: Math.min(known.full, serving) }
  const checked = verified(input, { ...record, phase: 'progressing', candidate: back }, state)
  if (isFailed(checked)) return failed(input, record, { ...checked.failed, trigger: 'analysis' })
  if (checked.transition === undefined) return { ...checked, record, ...inForce(record, input) }
  const rest: RolloutRecord = {
    ...stableRecord(back, now),
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
    ...transitionTo(input, rest, told, { phase: 'idle', reason: 'RolledBack' }),
    isUrgent: !isHeld,
  }
}
