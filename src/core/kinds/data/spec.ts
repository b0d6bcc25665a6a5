import { z } from 'zod'
import type { Upload } from '../../model/desired.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, type JsonObject } from '../../model/values/json.ts'
import { defined, fieldsOf } from '../decode.ts'
import {
  assetTags,
  notSent,
  properties,
  prose,
  readOnly,
  text,
  uploadDatastore,
  version,
} from '../fields/fields.ts'
import { checkAssetName } from '../fields/names.ts'
import { oneOf } from '../fields/word-fields.ts'
import { isIssue, uploadUri } from '../inline.ts'
import type { Decoded, FieldIssue, LocalContent } from '../kind.ts'

const TYPES = ['uri_file', 'uri_folder', 'mltable'] as const
type DataType = (typeof TYPES)[number]

export const dataSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Ignored, save that it tells the kind.'),
    name: text(255, checkAssetName, 'InvalidName').describe('Name of the data asset.'),
    version: version()
      .optional()
      .describe(
        'Version; without it, one made of the content, so that new content is a new version.',
      ),
    path: text(2048).describe(
      'Local file or folder, or `azureml://…`, `https://…`, `wasbs://…`, `abfss://…`.',
    ),
    type: oneOf(TYPES, 'as it is')
      .default('uri_folder')
      .describe('A file, a folder, or a folder with an `MLTable` file. Default `uri_folder`.'),
    description: prose(4096).optional().describe('Free text.'),
    tags: assetTags().optional().describe('Tags of the asset.'),
    properties: properties().optional().describe('Properties; they can be added, never changed.'),
    id: readOnly(),
    creation_context: readOnly(),
    latest_version: readOnly(),
    datastore: uploadDatastore(),
    auto_delete_setting: notSent,
  })
  .describe('A data asset: a name and version for a place where data lies.')

export function decodeData(
  input: JsonObject,
  content: LocalContent,
): Decoded | readonly FieldIssue[] {
  const fields = fieldsOf(dataSchema, input)
  if ('issues' in fields) return fields.issues
  const { name, version, type, description, tags, properties } = fields.value
  const found = locate(fields.value.path, type, content)
  if ('reason' in found) return [found]
  const spec = defined({ path: found.path, type, description, tags, properties })
  const ref = {
    kind: 'Data',
    name,
    // Only what Azure cannot change in a version makes a new one: a new description does not.
    version: version ?? hashOf(canonical({ path: found.path, type }), 12),
  } as const
  const upload = found.upload === undefined ? {} : { upload: found.upload }
  return { ref, spec, dependsOn: [], labels: [], inline: [], ...upload }
}

interface Located {
  readonly path: string
  readonly upload?: Upload
}

/** A remote path as it is; a local one where its content hash puts it, so that a spec is the same on every machine. */
function locate(path: string, type: DataType, content: LocalContent): Located | FieldIssue {
  if (/^(?:azureml|https|wasbs|abfss):\/\/[^/]/i.test(path)) return { path }
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    const message =
      '"path" must be a local path or begin with azureml://, https://, wasbs:// or abfss://'
    return { path: ['path'], reason: 'InvalidPath', message }
  }
  const upload = content.upload(path, ['path'])
  if (isIssue(upload)) return upload
  const complaint = misfit(upload, type)
  if (complaint !== undefined) return { path: ['path'], reason: 'InvalidPath', message: complaint }
  return { path: uploadUri(upload), upload }
}

/** What the CLI checks of local data before it uploads it. */
function misfit(upload: Upload, type: DataType): string | undefined {
  if (type === 'uri_file') {
    return upload.isFolder ? '"path" must be a file for data of type uri_file' : undefined
  }
  if (!upload.isFolder) return `"path" must be a folder for data of type ${type}`
  const isTable = upload.files.some((file) => file.path === 'MLTable')
  return type === 'uri_folder' || isTable ? undefined : 'there is no "MLTable" file in the folder'
}
