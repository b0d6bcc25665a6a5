import type { Step } from '../model/rollout.ts'
import type { DeploymentState, StepResult } from './decide/rollout-input.ts'

/** Instances that carry a share of all traffic, when `full` carry all of it. At least one. */
export function instancesFor(percent: number, full: number): number {
  return Math.max(1, Math.ceil((percent * full) / 100))
}

/** What a setScale step asks for. */
export function instancesOf(
  { instances, percent = 100 }: { readonly instances?: number; readonly percent?: number },
  full: number,
): number {
  return instances ?? instancesFor(percent, full)
}

/** A wait when the candidate has too few instances for that much traffic (INVARIANTS S4); undefined when it has enough. */
export function shortOf(
  { instances, full, isScaledByOthers }: DeploymentState,
  percent: number,
): StepResult | undefined {
  const needed = instancesFor(percent, full)
  if (instances >= needed) return undefined
  const how = isScaledByOthers ? BY_OTHERS : ''
  const message = `${percent} % of the traffic needs ${needed} of ${full} instances; the candidate has ${instances}.${how}`
  return { go: 'wait', reason: 'CapacityShort', message, instances: needed }
}

const BY_OTHERS =
  ' Its instances are left to others (sync.ignoreDifferences): scale it up, or declare fewer in Git.'

/**
 * With how many instances the candidate is to run while the road is at `step` (−1 = before its first): those of the last
 * setScale passed; before any, those of a setScale that comes ahead of all traffic; else all.
 */
export function instancesAt(steps: readonly Step[], step: number, full: number): number {
  const scales = steps.flatMap((one, index) => (one.type === 'setScale' ? [{ one, index }] : []))
  const passed = scales.findLast(({ index }) => index <= step)
  if (passed !== undefined) return instancesOf(passed.one, full)
  const firstMove = steps.findIndex(({ type }) => type === 'setWeight' || type === 'setMirror')
  const ahead = scales.find(({ index }) => firstMove === -1 || index < firstMove)
  return ahead === undefined ? full : instancesOf(ahead.one, full)
}
