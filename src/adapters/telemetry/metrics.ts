import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Running, RunningByKey } from '../../core/model/operations.ts'
import type { Report } from '../../core/model/report.ts'
import { followOperations } from '../../core/report/operations.ts'
import { wasCompared } from '../../core/report/trouble.ts'
import type { Meter } from '../../reconcile/ports.ts'
import { CATALOGUE, type Catalogue } from './catalogue.ts'
import { countPlan, countTick } from './counts.ts'
import { createFamilies, type Families, type Sample } from './families.ts'
import { meterOf } from './meter.ts'
import { countRollouts } from './rollouts/counts.ts'
import { type FollowedByKey, followRollouts } from './rollouts/follow.ts'
import { rolloutState } from './rollouts/state.ts'
import { stateOf } from './state.ts'
import { zeroProcess, zeroTarget } from './zeros.ts'

export interface Metrics {
  readonly registry: Registry
  /** Draws one tick. Reports of one Application come in order. */
  recordReport(report: Report): void
  /** What the adapters of one Application tell about their calls. */
  meterFor(application: string): Meter
  /** One answered HTTP request; `route` is the pattern, never the path. */
  apiRequest(route: string, method: string, status: number): void
  /** Removes every series of an Application that is no longer configured. */
  forget(application: string): void
  /** The exposition text. */
  render(): Promise<string>
}

/** What is remembered of one Application between reports. */
interface Known {
  readonly report?: Report
  readonly running: RunningByKey
  readonly rollouts: FollowedByKey
  /** The newest commit seen to be live, and since when a newer one is not. */
  readonly liveRevision?: string
  readonly unappliedSince?: number
}

/** Node's own families that say little and count much. */
const TOO_DETAILED = [
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
  'nodejs_heap_space_size_available_bytes',
  'nodejs_active_resources',
  'nodejs_active_handles',
  'nodejs_active_requests',
]

/** Constructs every family of the catalogue. `now` gives milliseconds since the epoch. */
export function createMetrics(options: {
  readonly version: string
  readonly commit: string
  readonly now: () => number
}): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of TOO_DETAILED) registry.removeSingleMetric(name)
  const families = createFamilies(registry, CATALOGUE)
  const known = new Map<string, Known>()
  const { version, commit } = options
  const build = { version, commit, node_version: process.version }
  families.replace('', { buildInfo: [{ labels: build, value: 1 }] })
  zeroProcess(families)

  function admit(application: string): Known {
    const found = known.get(application)
    if (found !== undefined) return found
    const made: Known = { running: new Map(), rollouts: new Map() }
    known.set(application, made)
    zeroTarget(families, application)
    return made
  }

  function recordReport(report: Report): void {
    const before = admit(report.application)
    countPlan(families, report, before.report)
    if (report.dryRun) return
    countTick(families, report, before.report)
    const after = follow(families, before, report)
    known.set(report.application, after)
    families.replace(report.application, {
      ...stateOf(report),
      ...rolloutState(report, after.rollouts),
      ...progressOf(report, after),
    })
    showOperations()
  }

  function showOperations(): void {
    const running = [...known.values()].flatMap((one) => [...one.running.values()])
    families.replace('', operationsOf(running))
  }

  return {
    registry,
    recordReport,
    meterFor: (application) => {
      admit(application)
      return meterOf(families, application, options.now)
    },
    apiRequest: (route, method, status) =>
      families.add('', 'apiRequests', { route, method, code: `${Math.trunc(status / 100)}xx` }),
    forget: (application) => {
      known.delete(application)
      families.forget(application)
      showOperations()
    },
    render: () => registry.metrics(),
  }
}

function follow(families: Families<Catalogue>, before: Known, report: Report): Known {
  const { running, ended } = followOperations(before.running, report)
  for (const { operation, result, durationMs } of ended) {
    families.observe('', 'lroDuration', { operation, result }, durationMs / 1000)
  }
  const { followed: rollouts, told } = followRollouts(before.rollouts, report)
  countRollouts(families, report, told)
  const commit = commitOf(before, report)
  observeLeadTime(families, before, commit, report)
  return { report, running, rollouts, ...commit }
}

/** A commit that Git took back has no lead time. */
function observeLeadTime(
  families: Families<Catalogue>,
  { unappliedSince, liveRevision }: Known,
  after: ReturnType<typeof commitOf>,
  { application, endedAt }: Report,
): void {
  const isLive = after.unappliedSince === undefined && after.liveRevision !== liveRevision
  if (unappliedSince === undefined || !isLive) return
  const target = application
  const leadTimeMs = Math.max(0, endedAt - unappliedSince)
  families.observe(target, 'changeLeadTime', { target }, leadTimeMs / 1000)
}

/** A commit is live once everything equals it; drift after that does not make it unapplied again. */
function commitOf(before: Known, report: Report): Pick<Known, 'liveRevision' | 'unappliedSince'> {
  const { attemptedRevision, appliedRevision, converged } = report
  if (attemptedRevision === undefined) {
    const { liveRevision, unappliedSince } = before
    return {
      ...(liveRevision === undefined ? {} : { liveRevision }),
      ...(unappliedSince === undefined ? {} : { unappliedSince }),
    }
  }
  const isLive = converged && attemptedRevision === appliedRevision
  if (isLive) return { liveRevision: attemptedRevision }
  if (attemptedRevision === before.liveRevision) return { liveRevision: attemptedRevision }
  return {
    ...(before.liveRevision === undefined ? {} : { liveRevision: before.liveRevision }),
    unappliedSince: before.unappliedSince ?? report.committedAt ?? report.startedAt,
  }
}

function progressOf(report: Report, { unappliedSince }: Known) {
  const labels = { target: report.application }
  const isGood = wasCompared(report) && report.outcomes.every(({ result }) => result === 'Started')
  return {
    unappliedCommit: unappliedSince === undefined ? [] : [{ labels, value: unappliedSince / 1000 }],
    ...(isGood ? { targetLastSuccess: [{ labels, value: report.endedAt / 1000 }] } : {}),
  }
}

function operationsOf(running: readonly Running[]) {
  const operations = [...new Set(running.map(({ operation }) => operation))]
  const of = (operation: string) => running.filter((one) => one.operation === operation)
  const sample = (operation: string, value: number): Sample<'operation'> => ({
    labels: { operation },
    value,
  })
  return {
    lroInProgress: operations.map((operation) => sample(operation, of(operation).length)),
    lroOldestStart: operations.map((operation) =>
      sample(operation, Math.min(...of(operation).map(({ startedAt }) => startedAt)) / 1000),
    ),
  }
}
