import { schemaOf } from '../decode.ts'
import { eitherSchema } from '../fields/variants.ts'
import type { Kind } from '../kind.ts'
import { endpointToArm, normaliseEndpoint } from './arm.ts'
import { decodeEndpoint } from './decode.ts'
import { kubernetesEndpointSchema } from './kubernetes.ts'
import { managedEndpointSchema } from './managed.ts'
import { endpointFromArm } from './yaml.ts'

export const onlineEndpoint: Kind = {
  kind: 'OnlineEndpoint',
  armPath: ({ name }) => `onlineEndpoints/${name}`,
  decode: decodeEndpoint,
  jsonSchema: () =>
    eitherSchema(
      { required: ['compute'] },
      { title: 'On Kubernetes', schema: schemaOf(kubernetesEndpointSchema) },
      { title: 'Managed', schema: schemaOf(managedEndpointSchema) },
    ),
  toArm: endpointToArm,
  fromArm: endpointFromArm,
  // A PUT without identity is refused, one without authMode is not valid (FACTS 1.2).
  createDefaults: ({ workspace }) => ({
    location: workspace.location,
    identity: { type: 'SystemAssigned' },
    properties: { authMode: 'Key' },
  }),
  normalise: normaliseEndpoint,
  tagsAt: '/tags',
  // The identity: learn.microsoft.com, "Access Azure resources from an online endpoint with a managed identity", Limitations.
  immutable: ['/location', '/properties/compute', '/identity'],
  addOnly: ['/properties/properties'],
  wholes: ['/properties/traffic', '/properties/mirrorTraffic', '/identity/userAssignedIdentities'],
  operations: { create: 'create_endpoint', update: 'update_endpoint', delete: 'delete_endpoint' },
}
