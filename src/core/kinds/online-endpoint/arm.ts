import type { Desired } from '../../model/desired.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { computeIdOf } from '../compute.ts'
import { defined } from '../decode.ts'
import type { ArmContext } from '../kind.ts'
import {
  drop,
  fold,
  foldId,
  foldIds,
  foldLocation,
  normalForm,
  normalWeights,
  ownProperties,
  type Steps,
} from '../normal.ts'

const AUTH_MODES: { readonly [word: string]: string } = {
  key: 'Key',
  aml_token: 'AMLToken',
  aad_token: 'AADToken',
}
const IDENTITY_TYPES: { readonly [word: string]: string } = {
  system_assigned: 'SystemAssigned',
  user_assigned: 'UserAssigned',
  none: 'None',
}
const ACCESS: { readonly [word: string]: string } = { enabled: 'Enabled', disabled: 'Disabled' }

/** FACTS 5. Zeros are dropped, as the CLI does; the planner puts the weights of the moment in place of these. */
export function endpointToArm(
  { spec }: Pick<Desired, 'spec'>,
  { workspace }: ArmContext,
): JsonObject {
  return defined({
    tags: spec.tags,
    identity: isObject(spec.identity) ? identityOf(spec.identity) : undefined,
    properties: defined({
      authMode: AUTH_MODES[String(spec.auth_mode)],
      description: spec.description,
      compute: typeof spec.compute === 'string' ? computeIdOf(spec.compute, workspace) : undefined,
      properties: spec.properties,
      publicNetworkAccess: ACCESS[String(spec.public_network_access)],
      traffic: spec.traffic === undefined ? undefined : normalWeights(spec.traffic),
      mirrorTraffic:
        spec.mirror_traffic === undefined ? undefined : normalWeights(spec.mirror_traffic),
    }),
  })
}

function identityOf(identity: JsonObject): JsonObject {
  const users = identity.user_assigned_identities
  const ids = Array.isArray(users) ? users.map((user: JsonObject) => String(user.resource_id)) : []
  return defined({
    type: IDENTITY_TYPES[String(identity.type)],
    userAssignedIdentities:
      ids.length > 0 ? Object.fromEntries(ids.map((id): [string, Json] => [id, {}])) : undefined,
  })
}

const steps: Steps = {
  '/id': drop,
  '/name': drop,
  '/type': drop,
  '/kind': drop,
  '/sku': drop,
  '/systemData': drop,
  '/location': foldLocation,
  '/identity/type': fold,
  '/identity/principalId': drop,
  '/identity/tenantId': drop,
  '/identity/clientId': drop,
  '/identity/userAssignedIdentities': foldIds,
  '/properties/provisioningState': drop,
  '/properties/scoringUri': drop,
  '/properties/swaggerUri': drop,
  '/properties/keys': drop,
  '/properties/properties': ownProperties,
  '/properties/authMode': fold,
  '/properties/compute': foldId,
  '/properties/publicNetworkAccess': fold,
  '/properties/traffic': normalWeights,
  '/properties/mirrorTraffic': normalWeights,
}

export function normaliseEndpoint(body: JsonObject): JsonObject {
  return normalForm(body, {
    steps,
    defaults: {
      identity: { type: 'systemassigned' },
      properties: { authMode: 'key', publicNetworkAccess: 'enabled' },
    },
  })
}
