import type { Question } from '../model/measurement.ts'
import type { Probe } from '../model/probe.ts'
import { isDeployment, keyOf } from '../model/ref.ts'
import type { GoldenRequest } from '../model/rollout.ts'
import { type PlanInput, sightOf } from './context.ts'
import type { Stage } from './stage.ts'
import { stagesOf } from './staging.ts'

/** What has to be asked of the world before a plan can say all it could. Pure: it asks nothing itself. */
export interface Asks {
  readonly questions: readonly Question[]
  /** Golden requests, with the key of the deployment they go to. */
  readonly probes: readonly { readonly key: string; readonly probe: Probe }[]
  /** Whether deployments are about to be made or to grow, so that the region's cores matter. */
  readonly cores: boolean
}

/** The open questions: those that this input's answers do not hold yet. */
export function asksOf(input: PlanInput): Asks {
  if (input.desired.every(({ rollout }) => rollout === undefined)) return NOTHING
  const { answers } = input
  const stages = [...stagesOf(sightOf(input)).values()]
  const probes = stages.flatMap(probeOf)
  return {
    questions: stages
      .flatMap(({ questions }) => questions)
      .filter(({ id }) => !answers.measurements.has(id)),
    probes: probes.filter(({ key }) => !answers.probes.has(key)),
    cores: answers.cores === undefined && stages.some(grows),
  }
}

const NOTHING: Asks = { questions: [], probes: [], cores: false }

export function isNothing({ questions, probes, cores }: Asks): boolean {
  return questions.length === 0 && probes.length === 0 && !cores
}

function probeOf({ progress, rollout }: Stage): Asks['probes'] {
  const deployment = progress.asks.probe
  if (deployment === undefined) return []
  const endpoint = rollout.endpoint.name
  const requests = rollout.steps
    .flatMap((step) => (step.type === 'verify' ? step.golden : []))
    .map(({ name, request, maxLatencyMs }: GoldenRequest) => ({
      name,
      body: request,
      timeoutMs: Math.max(2 * maxLatencyMs, MIN_TIMEOUT_MS),
    }))
  const key = keyOf({ kind: 'OnlineDeployment', name: deployment, parent: endpoint })
  return [{ key, probe: { endpoint, deployment, requests } }]
}

/** An answer that is too late is measured, too: it tells more than none. */
const MIN_TIMEOUT_MS = 1000

function grows({ deployments, facts }: Stage): boolean {
  return deployments.some(({ ref, spec }) => {
    const known = facts.get(ref.name.toLowerCase())
    const wanted = spec.instance_count
    if (!isDeployment(ref.kind)) return false
    return known === undefined || (typeof wanted === 'number' && wanted > known.instances)
  })
}
