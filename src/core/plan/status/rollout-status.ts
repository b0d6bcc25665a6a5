import { KINDS } from '../../kinds/index.ts'
import type { KeyMemory } from '../../model/memory.ts'
import { NO_PROBES_SENT } from '../../model/probes/probe-traffic.ts'
import { keyOf } from '../../model/ref.ts'
import { deciding, type Judgement, type Revision, type RolloutStatus } from '../../model/rollout.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { valueAt } from '../../model/values/pointer.ts'
import { answersUsers, healthOf, isWarm } from '../../rollout/decide/state.ts'
import { stepDeadlineOf } from '../../rollout/decide/step-deadline.ts'
import { ABORTED_TAG, isUnderWay, type RolloutRecord, type Slot } from '../../rollout/record.ts'
import { isTimed } from '../../rollout/steps/index.ts'
import type { Assessment, CheckContext } from '../assess.ts'
import type { RolloutPlan } from '../rollouts/rollout-plan.ts'
import { goldenCount } from './golden-count.ts'
import { bandwidthText } from './mirror-bandwidth.ts'
import { powerText } from './power.ts'
import { probesOf } from './probing.ts'

/** How an endpoint's rollout stands, in the words that status, API and metrics show. */
export function rolloutStatus(
  assessment: Assessment,
  rolloutPlan: RolloutPlan,
  around: CheckContext,
): RolloutStatus {
  const { ref, live } = assessment
  const { input, all } = around
  const { rollout, decision, wanted } = rolloutPlan
  const { record, reason, message } = decision
  const revision = (slot: Slot): Revision => {
    const key = `${ref.kind.replace('Endpoint', 'Deployment')}/${ref.name}/${slot.slot}`
    const found = all.get(key.toLowerCase()) ?? all.get(key)
    // What is on its way may not be in its slot yet: then Git says what it is.
    const isWanted = slot.slot === wanted.slot && slot.rev === wanted.rev
    const model = modelOf(
      isWanted ? found?.owned.declared : (found?.live?.body ?? found?.owned.declared),
    )
    return {
      deployment: slot.slot,
      revision: slot.rev,
      ...(model === undefined ? {} : { model }),
    }
  }
  const isComing = record?.phase === 'stable' && record.stable.rev !== wanted.rev
  const candidate = isComing ? wanted : record?.candidate
  const why = live && valueAt(live.body, `${KINDS[ref.kind].tagsAt}/${ABORTED_TAG}`)
  const aborted = record?.phase === 'aborted' ? abortedOf(candidate, why, decision) : undefined
  const golden = goldenCount(rolloutPlan, input.answers)
  return {
    name: rollout.name,
    endpoint: ref.name,
    strategy: rollout.strategy,
    phase: decision.phase,
    phaseSince: record?.sinceMs ?? input.now,
    step: isUndone(record, aborted) ? rollout.steps.length + 1 : decision.step,
    steps: rollout.steps.map(({ type }) => type),
    ...(record === undefined ? {} : { stable: revision(record.stable) }),
    ...(candidate === undefined ? {} : { candidate: revision(candidate) }),
    ...(record?.previous === undefined || record.untilMs === undefined
      ? {}
      : { previous: { ...revision(record.previous), untilMs: record.untilMs } }),
    weights: decision.weights,
    mirror: decision.mirror,
    judgements: rolloutPlan.judgements,
    ...lastJudged(rolloutPlan, input.memory[keyOf(ref)]),
    reason,
    message,
    stalled: decision.stalled,
    ...stepEndOf(rolloutPlan),
    ...deadlineOf(rolloutPlan, input.now),
    ...(aborted === undefined ? {} : { aborted }),
    canUndo: canUndo(rolloutPlan, input.now),
    ...powerOf(rolloutPlan, input),
    ...bandwidthOf(rolloutPlan, isComing, input),
    ...(golden === undefined ? {} : { golden }),
    ...probeOf(assessment, around),
  }
}

/** What the step in force sends; counted by the process that sends it, and by no other. */
function probeOf(assessment: Assessment, around: CheckContext): Pick<RolloutStatus, 'probe'> {
  const [probe] = probesOf([assessment], around)
  if (probe === undefined) return {}
  const { perMinute, requests } = probe
  const { probing } = around.input
  const counts = probing && (probing.get(probe.key) ?? NO_PROBES_SENT)
  return { probe: { perMinute, different: requests.length, ...counts } }
}

/** What is judged now is among the judgements. */
function lastJudged(
  { judgements }: RolloutPlan,
  { judged }: KeyMemory = {},
): Pick<RolloutStatus, 'judged'> {
  return judgements.length > 0 || judged === undefined ? {} : { judged }
}

/** When a step that lasts is over by the clock. Others, and one whose time is over and whose evidence is open, are only looked at again. */
function stepEndOf({ rollout: { steps }, decision }: RolloutPlan): {
  readonly stepEndsAt?: number
} {
  const { wakeAt, phase, reason } = decision
  const step = steps[decision.step]
  const lasts = phase === 'baking' || (step !== undefined && isTimed(step))
  const isOpen = reason === 'NoData' || reason === 'Inconclusive'
  return wakeAt === undefined || !lasts || isOpen ? {} : { stepEndsAt: wakeAt }
}

function deadlineOf(
  { rollout, decision: { record }, spentMs, isWatched }: RolloutPlan,
  now: number,
): Pick<RolloutStatus, 'deadlineAt' | 'stepDeadlineAt' | 'readyBy'> {
  const at = now + Math.max(0, rollout.deadlineMs - spentMs)
  const step = stepDeadlineOf(rollout, record, spentMs)
  if (isUnderWay(record))
    return { deadlineAt: at, ...(step && { stepDeadlineAt: now + step.leftMs }) }
  return isWatched ? { readyBy: at } : {}
}

function abortedOf(
  candidate: Slot | undefined,
  why: unknown,
  { reason, message }: RolloutPlan['decision'],
): NonNullable<RolloutStatus['aborted']> {
  const revision = candidate?.rev ?? ''
  if (typeof why !== 'string') return { revision, reason, message }
  const end = why.indexOf(': ')
  return { revision, reason: why.slice(0, end), message: why.slice(end + 2) }
}

/** Somebody went back from a revision that had passed all steps and its bake: such a record knows no road. */
function isUndone(record: RolloutRecord | undefined, aborted: RolloutStatus['aborted']): boolean {
  return record?.stepsHash === undefined && aborted?.reason === 'UndoneByHand'
}

/** Whether traffic could be back within one write. */
function canUndo({ decision: { record }, states: facts }: RolloutPlan, now: number): boolean {
  if (record === undefined) return false
  const health = (slot: Slot) => healthOf({ deployments: facts, absent: NONE }, slot)
  const isMoving = isUnderWay(record)
  if (isMoving) return answersUsers(health(record.stable))
  const { previous, untilMs = 0, phase } = record
  if (phase !== 'stable' || previous === undefined) return false
  return now < untilMs && isWarm({ deployments: facts, absent: NONE }, previous)
}

const NONE: ReadonlySet<string> = new Set()

function powerOf(
  { queries, rollout, judgements, decision: { record, weights } }: RolloutPlan,
  { answers }: CheckContext['input'],
): { readonly power?: string } {
  const share = isUnderWay(record) ? (weights[record.candidate?.slot ?? ''] ?? 0) : 0
  const power = powerText(rollout, queries, answers.measurements, share)
  return power === undefined || deciding(judgements).some(isDecided) ? {} : { power }
}

/** While mirroring is ahead, or in force. */
function bandwidthOf(
  { rollout, queries, decision: { step, record } }: RolloutPlan,
  isComing: boolean,
  { answers }: CheckContext['input'],
): { readonly bandwidth?: string } {
  if (!isComing && record?.phase !== 'progressing') return {}
  const bandwidth = bandwidthText({ rollout, step }, queries, answers.measurements)
  return bandwidth === undefined ? {} : { bandwidth }
}

function isDecided({ outcome }: Judgement): boolean {
  return outcome === 'pass' || outcome === 'fail'
}

/** `fraud:8` of an ARM id of a model, or what stands there; batch deployments have it one level deeper. */
function modelOf(body: JsonObject | undefined): string | undefined {
  const model =
    body && (valueAt(body, '/properties/model/assetId') ?? valueAt(body, '/properties/model'))
  if (typeof model !== 'string') return undefined
  const [, name, version] = /\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(model) ?? []
  return name === undefined ? model.slice(0, 200) : `${name}:${version}`
}
