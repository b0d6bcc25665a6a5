import type { Json, JsonObject } from '../../../src/core/model/values/json.ts'
import { WORKSPACE } from '../../support/workspace.ts'

/** Two values of one field, with what else must be there for them; undefined = not declared. */
export interface Sample {
  readonly a: Json
  readonly b: Json | undefined
  readonly with?: { readonly [path: string]: Json }
}

export interface Samples {
  /** Everything that is required. */
  readonly base: JsonObject
  readonly fields: { readonly [path: string]: Sample }
}

const two = (a: Json, b: Json): Sample => ({ a, b })
/** There is one word only, and it means what saying nothing means. */
const only = (a: Json): Sample => ({ a, b: undefined })

const IDENTITY = `${WORKSPACE.id.split('/providers/')[0]}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`
const TWO_TEXTS = two('one', 'two')
const described = {
  description: TWO_TEXTS,
  tags: two({ t: '1' }, { t: '2', u: '3' }),
  properties: two({ p: '1' }, { p: '2' }),
}

const endpoint = {
  name: two('fraud', 'churn'),
  ...described,
  'identity.type': two('none', 'system_assigned'),
  'identity.user_assigned_identities[].resource_id': {
    ...two(`${IDENTITY}/a`, `${IDENTITY}/b`),
    with: { 'identity.type': 'user_assigned' },
  },
  auth_mode: two('key', 'aml_token'),
  traffic: two({ blue: 100 }, { blue: 25, green: 75 }),
}

const runs = {
  model: two('azureml:m:1', 'azureml:m:2'),
  environment: two('azureml:e:1', 'azureml:e:2'),
  'code_configuration.code': {
    ...two('azureml:c:1', 'azureml:c:2'),
    with: { 'code_configuration.scoring_script': 's.py' },
  },
  'code_configuration.scoring_script': two('a.py', 'b.py'),
  environment_variables: two({ A: '1' }, { A: '2', B: '3' }),
}

const probes = Object.fromEntries(
  ['liveness_probe', 'readiness_probe'].flatMap((probe) => [
    [`${probe}.initial_delay`, two(5, 20)],
    [`${probe}.period`, two(5, 20)],
    [`${probe}.timeout`, two(5, 20)],
    [`${probe}.success_threshold`, two(2, 3)],
    [`${probe}.failure_threshold`, two(5, 6)],
  ]),
)

const COLLECTION = 'data_collector.collections.*'
const ENABLED = { [`${COLLECTION}.enabled`]: 'true' }
const online = {
  name: two('blue', 'green'),
  endpoint_name: two('fraud', 'churn'),
  ...described,
  ...runs,
  instance_type: two('Standard_DS3_v2', 'Standard_DS4_v2'),
  instance_count: two(2, 3),
  'request_settings.request_timeout_ms': two(1000, 90_000),
  'request_settings.max_concurrent_requests_per_instance': two(2, 3),
  'request_settings.max_queue_wait_ms': two(1000, 2000),
  ...probes,
  app_insights_enabled: two(true, false),
  model_mount_path: two('/a', '/b'),
  [`${COLLECTION}.enabled`]: two('True', 'false'),
  [`${COLLECTION}.client_id`]: { ...TWO_TEXTS, with: ENABLED },
  [`${COLLECTION}.data`]: { ...two('azureml:d:1', { version: '2' }), with: ENABLED },
  'data_collector.rolling_rate': {
    ...two('day', 'minute'),
    with: ENABLED,
  },
  'data_collector.sampling_rate': {
    ...two(0.25, 0.5),
    with: ENABLED,
  },
  'data_collector.request_logging.capture_headers': {
    ...two(['a'], ['a', 'b']),
    with: ENABLED,
  },
}

const SCALING = { 'scale_settings.type': 'target_utilization' }

const SETTINGS = { type: 'model', 'settings.mini_batch_size': 10 }
const scoring = {
  mini_batch_size: two(5, 20),
  max_concurrency_per_instance: two(2, 3),
  output_action: two('summary_only', 'append_row'),
  output_file_name: two('a.csv', 'b.csv'),
  'retry_settings.max_retries': two(0, 5),
  'retry_settings.timeout': two(60, 300),
  error_threshold: two(0, 10),
  logging_level: two('debug', 'warning'),
}

const ROUTES = Object.fromEntries(
  ['liveness', 'readiness', 'scoring'].flatMap((name) => [
    [`inference_config.${name}_route.path`, '/c'],
    [`inference_config.${name}_route.port`, 82],
  ]),
)

const asset = {
  name: two('one', 'two'),
  version: two('1', '2'),
  ...described,
  datastore: only('workspaceblobstore'),
}

const { properties: _, ...unpropertied } = asset

/** Samples for every field of every kind's schema, by kind and, where it has two forms, by the title of the form. */
export const SAMPLES: { readonly [form: string]: Samples } = {
  'OnlineEndpoint Managed': {
    base: { name: 'fraud' },
    fields: {
      ...endpoint,
      public_network_access: two('disabled', 'enabled'),
      mirror_traffic: two({ green: 10 }, { green: 20 }),
    },
  },
  'OnlineEndpoint On Kubernetes': {
    base: { name: 'fraud', compute: 'azureml:one' },
    fields: { ...endpoint, compute: two('azureml:one', 'azureml:two') },
  },
  'OnlineDeployment Managed': {
    base: { name: 'blue', endpoint_name: 'fraud', instance_type: 'Standard_DS3_v2' },
    fields: {
      ...online,
      type: only('managed'),
      'scale_settings.type': only('default'),
      egress_public_network_access: two('disabled', 'enabled'),
    },
  },
  'OnlineDeployment On Kubernetes': {
    base: { name: 'blue', endpoint_name: 'fraud', type: 'kubernetes' },
    fields: {
      ...online,
      type: { ...two('kubernetes', 'managed'), with: { instance_type: 'small' } },
      'resources.requests.cpu': two('0.5', '1'),
      'resources.requests.memory': two('1Gi', '2Gi'),
      'resources.requests.nvidia.com/gpu': two('1', '2'),
      'resources.limits.cpu': two('500m', '1'),
      'resources.limits.memory': two('1Gi', '2Gi'),
      'resources.limits.nvidia.com/gpu': two('1', '2'),
      'scale_settings.type': two('default', 'target_utilization'),
      'scale_settings.min_instances': { ...two(2, 3), with: SCALING },
      'scale_settings.max_instances': { ...two(2, 3), with: SCALING },
      'scale_settings.target_utilization_percentage': { ...two(50, 60), with: SCALING },
      'scale_settings.polling_interval': { ...two(10, 60), with: SCALING },
    },
  },
  BatchEndpoint: {
    base: { name: 'scores' },
    fields: {
      name: two('scores', 'churn'),
      ...described,
      auth_mode: only('aad_token'),
      'defaults.deployment_name': two('nightly', 'weekly'),
    },
  },
  BatchDeployment: {
    base: {
      name: 'nightly',
      endpoint_name: 'scores',
      model: 'azureml:m:1',
      compute: 'azureml:one',
    },
    fields: {
      name: two('nightly', 'weekly'),
      endpoint_name: two('scores', 'churn'),
      ...described,
      ...runs,
      type: only('model'),
      compute: two('azureml:one', 'azureml:two'),
      'resources.instance_count': two(2, 3),
      'resources.instance_type': two('Standard_DS3_v2', 'Standard_DS4_v2'),
      ...scoring,
      ...Object.fromEntries(
        Object.entries(scoring).map(([path, sample]) => [
          `settings.${path}`,
          { ...sample, with: SETTINGS },
        ]),
      ),
      'settings.environment_variables': { ...two({ A: '1' }, { A: '2' }), with: SETTINGS },
      'settings.instance_count': { ...two(2, 3), with: SETTINGS },
    },
  },
  Model: {
    base: { name: 'one', version: '1', path: './a' },
    fields: {
      ...asset,
      path: two('./a', './b'),
      type: two('mlflow_model', 'triton_model'),
      flavors: two({ sklearn: { v: '1' } }, { sklearn: { v: '2' } }),
      stage: two('Staging', 'Production'),
    },
  },
  Environment: {
    base: { name: 'one', version: '1', image: 'a' },
    fields: {
      ...unpropertied,
      image: two('a', 'b'),
      conda_file: two('a.yml', { dependencies: ['x'] }),
      'build.path': two('./a', './b'),
      'build.dockerfile_path': { ...two('Dockerfile', 'Other'), with: { 'build.path': './a' } },
      os_type: two('windows', 'linux'),
      ...Object.fromEntries(
        ['liveness', 'readiness', 'scoring'].flatMap((name) => {
          const route = `inference_config.${name}_route`
          return [
            [`${route}.path`, { ...two('/a', '/b'), with: ROUTES }],
            [`${route}.port`, { ...two(80, 81), with: ROUTES }],
          ]
        }),
      ),
    },
  },
  Data: {
    base: { name: 'one', version: '1', path: './a' },
    fields: { ...asset, path: two('./a', './b'), type: two('uri_folder', 'mltable') },
  },
  Code: {
    base: { name: 'one', version: '1', path: './a' },
    fields: {
      name: two('one', 'two'),
      version: two('1', '2'),
      path: two('./a', './b'),
      description: TWO_TEXTS,
      tags: two({ t: '1' }, { t: '2' }),
    },
  },
}
