import { z } from 'zod'
import type { JsonObject } from '../../model/values/json.ts'
import { defined, fieldsOf } from '../decode.ts'
import { properties, prose, readOnly, tags, text } from '../fields/fields.ts'
import { checkOnlineName } from '../fields/names.ts'
import { oneOf } from '../fields/word-fields.ts'
import type { Decoded, FieldIssue } from '../kind.ts'

export const batchEndpointSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Ignored, save that it tells the kind.'),
    name: text(32, checkOnlineName, 'InvalidName').describe('Name, unique in the region.'),
    // ERRORS 8: the service refuses every other mode.
    auth_mode: oneOf(['aad_token'], 'camel case')
      .optional()
      .describe('How callers show who they are. Batch endpoints know `aad_token` only.'),
    defaults: z
      .strictObject({
        deployment_name: text(32, checkOnlineName, 'InvalidName').describe(
          'The deployment that gets what names no deployment. It is switched to once it is ready.',
        ),
      })
      .optional()
      .describe('What is taken when a call does not say.'),
    description: prose(4096).optional().describe('Free text.'),
    tags: tags().optional().describe('Tags of the resource.'),
    properties: properties().optional().describe('Properties; they can be added, never changed.'),
    id: readOnly(),
    location: readOnly(),
    provisioning_state: readOnly(),
    scoring_uri: readOnly(),
    openapi_uri: readOnly(),
  })
  .describe('A batch endpoint.')

export function decodeBatchEndpoint(input: JsonObject): Decoded | readonly FieldIssue[] {
  const fields = fieldsOf(batchEndpointSchema, input)
  if ('issues' in fields) return fields.issues
  const { name, $schema: _, ...rest } = fields.value
  const ref = { kind: 'BatchEndpoint', name } as const
  return { ref, spec: defined(rest), dependsOn: [], labels: [], inline: [] }
}
