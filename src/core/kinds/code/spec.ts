import { z } from 'zod'
import type { Ref } from '../../model/ref.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { defined, fieldsOf } from '../decode.ts'
import { assetTags, prose, text, version } from '../fields/fields.ts'
import { checkAssetName } from '../fields/names.ts'
import { isIssue } from '../inline.ts'
import type { Decoded, FieldIssue, LocalContent } from '../kind.ts'

export const codeSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: text(255, checkAssetName, 'InvalidName')
      .optional()
      .describe('Name; without it, one made of the content: `vg-` and 32 hex digits.'),
    version: version().optional().describe('Version; without it, `1`.'),
    path: text(1024).describe('Local folder or file with the code.'),
    description: prose(4096).optional().describe('Free text.'),
    tags: assetTags().optional().describe('Tags of the asset.'),
  })
  .describe(
    'A folder of code for deployments. Deployments make their own from `code_configuration.code`.',
  )

/** A spec holds the hash instead of the local path: the same content is the same code, wherever it lies. */
export function decodeCode(
  input: JsonObject,
  content: LocalContent,
): Decoded | readonly FieldIssue[] {
  const fields = fieldsOf(codeSchema, input)
  if ('issues' in fields) return fields.issues
  const upload = content.upload(fields.value.path, ['path'])
  if (isIssue(upload)) return [upload]
  const { description, tags } = fields.value
  const name = fields.value.name ?? `vg-${upload.hash.slice(0, 32)}`
  const ref: Ref = { kind: 'Code', name, version: fields.value.version ?? '1' }
  const spec = defined({ hash: upload.hash, description, tags })
  return { ref, spec, dependsOn: [], labels: [], upload, inline: [] }
}
