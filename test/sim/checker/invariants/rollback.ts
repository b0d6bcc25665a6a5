import type { TraceEvent } from '../../trace.ts'
import type { Call } from '../call.ts'
import { type Commit, declares, roadOf } from '../git.ts'
import type { History } from '../history.ts'
import { acceptedWriteIn, type Invariant, NOTHING } from '../invariant.ts'
import { deploymentIn, recordOfEndpoint } from '../world.ts'
import { neverWas, realDeleteIn, sharesIn } from './deletes.ts'

/** S5, S30: what a rollout may have to go back to. */
export const ROLLBACK: readonly Invariant[] = [
  {
    id: 'S5',
    title:
      'The rollback target is neither deleted nor given other content before its successor has finished its bake',
    observe: rollbackTargetLost,
  },
  {
    id: 'S30',
    title: 'A failed update of what serves, or may have to, is never deleted to be made again',
    observe: failedUpdateDeleted,
  },
]

function rollbackTargetLost(history: History, event: TraceEvent): readonly string[] {
  const call = acceptedWriteIn(history, event)
  if (call === undefined || call.target.kind !== 'deployment') return NOTHING
  const { endpoint = '', deployment = '', key } = call.target
  const during = history.statesDuring(call)
  const isRolling = (commit: Commit): boolean => roadOf(commit, endpoint) !== undefined
  const isOwn = history.commitsInForce(call.application).every(isRolling)
  // The endpoint is another Application's by now, and its rollout leads back here all the same.
  const isOthers = history
    .newestOfAll(history.tickStart(call))
    .some((commit) => commit.application !== call.application && isRolling(commit))
  const isTarget = during.every(
    (state) => recordOfEndpoint(state, endpoint)?.stable.slot === deployment,
  )
  const phases = during.map((state) => recordOfEndpoint(state, endpoint)?.phase)
  const exists = during.every((state) => deploymentIn(state, endpoint, deployment) !== undefined)
  if (!(isOwn || isOthers) || !isTarget || !exists) return NOTHING
  if (call.method === 'DELETE' && neverWas(history, call)) return NOTHING
  if (call.method === 'DELETE') return [`DELETE ${key}: the rollout’s way back leads to it`]
  const isMoving = phases.every((phase) => phase === 'progressing' || phase === 'baking')
  const changed = during.every((state) =>
    changesContent(call, deploymentIn(state, endpoint, deployment)?.body),
  )
  // Somebody else had changed it: this puts back what it was.
  const ours = history.lastWrite.get(key)
  const isRestored = ours?.method === 'PUT' && !changesContent(call, ours.requestBody)
  return isMoving && changed && !isRestored
    ? [`PUT ${key}: other content for the rollback target`]
    : NOTHING
}

const CONTENT = ['model', 'environmentId', 'codeConfiguration', 'environmentVariables'] as const

function changesContent({ requestBody }: Call, live: unknown): boolean {
  const asked = contentOf(requestBody)
  const has = contentOf(live)
  return CONTENT.some((field) => asked[field] !== undefined && asked[field] !== has[field])
}

/** Azure puts them among the others: they are no part of what was asked for, and are not sent back. */
const OF_AZURE = new Set(['AZUREML_ENTRY_SCRIPT', 'AZUREML_MODEL_DIR', 'AML_APP_ROOT'])

function declaredVariables(variables: unknown): object | undefined {
  const declared = Object.entries(variables ?? {}).filter(([name]) => !OF_AZURE.has(name))
  return declared.length === 0 ? undefined : Object.fromEntries(declared)
}

function contentOf(body: unknown): Readonly<Record<string, string | undefined>> {
  const { properties = {} } = (body ?? {}) as { properties?: Record<string, unknown> }
  const { environmentVariables } = properties
  const content = { ...properties, environmentVariables: declaredVariables(environmentVariables) }
  return Object.fromEntries(
    CONTENT.map((field) => {
      const value: unknown = content[field as keyof typeof content]
      return [
        field,
        value === undefined || value === null ? undefined : JSON.stringify(value).toLowerCase(),
      ]
    }),
  )
}

function failedUpdateDeleted(history: History, event: TraceEvent): readonly string[] {
  const call = realDeleteIn(history, event)
  if (call === undefined || call.target.kind !== 'deployment') return NOTHING
  const { endpoint = '', deployment = '', key } = call.target
  const found = deploymentIn(history.state, endpoint, deployment)
  if (found?.provisioningState !== 'Failed' || !found.isServing) return NOTHING
  const record = recordOfEndpoint(history.state, endpoint)
  const commits = history.newestOfAll()
  // Of an endpoint that Git has removed nothing is a way back.
  const isKept = commits.some(({ declared }) => declared.some((one) => one.endpoint === endpoint))
  const isWayBack = record?.stable.slot === deployment || isPrevious(history, call)
  const isNeeded = isKept && isWayBack
  const isDeclared = commits.some((commit) => declares(commit, endpoint, deployment) !== undefined)
  const isCarrying = (sharesIn(history.state, endpoint)[deployment] ?? 0) > 0
  if (!isNeeded && !isDeclared && !isCarrying) return NOTHING
  return [`DELETE ${key}: its update failed, and it serves or may have to`]
}

/** Kept warm for `undo`, until its window is over. */
function isPrevious(history: History, { target, at }: Call): boolean {
  const record = recordOfEndpoint(history.state, target.endpoint ?? '')
  return record?.previous?.slot === target.deployment && at < (record?.untilMs ?? 0)
}
