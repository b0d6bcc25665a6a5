import { schemaOf } from '../decode.ts'
import type { Kind } from '../kind.ts'
import { modelToArm, normaliseModel } from './arm.ts'
import { decodeModel, modelSchema } from './spec.ts'
import { modelFromArm } from './yaml.ts'

export const model: Kind = {
  kind: 'Model',
  armPath: ({ name, version }) => `models/${name}/versions/${version}`,
  decode: decodeModel,
  jsonSchema: () => schemaOf(modelSchema),
  toArm: modelToArm,
  fromArm: modelFromArm,
  // Not anonymous even when a deployment made it: it has to be listed to be found and removed again.
  createDefaults: () => ({
    properties: { isAnonymous: false, isArchived: false, modelType: 'custom_model' },
  }),
  normalise: normaliseModel,
  tagsAt: '/properties/tags',
  immutable: ['/properties/modelUri', '/properties/modelType', '/properties/flavors'],
  addOnly: ['/properties/properties'],
  operations: { create: 'register_model', update: 'register_model', archive: 'archive_model' },
}
