import { schemaOf } from '../decode.ts'
import { eitherSchema } from '../fields/variants.ts'
import type { InlineAssets } from '../inline.ts'
import type { Kind } from '../kind.ts'
import { deploymentToArm } from './arm.ts'
import { decodeDeployment } from './decode.ts'
import { kubernetesDeploymentSchema } from './kubernetes.ts'
import { managedDeploymentSchema } from './managed.ts'
import { normaliseDeployment } from './normal.ts'
import { deploymentFromArm } from './yaml.ts'

/** Takes how the assets that it may declare inline are read, because kinds do not know each other. */
export function onlineDeployment(assets: InlineAssets): Kind {
  const schemas = {
    managed: managedDeploymentSchema(assets),
    kubernetes: kubernetesDeploymentSchema(assets),
  }
  return {
    kind: 'OnlineDeployment',
    armPath: ({ parent, name }) => `onlineEndpoints/${parent}/deployments/${name}`,
    decode: (input, content) => decodeDeployment(input, content, assets, schemas),
    jsonSchema: () =>
      eitherSchema(
        { properties: { type: { const: 'kubernetes' } }, required: ['type'] },
        { title: 'On Kubernetes', schema: schemaOf(schemas.kubernetes) },
        { title: 'Managed', schema: schemaOf(schemas.managed) },
      ),
    toArm: deploymentToArm,
    fromArm: deploymentFromArm,
    createDefaults: ({ workspace }) => ({
      location: workspace.location,
      sku: { name: 'Default', capacity: 1 },
      properties: { endpointComputeType: 'Managed' },
    }),
    normalise: normaliseDeployment,
    tagsAt: '/tags',
    immutable: ['/properties/instanceType', '/properties/endpointComputeType'],
    addOnly: ['/properties/properties'],
    unfelt: ['/tags', '/sku', '/properties/description'],
    // Of these the service needs a part in every PUT: without it they go away as one.
    wholes: [
      '/properties/codeConfiguration',
      '/properties/scaleSettings',
      '/properties/dataCollector',
    ],
    // FACTS 0.11 and 1.3: added by the service; sent back they are a loop, or a 400.
    notEchoed: [
      '/properties/environmentVariables/AZUREML_MODEL_DIR',
      '/properties/environmentVariables/AZUREML_ENTRY_SCRIPT',
      '/properties/environmentVariables/AML_APP_ROOT',
      '/properties/egressPublicNetworkAccess',
    ],
    operations: {
      create: 'create_online_deployment',
      update: 'update_online_deployment',
      delete: 'delete_online_deployment',
    },
  }
}
