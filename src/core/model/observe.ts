import type { SyncPolicy } from './application.ts'
import type { Intent, IntentAnswer } from './rollout.ts'

/** What ends observing. */
export const HOW_TO_APPLY = 'set `mode: apply` in its sync policy and restart the controller'

export function isObserving({ mode }: { readonly mode?: SyncPolicy['mode'] }): boolean {
  return mode === 'observe'
}

/** Levers write, and here nothing does: they are refused at once, also while the workspace cannot be read. */
export function refusedToObserver(intent: Intent): IntentAnswer {
  const message = `The Application only observes (\`mode: observe\` in its sync policy), so nothing is written for it: ${HOW_TO_APPLY}, and say ${intent.verb} again.`
  return { intent, result: 'refused', message }
}
