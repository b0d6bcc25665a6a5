import type { Ended, Running, RunningByKey } from '../model/operations.ts'
import type { Action, Operation } from '../model/plan.ts'
import { keyOf } from '../model/ref.ts'
import type { Report, ResourceStatus } from '../model/report.ts'
import { isObject } from '../model/values/json.ts'

/** Which operations run after this report, and which it saw end. What an earlier process started is not known. */
export function followOperations(
  before: RunningByKey,
  report: Pick<Report, 'resources' | 'outcomes' | 'endedAt'>,
): { readonly running: RunningByKey; readonly ended: readonly Ended[] } {
  const statuses = new Map(report.resources.map((resource) => [resource.key, resource]))
  const running = new Map<string, Running>()
  const ended: Ended[] = []
  for (const [key, known] of before) {
    const { startedAt, ...what } = known
    const result = resultOf(statuses.get(key), known.operation)
    if (result === undefined) running.set(key, known)
    else ended.push({ ...what, result, durationMs: report.endedAt - startedAt })
  }
  for (const { action, result } of report.outcomes) {
    const { ref, operation } = action
    if (result === 'Started')
      running.set(keyOf(ref), { operation, ...sizeOf(action), startedAt: report.endedAt })
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

function sizeOf({ body }: Action): Pick<Running, 'size'> {
  const { instanceType } = isObject(body?.properties) ? body.properties : {}
  return typeof instanceType === 'string' ? { size: instanceType } : {}
}
