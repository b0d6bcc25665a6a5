import type { Operation } from '../../core/model/plan.ts'
import { keyOf } from '../../core/model/ref.ts'
import type { Report, ResourceStatus } from '../../core/model/report.ts'

/** An operation Azure has accepted, as this process saw it begin. */
export interface Running {
  readonly operation: Operation
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

export interface Ended {
  readonly operation: Operation
  readonly result: 'success' | 'error'
  readonly durationMs: number
}

export type RunningByKey = ReadonlyMap<string, Running>

/** Which operations run after this report, and which it saw end. What an earlier process started is not known. */
export function followOperations(
  before: RunningByKey,
  report: Report,
): { readonly running: RunningByKey; readonly ended: readonly Ended[] } {
  const statuses = new Map(report.resources.map((resource) => [resource.key, resource]))
  const running = new Map<string, Running>()
  const ended: Ended[] = []
  for (const [key, known] of before) {
    const result = resultOf(statuses.get(key), known.operation)
    if (result === undefined) running.set(key, known)
    else ended.push({ ...known, result, durationMs: report.endedAt - known.startedAt })
  }
  for (const { action, result } of report.outcomes) {
    const { ref, operation } = action
    if (result === 'Started') running.set(keyOf(ref), { operation, startedAt: report.endedAt })
  }
  return { running, ended }
}

function resultOf(
  status: ResourceStatus | undefined,
  operation: Operation,
): Ended['result'] | undefined {
  const isDelete = operation.startsWith('delete_')
  if (status === undefined || status.health === 'missing') return isDelete ? 'success' : undefined
  if (status.health === 'progressing') return undefined
  if (isDelete || status.health === 'degraded') return 'error'
  return 'success'
}
