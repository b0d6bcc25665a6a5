import type { Action, Plan } from '../core/model/plan.ts'
import type { Outcome } from '../core/model/report.ts'
import type { Cloud, Source, TrialAsk, TrialCancellation, Trials } from './ports.ts'

/** Actions under way side by side: each may hold a file of an upload in memory. */
const AT_ONCE = 16

/**
 * Starts a plan's actions, side by side: they belong to different scopes. The only place from which the world is changed,
 * and it decides nothing. An adapter's bug fails its own action, not the others.
 */
export async function act(
  cloud: Cloud,
  plan: Plan,
  content: Pick<Source, 'blob'>,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const start = async (action: Action): Promise<Outcome> => {
    try {
      return await cloud.start(action, content, signal)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { action, result: 'Failed', reason: 'Bug', message, errorClass: 'bug', retry: 'Later' }
    }
  }
  const outcomes: Outcome[] = []
  for (let first = 0; first < plan.actions.length; first += AT_ONCE)
    outcomes.push(...(await Promise.all(plan.actions.slice(first, first + AT_ONCE).map(start))))
  return outcomes
}

/**
 * Cancels the jobs of trials that nobody needs, behind all writes: they cost compute, and hold nothing. A bug in that is the
 * jobs' own, too.
 */
export async function cancelTrials(
  trials: Trials,
  needless: readonly TrialAsk[],
  signal: AbortSignal,
): Promise<readonly TrialCancellation[]> {
  if (needless.length === 0) return []
  try {
    return await trials.cancel(needless, signal)
  } catch (error) {
    const message = `Its trial jobs were not cancelled: ${error instanceof Error ? error.message : String(error)}`
    return needless.map(({ endpoint, candidate: { slot: deployment } }) => ({
      ...{ endpoint, deployment, job: '', result: 'refused', message },
    }))
  }
}
