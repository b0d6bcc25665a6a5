import { z } from 'zod'
import type { Upload } from '../../model/desired.ts'
import type { Ref } from '../../model/ref.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, isObject, type JsonObject } from '../../model/values/json.ts'
import { defined, fieldsOf, namelessVersion } from '../decode.ts'
import {
  assetTags,
  field,
  notSent,
  properties,
  prose,
  readOnly,
  text,
  uploadDatastore,
  version,
  wrong,
} from '../fields/fields.ts'
import { checkAssetName } from '../fields/names.ts'
import { oneOf } from '../fields/word-fields.ts'
import { isIssue, uploadUri } from '../inline.ts'
import type { Decoded, FieldIssue, LocalContent } from '../kind.ts'

const flavors = field<JsonObject>(
  { type: 'object', additionalProperties: { type: 'object' } },
  (value) =>
    isObject(value) && Object.values(value).every(isObject)
      ? value
      : wrong('must be a mapping of flavor names to mappings'),
)

export const modelSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Ignored, save that it tells the kind.'),
    name: text(255, checkAssetName, 'InvalidName').describe('Name of the model.'),
    version: version()
      .optional()
      .describe(
        'Version; without it, one made of the content, so that new content is a new version.',
      ),
    path: text(2048).describe(
      'Local file or folder, or `azureml://…`, `runs:/…`, `https://…`, `wasbs://…`, `abfss://…`.',
    ),
    type: oneOf(['custom_model', 'mlflow_model', 'triton_model'])
      .default('custom_model')
      .describe('Storage format.'),
    description: prose(4096).optional().describe('Free text.'),
    tags: assetTags().optional().describe('Tags of the asset.'),
    properties: properties().optional().describe('Properties; they can be added, never changed.'),
    flavors: flavors.optional().describe('MLflow flavors.'),
    stage: text(255).optional().describe('Stage, for example `Production`.'),
    id: readOnly(),
    creation_context: readOnly(),
    utc_time_created: readOnly(),
    job_name: readOnly(),
    latest_version: readOnly(),
    intellectual_property: readOnly(),
    datastore: uploadDatastore(),
    system_metadata: notSent,
    default_deployment_template: notSent,
    allowed_deployment_templates: notSent,
  })
  .describe('A registered model.')

const inlineSchema = modelSchema.extend({ name: modelSchema.shape.name.optional() })

export function decodeModel(
  input: JsonObject,
  content: LocalContent,
): Decoded | readonly FieldIssue[] {
  const fields = fieldsOf(modelSchema, input)
  return 'issues' in fields ? fields.issues : decoded(fields.value, content)
}

/** Without a name the model is anonymous: its name is made of all it says, so the same text is the same model. */
export function decodeInlineModel(
  input: JsonObject,
  content: LocalContent,
): Decoded | readonly FieldIssue[] {
  const fields = fieldsOf(inlineSchema, input)
  if ('issues' in fields) return fields.issues
  const issues = [...namelessVersion(fields.value), ...namelessRemote(fields.value)]
  return issues.length > 0 ? issues : decoded(fields.value, content)
}

/** The CLI names an anonymous model by what it uploads: of one that lies elsewhere it can make nothing. */
function namelessRemote({ name, path }: z.output<typeof inlineSchema>): readonly FieldIssue[] {
  if (name !== undefined || !REMOTE.test(path)) return []
  const message = '"name" is required where "path" is no local file or folder'
  return [{ path: ['path'], reason: 'MissingField', message }]
}

const REMOTE = /^(?:azureml|https|wasbs|abfss):\/\/[^/]|^runs:\//i

function decoded(
  fields: z.output<typeof inlineSchema>,
  content: LocalContent,
): Decoded | readonly FieldIssue[] {
  const found = locate(fields.path, content)
  if (isFieldIssue(found)) return [found]
  const { type, description, tags, properties, flavors, stage } = fields
  const spec = defined({ path: found.path, type, description, tags, properties, flavors, stage })
  const hash = hashOf(canonical(spec), 32)
  const ref: Ref =
    fields.name === undefined
      ? { kind: 'Model', name: `vg-${hash}`, version: '1' }
      : {
          kind: 'Model',
          name: fields.name,
          version: fields.version ?? contentVersion(found.path, type),
        }
  const upload = found.upload === undefined ? {} : { upload: found.upload }
  return { ref, spec, dependsOn: [], labels: [], inline: [], ...upload }
}

/** Only what Azure cannot change in a version makes a new one: a new description does not. */
function contentVersion(path: string, type: string): string {
  return hashOf(canonical({ path, type }), 12)
}

interface Located {
  readonly path: string
  readonly upload?: Upload
}

/** A remote path as it is; a local one where its content hash puts it, so that a spec is the same on every machine. */
function locate(path: string, content: LocalContent): Located | FieldIssue {
  if (REMOTE.test(path)) return { path }
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    const message =
      '"path" must be a local path or begin with azureml://, runs:/, https://, wasbs:// or abfss://'
    return { path: ['path'], reason: 'InvalidPath', message }
  }
  const upload = content.upload(path, ['path'])
  return isIssue(upload) ? upload : { path: uploadUri(upload), upload }
}

function isFieldIssue(result: Located | FieldIssue): result is FieldIssue {
  return 'reason' in result
}
