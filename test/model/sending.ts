import type { ArmClient } from '../../src/adapters/azure/http/client.ts'
import { DEFAULT_LIMITS } from '../../src/adapters/azure/limits.ts'
import { pathOf } from '../../src/adapters/azure/paths.ts'
import { createResting } from '../../src/adapters/azure/throttle/resting.ts'
import { startAction } from '../../src/adapters/azure/write/start.ts'
import { basisOf, lastWriteIn } from '../../src/core/model/basis.ts'
import type { Action } from '../../src/core/model/plan.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Outcome } from '../../src/core/model/report.ts'
import type { JsonObject } from '../../src/core/model/values/json.ts'
import { withValue } from '../../src/core/model/values/pointer.ts'
import { slotRef } from '../core/rollout/play.ts'
import { NOW } from '../support/world.ts'
import { type Azure, type Sent, SLOTS, written } from './azure.ts'
import type { Pending } from './controller.ts'
import { liveIn } from './live.ts'

/** How a write ended: what went out and was accepted, and what the controller makes of it. */
export interface Written {
  readonly azure: Azure
  readonly isAccepted: boolean
  readonly outcome: Outcome
}

export interface Sending {
  /** Whether the GET right before the write says what is there, or what was read. */
  readonly isChecked: boolean
  /** Somebody has written to the endpoint since the reading: its operation has another name. */
  readonly isRewritten: boolean
}

const OPERATION_AT = '/properties/properties/AzureAsyncOperationUri'

/** Sends a write by the product's own way: a GET right before it, and none on ground that has moved. */
export async function sent(
  { action: kept, ground, beside }: Pending,
  azure: Azure,
  { isChecked, isRewritten }: Sending,
): Promise<Written> {
  let after = azure
  let isAccepted = false
  const before = (ref: Ref): JsonObject | undefined =>
    keyOf(ref) === keyOf(kept.ref)
      ? (ground ?? undefined)
      : beside.find((one) => keyOf(one.ref) === keyOf(ref))?.body
  const client = {
    get: async (ref: Ref) => {
      const live = isChecked ? liveIn(azure, ref)?.body : before(ref)
      const isEndpoint = ref.kind === 'OnlineEndpoint'
      const body = live && isRewritten && isEndpoint ? withValue(live, OPERATION_AT, 'next') : live
      return {
        status: body === undefined ? 404 : 200,
        headers: {},
        text: JSON.stringify(body ?? {}),
      }
    },
    write: async (method: string, path: string, body: JsonObject | undefined) => {
      const slot = SLOTS.find((one) => pathOf(slotRef(one)) === path)
      const asked: Sent = { ...(slot && { slot }), ...(method === 'PUT' && body && { body }) }
      const result = written(azure, asked)
      if ('refused' in result) return REFUSALS[result.refused] ?? refusal(400, 'It is refused.')
      after = result
      isAccepted = true
      return { status: 202, headers: {}, text: '' }
    },
  } as Partial<ArmClient> as ArmClient
  const action: Action = {
    ...kept,
    differences: [],
    basis: basisOf(ground ?? undefined),
    grounds: beside.map(({ ref, body }) => ({ ref, lastWrite: lastWriteIn(body) })),
  }
  const staleEntries = {
    add: () => {},
    drop: () => {},
    about: () => [],
    listed: () => {},
    shown: () => {},
  }
  const uploads = { place: () => Promise.reject(new Error('nothing is uploaded')) }
  const clock = { now: () => NOW, sleep: () => Promise.resolve() }
  const content = { blob: () => Promise.reject(new Error('nothing is uploaded')) }
  const resting = createResting(clock, DEFAULT_LIMITS)
  const throttle = { hold: () => () => {} }
  const ages = { isNewlyGone: () => false }
  const looks = { disturb: () => {}, known: () => [] }
  const endpoints = looks
  const starting = {
    client,
    clock,
    uploads,
    staleEntries,
    ages,
    looks,
    endpoints,
    resting,
    throttle,
  }
  const outcome = await startAction(starting, action, content, NEVER)
  return { azure: after, isAccepted, outcome }
}

const NEVER = new AbortController().signal

function refusal(status: number, message: string) {
  const text = JSON.stringify({
    error: { code: status === 409 ? 'Conflict' : 'UserError', message },
  })
  return { status, headers: {}, text }
}

const REFUSALS: { readonly [reason: string]: ReturnType<typeof refusal> } = {
  Conflict: refusal(409, 'Already running method on this endpoint.'),
  Unrecoverable: refusal(
    400,
    'Specified deployment [x] failed during initial provisioning and is in an unrecoverable state. Delete and re-create.',
  ),
}
