import type { Call } from './call.ts'
import { type Commit, declares } from './git.ts'
import type { History } from './history.ts'

/** An endpoint that moves from one Application to another: the old one does not declare it any more, the new one does. */
export function hasLetGo(history: History, holder: string, call: Call): boolean {
  const { endpoint = '' } = call.target
  const has = (commit: Commit | undefined) =>
    commit !== undefined && declares(commit, endpoint) !== undefined
  return !has(history.newest(holder)) && has(history.newest(call.application))
}

/** Somebody said `verdigris adopt`. */
export function isTakenByHand({ intents }: History, { application, target }: Call): boolean {
  const { endpoint = '', deployment } = target
  const names = [endpoint, `onlinedeployment/${endpoint}/${deployment}`]
  return intents.some(
    (intent) =>
      intent.verb === 'adopt' &&
      intent.application === application &&
      names.includes(intent.endpoint.toLowerCase()),
  )
}
