import { KINDS } from '../../core/kinds/index.ts'
import { usuallyOnDelete } from '../../core/kinds/on-delete.ts'
import type { Catalogue } from './catalogue.ts'
import type { Families } from './families.ts'
import * as L from './labels.ts'

/** METRICS 2.5: a counter that is not there before the first event hides it from `increase()`. */
export function zeroProcess(families: Families<Catalogue>): void {
  zeroLevers(families)
  for (const kind of L.RECONCILED_KIND.filter(isNamed)) {
    for (const result of L.RECONCILE_RESULT) families.add('', 'reconcile', { kind, result }, 0)
    for (const error_class of L.ERROR_CLASS) {
      families.add('', 'reconcileErrors', { kind, error_class }, 0)
    }
  }
  for (const kind of L.KIND.filter(isNamed)) families.add('', 'azureWritesSuppressed', { kind }, 0)
  for (const api of L.API.filter(isNamed)) {
    families.add('', 'azureThrottled', { api }, 0)
    for (const reason of L.RETRY_REASON) families.add('', 'azureRetries', { api, reason }, 0)
  }
  for (const trigger of L.TRIGGER) {
    for (const result of L.PLAN_RESULT) families.add('', 'plans', { trigger, result }, 0)
  }
}

function zeroLevers(families: Families<Catalogue>): void {
  for (const action of L.ROLLOUT_LEVER) {
    for (const result of L.LEVER_RESULT) {
      for (const actor of L.OPERATOR) families.add('', 'auditEvents', { action, actor, result }, 0)
    }
  }
}

export function zeroTarget(families: Families<Catalogue>, target: string): void {
  for (const result of L.RESULT) families.add(target, 'sourceFetch', { source: target, result }, 0)
  for (const reason of L.BLOCKED_REASON) families.add(target, 'planBlocked', { target, reason }, 0)
  zeroRollouts(families, target)
  for (const kind of L.KIND.filter(isNamed)) {
    const drift = { target, kind, actor: 'unknown', client: 'other' }
    families.add(target, 'driftDetected', drift, 0)
    for (const result of L.RESULT) {
      families.add(target, 'driftCorrections', { target, kind, result }, 0)
    }
    for (const result of prunesOf(kind)) {
      families.add(target, 'prunes', { target, kind, result }, 0)
    }
  }
}

/** What pruning does with a kind, by itself; who lets something be detached knows of it. */
function prunesOf(kind: (typeof L.KIND)[number]): readonly (typeof L.PRUNE_RESULT)[number][] {
  const usual = kind === 'other' ? undefined : usuallyOnDelete(KINDS[kind])
  if (usual === undefined) return []
  return [usual === 'archive' ? 'archived' : 'deleted', 'blocked']
}

function zeroRollouts(families: Families<Catalogue>, target: string): void {
  for (const strategy of L.STRATEGY) {
    for (const result of L.ROLLOUT_RESULT) {
      families.add(target, 'rollouts', { target, strategy, result }, 0)
    }
  }
  for (const result of L.GOLDEN_RESULT) {
    families.add(target, 'goldenRequests', { target, result }, 0)
    families.add(target, 'probes', { target, result }, 0)
  }
  for (const verdict of L.RUN_VERDICT) families.add(target, 'analysisRuns', { target, verdict }, 0)
}

/** A provider costs series once it is used, and not before. */
export function zeroProvider(families: Families<Catalogue>, provider: string): void {
  for (const reason of L.PROVIDER_REASON.filter(isNamed)) {
    families.add('', 'analysisProviderErrors', { provider, reason }, 0)
  }
  for (const verdict of L.LOOK_VERDICT) {
    families.add('', 'analysisMeasurements', { provider, verdict }, 0)
  }
}

function isNamed(value: string): boolean {
  return value !== 'other'
}
