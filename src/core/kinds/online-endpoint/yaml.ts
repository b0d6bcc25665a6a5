import type { Workspace } from '../../model/live.ts'
import type { Ref } from '../../model/ref.ts'
import type { Json, JsonObject } from '../../model/values/json.ts'
import {
  computeFrom,
  inOrder,
  objectIn,
  propertiesFrom,
  saying,
  schemaAddress,
  tagsFrom,
  wordFrom,
} from '../from-arm.ts'
import { normalWeights } from '../normal.ts'

/** The CLI v2 fields of an online endpoint, from its ARM body. */
export function endpointFromArm(body: JsonObject, ref: Ref, workspace: Workspace): JsonObject {
  const properties = objectIn(body.properties)
  const compute = computeFrom(properties.compute, workspace)
  const isManaged = compute === undefined
  const schema = isManaged ? 'managedOnlineEndpoint' : 'kubernetesOnlineEndpoint'
  return saying({
    $schema: schemaAddress(schema),
    name: ref.name,
    description: properties.description,
    auth_mode: wordFrom(properties.authMode),
    compute,
    identity: identityFrom(body.identity),
    // On Kubernetes the cluster says who may come in, whatever Azure shows.
    public_network_access: isManaged ? wordFrom(properties.publicNetworkAccess) : undefined,
    traffic: weightsFrom(properties.traffic),
    mirror_traffic: weightsFrom(properties.mirrorTraffic),
    tags: tagsFrom(body.tags),
    properties: propertiesFrom(properties.properties),
  })
}

function weightsFrom(map: Json | undefined): JsonObject {
  return inOrder(objectIn(normalWeights(map ?? {})))
}

function identityFrom(identity: Json | undefined): JsonObject {
  const { type, userAssignedIdentities } = objectIn(identity)
  const ids = Object.keys(objectIn(userAssignedIdentities)).sort()
  return saying({
    type: wordFrom(type),
    user_assigned_identities: ids.length > 0 ? ids.map((id) => ({ resource_id: id })) : undefined,
  })
}
