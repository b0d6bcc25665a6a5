import { cleanText } from '../../core/model/redact/redact.ts'
import type { IntentAnswer, IntentVerb, RequestVerb } from '../../core/model/rollout.ts'
import { CommandError } from '../errors.ts'

const SAID_MAX = 200

/** What an operator says. */
export interface Lever {
  readonly verb: IntentVerb | RequestVerb
  /** The endpoint; of `adopt`, what is taken over; of `approve`, the id of the deletions. */
  readonly endpoint: string
  /** Of `adopt`: also from another Application of the same controller. */
  readonly isForced?: true
  /** The revision that is meant; absent: the one that is there. */
  readonly revision?: string
  readonly who: string
  readonly why: string
}

/** What became of it: the API's own words, also where no API was asked. */
export interface LeverAnswer extends Lever {
  readonly id: string
  readonly application: string
  /** RFC 3339. */
  readonly at: string
  readonly result: IntentAnswer['result']
  readonly message: string
}

/** The only one of the Applications that can be meant. */
export function oneOf(names: readonly string[], endpoint: string): string {
  const [name, ...others] = names
  if (name !== undefined && others.length === 0) return name
  throw new CommandError(
    name === undefined
      ? `No Application is seen that is meant by '${endpoint}': name it with --application.`
      : `Several Applications have '${endpoint}': choose with --application (${names.join(', ')}).`,
  )
}

/** What an operator says, clean and not too long. Throws CommandError. */
export function checked(lever: Lever): Lever {
  const who = said('--who', lever.who)
  if (who === '') throw new CommandError('--who is empty: say who says so.')
  if (lever.revision !== undefined && !/^[0-9a-f]{8}$/.test(lever.revision))
    throw new CommandError('--of is 8 hex digits, as `verdigris rollout status` shows them.')
  if (lever.verb === 'approve' && !/^[0-9a-f]{8}$/i.test(lever.endpoint))
    throw new CommandError('<id> is 8 hex digits, as `verdigris plan` shows them.')
  return { ...lever, who, why: said('--why', lever.why) }
}

function said(flag: string, text: string): string {
  const clean = cleanText(text).trim()
  if (clean.length <= SAID_MAX) return clean
  throw new CommandError(`${flag} is longer than ${SAID_MAX} characters.`)
}

export function isSame(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase()
}
