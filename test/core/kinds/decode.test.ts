import { describe, expect, test } from '@jest/globals'
import { KINDS } from '../../../src/core/kinds/index.ts'
import { isIssues } from '../../../src/core/kinds/inline.ts'
import type { Decoded, LocalContent } from '../../../src/core/kinds/kind.ts'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { KindName } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { contextOf, WORKSPACE } from '../../support/workspace.ts'

const ALIVE = { path: '/alive', port: 5001 }
const HASH = '0123456789abcdef'.repeat(4)
const content: LocalContent = {
  upload: (path) => ({
    name: path.split('/').filter(Boolean).at(-1) ?? '',
    isFolder: true,
    hash: HASH,
    files: ['score.py', 'Dockerfile'].map((file) => ({ path: file, blob: 'b', size: 1 })),
  }),
  leavesOut: () => undefined,
  manifest: (_, path) => ({ path, reason: 'FileNotFound', message: 'no other file is there' }),
  data: () => ({ data: { name: 'x', dependencies: ['pip'] } }),
}

function decoded(kind: KindName, input: JsonObject): Decoded {
  const result = KINDS[kind].decode(input, content)
  if (isIssues(result)) throw new Error(JSON.stringify(result))
  return result
}

function issuesOf(kind: KindName, input: JsonObject): readonly string[] {
  const result = KINDS[kind].decode(input, content)
  return isIssues(result) ? result.map(({ reason, path }) => `${reason} ${path.join('.')}`) : []
}

function armOf(
  kind: KindName,
  input: JsonObject,
  labels: Readonly<Record<string, string>> = {},
): JsonObject {
  const { ref, spec, dependsOn, labels: wanted, upload } = decoded(kind, input)
  const at = { file: 'x.yml', line: 1, column: 1 }
  const desired: Desired = {
    ref,
    spec,
    dependsOn,
    labels: wanted,
    policy: {},
    at,
    ...(upload && { upload }),
  }
  return KINDS[kind].toArm(desired, contextOf(labels))
}

const BLUE = { name: 'blue', endpoint_name: 'fraud', instance_type: 'Standard_DS3_v2' }
const FRAUD = { name: 'fraud' }
const K8S = { name: 'fraud', compute: 'azureml:cluster' }
const ON_K8S = { name: 'blue', endpoint_name: 'fraud', type: 'kubernetes' }
const NIGHTLY = {
  name: 'nightly',
  endpoint_name: 'fraud',
  model: 'azureml:m:8',
  compute: 'azureml:cluster',
}
const SCORING = {
  mini_batch_size: 5,
  max_concurrency_per_instance: 2,
  output_action: 'append_row',
  output_file_name: 'rows.csv',
  retry_settings: { max_retries: 1, timeout: 300 },
  error_threshold: 10,
  logging_level: 'debug',
  environment_variables: { A: 'b' },
}
const WS = WORKSPACE.id
const batch = (properties: JsonObject): JsonObject => ({
  properties: {
    compute: `${WS}/computes/cluster`,
    model: { referenceType: 'Id', assetId: `${WS}/models/m/versions/8` },
    ...properties,
  },
})
const managed = (properties: JsonObject): JsonObject => ({
  properties: { endpointComputeType: 'Managed', instanceType: 'Standard_DS3_v2', ...properties },
})

describe('CLI v2 fields as ARM has them (FACTS 5), and nothing that is not declared', () => {
  test.each<[string, KindName, JsonObject, JsonObject]>([
    ['nothing declared', 'OnlineEndpoint', FRAUD, { properties: {} }],
    ['key', 'OnlineEndpoint', { ...FRAUD, auth_mode: 'KEY' }, { properties: { authMode: 'Key' } }],
    [
      'aml_token',
      'OnlineEndpoint',
      { ...FRAUD, auth_mode: 'AMLToken' },
      { properties: { authMode: 'AMLToken' } },
    ],
    [
      'aad_token',
      'OnlineEndpoint',
      { ...FRAUD, auth_mode: 'aad_token' },
      { properties: { authMode: 'AADToken' } },
    ],
    [
      'traffic: names lower-cased, zeros dropped',
      'OnlineEndpoint',
      { ...FRAUD, traffic: { Blue: 100, green: 0 }, mirror_traffic: {} },
      { properties: { traffic: { blue: 100 }, mirrorTraffic: {} } },
    ],
    [
      'tags outside, the rest inside of properties',
      'OnlineEndpoint',
      {
        ...FRAUD,
        tags: { a: 'b' },
        description: 'd',
        properties: { p: 'q' },
        public_network_access: 'disabled',
      },
      {
        tags: { a: 'b' },
        properties: { description: 'd', properties: { p: 'q' }, publicNetworkAccess: 'Disabled' },
      },
    ],
    [
      'a system identity',
      'OnlineEndpoint',
      { ...FRAUD, identity: { type: 'system_assigned' } },
      { identity: { type: 'SystemAssigned' }, properties: {} },
    ],
    [
      'instances are the capacity',
      'OnlineDeployment',
      { ...BLUE, instance_count: 3 },
      { sku: { name: 'Default', capacity: 3 }, ...managed({}) },
    ],
    [
      'instances in quotes',
      'OnlineDeployment',
      { ...BLUE, instance_count: '3' },
      { sku: { name: 'Default', capacity: 3 }, ...managed({}) },
    ],
    [
      'registered assets',
      'OnlineDeployment',
      {
        ...BLUE,
        model: 'azureml:m:8',
        environment: 'azureml:e:1.0',
        code_configuration: { code: 'azureml:c:2', scoring_script: 's.py' },
      },
      managed({
        model: `${WS}/models/m/versions/8`,
        environmentId: `${WS}/environments/e/versions/1.0`,
        codeConfiguration: { codeId: `${WS}/codes/c/versions/2`, scoringScript: 's.py' },
      }),
    ],
    [
      'labels as they resolve',
      'OnlineDeployment',
      { ...BLUE, model: 'azureml:m@latest', environment: 'azureml:e' },
      managed({
        model: `${WS}/models/m/versions/9`,
        environmentId: `${WS}/environments/e/versions/4`,
      }),
    ],
    [
      'a label that does not resolve',
      'OnlineDeployment',
      { ...BLUE, model: 'azureml:other@latest' },
      managed({ model: 'azureml:other@latest' }),
    ],
    [
      'registry assets and ARM ids as they are',
      'OnlineDeployment',
      {
        ...BLUE,
        model: 'azureml://registries/azureml/models/m/versions/1',
        environment: `azureml:${WS}/environments/e/versions/1`,
      },
      managed({
        model: 'azureml://registries/azureml/models/m/versions/1',
        environmentId: `${WS}/environments/e/versions/1`,
      }),
    ],
    [
      'curated environments as they are',
      'OnlineDeployment',
      { ...BLUE, environment: 'azureml:AzureML-sklearn-0.24:33' },
      managed({ environmentId: 'azureml:AzureML-sklearn-0.24:33' }),
    ],
    [
      'request settings',
      'OnlineDeployment',
      {
        ...BLUE,
        request_settings: {
          request_timeout_ms: 180_000,
          max_queue_wait_ms: 500,
          max_concurrent_requests_per_instance: 2,
        },
      },
      managed({
        requestSettings: {
          requestTimeout: 'PT3M',
          maxQueueWait: 'PT0.5S',
          maxConcurrentRequestsPerInstance: 2,
        },
      }),
    ],
    [
      'probes; 0 is the default',
      'OnlineDeployment',
      {
        ...BLUE,
        liveness_probe: {
          period: 10,
          timeout: 2,
          initial_delay: 0,
          failure_threshold: 3,
          success_threshold: 1,
        },
      },
      managed({
        livenessProbe: {
          period: 'PT10S',
          timeout: 'PT2S',
          failureThreshold: 3,
          successThreshold: 1,
        },
      }),
    ],
    [
      'the data collector',
      'OnlineDeployment',
      {
        ...BLUE,
        data_collector: {
          sampling_rate: 0.5,
          rolling_rate: 'hour',
          collections: { request: { enabled: 'True' }, response: { enabled: 'false' } },
          request_logging: { capture_headers: ['a'] },
        },
      },
      managed({
        dataCollector: {
          rollingRate: 'Hour',
          requestLogging: { captureHeaders: ['a'] },
          collections: {
            request: { dataCollectionMode: 'Enabled', samplingRate: 0.5 },
            response: { dataCollectionMode: 'Disabled', samplingRate: 0.5 },
          },
        },
      }),
    ],
    [
      'the rest of a deployment',
      'OnlineDeployment',
      {
        ...BLUE,
        app_insights_enabled: true,
        egress_public_network_access: 'disabled',
        model_mount_path: '/m',
        environment_variables: { A: 'b' },
        scale_settings: { type: 'default' },
      },
      managed({
        appInsightsEnabled: true,
        egressPublicNetworkAccess: 'Disabled',
        modelMountPath: '/m',
        environmentVariables: { A: 'b' },
        scaleSettings: { scaleType: 'Default' },
      }),
    ],
    [
      'a local model',
      'Model',
      { name: 'm', path: './model/', type: 'mlflow_model' },
      {
        properties: {
          isArchived: false,
          modelType: 'mlflow_model',
          modelUri: `azureml://subscriptions/${WORKSPACE.subscriptionId}/resourcegroups/ml-test/workspaces/ml/datastores/workspaceblobstore/paths/LocalUpload/${HASH.slice(0, 32)}/model`,
        },
      },
    ],
    [
      'a model of a run',
      'Model',
      { name: 'm', path: 'runs:/r/model', flavors: { sklearn: { v: '1' } }, stage: 'Production' },
      {
        properties: {
          isArchived: false,
          modelType: 'custom_model',
          modelUri: 'runs:/r/model',
          flavors: { sklearn: { data: { v: '1' } } },
          stage: 'Production',
        },
      },
    ],
    [
      'a model in a datastore',
      'Model',
      { name: 'm', path: 'azureml://datastores/d/paths/p' },
      {
        properties: {
          isArchived: false,
          modelType: 'custom_model',
          modelUri: `azureml://subscriptions/${WORKSPACE.subscriptionId}/resourcegroups/ml-test/workspaces/ml/datastores/d/paths/p`,
        },
      },
    ],
    [
      'an environment with a conda file',
      'Environment',
      { name: 'e', image: 'i', conda_file: 'c.yml', os_type: 'Linux' },
      {
        properties: {
          isArchived: false,
          image: 'i',
          osType: 'Linux',
          condaFile: '{\n  "name": "x",\n  "dependencies": [\n    "pip"\n  ]\n}',
        },
      },
    ],
    [
      'an environment with routes',
      'Environment',
      {
        name: 'e',
        image: 'i',
        inference_config: {
          scoring_route: { path: '/score', port: '5001' },
          liveness_route: ALIVE,
          readiness_route: ALIVE,
        },
      },
      {
        properties: {
          isArchived: false,
          image: 'i',
          inferenceConfig: {
            scoringRoute: { path: '/score', port: 5001 },
            livenessRoute: ALIVE,
            readinessRoute: ALIVE,
          },
        },
      },
    ],
    [
      'an environment with a build context',
      'Environment',
      { name: 'e', build: { path: 'ctx', dockerfile_path: 'Dockerfile' } },
      {
        properties: {
          isArchived: false,
          build: {
            dockerfilePath: 'Dockerfile',
            contextUri: `azureml://subscriptions/${WORKSPACE.subscriptionId}/resourcegroups/ml-test/workspaces/ml/datastores/workspaceblobstore/paths/LocalUpload/${HASH.slice(0, 32)}/ctx`,
          },
        },
      },
    ],
    [
      'a Kubernetes endpoint',
      'OnlineEndpoint',
      { ...K8S, auth_mode: 'key', mirror_traffic: {}, traffic: { blue: 100 } },
      {
        properties: { authMode: 'Key', compute: `${WS}/computes/cluster`, traffic: { blue: 100 } },
      },
    ],
    [
      'a cluster by its id',
      'OnlineEndpoint',
      { ...FRAUD, compute: `azureml:${WS}/computes/cluster` },
      { properties: { compute: `${WS}/computes/cluster` } },
    ],
    [
      'a Kubernetes deployment',
      'OnlineDeployment',
      {
        ...ON_K8S,
        instance_type: 'gpu-type',
        request_settings: { request_timeout_ms: 300_000 },
        resources: {
          requests: { cpu: '0.1', memory: '200Mi', 'nvidia.com/gpu': '1' },
          limits: { cpu: '300m' },
        },
        scale_settings: {
          type: 'target_utilization',
          min_instances: 1,
          max_instances: 3,
          target_utilization_percentage: 50,
          polling_interval: 10,
        },
      },
      {
        properties: {
          endpointComputeType: 'Kubernetes',
          instanceType: 'gpu-type',
          requestSettings: { requestTimeout: 'PT5M' },
          containerResourceRequirements: {
            containerResourceRequests: { cpu: '0.1', memory: '200Mi', gpu: '1' },
            containerResourceLimits: { cpu: '300m' },
          },
          scaleSettings: {
            scaleType: 'TargetUtilization',
            minInstances: 1,
            maxInstances: 3,
            targetUtilizationPercentage: 50,
            pollingInterval: 'PT10S',
          },
        },
      },
    ],
    [
      'a Kubernetes deployment of a fixed size',
      'OnlineDeployment',
      { ...ON_K8S, scale_settings: { type: 'default' }, instance_count: 2 },
      {
        sku: { name: 'Default', capacity: 2 },
        properties: { endpointComputeType: 'Kubernetes', scaleSettings: { scaleType: 'Default' } },
      },
    ],
    [
      'the data of a collection',
      'OnlineDeployment',
      {
        ...BLUE,
        data_collector: {
          collections: {
            request: { enabled: 'true', data: 'azureml:seen:2' },
            response: { enabled: 'True', data: {} },
          },
        },
      },
      managed({
        dataCollector: {
          collections: {
            request: { dataCollectionMode: 'Enabled', dataId: `${WS}/data/seen/versions/2` },
            response: {
              dataCollectionMode: 'Enabled',
              dataId: `${WS}/data/fraud-blue-response/versions/1`,
            },
          },
        },
      }),
    ],
    ['a batch endpoint', 'BatchEndpoint', FRAUD, { properties: {} }],
    [
      'a batch endpoint with all its fields',
      'BatchEndpoint',
      {
        ...FRAUD,
        auth_mode: 'AADToken',
        defaults: { deployment_name: 'Nightly' },
        description: 'd',
        tags: { a: 'b' },
        properties: { p: 'q' },
      },
      {
        tags: { a: 'b' },
        properties: {
          authMode: 'AADToken',
          defaults: { deploymentName: 'Nightly' },
          description: 'd',
          properties: { p: 'q' },
        },
      },
    ],
    ...[
      [
        'the current layout',
        { type: 'model', settings: SCORING, resources: { instance_count: 2 } },
      ],
      ['the older layout', { ...SCORING, resources: { instance_count: '2', properties: {} } }],
      ['instances in settings', { type: 'model', settings: { ...SCORING, instance_count: 2 } }],
    ].map(([layout, fields]): [string, KindName, JsonObject, JsonObject] => [
      `a batch deployment in ${layout}`,
      'BatchDeployment',
      { ...NIGHTLY, ...(fields as JsonObject) },
      batch({
        miniBatchSize: 5,
        maxConcurrencyPerInstance: 2,
        outputAction: 'AppendRow',
        outputFileName: 'rows.csv',
        retrySettings: { maxRetries: 1, timeout: 'PT5M' },
        errorThreshold: 10,
        loggingLevel: 'Debug',
        environmentVariables: { A: 'b' },
        resources: { instanceCount: 2 },
      }),
    ]),
    [
      'a batch deployment with code, environment and cluster by id',
      'BatchDeployment',
      {
        ...NIGHTLY,
        model: 'azureml://registries/r/models/m/versions/1',
        compute: `${WS}/computes/cluster`,
        environment: 'azureml:AzureML-sklearn-1.0:33',
        code_configuration: { code: 'azureml:c:2', scoring_script: 's.py' },
        resources: { instance_count: 1, instance_type: 'Standard_DS3_v2' },
        output_action: 'summary_only',
        error_threshold: '-1',
        description: 'd',
        tags: { a: 'b' },
        properties: { p: 'q' },
      },
      {
        tags: { a: 'b' },
        properties: {
          compute: `${WS}/computes/cluster`,
          model: { referenceType: 'Id', assetId: 'azureml://registries/r/models/m/versions/1' },
          environmentId: 'azureml:AzureML-sklearn-1.0:33',
          codeConfiguration: { codeId: `${WS}/codes/c/versions/2`, scoringScript: 's.py' },
          resources: { instanceCount: 1, instanceType: 'Standard_DS3_v2' },
          outputAction: 'SummaryOnly',
          errorThreshold: -1,
          description: 'd',
          properties: { p: 'q' },
        },
      },
    ],
    [
      'a batch model by a label',
      'BatchDeployment',
      { ...NIGHTLY, model: 'azureml:m@latest' },
      {
        properties: {
          compute: `${WS}/computes/cluster`,
          model: { referenceType: 'Id', assetId: `${WS}/models/m/versions/9` },
        },
      },
    ],
    [
      'local data',
      'Data',
      { name: 'd', path: './rows/', description: 'd' },
      {
        properties: {
          isArchived: false,
          description: 'd',
          dataType: 'uri_folder',
          dataUri: `azureml://subscriptions/${WORKSPACE.subscriptionId}/resourcegroups/ml-test/workspaces/ml/datastores/workspaceblobstore/paths/LocalUpload/${HASH.slice(0, 32)}/rows`,
        },
      },
    ],
    ...['https://a.blob.core.windows.net/c/f.csv', 'wasbs://c@a/f', 'abfss://c@a/f'].map(
      (path): [string, KindName, JsonObject, JsonObject] => [
        `data at ${path}`,
        'Data',
        { name: 'd', path, type: 'uri_file' },
        { properties: { isArchived: false, dataType: 'uri_file', dataUri: path } },
      ],
    ),
    [
      'a code',
      'Code',
      { path: 'src' },
      { properties: { properties: { hash_sha256: HASH, hash_version: 'verdigris-1' } } },
    ],
  ])('%s', (_, kind, input, body) => {
    expect(armOf(kind, input, { 'Model/m@latest': '9', 'Environment/e@latest': '4' })).toEqual(body)
  })

  test('a user-assigned identity', () => {
    const id =
      '/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u'
    const identity = { type: 'user_assigned', user_assigned_identities: [{ resource_id: id }] }
    expect(armOf('OnlineEndpoint', { ...FRAUD, identity })).toMatchObject({
      identity: { type: 'UserAssigned', userAssignedIdentities: { [id]: {} } },
    })
  })

  test.each([
    ['OnlineEndpoint', FRAUD, 'onlineEndpoints/fraud'],
    ['OnlineDeployment', BLUE, 'onlineEndpoints/fraud/deployments/blue'],
    ['Model', { name: 'm', version: '2', path: 'runs:/a' }, 'models/m/versions/2'],
    ['Environment', { name: 'e', version: '2', image: 'x' }, 'environments/e/versions/2'],
    ['BatchEndpoint', FRAUD, 'batchEndpoints/fraud'],
    ['BatchDeployment', NIGHTLY, 'batchEndpoints/fraud/deployments/nightly'],
    ['Data', { name: 'd', version: '2', path: 'rows' }, 'data/d/versions/2'],
    ['Code', { path: 'src' }, `codes/vg-${HASH.slice(0, 32)}/versions/1`],
  ] as const)('a path below the workspace: %s', (kind, input, path) => {
    expect(KINDS[kind].armPath(decoded(kind, input).ref)).toBe(path)
  })
})

describe('what cannot be right is an issue at its field', () => {
  test.each<[KindName, JsonObject, readonly string[]]>([
    ['OnlineEndpoint', {}, ['MissingField name']],
    ['OnlineEndpoint', { ...FRAUD, auth_mode: 'none' }, ['InvalidValue auth_mode']],
    ['OnlineEndpoint', { ...FRAUD, compute: 'k8s/x' }, ['InvalidValue compute']],
    ['OnlineEndpoint', { ...FRAUD, compute: 'azureml:k8s:1' }, ['InvalidValue compute']],
    [
      'OnlineEndpoint',
      { ...K8S, public_network_access: 'enabled' },
      ['UnknownField public_network_access'],
    ],
    ['OnlineEndpoint', { ...K8S, auth_mode: 'aad_token' }, ['InvalidValue auth_mode']],
    [
      'OnlineEndpoint',
      { ...K8S, mirror_traffic: { blue: 10 } },
      ['MirrorNotSupported mirror_traffic'],
    ],
    ['OnlineEndpoint', { ...K8S, traffic: { blue: 90 } }, ['InvalidTraffic traffic']],
    [
      'OnlineEndpoint',
      { ...FRAUD, identity: { type: 'user_assigned' } },
      ['MissingField identity.user_assigned_identities'],
    ],
    ['OnlineEndpoint', { ...FRAUD, tags: { 'Verdigris.revision': 'x' } }, ['ReservedTag tags']],
    ['OnlineEndpoint', { ...FRAUD, tags: { a: 'x'.repeat(257) } }, ['InvalidValue tags']],
    [
      'OnlineDeployment',
      { name: 'blue' },
      ['MissingField endpoint_name', 'MissingField instance_type'],
    ],
    ['OnlineDeployment', { ...BLUE, type: 'k8s' }, ['InvalidValue type']],
    ['Data', { name: 'd', path: 'a', type: 'URI_FOLDER' }, ['InvalidValue type']],
    [
      'OnlineDeployment',
      { ...ON_K8S, egress_public_network_access: 'disabled' },
      ['UnknownField egress_public_network_access'],
    ],
    [
      'OnlineDeployment',
      { ...ON_K8S, name: 'b'.repeat(31), endpoint_name: 'f'.repeat(32) },
      ['InvalidName name'],
    ],
    [
      'OnlineDeployment',
      {
        ...ON_K8S,
        model: 'azureml://registries/r/models/m/versions/1',
        environment: 'azureml://registries/r/environments/e/versions/1',
        code_configuration: {
          code: 'azureml://registries/r/codes/c/versions/1',
          scoring_script: 's.py',
        },
      },
      [
        'RegistryNotSupported model',
        'RegistryNotSupported environment',
        'RegistryNotSupported code_configuration.code',
      ],
    ],
    [
      'OnlineDeployment',
      { ...ON_K8S, scale_settings: { type: 'default', min_instances: 1 } },
      ['ConflictingFields scale_settings.min_instances'],
    ],
    [
      'OnlineDeployment',
      { ...ON_K8S, resources: { requests: { cpu: 'much', memory: '1 GB', gpu: '1' } } },
      [
        'InvalidValue resources.requests.cpu',
        'InvalidValue resources.requests.memory',
        'UnknownField resources.requests.gpu',
      ],
    ],
    [
      'OnlineDeployment',
      { ...ON_K8S, request_settings: { request_timeout_ms: 300_001 } },
      ['InvalidValue request_settings.request_timeout_ms'],
    ],
    ['OnlineDeployment', { ...BLUE, instance_count: 1.5 }, ['InvalidValue instance_count']],
    ['OnlineDeployment', { ...BLUE, model: './m' }, ['InvalidReference model']],
    ['OnlineDeployment', { ...BLUE, model: 'azureml:m:1:2' }, ['InvalidReference model']],
    [
      'OnlineDeployment',
      { ...BLUE, model: `azureml:${WS}/environments/e/versions/1` },
      ['InvalidReference model'],
    ],
    [
      'OnlineDeployment',
      { ...BLUE, model: { path: 'm', version: '1' } },
      ['MissingField model.version'],
    ],
    [
      'OnlineDeployment',
      { ...BLUE, environment: { imge: 'x' } },
      ['UnknownField environment.imge'],
    ],
    [
      'OnlineDeployment',
      { ...BLUE, code_configuration: { code: 'src', scoring_script: 'x.py' } },
      ['FileNotFound code_configuration.scoring_script'],
    ],
    [
      'OnlineDeployment',
      { ...BLUE, code_configuration: { code: 'azureml:c@latest', scoring_script: 'x.py' } },
      ['InvalidReference code_configuration.code'],
    ],
    ['OnlineDeployment', { ...BLUE, resources: {} }, ['FieldNotSupported resources']],
    [
      'OnlineDeployment',
      { ...BLUE, scale_settings: { type: 'target_utilization' } },
      ['InvalidValue scale_settings.type'],
    ],
    [
      'OnlineDeployment',
      {
        ...BLUE,
        data_collector: {
          collections: {
            a: { enabled: 'true', data: 'azureml:x@latest' },
            b: { enabled: 'true', data: 'x' },
            c: { enabled: 'true', data: { pth: 'x' } },
            d: { enabled: 'true', data: 1 },
          },
        },
      },
      ['InvalidValue data_collector.collections.d.data'],
    ],
    [
      'OnlineDeployment',
      {
        ...BLUE,
        data_collector: {
          collections: {
            a: { enabled: 'true', data: 'azureml:x@latest' },
            b: { enabled: 'true', data: 'x' },
            c: { enabled: 'true', data: { pth: 'x' } },
          },
        },
      },
      [
        'InvalidReference data_collector.collections.a.data',
        'InvalidReference data_collector.collections.b.data',
        'UnknownField data_collector.collections.c.data.pth',
      ],
    ],
    ['BatchEndpoint', { ...FRAUD, auth_mode: 'key' }, ['InvalidValue auth_mode']],
    ['BatchEndpoint', { ...FRAUD, traffic: { blue: 100 } }, ['UnknownField traffic']],
    ['BatchEndpoint', { ...FRAUD, defaults: {} }, ['MissingField defaults.deployment_name']],
    [
      'BatchEndpoint',
      { ...FRAUD, defaults: { deployment_name: 'a_b' } },
      ['InvalidName defaults.deployment_name'],
    ],
    [
      'BatchDeployment',
      { name: 'nightly', endpoint_name: 'fraud' },
      ['MissingField model', 'MissingField compute'],
    ],
    ['BatchDeployment', { ...NIGHTLY, type: 'pipeline' }, ['KindNotSupported type']],
    ['BatchDeployment', { ...NIGHTLY, component: 'x' }, ['KindNotSupported component']],
    ['BatchDeployment', { job_definition: 'x' }, ['KindNotSupported job_definition']],
    ['BatchDeployment', { ...NIGHTLY, type: 'parallel' }, ['InvalidValue type']],
    ['BatchDeployment', { ...NIGHTLY, instance_type: 'x' }, ['UnknownField instance_type']],
    ['BatchDeployment', { ...NIGHTLY, error_threshold: -2 }, ['InvalidValue error_threshold']],
    ['BatchDeployment', { ...NIGHTLY, mini_batch_size: 0 }, ['InvalidValue mini_batch_size']],
    [
      'BatchDeployment',
      { ...NIGHTLY, output_action: 'Summary_Only', output_file_name: 'x' },
      ['ConflictingFields output_file_name'],
    ],
    [
      'BatchDeployment',
      {
        ...NIGHTLY,
        type: 'model',
        settings: { mini_batch_size: 1, output_action: 'summary_only', output_file_name: 'x' },
      },
      ['ConflictingFields settings.output_file_name'],
    ],
    [
      'BatchDeployment',
      {
        ...NIGHTLY,
        type: 'model',
        settings: { mini_batch_size: 5, instance_count: 2 },
        resources: { instance_count: 3 },
      },
      ['ConflictingFields settings.instance_count'],
    ],
    [
      'BatchDeployment',
      { ...NIGHTLY, settings: { mini_batch_size: 5 } },
      ['MisplacedField settings'],
    ],
    [
      'BatchDeployment',
      { ...NIGHTLY, type: 'model', mini_batch_size: 5 },
      ['MisplacedField mini_batch_size'],
    ],
    [
      'BatchDeployment',
      { ...NIGHTLY, resources: { properties: { a: {} } } },
      ['FieldNotSupported resources.properties'],
    ],
    [
      'BatchDeployment',
      {
        ...NIGHTLY,
        type: 'model',
        settings: { mini_batch_size: 1, logging_level: 'loud' },
        model: 'm',
        environment: { imge: 'x' },
      },
      [
        'InvalidValue settings.logging_level',
        'InvalidReference model',
        'UnknownField environment.imge',
      ],
    ],
    ['Data', { name: 'd' }, ['MissingField path']],
    ['Data', { name: 'd', path: 'runs:/x' }, ['InvalidPath path']],
    ['Data', { name: 'd', path: 'folder', type: 'uri_file' }, ['InvalidPath path']],
    ['Data', { name: 'd', path: 'folder', type: 'mltable' }, ['InvalidPath path']],
    ['Data', { name: 'd', path: 'folder', type: 'custom_model' }, ['InvalidValue type']],
    ['Model', { name: 'm' }, ['MissingField path']],
    ['Model', { name: 'm', path: 'x', type: 'onnx' }, ['InvalidValue type']],
    ['Model', { name: '../x', path: 'runs:/x' }, ['InvalidName name']],
    ['Environment', { name: '.hidden', image: 'x' }, ['InvalidName name']],
    ['Model', { name: 'm', path: 'runs:/x', version: 'a:b' }, ['InvalidVersion version']],
    ['Environment', { name: 'e' }, ['MissingField ']],
    ['Environment', { name: 'e', image: 'x', build: { path: 'y' } }, ['ConflictingFields image']],
    [
      'Environment',
      { name: 'e', build: { path: 'y', dockerfile_path: 'z' } },
      ['FileNotFound build.dockerfile_path'],
    ],
    ['Code', {}, ['MissingField path']],
    [
      'BatchDeployment',
      { ...NIGHTLY, resources: { docker_args: 'a', shm_size: '1g', locations: [] } },
      [
        'FieldNotSupported resources.docker_args',
        'FieldNotSupported resources.shm_size',
        'FieldNotSupported resources.locations',
      ],
    ],
    ['BatchDeployment', { ...NIGHTLY, output_action: 'AppendRow' }, ['InvalidValue output_action']],
    ['BatchDeployment', { ...NIGHTLY, resourceGroup: 'x' }, ['ReadOnlyField resourceGroup']],
    [
      'Data',
      { name: 'd', path: 'a', auto_delete_setting: {} },
      ['FieldNotSupported auto_delete_setting'],
    ],
    ['Model', { name: 'm', path: 'a', datastore: 'other' }, ['FieldNotSupported datastore']],
    [
      'Model',
      { name: 'm', path: 'a', provisioning_state: 'x' },
      ['ReadOnlyField provisioning_state'],
    ],
    [
      'OnlineDeployment',
      { ...BLUE, model: { path: 'azureml://jobs/j/outputs/o' } },
      ['MissingField model.path'],
    ],
    [
      'OnlineDeployment',
      { ...BLUE, app_insights_enabled: 'tRuE' },
      ['InvalidValue app_insights_enabled'],
    ],
  ])('%s %j', (kind, input, issues) => {
    expect(issuesOf(kind, input)).toEqual(issues)
  })

  test('what the CLI takes besides: weights as texts, a compute by its bare name', () => {
    const endpoint = decoded('OnlineEndpoint', {
      ...{ name: 'fraud', auth_mode: 'key' },
      traffic: { blue: '100', green: '0' },
    })
    expect(endpoint.spec.traffic).toEqual({ blue: 100, green: 0 })
    expect(
      issuesOf('OnlineEndpoint', { name: 'fraud', auth_mode: 'key', traffic: { blue: '90' } }),
    ).toEqual(['InvalidTraffic traffic'])
    for (const weight of ['', '1e2', '0x64', ' 100', '100%', '007'])
      expect(
        issuesOf('OnlineEndpoint', { name: 'fraud', auth_mode: 'key', traffic: { blue: weight } }),
      ).toEqual(['InvalidTraffic traffic.blue'])
    const [one, other] = ['cpu-cluster', 'azureml:cpu-cluster'].map((compute) =>
      KINDS.BatchDeployment.toArm(
        decoded('BatchDeployment', { ...NIGHTLY, compute }),
        contextOf({}),
      ),
    )
    expect(one).toEqual(other)
  })

  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, 'x']))

  test.each([
    ['43 of them', many(43), []],
    ['44, which leave no room for ours', many(44), ['InvalidValue tags']],
    ['names that differ by case only', { Team: 'a', team: 'b' }, ['InvalidValue tags']],
    ...['cost/center', 'a<b', 'a>b', '100%', 'a&b', 'a?b', 'a\\b'].map(
      (name) => [name, { [name]: 'x' }, ['InvalidValue tags']] as const,
    ),
    ['a name with a colon and spaces', { 'cost center: eu': 'x' }, []],
  ] as const)('tags of endpoints and deployments are those of ARM: %s', (_, tags, issues) => {
    const given = [
      ['OnlineEndpoint', { name: 'fraud', auth_mode: 'key', tags }],
      ['OnlineDeployment', { ...BLUE, tags }],
      ['BatchEndpoint', { name: 'nightly', tags }],
      ['BatchDeployment', { ...NIGHTLY, tags }],
    ] as const
    for (const [kind, input] of given) expect(issuesOf(kind, input)).toEqual(issues)
    expect(issuesOf('Model', { name: 'm', path: 'runs:/x', tags })).toEqual(
      issuesOf('Model', { name: 'm', path: 'runs:/x' }),
    )
  })

  test('a collection declared inline is a data asset of its own, named as the CLI names it', () => {
    const { inline, dependsOn } = decoded('OnlineDeployment', {
      ...BLUE,
      data_collector: {
        collections: {
          request: { enabled: 'true', data: {} },
          other: { enabled: 'true', data: { version: '3' } },
        },
      },
    })
    const path = (name: string) =>
      `azureml://datastores/workspaceblobstore/paths/modelDataCollector/fraud/blue/${name}`
    expect(inline.map(({ ref, spec }) => [ref, spec])).toEqual([
      [
        { kind: 'Data', name: 'fraud-blue-request', version: '1' },
        { path: path('request'), type: 'uri_folder' },
      ],
      [
        { kind: 'Data', name: 'fraud-blue-other', version: '3' },
        { path: path('other'), type: 'uri_folder' },
      ],
    ])
    expect(dependsOn.slice(1)).toEqual(inline.map(({ ref }) => ref))
  })

  test('what az ml prints of itself is taken and dropped', () => {
    const shown = {
      ...FRAUD,
      id: 'x',
      location: 'eastus',
      provisioning_state: 'Succeeded',
      scoring_uri: 'x',
      openapi_uri: null,
    }
    expect(decoded('OnlineEndpoint', shown).spec).toEqual({})
  })
})
