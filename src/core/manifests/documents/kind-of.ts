import type { KindName } from '../../model/ref.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { otherByShape } from './others.ts'

/** What a document is, before its fields are read. */
export type DocumentKind =
  | { readonly is: 'manifest'; readonly kind: KindName }
  | { readonly is: 'envelope' }
  /** A kind of Azure ML that is not here yet. */
  | { readonly is: 'unsupported'; readonly kind: string }
  /** What another tool keeps in YAML. */
  | { readonly is: 'other'; readonly what: string }
  /** A conda file, or nothing at all: YAML, but no manifest. */
  | { readonly is: 'content' }
  | { readonly is: 'unknown'; readonly message: string }

const SCHEMAS: { readonly [name: string]: KindName } = {
  managedonlineendpoint: 'OnlineEndpoint',
  kubernetesonlineendpoint: 'OnlineEndpoint',
  onlineendpoint: 'OnlineEndpoint',
  managedonlinedeployment: 'OnlineDeployment',
  kubernetesonlinedeployment: 'OnlineDeployment',
  onlinedeployment: 'OnlineDeployment',
  batchendpoint: 'BatchEndpoint',
  batchdeployment: 'BatchDeployment',
  modelbatchdeployment: 'BatchDeployment',
  pipelinecomponentbatchdeployment: 'BatchDeployment',
  model: 'Model',
  environment: 'Environment',
  data: 'Data',
}

// In this order; the first that fits names it.
const UNSUPPORTED_SCHEMAS: readonly (readonly [RegExp, string])[] = [
  [/component$/, 'Component'],
  [/job$/, 'Job'],
  [/schedule$/, 'Schedule'],
  [/^mltable$/, 'MLTable'],
  [/^dataimport$/, 'DataImport'],
  [/package$/, 'Package'],
  [/datastore$|^(?:azureblob|azurefile|azuredatalakegen[12]|onelake)$/, 'Datastore'],
  [/compute$|^computeinstance$|^virtualmachine$/, 'Compute'],
  [/^workspace$|^hub$|^project$/, 'Workspace'],
  [/^registry$/, 'Registry'],
  [/connection$/, 'Connection'],
  [/^feature/, 'FeatureStore'],
]

/** Tells the kind from `$schema`, else from the shape when only one kind has it. */
export function kindOf(value: Json): DocumentKind {
  if (value === null) return { is: 'content' }
  if (!isObject(value)) return unknown('a manifest is a mapping of fields')
  const other = otherByShape(value)
  if (other !== undefined) return { is: 'other', what: other }
  if ('apiVersion' in value || ('kind' in value && 'spec' in value)) return { is: 'envelope' }
  return value.$schema === undefined ? byShape(value) : bySchema(value.$schema)
}

function bySchema(schema: Json): DocumentKind {
  if (typeof schema !== 'string') return unknown('$schema must be the address of a schema')
  const name = (schema.split(/[/\\]/).at(-1) ?? '').replace(/(?:\.schema)?\.json$/i, '')
  const bare = name.toLowerCase()
  const kind = Object.hasOwn(SCHEMAS, bare) ? SCHEMAS[bare] : undefined
  if (kind !== undefined) return { is: 'manifest', kind }
  const other = UNSUPPORTED_SCHEMAS.find(([pattern]) => pattern.test(bare))?.[1]
  if (other !== undefined) return { is: 'unsupported', kind: other }
  return unknown('$schema names no kind that is known here')
}

type Rule = readonly [told: DocumentKind, fits: (value: JsonObject) => boolean]

// Each rule speaks for fields that no other kind has; the order only saves words.
const SHAPES: readonly Rule[] = [
  [
    { is: 'content' },
    (v) =>
      (Array.isArray(v.dependencies) || Array.isArray(v.channels)) && lacks(v, 'image', 'build'),
  ],
  [{ is: 'unsupported', kind: 'Schedule' }, (v) => has(v, 'trigger', 'create_job')],
  [{ is: 'unsupported', kind: 'Package' }, (v) => has(v, 'target_environment')],
  [
    { is: 'manifest', kind: 'BatchDeployment' },
    (v) =>
      has(v, 'mini_batch_size', 'output_action', 'output_file_name', 'retry_settings') ||
      has(v, 'error_threshold', 'max_concurrency_per_instance', 'job_definition') ||
      (has(v, 'endpoint_name') && has(v, 'component', 'compute', 'settings', 'logging_level')),
  ],
  [
    { is: 'manifest', kind: 'OnlineDeployment' },
    (v) => has(v, 'endpoint_name', 'instance_type', 'code_configuration', 'request_settings'),
  ],
  [
    { is: 'manifest', kind: 'BatchEndpoint' },
    (v) =>
      (isObject(v.defaults) && has(v.defaults, 'deployment_name')) ||
      (has(v, 'auth_mode') && typed(v, ['batch'])),
  ],
  [{ is: 'manifest', kind: 'OnlineEndpoint' }, isOnlineEndpoint],
  [
    { is: 'unsupported', kind: 'Job or Component' },
    (v) => has(v, 'jobs', 'command', 'experiment_name', 'outputs', 'is_deterministic'),
  ],
  [
    { is: 'manifest', kind: 'Environment' },
    (v) => has(v, 'image', 'conda_file') || (has(v, 'build') && isObject(v.build)),
  ],
  [
    { is: 'manifest', kind: 'Data' },
    (v) => typed(v, ['uri_file', 'uri_folder', 'mltable']) && has(v, 'path'),
  ],
  [
    { is: 'manifest', kind: 'Model' },
    (v) =>
      has(v, 'path') &&
      (has(v, 'flavors') || typed(v, ['custom_model', 'mlflow_model', 'triton_model'])),
  ],
]

/** `aad_token` alone may be a batch endpoint too. */
function isOnlineEndpoint(value: JsonObject): boolean {
  if (has(value, 'traffic', 'mirror_traffic', 'public_network_access')) return true
  if (has(value, 'auth_mode') && has(value, 'compute')) return true
  return (
    has(value, 'auth_mode') && !typed({ type: value.auth_mode ?? '' }, ['aad_token', 'aadtoken'])
  )
}

function byShape(value: JsonObject): DocumentKind {
  const rule = SHAPES.find(([, fits]) => fits(value))
  if (rule !== undefined) return rule[0]
  if (has(value, 'path')) return unknown('this may be a model or a data asset')
  if (has(value, 'auth_mode'))
    return unknown('this may be an online or a batch endpoint', 'managedOnlineEndpoint')
  return unknown('the kind of this document cannot be told')
}

function has(value: JsonObject, ...keys: readonly string[]): boolean {
  return keys.some((key) => Object.hasOwn(value, key))
}

function lacks(value: JsonObject, ...keys: readonly string[]): boolean {
  return !has(value, ...keys)
}

function typed(value: JsonObject, types: readonly string[]): boolean {
  return typeof value.type === 'string' && types.includes(value.type.toLowerCase())
}

function unknown(problem: string, example = 'model'): DocumentKind {
  const schema = `https://azuremlschemas.azureedge.net/latest/${example}.schema.json`
  const message = `${problem}: add a "$schema" line (for example ${schema}), or apiVersion: verdigris.dev/v1 and a kind; if it is no manifest, name it in a .verdigrisignore`
  return { is: 'unknown', message }
}
