import type { MeasurementQuery } from '../model/measurements/measurement.ts'
import { isObserving } from '../model/observe.ts'
import type { Probe } from '../model/probes/probe.ts'
import { isDeployment, keyOf } from '../model/ref.ts'
import { openRequests } from '../rollout/golden/golden-verdict.ts'
import type { TrialAsk } from '../rollout/trial.ts'
import { type Answers, contextOf, isHeld, type PlanInput } from './context.ts'
import { planRollouts } from './rollouts/plan-rollouts.ts'
import type { RolloutPlan } from './rollouts/rollout-plan.ts'

/** What has to be asked of the world before a plan can say all it could. Pure: it asks nothing itself. */
export interface Queries {
  readonly measurements: readonly MeasurementQuery[]
  /** Golden requests, with the key of the deployment they go to. */
  readonly probes: readonly { readonly key: string; readonly probe: Probe }[]
  /** Batch deployments that have to be tried. */
  readonly trials: readonly TrialAsk[]
  /** Whether deployments are about to be made or to grow, so that the region's cores matter. */
  readonly cores: boolean
}

/** The open questions: those that this input's answers do not hold yet. */
export function openQueries(input: PlanInput): Queries {
  if (input.desired.every(({ rollout }) => rollout === undefined)) return NOTHING
  const { answers } = input
  const context = contextOf(input)
  const byKey = planRollouts(context)
  const rolloutPlans = [...byKey.values()]
  // Golden requests need a key, which is a POST, and would be sent anew at every look: no step ever ends here.
  const probes = isObserving(input.sync)
    ? []
    : rolloutPlans.flatMap((rolloutPlan) => probeOf(rolloutPlan, answers))
  return {
    measurements: rolloutPlans
      .flatMap(({ queries }) => queries)
      .filter(({ id }) => !answers.measurements.has(id)),
    probes,
    trials: [...byKey]
      // A trial costs the workspace's compute: none is begun whose switch could not be written.
      .filter(([key]) => !isObserving(input.sync) && !isHeld(input, context.desiredAt.get(key)))
      .flatMap(([, rolloutPlan]) => trialOf(rolloutPlan))
      .filter(({ key }) => !answers.trials.has(key)),
    cores: answers.cores === undefined && rolloutPlans.some(grows),
  }
}

const NOTHING: Queries = { measurements: [], probes: [], trials: [], cores: false }

export function isNothing({ measurements: queries, probes, trials, cores }: Queries): boolean {
  return queries.length === 0 && probes.length === 0 && trials.length === 0 && !cores
}

function trialOf({ decision, rollout, wanted }: RolloutPlan): readonly TrialAsk[] {
  const { needs: asks, record } = decision
  const candidate = record?.phase === 'progressing' ? record.candidate : wanted
  const step = rollout.steps.find(({ type }) => type === 'trial')
  if (asks.trial === undefined || candidate?.slot !== asks.trial) return []
  if (record === undefined || step?.type !== 'trial') return []
  const { name: endpoint } = rollout.endpoint
  const key = keyOf({ kind: 'BatchDeployment', name: candidate.slot, parent: endpoint })
  return [{ key, endpoint, candidate, stable: record.stable, trial: step.trial }]
}

/** Golden requests that were not sent yet in this tick, or that failed and are sent again; while the step waits for them. */
function probeOf({ decision, rollout }: RolloutPlan, { probes }: Answers): Queries['probes'] {
  const deployment = decision.needs.probe
  if (deployment === undefined) return []
  const endpoint = rollout.endpoint.name
  const key = keyOf({ kind: 'OnlineDeployment', name: deployment, parent: endpoint })
  const golden = rollout.steps.flatMap((step) => (step.type === 'verify' ? step.golden : []))
  const requests = openRequests(golden, probes.get(key) ?? []).map((request) => ({
    golden: request,
    timeoutMs: Math.max(2 * request.maxLatencyMs, MIN_TIMEOUT_MS),
  }))
  return requests.length === 0 ? [] : [{ key, probe: { endpoint, deployment, requests } }]
}

/** An answer that is too late is measured, too: it tells more than none. */
const MIN_TIMEOUT_MS = 1000

function grows({ deployments, states: facts, wanted }: RolloutPlan): boolean {
  return deployments.some(({ ref, spec }) => {
    if (!isDeployment(ref.kind)) return false
    const name = ref.name.toLowerCase()
    const known = facts.get(name)
    const count = spec.instance_count
    const isOther = name === wanted.slot && known?.rev !== wanted.rev
    return isOther || known === undefined || (typeof count === 'number' && count > known.instances)
  })
}
