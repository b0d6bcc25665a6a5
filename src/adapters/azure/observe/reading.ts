import type { Live, Workspace } from '../../../core/model/live.ts'
import { keyOf, type Ref } from '../../../core/model/ref.ts'
import { QUEUED } from '../../../core/model/report.ts'
import type { JsonObject } from '../../../core/model/values/json.ts'
import { type Clock, CloudError } from '../../../reconcile/ports.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorOf } from '../http/errors.ts'
import { isShallow, objectOf, type RawResponse } from '../http/whole-body.ts'
import type { Limits } from '../limits.ts'
import type { Resting } from '../throttle/resting.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Ages } from './ages.ts'
import type { Endpoints } from './endpoints.ts'
import type { Failing } from './failing.ts'
import { liveOf } from './live.ts'
import type { Looks } from './looks.ts'
import type { StaleListEntries } from './stale-list-entries.ts'

/** What an observation reads with. */
export interface Reading {
  readonly client: ArmClient
  readonly limits: Limits
  readonly clock: Clock
  readonly workspace: (signal: AbortSignal) => Promise<Workspace>
  /** Reasons already read, by the operation's name: a finished operation does not change. */
  readonly failures: Map<string, NonNullable<Live['failure']>>
  readonly staleEntries: StaleListEntries
  readonly resting: Resting
  readonly ages: Ages
  readonly looks: Looks
  readonly endpoints: Endpoints
  readonly failing: Failing
  readonly throttle: Pick<Throttle, 'areReadsClosed'>
}

/** One thing read by GET; `complete` is false when it could not be told whether it is there. */
export interface Asset {
  readonly live: Live | undefined
  readonly complete: boolean
}

export async function assetOf(reading: Reading, ref: Ref, signal: AbortSignal): Promise<Asset> {
  const what = `GET ${keyOf(ref)}`
  const body = await orNothing(reading, signal, async () => {
    const response = await reading.client.get(ref, signal)
    if (response.status === 404) return 'absent'
    return wantedBody(reading, response, what)
  })
  if (body === 'absent') return { live: undefined, complete: true }
  return body === undefined
    ? { live: undefined, complete: false }
    : { live: liveOf(ref, body), complete: true }
}

/** What one poison thing must not do is stop the reading of all others; what concerns all of them is thrown. */
export async function orNothing<Result>(
  reading: Pick<Reading, 'throttle'>,
  signal: AbortSignal,
  read: () => Promise<Result>,
): Promise<Result | undefined> {
  const result = await orFailure(reading, signal, read)
  return result instanceof CloudError ? undefined : result
}

/** The same, and why there is nothing. */
export async function orFailure<Result>(
  { throttle }: Pick<Reading, 'throttle'>,
  signal: AbortSignal,
  read: () => Promise<Result>,
): Promise<Result | CloudError> {
  try {
    return await read()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof CloudError)) throw error
    // A right that is missing for one thing keeps only that one unread; no identity, or no leave to ask, stops all.
    const isAllOfIt = error.errorClass === 'auth' && error.reason !== 'Forbidden'
    if (isAllOfIt || error.reason === QUEUED || throttle.areReadsClosed()) throw error
    return error
  }
}

/** The body of a 200; throws a CloudError for any other answer, and for one nested too deeply. */
export function wantedBody(
  { limits, clock }: Reading,
  response: RawResponse,
  what: string,
): JsonObject {
  if (response.status !== 200) throw cloudErrorOf(response, what, clock.now())
  const body = objectOf(response, what)
  if (isShallow(body, limits.depthMax)) return body
  throw new CloudError({
    reason: 'UnreadableAnswer',
    message: `${what}: the answer is nested too deeply.`,
    errorClass: 'service',
    retry: 'Later',
  })
}
