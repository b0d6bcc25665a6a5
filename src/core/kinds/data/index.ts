import { schemaOf } from '../decode.ts'
import type { Kind } from '../kind.ts'
import { dataToArm, normaliseData } from './arm.ts'
import { dataSchema, decodeData } from './spec.ts'
import { dataFromArm } from './yaml.ts'

export const data: Kind = {
  kind: 'Data',
  armPath: ({ name, version }) => `data/${name}/versions/${version}`,
  decode: decodeData,
  jsonSchema: () => schemaOf(dataSchema),
  toArm: dataToArm,
  fromArm: dataFromArm,
  // Not anonymous even when a deployment made it: it has to be listed to be found and removed again.
  createDefaults: () => ({ properties: { isAnonymous: false, isArchived: false } }),
  normalise: normaliseData,
  tagsAt: '/properties/tags',
  // ERRORS 1: "the existing asset's data uri cannot be changed".
  immutable: ['/properties/dataUri', '/properties/dataType'],
  addOnly: ['/properties/properties'],
  operations: { create: 'register_data', update: 'register_data', archive: 'archive_data' },
}
