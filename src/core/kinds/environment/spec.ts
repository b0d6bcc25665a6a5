import { z } from 'zod'
import type { Upload } from '../../model/desired.ts'
import type { Ref } from '../../model/ref.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { condaIssues } from '../conda.ts'
import { defined, fieldsOf, namelessVersion } from '../decode.ts'
import {
  assetTags,
  field,
  notSent,
  prose,
  readOnly,
  refused,
  text,
  uploadDatastore,
  version,
  wholeNumber,
  wrong,
} from '../fields/fields.ts'
import { checkAssetName } from '../fields/names.ts'
import { shown } from '../fields/shown.ts'
import { oneOf } from '../fields/word-fields.ts'
import { isIssue, leftOut, uploadUri } from '../inline.ts'
import type { Decoded, FieldIssue, LocalContent } from '../kind.ts'

const route = z.strictObject({
  path: text(1024).describe('Path of the route, for example `/score`.'),
  port: wholeNumber(1, 65535).describe('Port inside the container.'),
})

const conda = field<string | JsonObject>(
  { anyOf: [{ type: 'string' }, { type: 'object' }] },
  (value) =>
    isObject(value) || (typeof value === 'string' && value !== '')
      ? value
      : wrong('must be the path of a conda file, or the conda file itself as a mapping'),
)

export const environmentSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Ignored, save that it tells the kind.'),
    name: text(255, checkAssetName, 'InvalidName').describe('Name of the environment.'),
    version: version()
      .optional()
      .describe(
        'Version; without it, one made of the content, so that new content is a new version.',
      ),
    image: text(1024)
      .optional()
      .describe('Image of the container. One of `image` and `build` is required.'),
    conda_file: conda.optional().describe('Local conda file, or its content inline.'),
    build: z
      .strictObject({
        path: text(2048).describe(
          'Local folder, or `https://…` or `git+https://…` of a build context.',
        ),
        dockerfile_path: text(1024)
          .optional()
          .describe('Dockerfile inside it. Default `Dockerfile`.'),
      })
      .optional()
      .describe('Docker build context, instead of `image`.'),
    os_type: oneOf(['linux', 'windows']).optional().describe('Operating system. Default `linux`.'),
    inference_config: z
      .strictObject({
        liveness_route: route.describe('Answers while the container lives.'),
        readiness_route: route.describe('Answers when it can score.'),
        scoring_route: route.describe('Where requests go.'),
      })
      .optional()
      .describe('Routes of a container that brings its own server.'),
    description: prose(4096).optional().describe('Free text.'),
    tags: assetTags().optional().describe('Tags of the asset.'),
    properties: refused('are no field of an environment to the CLI: "tags" are'),
    id: readOnly(),
    creation_context: readOnly(),
    latest_version: readOnly(),
    intellectual_property: readOnly(),
    datastore: uploadDatastore(),
    auto_delete_setting: notSent,
  })
  .describe(
    'A software environment: an image, perhaps with conda packages, or a Docker build context.',
  )

const inlineSchema = environmentSchema.extend({ name: environmentSchema.shape.name.optional() })
type Fields = z.output<typeof inlineSchema>

export function decodeEnvironment(
  input: JsonObject,
  content: LocalContent,
): Decoded | readonly FieldIssue[] {
  const fields = fieldsOf(environmentSchema, input)
  return 'issues' in fields ? fields.issues : decoded(fields.value, content)
}

/** Without a name the environment is anonymous: its name is made of all it says. */
export function decodeInlineEnvironment(
  input: JsonObject,
  content: LocalContent,
): Decoded | readonly FieldIssue[] {
  const fields = fieldsOf(inlineSchema, input)
  if ('issues' in fields) return fields.issues
  const issues = namelessVersion(fields.value)
  return issues.length > 0 ? issues : decoded(fields.value, content)
}

function decoded(fields: Fields, content: LocalContent): Decoded | readonly FieldIssue[] {
  const build = buildOf(fields.build, content)
  const packages = condaOf(fields.conda_file, content)
  const issues = [...sourceIssues(fields), ...build.issues, ...packages.issues]
  if (issues.length > 0) return issues
  const { image, os_type, inference_config, description, tags } = fields
  const fixed = defined({
    image,
    conda_file: packages.data,
    build: build.spec,
    os_type,
    inference_config: inference_config === undefined ? undefined : defined(inference_config),
  })
  const spec = { ...fixed, ...defined({ description, tags }) }
  const ref: Ref =
    fields.name === undefined
      ? { kind: 'Environment', name: `vg-${hashOf(canonical(spec), 32)}`, version: '1' }
      : {
          kind: 'Environment',
          name: fields.name,
          version: fields.version ?? hashOf(canonical(fixed), 12),
        }
  const upload = build.upload === undefined ? {} : { upload: build.upload }
  return { ref, spec, dependsOn: [], labels: [], inline: [], ...upload }
}

function sourceIssues(fields: Fields): readonly FieldIssue[] {
  if (fields.image === undefined && fields.build === undefined) {
    const message = 'one of "image" and "build" is required'
    return [{ path: [], reason: 'MissingField', message }]
  }
  if (fields.build === undefined) return []
  const both = fields.image === undefined ? 'conda_file' : 'image'
  if (fields[both] === undefined) return []
  const message = `"${both}" cannot be combined with "build": the Dockerfile says what is inside`
  return [{ path: [both], reason: 'ConflictingFields', message }]
}

interface Build {
  readonly spec?: JsonObject
  readonly upload?: Upload
  readonly issues: readonly FieldIssue[]
}

function buildOf(build: Fields['build'], content: LocalContent): Build {
  if (build === undefined) return { issues: [] }
  const { path, dockerfile_path } = build
  if (/^(?:git\+)?https:\/\/[^/]|^azureml:\/\/[^/]/i.test(path)) {
    return { spec: defined({ path, dockerfile_path }), issues: [] }
  }
  const upload = content.upload(path, ['build', 'path'])
  if (isIssue(upload)) return { issues: [upload] }
  const dockerfile = dockerfile_path ?? 'Dockerfile'
  if (!upload.files.some((file) => file.path === dockerfile)) {
    const why = leftOut(content, path, dockerfile)
    const message = `there is no ${shown(dockerfile)} in the build context${why}`
    const at = dockerfile_path === undefined ? 'path' : 'dockerfile_path'
    return { issues: [{ path: ['build', at], reason: 'FileNotFound', message }] }
  }
  return { spec: defined({ path: uploadUri(upload), dockerfile_path }), upload, issues: [] }
}

interface Packages {
  readonly data?: Json
  readonly issues: readonly FieldIssue[]
}

/** A conda file is data: its comments and order of keys make no new environment. */
function condaOf(conda: Fields['conda_file'], content: LocalContent): Packages {
  if (conda === undefined) return { issues: [] }
  if (isObject(conda)) return packagesIn(conda, condaIssues(conda, ['conda_file']))
  const found = content.data(conda, ['conda_file'])
  if ('reason' in found) return { issues: [found] }
  if (!isObject(found.data)) {
    const message = `${shown(conda)} is not a YAML mapping of a conda environment`
    return { issues: [{ path: ['conda_file'], reason: 'InvalidCondaFile', message }] }
  }
  // Its places are in a file of its own: the message names what is wrong in it.
  const issues = condaIssues(found.data, []).map(({ reason, path, message }) => {
    const where = path.length === 0 ? '' : ` at ${shown(path.join('.'))}`
    return { path: ['conda_file'], reason, message: `${shown(conda)}${where}: ${message}` }
  })
  return packagesIn(found.data, issues)
}

function packagesIn(data: JsonObject, issues: readonly FieldIssue[]): Packages {
  return issues.length > 0 ? { issues } : { data, issues }
}
