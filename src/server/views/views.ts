import type { Change, Difference, Held, Orphan } from '../../core/model/plan.ts'
import type { Problem } from '../../core/model/problem.ts'
import { cleanText } from '../../core/model/redact/redact.ts'
import { redactAt } from '../../core/model/redact/redact-value.ts'
import { keyOf } from '../../core/model/ref.ts'
import type { Condition, Outcome, Report, ResourceStatus } from '../../core/model/report.ts'
import type { Event } from '../../core/report/events/event.ts'
import { notAppliedOf } from '../../core/report/not-applied.ts'
import type { Tick } from '../../core/report/tick-summary.ts'
import type { ServedApplication } from '../application.ts'
import { rolloutView } from './rollout-views.ts'
import { revision, time } from './view-parts.ts'

/** The answers of the API, drawn from Reports. Every text is cleaned; times are ISO 8601; bodies are never shown. */

const HISTORY_SHOWN = 20

export function summaryView({ name, journal }: ServedApplication) {
  const report = journal.latest()
  const resources = report?.resources ?? []
  return {
    name,
    ...modeView(report),
    ...(report === undefined ? {} : tickView(report)),
    converged: report?.converged ?? false,
    conditions: (report?.conditions ?? []).map(conditionView),
    notApplied: (report === undefined ? [] : notAppliedOf(report)).map(notAppliedView),
    counts: {
      resources: resources.length,
      outOfSync: resources.filter(({ sync }) => sync !== 'synced').length,
      drifted: resources.filter(({ driftedSince }) => driftedSince !== undefined).length,
      degraded: resources.filter(({ health }) => health === 'degraded').length,
      orphans: report?.orphans?.length ?? 0,
      changes: report?.plan.changes.length ?? 0,
      problems: report?.problems.length ?? 0,
    },
  }
}

export function applicationView(application: ServedApplication) {
  const history = application.journal.history().slice(-HISTORY_SHOWN)
  return {
    ...summaryView(application),
    history: history.map(({ converged, started, failed, ...tick }) => ({
      ...tickView(tick),
      ...{ converged, started, failed },
    })),
  }
}

export function resourceView(resource: ResourceStatus) {
  const { ref, key, sync, health, drift, fight, driftedSince, traffic, rollout } = resource
  const { notTakenOver, ignored } = resource
  return {
    key: cleanText(key),
    ref: refView(ref),
    sync,
    health,
    driftPolicy: drift,
    fight,
    differing: resource.differences.length,
    ...(notTakenOver === undefined ? {} : { notTakenOver: notTakenOver.map(differenceView) }),
    ...(ignored === undefined
      ? {}
      : { ignored: ignored.map((one) => ({ ...differenceView(one), why: cleanText(one.why) })) }),
    ...(driftedSince === undefined ? {} : { driftedSince: time(driftedSince) }),
    ...revision('appliedRevision', resource.appliedRevision),
    ...(traffic === undefined ? {} : { traffic }),
    ...(rollout === undefined ? {} : { rollout: rolloutView(key, rollout) }),
    conditions: resource.conditions.map(conditionView),
  }
}

export function resourceDetailView(resource: ResourceStatus, events: readonly Event[]) {
  return {
    ...resourceView(resource),
    differences: resource.differences.map(differenceView),
    events: events.filter(({ ref }) => ref === resource.key).map(eventView),
  }
}

export function driftView(resource: ResourceStatus & { readonly driftedSince: number }) {
  return {
    key: cleanText(resource.key),
    ref: refView(resource.ref),
    policy: resource.drift,
    fight: resource.fight,
    since: time(resource.driftedSince),
    differences: resource.differences.map(differenceView),
  }
}

function orphanView({ ref, owner, application, reason, message }: Orphan) {
  return {
    ...refsView(ref),
    owner,
    ...revision('application', application),
    reason: cleanText(reason),
    message: cleanText(message),
  }
}

export function planView(report: Report | undefined) {
  const wakeAt = report?.plan.wakeAt
  return {
    ...modeView(report),
    ...(report === undefined ? {} : tickView(report)),
    ...(wakeAt === undefined ? {} : { wakeAt: time(wakeAt) }),
    changes: (report?.plan.changes ?? []).map(changeView),
    outcomes: (report?.outcomes ?? []).map(outcomeView),
    held: (report?.plan.held ?? []).map(heldView),
    orphans: (report?.orphans ?? []).map(orphanView),
  }
}

export function problemView({ severity, reason, message, at }: Problem) {
  const { line, column } = at
  return { severity, reason, message: cleanText(message), file: cleanText(at.file), line, column }
}

export function eventView(event: Event) {
  const { at, application, tick, type, ref, reason, message } = event
  return {
    at: time(at),
    application,
    tick,
    type,
    ...(ref === undefined ? {} : { ref: cleanText(ref) }),
    reason: cleanText(reason),
    message: cleanText(message),
  }
}

function notAppliedView({ endpoint, commit, ...why }: ReturnType<typeof notAppliedOf>[number]) {
  return {
    endpoint: cleanText(endpoint),
    ...revision('commit', commit),
    revision: cleanText(why.revision),
    reason: cleanText(why.reason),
    message: cleanText(why.message),
  }
}

/** Only of an Application that only observes. */
function modeView(report: Report | undefined) {
  return report?.mode === undefined ? {} : { mode: report.mode }
}

function tickView(report: Tick) {
  return {
    tick: report.tick,
    startedAt: time(report.startedAt),
    endedAt: time(report.endedAt),
    ...revision('attemptedRevision', report.attemptedRevision),
    ...revision('appliedRevision', report.appliedRevision),
    ...(report.committedAt === undefined ? {} : { committedAt: time(report.committedAt) }),
    ...revision('author', report.author),
    ...revision('subject', report.subject),
  }
}

function conditionView(condition: Condition) {
  const { type, status, reason, message, lastTransitionTime, observedGeneration } = condition
  return {
    type,
    status,
    reason: cleanText(reason),
    message: cleanText(message),
    lastTransitionTime: time(lastTransitionTime),
    ...revision('observedGeneration', observedGeneration),
  }
}

function changeView({ ref, verb, reason, differences }: Change) {
  return { ...refsView(ref), verb, reason, differences: differences.map(differenceView) }
}

function differenceView({ path, live, desired }: Difference) {
  return {
    path: cleanText(path),
    ...(live === undefined ? {} : { live: redactAt(path, live) }),
    ...(desired === undefined ? {} : { desired: redactAt(path, desired) }),
  }
}

function outcomeView(outcome: Outcome) {
  const { ref, operation, verb, reason } = outcome.action
  const about = { ...refsView(ref), operation, verb, because: reason, result: outcome.result }
  if (outcome.result === 'Started') return about
  return {
    ...about,
    reason: cleanText(outcome.reason),
    message: cleanText(outcome.message),
    errorClass: outcome.errorClass,
    retry: outcome.retry,
  }
}

function heldView({ ref, state, reason, message }: Held) {
  return { ...refsView(ref), state, reason: cleanText(reason), message: cleanText(message) }
}

function refsView(ref: ResourceStatus['ref']) {
  return { key: cleanText(keyOf(ref)), ref: refView(ref) }
}

function refView({ kind, name, parent, version }: ResourceStatus['ref']) {
  return {
    kind,
    name: cleanText(name),
    ...(parent === undefined ? {} : { parent: cleanText(parent) }),
    ...(version === undefined ? {} : { version: cleanText(version) }),
  }
}
