import { fieldsOf } from '../../kinds/decode.ts'
import { shown } from '../../kinds/fields/shown.ts'
import { KINDS } from '../../kinds/index.ts'
import { isIssues } from '../../kinds/inline.ts'
import type { FieldIssue, LocalContent } from '../../kinds/kind.ts'
import type { Desired, Rollout } from '../../model/desired.ts'
import type { Problem } from '../../model/problem.ts'
import { keyOf } from '../../model/ref.ts'
import { KEEP_MS, type Step, type StepDeadline, type StepType } from '../../model/rollout.ts'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import { readStep } from '../../rollout/steps/index.ts'
import { isStepIssues, type Named } from '../../rollout/steps/step.ts'
import { secretProblems } from '../checks.ts'
import { type Declaration, fieldOf, problemAt } from '../declare.ts'
import type { ManifestDocument } from '../documents/documents.ts'
import { instanceProblems, scaleProblems } from '../service-limit-checks.ts'
import { rolloutIssues } from './rollout-checks.ts'
import { type RolloutFields, rolloutSchema } from './rollout-spec.ts'

type Path = readonly (string | number)[]

const STEPS: Path = ['spec', 'strategy', 'canary', 'steps']

interface Decoded {
  readonly rollout?: Rollout
  readonly declarations: readonly Declaration[]
  readonly problems: readonly Problem[]
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Reads a Rollout: its steps with what they name, and in the template form the deployment as it would be in each slot. */
export function decodeRollout(
  document: ManifestDocument,
  declarations: readonly Declaration[],
  content: LocalContent,
  named: Named,
): Decoded {
  const { value } = document.values
  const nothing = { declarations: [], problems: document.values.problems }
  if (!isObject(value)) return nothing
  const read = fieldsOf(rolloutSchema, value)
  const fail = (issues: readonly FieldIssue[]): Decoded => ({
    declarations: [],
    problems: [...document.values.problems, ...issues.map((issue) => problemAt(document, issue))],
  })
  if ('issues' in read) return fail(read.issues)
  const { spec, metadata } = read.value
  const endpoint = endpointOf(spec.endpoint, declarations)
  if (endpoint === undefined) return fail([noEndpoint(spec.endpoint)])
  const road = roadOf(spec, named)
  const watched = named.checks(spec.analysis ?? [])
  const slots = slotsOf(spec, value, endpoint, content)
  const analysis = isStepIssues(watched) ? [] : watched
  const issues = [
    ...road.issues,
    ...(isStepIssues(watched)
      ? watched.map((one) => ({ ...one, path: ['spec', 'analysis', ...one.path] }))
      : []),
    ...slots.issues,
  ]
  if (issues.length > 0) return fail(issues)
  const at = document.values.placeOf(['metadata', 'name'])
  const rollout: Rollout = {
    name: metadata.name,
    endpoint: endpoint.desired.ref,
    ...(spec.template === undefined ? {} : { slots: slots.slots.map((one) => ({ ...one, at })) }),
    strategy: road.strategy,
    steps: road.steps,
    analysis,
    ...policyOf(spec),
    at,
  }
  const wrong = rolloutIssues(rollout, endpoint.desired, declarations)
  if (wrong.length > 0) return fail(wrong)
  const inTemplate = valuesBelow(document, ['spec', 'template'])
  const inline = slots.inline.map((one) => ({
    desired: { ...one, policy: {}, at },
    key: keyOf(one.ref),
    inline: true,
    placeOf: () => at,
    besideVariables: (path: Path) =>
      inTemplate.besideVariables([...fieldOf(one.ref.kind), ...path]),
  }))
  const template = slots.slots.slice(0, 1).map((one) => ({
    ...{ desired: { ...one, at }, key: keyOf(one.ref), inline: true },
    ...inTemplate,
  }))
  const problems = [...document.values.problems, ...templateProblems(template, road, document)]
  return { rollout, declarations: inline, problems }
}

/** What is said of values that are right by themselves. */
function templateProblems(
  template: readonly Declaration[],
  { steps }: Road,
  document: ManifestDocument,
): readonly Problem[] {
  return [
    ...secretProblems(template),
    ...template.flatMap((one) => instanceProblems(one.desired, one.placeOf)),
    ...scaleProblems(steps, valuesBelow(document, STEPS).placeOf),
  ]
}

function valuesBelow({ values }: ManifestDocument, root: Path) {
  return {
    placeOf: (path: Path) => values.placeOf([...root, ...path]),
    besideVariables: (path: Path) => values.besideVariables([...root, ...path]),
  }
}

type RolloutPolicy = Pick<
  Rollout,
  'bakeMs' | 'bakeControl' | 'keep' | 'onFailure' | 'onNewCommit' | 'deadlineMs' | 'stepDeadlines'
>

/** What a Rollout does where it says nothing: careful, and over within a working day. */
function policyOf(spec: RolloutFields): RolloutPolicy {
  const { bake, keep, onFailure, onNewCommit, deadline, strategy } = spec
  const stepDeadlines = stepDeadlinesOf(strategy.canary?.steps ?? [])
  return {
    bakeMs: bake?.forMs ?? 30 * MINUTE_MS,
    bakeControl: bake?.control ?? 0,
    keep: { revisions: keep?.revisions === 0 ? 0 : 1, forMs: keep?.for ?? KEEP_MS },
    onFailure: onFailure ?? 'rollback',
    onNewCommit: onNewCommit ?? 'supersede',
    deadlineMs: deadline ?? 6 * HOUR_MS,
    ...(stepDeadlines.length === 0 ? {} : { stepDeadlines }),
  }
}

function stepDeadlinesOf(steps: readonly StepFields[]): readonly StepDeadline[] {
  return steps.flatMap(({ deadline, onDeadline }, step) =>
    deadline === undefined ? [] : [{ step, ms: deadline, policy: onDeadline ?? 'fail' }],
  )
}

function endpointOf(name: string, declarations: readonly Declaration[]): Declaration | undefined {
  return declarations.find(
    ({ desired: { ref } }) =>
      (ref.kind === 'OnlineEndpoint' || ref.kind === 'BatchEndpoint') &&
      ref.name.toLowerCase() === name.toLowerCase(),
  )
}

function noEndpoint(name: string): FieldIssue {
  const message = `the endpoint ${shown(name)} is not declared here: add its manifest beside this one`
  return { path: ['spec', 'endpoint'], reason: 'RolloutWithoutEndpoint', message }
}

interface Road {
  readonly strategy: Rollout['strategy']
  readonly steps: readonly Step[]
  readonly issues: readonly FieldIssue[]
}

function roadOf({ strategy }: RolloutFields, named: Named): Road {
  const said = Object.entries(strategy).filter(([, value]) => value !== undefined)
  const [only] = said
  const path = ['spec', 'strategy']
  if (only === undefined || said.length > 1) {
    const message = 'exactly one of "canary", "blueGreen" and "switch" is required'
    return { strategy: 'canary', steps: [], issues: [{ path, reason: 'MissingField', message }] }
  }
  const { canary, blueGreen, switch: batch } = strategy
  if (canary !== undefined) {
    const road = withSteps('canary', canary.steps.map(stepSaid), STEPS, named)
    return { ...road, issues: [...road.issues, ...policiesAlone(canary.steps)] }
  }
  if (blueGreen !== undefined) {
    const { verify, autoPromote } = blueGreen
    const steps: Said[] = [
      ...(verify === undefined ? [] : [['verify', verify] as const]),
      ...(autoPromote === false ? [['pause', {}] as const] : []),
    ]
    return withSteps('blueGreen', steps, [...path, 'blueGreen'], named)
  }
  const trial = batch?.trial
  const steps: Said[] = trial === undefined ? [] : [['trial', trial] as const]
  return withSteps('switch', steps, [...path, 'switch'], named)
}

type Said = readonly [type: StepType, said: unknown]

type StepFields = NonNullable<RolloutFields['strategy']['canary']>['steps'][number]

/** A policy for a deadline that there is not. */
function policiesAlone(steps: readonly StepFields[]): readonly FieldIssue[] {
  return steps.flatMap(({ deadline, onDeadline }, index) => {
    if (onDeadline === undefined || deadline !== undefined) return []
    const message = '"onDeadline" says what comes after a "deadline": give the step one'
    return [{ path: [...STEPS, index, 'onDeadline'], reason: 'MissingField', message }]
  })
}

function stepSaid({ deadline: _, onDeadline: __, ...step }: StepFields): Said | undefined {
  const said = Object.entries(step).filter(([, value]) => value !== undefined)
  const [only] = said
  return said.length === 1 && only !== undefined ? [only[0] as StepType, only[1]] : undefined
}

function withSteps(
  strategy: Road['strategy'],
  said: readonly (Said | undefined)[],
  path: Path,
  named: Named,
): Road {
  const steps: Step[] = []
  const issues: FieldIssue[] = []
  for (const [index, one] of said.entries()) {
    const place = strategy === 'canary' ? [...path, index] : path
    if (one === undefined) {
      const message = 'a step says exactly one thing'
      issues.push({ path: place, reason: 'InvalidStep', message })
      continue
    }
    const read = readStep(one[0], one[1], named)
    if (Array.isArray(read))
      issues.push(...read.map((issue) => ({ ...issue, path: [...place, one[0], ...issue.path] })))
    else steps.push(read as Step)
  }
  return { strategy, steps, issues }
}

interface Slots {
  readonly slots: readonly Omit<Desired, 'at'>[]
  readonly inline: readonly Omit<Desired, 'at' | 'policy'>[]
  readonly issues: readonly FieldIssue[]
}

/** The template, decoded once for each slot; what it declares inline is the same for both. */
function slotsOf(
  spec: RolloutFields,
  document: JsonObject,
  endpoint: Declaration,
  content: LocalContent,
): Slots {
  if (spec.template === undefined) {
    const message = '"slots" are for the template form: add "template", or leave them out'
    const issue = { path: ['spec', 'slots'], reason: 'ConflictingFields', message }
    return { slots: [], inline: [], issues: spec.slots === undefined ? [] : [issue] }
  }
  const fields =
    isObject(document.spec) && isObject(document.spec.template) ? document.spec.template : {}
  const kind =
    endpoint.desired.ref.kind === 'BatchEndpoint' ? 'BatchDeployment' : 'OnlineDeployment'
  const placed = (spec.slots ?? ['blue', 'green']).map((name) =>
    KINDS[kind].decode({ ...fields, name, endpoint_name: endpoint.desired.ref.name }, content),
  )
  const named = ['name', 'endpoint_name'].filter((field) => Object.hasOwn(fields, field))
  const issues = [
    ...named.map((field) => ({
      path: [field],
      reason: 'ConflictingFields',
      message: `"${field}" is given by the rollout: leave it out`,
    })),
    ...placed.flatMap((one) => (isIssues(one) ? one : [])),
  ]
  const unique = issues.filter(
    (issue, index) => issues.findIndex((other) => sameIssue(issue, other)) === index,
  )
  if (unique.length > 0)
    return {
      slots: [],
      inline: [],
      issues: unique.map((issue) => ({ ...issue, path: ['spec', 'template', ...issue.path] })),
    }
  const decoded = placed.flatMap((one) => (isIssues(one) ? [] : [one]))
  return {
    slots: decoded.map(({ inline: _, ...own }) => ({ ...own, policy: endpoint.desired.policy })),
    inline: decoded[0]?.inline ?? [],
    issues: [],
  }
}

function sameIssue(a: FieldIssue, b: FieldIssue): boolean {
  return a.reason === b.reason && a.message === b.message && a.path.join() === b.path.join()
}
