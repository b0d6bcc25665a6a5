import type { ProbeStatus } from '../../core/model/probes/probe-traffic.ts'
import { cleanText } from '../../core/model/redact/redact.ts'
import type { IntentAnswer, Judgement, Revision, RolloutStatus } from '../../core/model/rollout.ts'
import type { ServedApplication } from '../application.ts'
import { revision, time, timeAt } from './view-parts.ts'

/** The rollouts of an Application as its last tick saw them. */
export function rolloutsOf({ journal }: ServedApplication) {
  return (journal.latest()?.resources ?? []).flatMap(({ key, rollout }) =>
    rollout === undefined ? [] : [rolloutView(key, rollout)],
  )
}

export function rolloutView(key: string, status: RolloutStatus) {
  const { strategy, phase, step, steps, weights, mirror, stalled, canUndo } = status
  const { stable, candidate, previous, aborted, probe } = status
  return {
    key: cleanText(key),
    name: cleanText(status.name),
    endpoint: cleanText(status.endpoint),
    ...{ strategy, phase, step, steps, weights, mirror, stalled, canUndo },
    phaseSince: time(status.phaseSince),
    ...(stable === undefined ? {} : { stable: revisionView(stable) }),
    ...(candidate === undefined ? {} : { candidate: revisionView(candidate) }),
    ...(previous === undefined
      ? {}
      : { previous: { ...revisionView(previous), until: time(previous.untilMs) } }),
    judgements: status.judgements.map(judgementView),
    reason: cleanText(status.reason),
    message: cleanText(status.message),
    ...timeAt('stepEndsAt', status.stepEndsAt),
    ...timeAt('deadlineAt', status.deadlineAt),
    ...timeAt('stepDeadlineAt', status.stepDeadlineAt),
    ...timeAt('readyBy', status.readyBy),
    ...(aborted === undefined ? {} : { aborted: cleaned(aborted) }),
    ...(probe === undefined ? {} : { probe: probeView(probe) }),
    ...revision('power', status.power),
    ...revision('bandwidth', status.bandwidth),
  }
}

export function answerView(application: string, { intent, result, message }: IntentAnswer) {
  const { id, verb, endpoint, who, why, at, about } = intent
  return {
    ...{ id, application, verb, result },
    ...cleaned({ endpoint, who, why, message }),
    ...revision('revision', about?.revision),
    at: time(at),
  }
}

function probeView({ problem, ...counts }: ProbeStatus) {
  return { ...counts, ...(problem === undefined ? {} : { problem: cleaned(problem) }) }
}

function judgementView(judgement: Judgement) {
  const { evidence, samples, value, outcome, dryRun, noDataMs, ...texts } = judgement
  const { id, name, provider, reason, message } = texts
  return {
    ...cleaned({ id, name, provider, reason, message }),
    outcome,
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(evidence === undefined ? {} : { evidence: finite(evidence) }),
    samples,
    ...(value === undefined ? {} : { value }),
    ...(noDataMs === undefined ? {} : { noDataMs }),
  }
}

/** JSON has no infinity: evidence that is not there yet is left out. */
function finite(evidence: NonNullable<Judgement['evidence']>) {
  const known = Object.entries(evidence).filter(([, value]) => Number.isFinite(value))
  return Object.fromEntries(known) as Partial<typeof evidence>
}

function revisionView({ deployment, revision: hash, model }: Revision) {
  return {
    ...cleaned({ deployment, revision: hash }),
    ...revision('model', model),
  }
}

function cleaned<Texts extends { readonly [name: string]: string }>(texts: Texts): Texts {
  const clean = Object.entries(texts).map(([name, text]) => [name, cleanText(text)])
  return Object.fromEntries(clean) as Texts
}
