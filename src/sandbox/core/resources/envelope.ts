import { type Answer, type Call, requestBody } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { gatewayError, invalid, notImplemented } from '../errors.ts'
import { guidOf } from '../ids.ts'
import { objectOf, textOf, without } from '../json.ts'
import type { Resource } from '../state.ts'
import { find } from '../store.ts'

/** What online and batch endpoints share around their properties. */

/** A resource lives where its workspace does; undefined = the body says so. */
export function refuseLocation(call: Call): Answer | undefined {
  const { location } = call.state.settings
  const asked = textOf(requestBody(call).location)
  if (asked === undefined) {
    const message = 'The location property is required for this definition.'
    return gatewayError(400, 'LocationRequired', message)
  }
  if (asked.replaceAll(' ', '').toLowerCase() === location.toLowerCase()) return undefined
  return invalid(call, 'Location', `The location must be that of the workspace, ${location}.`)
}

/**
 * One name for an online and a batch endpoint: their addresses would be the same, and nothing tells how Azure takes it.
 */
export function refuseSharedName(
  call: Call,
  others: 'onlineEndpoints' | 'batchEndpoints',
  name: string,
): Answer | undefined {
  if (find(call.state, `${others}/${name}`) === undefined) return undefined
  return notImplemented(`one name, ${name}, for an online and a batch endpoint`)
}

/** The identity of an endpoint as clients read it, with the principals that the service makes. */
export function identityOf(call: Call, endpoint: Resource): JsonObject {
  const identity = without(objectOf(endpoint.body.identity), ['principalId', 'tenantId'])
  const type = textOf(identity.type) ?? 'None'
  const assigned = objectOf(identity.userAssignedIdentities)
  const users = Object.keys(assigned).map((id) => [
    id,
    {
      ...objectOf(assigned[id]),
      principalId: guidOf(call.state, `${id}/principal`),
      clientId: guidOf(call.state, `${id}/client`),
    },
  ])
  return {
    ...identity,
    ...(users.length === 0 ? {} : { userAssignedIdentities: Object.fromEntries(users) }),
    ...(type.startsWith('SystemAssigned')
      ? {
          principalId: guidOf(call.state, `${endpoint.id}@${endpoint.ordinal}`),
          tenantId: call.state.settings.tenantId,
        }
      : {}),
  }
}
