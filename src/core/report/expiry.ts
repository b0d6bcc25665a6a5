import type { Intent, IntentAnswer } from '../model/rollout.ts'

const MINUTE_MS = 60_000

/** For how long a word waits. What takes traffic back, or holds it, is meant for as long as its rollout lasts; many deletions take long, too. */
const LASTS_MINUTES: { readonly [Verb in Intent['verb']]: number } = {
  abort: 24 * 60,
  undo: 24 * 60,
  pause: 24 * 60,
  retry: 60,
  resume: 60,
  promote: 60,
  adopt: 60,
  approve: 24 * 60,
}

/** The word with the time at which it expires; a clock that was set to another time lets it begin to wait anew. */
export function withExpiry(intent: Intent, now: number, setting: number): Intent {
  if (intent.until?.setting === setting) return intent
  return { ...intent, until: { at: now + LASTS_MINUTES[intent.verb] * MINUTE_MS, setting } }
}

export function isExpired({ until }: Intent, now: number): boolean {
  return until !== undefined && now >= until.at
}

export function expired(intent: Intent): IntentAnswer {
  const message = `It could not be carried out for ${LASTS_MINUTES[intent.verb]} minutes, and is given up. Look at where it stands now, and say it again.`
  return { intent, result: 'refused', message }
}
