import { liveOf } from '../../src/adapters/azure/observe/live.ts'
import type { Live } from '../../src/core/model/live.ts'
import type { Ref } from '../../src/core/model/ref.ts'
import { withValue } from '../../src/core/model/values/pointer.ts'
import { FRAUD, slotRef } from '../core/rollout/play.ts'
import { type Azure, deploymentAt } from './azure.ts'

/** A thing as a GET of it gives it, with why its last operation failed; undefined = a 404. */
export function liveIn(azure: Azure, ref: Ref): Live | undefined {
  const isEndpoint = ref.kind === 'OnlineEndpoint'
  const thing = isEndpoint ? azure.endpoint : deploymentAt(azure, ref.name)
  if (thing === undefined) return undefined
  const body = withValue(thing.body, '/properties/provisioningState', thing.phase)
  const live = liveOf(isEndpoint ? FRAUD : slotRef(ref.name), body)
  const code = ('code' in thing ? thing.code : undefined) ?? 'InternalServerError'
  return live.phase === 'Failed' ? { ...live, failure: { code, message: 'It failed.' } } : live
}
