import { schemaOf } from '../decode.ts'
import type { InlineAssets } from '../inline.ts'
import type { Kind } from '../kind.ts'
import { batchDeploymentToArm, normaliseBatchDeployment } from './arm.ts'
import { decodeBatchDeployment } from './decode.ts'
import { batchDeploymentSchema } from './spec.ts'
import { batchDeploymentFromArm } from './yaml.ts'

/** Takes how the assets that it may declare inline are read, because kinds do not know each other. */
export function batchDeployment(assets: InlineAssets): Kind {
  const schema = batchDeploymentSchema(assets)
  return {
    kind: 'BatchDeployment',
    armPath: ({ parent, name }) => `batchEndpoints/${parent}/deployments/${name}`,
    decode: (input, content) => decodeBatchDeployment(input, content, assets, schema),
    jsonSchema: () => schemaOf(schema),
    toArm: batchDeploymentToArm,
    fromArm: batchDeploymentFromArm,
    createDefaults: ({ workspace }) => ({ location: workspace.location, properties: {} }),
    normalise: normaliseBatchDeployment,
    tagsAt: '/tags',
    // `resources` is declared create-and-read only, and a PUT replaces it all the same (FACTS 9).
    immutable: ['/location'],
    addOnly: ['/properties/properties'],
    unfelt: ['/tags', '/properties/description', '/properties/resources/instanceCount'],
    // Of these the service needs a part in every PUT: without it they go away as one.
    wholes: ['/properties/codeConfiguration', '/properties/model'],
    operations: {
      create: 'create_batch_deployment',
      update: 'update_batch_deployment',
      delete: 'delete_batch_deployment',
    },
  }
}
