import { schemaOf } from '../decode.ts'
import type { Kind } from '../kind.ts'
import { environmentToArm, normaliseEnvironment } from './arm.ts'
import { decodeEnvironment, environmentSchema } from './spec.ts'
import { environmentFromArm } from './yaml.ts'

export const environment: Kind = {
  kind: 'Environment',
  armPath: ({ name, version }) => `environments/${name}/versions/${version}`,
  decode: decodeEnvironment,
  jsonSchema: () => schemaOf(environmentSchema),
  toArm: environmentToArm,
  fromArm: environmentFromArm,
  // Not anonymous even when a deployment made it: it has to be listed to be found and removed again.
  createDefaults: () => ({ properties: { isAnonymous: false, isArchived: false } }),
  normalise: normaliseEnvironment,
  tagsAt: '/properties/tags',
  immutable: [
    '/properties/image',
    '/properties/condaFile',
    '/properties/build',
    '/properties/osType',
    '/properties/inferenceConfig',
  ],
  addOnly: ['/properties/properties'],
  operations: {
    create: 'register_environment',
    update: 'register_environment',
    archive: 'archive_environment',
  },
}
