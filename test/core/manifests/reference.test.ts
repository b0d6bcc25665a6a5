import { expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { manifestReference, manifestSchemas } from '../../../src/core/manifests/reference.ts'
import { KIND_NAMES } from '../../../src/core/model/ref.ts'

test('the reference has a table for every kind, and every field says what it means', () => {
  const text = manifestReference()
  for (const kind of [...KIND_NAMES, 'Rollout', 'AnalysisTemplate', 'Application', 'Envelope'])
    expect(text).toContain(`### ${kind}\n`)
  expect(text).toContain('| `traffic` | mapping |  | Share of requests by deployment')
  expect(text).toContain('| `code_configuration.scoring_script` | text | yes |')
  expect(text).toContain('#### On Kubernetes\n')
  expect(text).toContain('| `resources.requests.nvidia.com/gpu` | text |')
  expect(text).toContain('| `settings.retry_settings.max_retries` | integer 0 to 100000 |')
  expect(text).toContain('| `spec.sync.prune.maxDeletions` | integer 0 to 1000 |')
  expect(text.split('\n').filter((line) => /^\| `.*\|\s*\|$/.test(line))).toEqual([])
})

const NIGHTLY = {
  name: 'nightly',
  endpoint_name: 'fraud',
  model: 'azureml:m:1',
  compute: 'azureml:c',
}

const ajv = new Ajv2020({ strict: false, validateFormats: false })

test.each<[string, unknown, boolean]>([
  ['OnlineEndpoint', { name: 'fraud', auth_mode: 'key', traffic: { blue: 100 } }, true],
  ['OnlineEndpoint', { name: 'fraud', auth_mod: 'key' }, false],
  ['OnlineEndpoint', { auth_mode: 'key' }, false],
  ['OnlineEndpoint', { name: 'fraud', traffic: { blue: 101 } }, false],
  [
    'OnlineDeployment',
    { name: 'blue', endpoint_name: 'fraud', instance_type: 'x', model: { path: 'm' } },
    true,
  ],
  [
    'OnlineDeployment',
    { name: 'blue', endpoint_name: 'fraud', instance_type: 'x', model: { pth: 'm' } },
    false,
  ],
  ['OnlineEndpoint', { name: 'fraud', compute: 'azureml:k8s', traffic: { blue: 100 } }, true],
  ['OnlineEndpoint', { name: 'fraud', compute: 'azureml:k8s', mirror_traffic: { b: 1 } }, false],
  ['OnlineDeployment', { name: 'blue', endpoint_name: 'fraud', type: 'kubernetes' }, true],
  ['OnlineDeployment', { name: 'blue', endpoint_name: 'fraud', type: 'managed' }, false],
  ['BatchEndpoint', { name: 'fraud', defaults: { deployment_name: 'nightly' } }, true],
  ['BatchEndpoint', { name: 'fraud', traffic: { nightly: 100 } }, false],
  ['BatchDeployment', { ...NIGHTLY, settings: { mini_batch_size: 5 } }, true],
  ['BatchDeployment', { ...NIGHTLY, mini_batch_size: 5, error_threshold: -1 }, true],
  ['BatchDeployment', { ...NIGHTLY, type: 'pipeline' }, false],
  ['Data', { name: 'd', path: './rows', type: 'uri_folder' }, true],
  ['Data', { name: 'd', path: './rows', type: 'custom_model' }, false],
  ['Model', { name: 'm', path: './m' }, true],
  ['Environment', { name: 'e', image: 'x', conda_file: { dependencies: [] } }, true],
  ['Code', { path: './src' }, true],
  [
    'envelope',
    { apiVersion: 'verdigris.dev/v1', kind: 'Model', metadata: { name: 'm' }, spec: { path: 'x' } },
    true,
  ],
  [
    'envelope',
    { apiVersion: 'verdigris.dev/v1', kind: 'Model', metadata: { name: 'm' }, spec: { pth: 'x' } },
    false,
  ],
  [
    'envelope',
    {
      apiVersion: 'verdigris.dev/v1',
      kind: 'OnlineDeployment',
      metadata: { name: 'blue' },
      spec: { endpoint_name: 'fraud', type: 'kubernetes' },
    },
    true,
  ],
  [
    'Application',
    {
      apiVersion: 'verdigris.dev/v1',
      kind: 'Application',
      metadata: { name: 'a' },
      spec: { source: { repository: 'https://x/y' } },
    },
    true,
  ],
])('the JSON Schema of %s judges %j as it is read', (name, value, valid) => {
  const schema = manifestSchemas()[`${name}.schema.json`] ?? {}
  expect(ajv.validate(schema, value)).toBe(valid)
  ajv.removeSchema()
})
