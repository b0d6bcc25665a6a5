import { schemaOf } from '../decode.ts'
import type { Kind } from '../kind.ts'
import { endpointToArm, normaliseEndpoint } from './arm.ts'
import { decodeEndpoint, endpointSchema } from './spec.ts'

export const onlineEndpoint: Kind = {
  kind: 'OnlineEndpoint',
  armPath: ({ name }) => `onlineEndpoints/${name}`,
  decode: decodeEndpoint,
  jsonSchema: () => schemaOf(endpointSchema),
  toArm: endpointToArm,
  // A PUT without identity is refused, one without authMode is not valid (FACTS 1.2).
  createDefaults: ({ workspace }) => ({
    location: workspace.location,
    identity: { type: 'SystemAssigned' },
    properties: { authMode: 'Key' },
  }),
  normalise: normaliseEndpoint,
  tagsAt: '/tags',
  immutable: ['/location', '/properties/compute'],
  wholes: ['/properties/traffic', '/properties/mirrorTraffic', '/identity/userAssignedIdentities'],
  operations: { create: 'create_endpoint', update: 'update_endpoint', delete: 'delete_endpoint' },
}
