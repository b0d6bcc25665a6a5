import { schemaOf } from '../decode.ts'
import type { Kind } from '../kind.ts'
import { codeBody, normaliseCode } from './arm.ts'
import { codeSchema, decodeCode } from './spec.ts'

export const code: Kind = {
  kind: 'Code',
  armPath: ({ name, version }) => `codes/${name}/versions/${version}`,
  decode: decodeCode,
  jsonSchema: () => schemaOf(codeSchema),
  toArm: codeBody,
  createDefaults: () => ({ properties: { isAnonymous: false, isArchived: false } }),
  normalise: normaliseCode,
  tagsAt: '/properties/tags',
  immutable: [
    '/properties/codeUri',
    '/properties/properties/hash_sha256',
    '/properties/properties/hash_version',
  ],
  operations: { create: 'upload_code', update: 'upload_code' },
}
