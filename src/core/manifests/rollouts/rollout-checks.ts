import { shown } from '../../kinds/fields/shown.ts'
import type { FieldIssue } from '../../kinds/kind.ts'
import type { Desired, Rollout } from '../../model/desired.ts'
import { keyOf, scopeOf } from '../../model/ref.ts'
import { clockedMs, type Step } from '../../model/rollout.ts'
import { isObject } from '../../model/values/json.ts'
import { instancesAt, instancesFor } from '../../rollout/capacity.ts'
import { checksOf } from '../../rollout/judgements.ts'
import { isEnteredWith, isTimed } from '../../rollout/steps/index.ts'
import type { Declaration } from '../declare.ts'
import { probeIssues } from './probe-checks.ts'

/** What can be wrong between a Rollout, its endpoint and its deployments. Paths are of the document. */
export function rolloutIssues(
  rollout: Rollout,
  endpoint: Desired,
  declarations: readonly Declaration[],
): readonly FieldIssue[] {
  return [
    ...strategyIssues(rollout, endpoint),
    ...orderIssues(rollout),
    ...evidenceIssues(rollout),
    ...controlIssues(rollout),
    ...probeIssues(rollout),
    ...deadlineIssues(rollout),
    ...stepDeadlineIssues(rollout),
    ...capacityIssues(rollout, endpoint, declarations),
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
    if (step.percent === 100) {
      const message = '100 % is the bake, and comes by itself after the last step: leave it out'
      issues.push(issue([...STEPS, index, 'setWeight'], 'InvalidStep', message))
    }
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

/** Without live traffic there is nothing to judge: such an analysis would hold until the deadline. */
function evidenceIssues({ steps }: Rollout): readonly FieldIssue[] {
  const first = steps.findIndex(({ type }) => type === 'setWeight')
  return steps.flatMap(({ type }, index) => {
    if (type !== 'analysis' || (first !== -1 && first < index)) return []
    const message = 'an analysis judges live traffic: put it behind a setWeight'
    return [issue([...STEPS, index, type], 'InvalidStep', message)]
  })
}

/** A control group costs its users the new revision for a while: where nothing is compared with it, it is a mistake. */
function controlIssues(rollout: Rollout): readonly FieldIssue[] {
  const { bakeControl, bakeMs, strategy, analysis, steps } = rollout
  if (bakeControl === 0) return []
  const last = steps.findLast((step) => step.type === 'setWeight')?.percent ?? 0
  const wrongs: readonly (readonly [is: boolean, reason: string, message: string])[] = [
    [
      strategy === 'switch',
      'FieldNotSupported',
      'a batch endpoint has no traffic to share out: leave "control" out',
    ],
    [bakeMs === 0, 'ConflictingFields', 'without a bake there is no control group: leave it out'],
    [
      analysis.every(({ rule, dryRun }) => rule.judge === 'threshold' || dryRun === true),
      'ConflictingFields',
      'a control group is for checks that compare and decide: add one to "analysis", or leave "control" out',
    ],
    [
      last > 100 - bakeControl,
      'InvalidStep',
      `weights must rise: the bake gives ${100 - bakeControl} % after ${last} %`,
    ],
  ]
  const found = wrongs.find(([is]) => is)
  return found === undefined ? [] : [issue(['spec', 'bake'], found[1], found[2])]
}

/** What takes longer by the clock alone than the deadline allows would always be aborted. */
function deadlineIssues({ steps, bakeMs, deadlineMs }: Rollout): readonly FieldIssue[] {
  const neededMs = clockedMs(steps) + bakeMs
  if (neededMs < deadlineMs) return []
  const [needed, allowed] = [neededMs, deadlineMs].map((ms) => Math.ceil(ms / 1000))
  const message = `its steps and bake take ${needed} s, and the deadline is ${allowed} s: give it a longer one`
  return [issue(['spec', 'deadline'], 'ConflictingFields', message)]
}

/** A step that is entered by no write of its own, or that a person ends, has no time that could be counted. */
function stepDeadlineIssues({
  steps,
  stepDeadlines = [],
  deadlineMs,
}: Rollout): readonly FieldIssue[] {
  return stepDeadlines.flatMap(({ step: index, ms }) => {
    const wrong = deadlineWrong(steps, index, ms) ?? neverOver(ms, deadlineMs)
    if (wrong === undefined) return []
    return [issue([...STEPS, index, 'deadline'], ...wrong)]
  })
}

function deadlineWrong(
  steps: readonly Step[],
  index: number,
  ms: number,
): readonly [reason: string, message: string] | undefined {
  const [step, next] = steps.slice(index, index + 2)
  if (step === undefined) return undefined
  if (!isTimed(step) && step.type !== 'setWeight') {
    const message = `the time of "${step.type}" counts to the step before it, or to the deadline of the rollout: put "deadline" there`
    return ['FieldNotSupported', message]
  }
  if (step.type === 'pause' && step.durationMs === undefined) {
    const message = 'only a person ends this pause, and no deadline counts that: give it a duration'
    return ['ConflictingFields', message]
  }
  if (step.type === 'setWeight' && next !== undefined && isEnteredWith(next)) {
    const message = `the weight and the "${next.type}" behind it are one write: put "deadline" there`
    return ['ConflictingFields', message]
  }
  const neededMs = clockedMs([step])
  if (neededMs < ms) return undefined
  const [needed, allowed] = [neededMs, ms].map((one) => Math.ceil(one / 1000))
  const message = `it takes ${needed} s, and its deadline is ${allowed} s: give it a longer one`
  return ['ConflictingFields', message]
}

/** The deadline of the rollout counts longer than that of any step, by the same rules: it would always be over first. */
function neverOver(ms: number, deadlineMs: number) {
  if (ms <= deadlineMs) return undefined
  const [asked, whole] = [ms, deadlineMs].map((one) => Math.ceil(one / 1000))
  const message = `it is ${asked} s, and the whole rollout ends at its "deadline" of ${whole} s: give the step a shorter one, or the rollout a longer one`
  return ['ConflictingFields', message] as const
}

/** A weight that the instances of that moment cannot carry can be seen beforehand (INVARIANTS S4). */
function capacityIssues(
  rollout: Rollout,
  endpoint: Desired,
  declarations: readonly Declaration[],
): readonly FieldIssue[] {
  const target = targetOf(rollout, endpoint, declarations)
  if (target === undefined) return []
  const full = target.spec.instance_count
  if (typeof full !== 'number') return openIssues(rollout)
  return rollout.steps.flatMap((step: Step, index) => {
    const percent = step.type === 'setWeight' || step.type === 'setMirror' ? step.percent : 0
    const has = instancesAt(rollout.steps, index, full)
    const needs = instancesFor(percent, full)
    if (percent === 0 || has >= needs) return []
    const message = `${percent} % needs ${needs} of ${full} instances, and setScale gives ${has}: scale up first`
    return [issue([...STEPS, index, step.type], 'CapacityShort', message)]
  })
}

/** Who leaves the number of instances to others cannot ask for some on the way. */
function openIssues({ steps }: Rollout): readonly FieldIssue[] {
  const index = steps.findIndex(({ type }) => type === 'setScale')
  if (index === -1) return []
  const message = '"setScale" needs "instance_count" in the deployment: without it others set it'
  return [issue([...STEPS, index, 'setScale'], 'ConflictingFields', message)]
}

/** The deployment that the traffic is to end at; of the template form, the first slot stands for both. */
function targetOf(
  { slots, endpoint }: Rollout,
  { spec }: Desired,
  declarations: readonly Declaration[],
): Desired | undefined {
  if (slots !== undefined) return slots[0]
  const traffic = isObject(spec.traffic) ? spec.traffic : {}
  const target = Object.keys(traffic).find((key) => traffic[key] === 100)
  return declarations
    .map(({ desired }) => desired)
    .find(
      ({ ref }) =>
        scopeOf(ref) === keyOf(endpoint) && ref.name.toLowerCase() === target?.toLowerCase(),
    )
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
  if (isObject(spec.mirror_traffic) && Object.keys(spec.mirror_traffic).length > 0) {
    const message = `with a Rollout mirroring is a step of it: leave "mirror_traffic" out of ${shown(ref.name)}`
    return [issue(['spec', 'endpoint'], 'ConflictingFields', message)]
  }
  if (hasOneEnd({ ref, spec })) return []
  const field = ref.kind === 'BatchEndpoint' ? 'defaults.deployment_name' : 'traffic'
  const message = `a Rollout needs one deployment to end at: give it 100 in "${field}" of ${shown(ref.name)}, or use "template"`
  return [issue(['spec', 'endpoint'], 'RolloutTarget', message)]
}

function hasOneEnd({ ref, spec }: Pick<Desired, 'ref' | 'spec'>): boolean {
  if (ref.kind === 'BatchEndpoint')
    return isObject(spec.defaults) && typeof spec.defaults.deployment_name === 'string'
  const shares = Object.values(isObject(spec.traffic) ? spec.traffic : {})
  return shares.filter((weight) => weight === 100).length === 1
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
  const [first, second] = slots
  if (first !== undefined && second !== undefined && keyOf(first.ref) === keyOf(second.ref)) {
    const message = `${shown(first.ref.name)} is one slot, and two are needed`
    issues.push(issue(['spec', 'slots'], 'DuplicateIdentity', message))
  }
  const declared = new Set(declarations.map(({ desired }) => keyOf(desired.ref)))
  for (const slot of slots.filter((one) => declared.has(keyOf(one.ref)))) {
    const message = `${keyOf(slot.ref)} is declared by a manifest too: remove it, or name other slots`
    issues.push(issue(['spec', 'slots'], 'DuplicateIdentity', message))
  }
  return issues
}
