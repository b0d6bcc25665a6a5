import { isAtWork } from '../../model/live.ts'
import type { Held } from '../../model/plan.ts'
import type { Assessment } from '../assess.ts'
import type { PlanContext } from '../context.ts'
import { blocked, waiting } from '../held.ts'
import { STUCK_MS } from './next-memory.ts'
import { operationOverdueText } from './overdue.ts'

/** Azure is at work on it: nothing is written meanwhile, and how long that has taken is told. */
export function checkBusy(
  assessment: Assessment,
  { input }: { readonly input: PlanContext },
): Held | undefined {
  const { ref, key, live } = assessment
  const busySince = input.memory[key]?.busySince ?? input.now
  if (input.now - busySince > STUCK_MS) {
    const minutes = Math.round((input.now - busySince) / 60_000)
    const message = `Azure has been at work on it for ${minutes} minutes; look at its operation in the portal.`
    return blocked(ref, 'Stuck', message)
  }
  if (live === undefined || !isAtWork(live)) return undefined
  const overdue = operationOverdueText(assessment, input.now - busySince, input)
  if (overdue !== undefined) return waiting(ref, 'OperationOverdue', overdue)
  if (live.phase === 'Provisioning') return waiting(ref, 'Provisioning', 'Azure is at work on it.')
  return waiting(ref, 'Deleting', 'Azure is deleting it.')
}
