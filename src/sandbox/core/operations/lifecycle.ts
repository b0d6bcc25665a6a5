import type { Latencies } from '../options.ts'
import type { OperationVerb, ResourceKind } from '../state.ts'

/** A row: while an operation of this verb runs, and once it is over, the resource reads as these words. */
interface Transition {
  readonly on: ResourceKind
  readonly verb: OperationVerb
  /** The word, from its start on (ms after the write, before `timeScale`). */
  readonly running: readonly { readonly fromMs: number; readonly word: string }[]
  readonly succeeded: string
  readonly failed: string
  readonly takes: keyof Latencies
}

/** What a new deployment says: `Updating` in the 201 (recorded) and `Creating` later (pasted, ERRORS 3). */
const NEW_DEPLOYMENT = [
  [0, 'Updating'],
  [1000, 'Creating'],
] as const

/** A resource that could not be deleted or patched is Failed like any other. */
const TRANSITIONS: readonly Transition[] = [
  row('onlineEndpoint', 'create', [[0, 'Creating']], 'endpointCreate'),
  row('onlineEndpoint', 'update', [[0, 'Updating']], 'endpointUpdate'),
  row('onlineEndpoint', 'patch', [[0, 'Updating']], 'endpointPatch'),
  row('onlineEndpoint', 'keys', [[0, 'Updating']], 'regenerateKeys'),
  row('onlineEndpoint', 'delete', [[0, 'Deleting']], 'endpointDelete'),
  row('onlineDeployment', 'create', NEW_DEPLOYMENT, 'deploymentCreate'),
  row('onlineDeployment', 'update', [[0, 'Updating']], 'deploymentUpdate'),
  row('onlineDeployment', 'patch', [[0, 'Updating']], 'deploymentPatch'),
  row('onlineDeployment', 'delete', [[0, 'Deleting']], 'deploymentDelete'),
  row('batchEndpoint', 'create', [[0, 'Creating']], 'batchEndpointWrite'),
  row('batchEndpoint', 'update', [[0, 'Updating']], 'batchEndpointWrite'),
  row('batchEndpoint', 'patch', [[0, 'Updating']], 'endpointPatch'),
  row('batchEndpoint', 'delete', [[0, 'Deleting']], 'batchDelete'),
  row('batchDeployment', 'create', NEW_DEPLOYMENT, 'batchDeploymentWrite'),
  row('batchDeployment', 'update', [[0, 'Updating']], 'batchDeploymentWrite'),
  row('batchDeployment', 'patch', [[0, 'Updating']], 'deploymentPatch'),
  row('batchDeployment', 'delete', [[0, 'Deleting']], 'batchDelete'),
  row('compute', 'create', [[0, 'Creating']], 'computeWrite'),
  // Recorded: a changed cluster says Creating once more.
  row('compute', 'update', [[0, 'Creating']], 'computeWrite'),
  row('compute', 'delete', [[0, 'Deleting']], 'computeWrite'),
]

function row(
  on: Transition['on'],
  verb: OperationVerb,
  running: readonly (readonly [number, string])[],
  takes: keyof Latencies,
): Transition {
  const words = running.map(([fromMs, word]) => ({ fromMs, word }))
  return { on, verb, running: words, succeeded: 'Succeeded', failed: 'Failed', takes }
}

/** The row for a kind of resource and a verb; its absence is a bug. */
export function transitionOf(on: Transition['on'], verb: OperationVerb): Transition {
  const found = TRANSITIONS.find((row) => row.on === on && row.verb === verb)
  if (found === undefined) throw new Error(`no transition for ${verb} of ${on}`)
  return found
}

/** The word `sinceMs` after the write, in a workspace whose time runs `timeScale` times as fast. */
export function runningWord(transition: Transition, sinceMs: number, timeScale: number): string {
  const reached = transition.running.filter(({ fromMs }) => fromMs <= sinceMs * timeScale)
  return reached.at(-1)?.word ?? 'Updating'
}
