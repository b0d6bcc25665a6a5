import type { FieldIssue } from '../kinds/kind.ts'
import { shown } from '../kinds/shown.ts'
import type { Desired, Rollout } from '../model/desired.ts'
import { isObject } from '../model/json.ts'
import { keyOf } from '../model/ref.ts'
import type { Step } from '../model/rollout.ts'
import { instancesAt, instancesFor } from '../rollout/capacity.ts'
import { checksOf } from '../rollout/judgements.ts'
import type { Declaration } from './declare.ts'

/** What can be wrong between a Rollout, its endpoint and its deployments. Paths are of the document. */
export function rolloutIssues(
  rollout: Rollout,
  endpoint: Desired,
  declarations: readonly Declaration[],
): readonly FieldIssue[] {
  return [
    ...strategyIssues(rollout, endpoint),
    ...orderIssues(rollout),
    ...capacityIssues(rollout, declarations),
    ...(rollout.slots === undefined
      ? explicitIssues(rollout, endpoint)
      : templateIssues(rollout, endpoint, declarations)),
  ]
}

const STEPS = ['spec', 'strategy', 'canary', 'steps'] as const

function issue(path: FieldIssue['path'], reason: string, message: string): FieldIssue {
  return { path, reason, message }
}

function strategyIssues(
  { strategy, steps, analysis }: Rollout,
  endpoint: Desired,
): readonly FieldIssue[] {
  const isBatch = endpoint.ref.kind === 'BatchEndpoint'
  if (isBatch !== (strategy === 'switch')) {
    const message = isBatch
      ? `${shown(endpoint.ref.name)} is a batch endpoint: only the strategy "switch" moves it`
      : '"switch" is for batch endpoints: use "canary" or "blueGreen"'
    return [issue(['spec', 'strategy'], 'ConflictingFields', message)]
  }
  if (isBatch && analysis.length > 0)
    return [
      issue(
        ['spec', 'analysis'],
        'FieldNotSupported',
        'batch endpoints have no traffic to analyse',
      ),
    ]
  const mirror = steps.findIndex(({ type }) => type === 'setMirror')
  if (mirror >= 0 && endpoint.spec.compute !== undefined)
    return [
      issue(
        [...STEPS, mirror, 'setMirror'],
        'FieldNotSupported',
        'Kubernetes endpoints cannot mirror traffic: leave the step out',
      ),
    ]
  return []
}

/** Weights only rise, mirroring comes before them, and the names of metrics tell them apart. */
function orderIssues(rollout: Rollout): readonly FieldIssue[] {
  const issues: FieldIssue[] = []
  let weight = 0
  for (const [index, step] of rollout.steps.entries()) {
    if (step.type === 'setMirror' && weight > 0)
      issues.push(
        issue(
          [...STEPS, index, 'setMirror'],
          'InvalidStep',
          'what has live traffic cannot be mirrored to',
        ),
      )
    if (step.type !== 'setWeight') continue
    if (step.percent <= weight) {
      const message = `weights must rise: ${step.percent} comes after ${weight}`
      issues.push(issue([...STEPS, index, 'setWeight'], 'InvalidStep', message))
    }
    weight = Math.max(weight, step.percent)
  }
  const checks = checksOf(rollout)
  const twice = checks.find(({ name, id }) =>
    checks.some((one) => one.name === name && one.id !== id),
  )
  if (twice !== undefined) {
    const message = `two different checks are called ${shown(twice.name)}`
    issues.push(issue(['spec', 'analysis'], 'DuplicateIdentity', message))
  }
  return issues
}

/** A weight that the instances of that moment cannot carry can be seen beforehand (INVARIANTS S4). */
function capacityIssues(
  rollout: Rollout,
  declarations: readonly Declaration[],
): readonly FieldIssue[] {
  const full = instancesDeclared(rollout, declarations)
  if (full === undefined) return []
  return rollout.steps.flatMap((step: Step, index) => {
    const percent = step.type === 'setWeight' || step.type === 'setMirror' ? step.percent : 0
    const has = instancesAt(rollout.steps, index, full)
    const needs = instancesFor(percent, full)
    if (percent === 0 || has >= needs) return []
    const message = `${percent} % needs ${needs} of ${full} instances, and setScale gives ${has}: scale up first`
    return [issue([...STEPS, index, step.type], 'CapacityShort', message)]
  })
}

function instancesDeclared(
  { slots, endpoint }: Rollout,
  declarations: readonly Declaration[],
): number | undefined {
  const among = slots ?? declarations.map(({ desired }) => desired)
  const count = among.find(({ ref }) => ref.parent === endpoint.name)?.spec.instance_count
  return typeof count === 'number' ? count : undefined
}

/** The explicit form: Git says one deployment that gets everything in the end. */
function explicitIssues(rollout: Rollout, { ref, spec }: Desired): readonly FieldIssue[] {
  if (rollout.onNewCommit === 'queue')
    return [
      issue(
        ['spec', 'onNewCommit'],
        'ConflictingFields',
        '"queue" needs the template form: without it Git has no room for two revisions',
      ),
    ]
  if (ref.kind === 'BatchEndpoint') {
    const isSaid = isObject(spec.defaults) && typeof spec.defaults.deployment_name === 'string'
    if (isSaid) return []
  } else {
    const shares = Object.values(isObject(spec.traffic) ? spec.traffic : {})
    if (shares.filter((weight) => weight === 100).length === 1) return []
  }
  const field = ref.kind === 'BatchEndpoint' ? 'defaults.deployment_name' : 'traffic'
  const message = `a Rollout needs one deployment to end at: give it 100 in "${field}" of ${shown(ref.name)}, or use "template"`
  return [issue(['spec', 'endpoint'], 'RolloutTarget', message)]
}

/** The template form: the rollout owns the traffic and the names of its slots. */
function templateIssues(
  { slots = [] }: Rollout,
  { ref, spec }: Desired,
  declarations: readonly Declaration[],
): readonly FieldIssue[] {
  const issues: FieldIssue[] = []
  const owned = ['traffic', 'mirror_traffic', 'defaults'].find((field) => spec[field] !== undefined)
  if (owned !== undefined) {
    const message = `with "template" the rollout moves the traffic: leave "${owned}" out of ${shown(ref.name)}`
    issues.push(issue(['spec', 'template'], 'ConflictingFields', message))
  }
  const declared = new Set(declarations.map(({ desired }) => keyOf(desired.ref)))
  for (const slot of slots.filter((one) => declared.has(keyOf(one.ref)))) {
    const message = `${keyOf(slot.ref)} is declared by a manifest too: remove it, or name other slots`
    issues.push(issue(['spec', 'slots'], 'DuplicateIdentity', message))
  }
  return issues
}
