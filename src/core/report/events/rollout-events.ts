import { keyOf } from '../../model/ref.ts'
import type { Outcome, Report, TrialCancellation } from '../../model/report.ts'
import { type IntentAnswer, isLever, type RolloutTransition } from '../../model/rollout.ts'
import { instantText } from '../instant-text.ts'
import { notAppliedOf, notAppliedText } from '../not-applied.ts'
import { probeEvents } from './probe-events.ts'
import type { EventDetails } from './told.ts'

/** What operators said and what became of it, how rollouts moved, and which commit is not applied. */
export function rolloutEvents(
  report: Report,
  previous: Report | undefined,
): readonly EventDetails[] {
  return [
    ...answeredNow(report, previous).map((answer) => answerEvent(answer, report)),
    ...report.outcomes.flatMap(turnEvent),
    ...(report.cancellations ?? []).map(cancellationEvent),
    ...newlyFailedDryRuns(report, previous),
    ...probeEvents(report, previous),
    ...newlyNotApplied(report, previous),
  ]
}

/** A lever that waits is told once, and again when it is answered. */
export function answeredNow(
  { answers }: Report,
  previous: Report | undefined,
): readonly IntentAnswer[] {
  const waited = new Set(previous?.answers.map(({ intent }) => intent.id))
  return answers.filter(({ intent, result }) => result !== 'pending' || !waited.has(intent.id))
}

const SUFFIXES = { accepted: 'Requested', refused: 'Refused', pending: 'Waiting' } as const

function answerEvent(
  { intent, result, message }: IntentAnswer,
  { resources }: Report,
): EventDetails {
  const { verb, endpoint, who, why, at } = intent
  const found = resources.find(({ ref }) => ref.name === endpoint && ref.kind.endsWith('Endpoint'))
  const because = why === '' ? 'without a reason' : `because: ${why}`
  return {
    type: 'Normal',
    ...(found === undefined ? {} : { ref: found.key }),
    reason: `${isLever(intent) ? 'Rollout' : ''}${capitalised(verb)}${SUFFIXES[result]}`,
    message: `${who} said ${verb} of ${endpoint} at ${instantText(at)} ${because}; ${result}: ${message}`,
  }
}

/** Users had, or were about to have, something that was taken back. */
const BACKWARDS: readonly RolloutTransition['result'][] = [
  'aborted',
  'rolled_back',
  'fast_rolled_back',
]

/** A turn is told when Azure has accepted its write. */
function turnEvent({ action: { turn }, result: accepted }: Outcome): readonly EventDetails[] {
  if (turn === undefined || accepted !== 'Started') return []
  const { endpoint, result, trigger, message } = turn
  const by = trigger === 'none' ? '' : ` (${trigger})`
  return [
    {
      type: BACKWARDS.includes(result) ? 'Warning' : 'Normal',
      ref: keyOf(endpoint),
      reason: `Rollout${result.split('_').map(capitalised).join('')}`,
      message: `${message}${by}`,
    },
  ]
}

const ENDS = {
  cancelled: { type: 'Normal', reason: 'TrialCancelled' },
  ended: { type: 'Normal', reason: 'TrialEnded' },
  refused: { type: 'Warning', reason: 'TrialNotCancelled' },
} as const

function cancellationEvent({ endpoint, result, message }: TrialCancellation): EventDetails {
  return { ...ENDS[result], ref: { kind: 'BatchEndpoint', name: endpoint }, message }
}

/** A check that decides nothing says once that it would have failed the rollout. */
function newlyFailedDryRuns(report: Report, previous: Report | undefined): readonly EventDetails[] {
  const known = new Set(previous === undefined ? [] : failedDryRuns(previous).map(identityOf))
  return failedDryRuns(report)
    .filter((one) => !known.has(identityOf(one)))
    .map(({ ref, judgement: { name, message } }) => ({
      type: 'Normal',
      ref,
      reason: 'DryRunFailed',
      message: `The check ${name} is a dry run; without that the rollout would have failed. ${message}`,
    }))
}

function failedDryRuns({ resources }: Report) {
  return resources.flatMap(({ key: ref, rollout }) =>
    (rollout?.judgements ?? [])
      .filter(({ outcome, dryRun }) => outcome === 'fail' && dryRun === true)
      .map((judgement) => ({ ref, judgement })),
  )
}

function identityOf({ ref, judgement }: ReturnType<typeof failedDryRuns>[number]): string {
  return `${ref} ${judgement.id}`
}

/** Told for each commit: a later one that does not touch the content is not applied either. */
function newlyNotApplied(report: Report, previous: Report | undefined): readonly EventDetails[] {
  const known = new Set(previous === undefined ? [] : notAppliedOf(previous).map(notAppliedText))
  return notAppliedOf(report)
    .map((one): EventDetails => {
      const message = notAppliedText(one)
      return { type: 'Warning', ref: one.key, reason: 'CommitNotApplied', message }
    })
    .filter(({ message }) => !known.has(message))
}

function capitalised(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`
}
