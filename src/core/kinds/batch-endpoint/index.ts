import { schemaOf } from '../decode.ts'
import type { Kind } from '../kind.ts'
import { batchEndpointToArm, normaliseBatchEndpoint } from './arm.ts'
import { batchEndpointSchema, decodeBatchEndpoint } from './spec.ts'
import { batchEndpointFromArm } from './yaml.ts'

export const batchEndpoint: Kind = {
  kind: 'BatchEndpoint',
  armPath: ({ name }) => `batchEndpoints/${name}`,
  decode: decodeBatchEndpoint,
  jsonSchema: () => schemaOf(batchEndpointSchema),
  toArm: batchEndpointToArm,
  fromArm: batchEndpointFromArm,
  createDefaults: ({ workspace }) => ({
    location: workspace.location,
    properties: { authMode: 'AADToken' },
  }),
  normalise: normaliseBatchEndpoint,
  tagsAt: '/tags',
  immutable: ['/location'],
  addOnly: ['/properties/properties'],
  // FACTS 1.4: made up by the service, differently by every build; the CLI never sends one.
  notEchoed: ['/identity'],
  operations: {
    create: 'create_batch_endpoint',
    update: 'update_batch_endpoint',
    delete: 'delete_batch_endpoint',
  },
}
