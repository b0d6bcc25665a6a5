import { keyOf } from '../../core/model/ref.ts'
import type { Report, ResourceStatus } from '../../core/model/report.ts'
import type { Catalogue } from './catalogue.ts'
import type { Sample, Snapshot } from './families.ts'
import { ACTION, ENDPOINTS_MAX, KIND } from './labels.ts'
import { snakeCase } from './snake-case.ts'

/** What the gauges of one Application show after this report. */
export function stateOf(report: Report): Snapshot<Catalogue> {
  const target = report.application
  return {
    manifests: manifests(report),
    manifestErrors: manifestErrors(report),
    planChanges: planChanges(report),
    resources: resources(report),
    suspended: suspended(report),
    observing: [{ labels: { target }, value: Number(report.mode === 'observe') }],
    orphanedResources: counted(
      (report.orphans ?? []).map(({ ref }) => ({ target, kind: ref.kind })),
    ),
    overdueOperations: counted(
      report.resources
        .filter(({ conditions }) => conditions.some(({ reason }) => reason === 'OperationOverdue'))
        .map(({ ref }) => ({ target, kind: ref.kind })),
    ),
    ...driftState(report),
    notTakenOverFields: fieldsBy(report, ({ notTakenOver }) => notTakenOver),
    ignoredFields: fieldsBy(report, ({ ignored }) => ignored),
    ...endpointState(target, report.resources),
  }
}

/** Adds up samples with the same labels. */
function counted<Label extends string>(
  all: readonly Sample<Label>['labels'][],
  by: (index: number) => number = () => 1,
): readonly Sample<Label>[] {
  const sums = new Map<string, { labels: Sample<Label>['labels']; value: number }>()
  all.forEach((labels, index) => {
    const key = JSON.stringify(labels)
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + by(index) })
  })
  return [...sums.values()]
}

function manifests(report: Report): readonly Sample<'target' | 'kind'>[] {
  const target = report.application
  const pruned = new Set(
    report.plan.changes
      .filter(({ verb }) => verb === 'delete' || verb === 'detach')
      .map(({ ref }) => keyOf(ref)),
  )
  const declared = report.resources.filter(({ key }) => !pruned.has(key))
  return KIND.filter((kind) => kind !== 'other').map((kind) => ({
    labels: { target, kind },
    value: declared.filter(({ ref }) => ref.kind === kind).length,
  }))
}

/** The kind is not known of a document that cannot be understood. */
function manifestErrors(report: Report): readonly Sample<'target' | 'kind' | 'reason'>[] {
  return counted(
    report.problems
      .filter(({ severity }) => severity === 'error')
      .map(({ reason }) => ({
        target: report.application,
        kind: 'other',
        reason: snakeCase(reason),
      })),
  )
}

function planChanges(report: Report): readonly Sample<'target' | 'action'>[] {
  const { changes } = report.plan
  return ACTION.map((action) => ({
    labels: { target: report.application, action },
    value: changes.filter(({ verb, reason }) =>
      reason === 'Replace' ? action === 'replace' : action === verb,
    ).length,
  }))
}

function resources(report: Report): readonly Sample<'target' | 'kind' | 'sync' | 'health'>[] {
  const target = report.application
  return counted(
    report.resources.map(({ ref, sync, health }) => ({ target, kind: ref.kind, sync, health })),
  )
}

function suspended(report: Report): readonly Sample<'target' | 'scope'>[] {
  const target = report.application
  const isSuspended = report.conditions.some(({ reason }) => reason === 'Suspended')
  const some = report.resources.some(({ health }) => health === 'suspended')
  return [
    { labels: { target, scope: 'target' }, value: Number(isSuspended) },
    { labels: { target, scope: 'resource' }, value: Number(some) },
  ]
}

function driftState(report: Report) {
  const target = report.application
  const drifted = report.resources.filter(({ driftedSince }) => driftedSince !== undefined)
  const open = drifted.filter(({ drift }) => drift !== 'ignore')
  const kinds = [...new Set(open.map(({ ref }) => ref.kind))]
  const labels = drifted.map(({ ref, drift }) => ({ target, kind: ref.kind, policy: drift }))
  const fights = report.resources.filter(({ fight }) => fight)
  return {
    driftedResources: counted(labels),
    driftedFields: counted(labels, (index) => drifted[index]?.differences.length ?? 0),
    driftFirstSeen: kinds.map((kind) => ({
      labels: { target, kind },
      value: oldest(open.filter(({ ref }) => ref.kind === kind)) / 1000,
    })),
    driftFightOpen: [...new Set(fights.map(({ ref }) => ref.kind))].map((kind) => ({
      labels: { target, kind },
      value: 1,
    })),
  } satisfies Snapshot<Catalogue>
}

function fieldsBy(
  report: Report,
  fieldsOf: (resource: ResourceStatus) => readonly unknown[] | undefined,
): readonly Sample<'target' | 'kind'>[] {
  const target = report.application
  const left = report.resources.flatMap((one) =>
    (fieldsOf(one) ?? []).map(() => ({ target, kind: one.ref.kind })),
  )
  return counted(left)
}

function oldest(drifted: readonly ResourceStatus[]): number {
  return Math.min(...drifted.map(({ driftedSince }) => driftedSince ?? Number.POSITIVE_INFINITY))
}

function endpointState(target: string, all: readonly ResourceStatus[]) {
  const endpoints = all.filter(({ ref }) => ref.kind === 'OnlineEndpoint').slice(0, ENDPOINTS_MAX)
  return {
    endpointInfo: endpoints.map(({ ref, sync, health }) => ({
      labels: { target, endpoint: ref.name, type: 'managed', sync, health },
      value: 1,
    })),
  } satisfies Snapshot<Catalogue>
}
