import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { KINDS } from '../../../src/core/kinds/index.ts'
import { importFiles, usedAssets } from '../../../src/core/manifests/import/import.ts'
import { readManifests } from '../../../src/core/manifests/read.ts'
import type { Live } from '../../../src/core/model/live.ts'
import { type KindName, keyOf, type Ref } from '../../../src/core/model/ref.ts'
import type { Json, JsonObject } from '../../../src/core/model/values/json.ts'
import { differencesOf } from '../../../src/core/plan/compare/diff.ts'
import { ROLLOUT_TAG, type RolloutRecord, textOfRecord } from '../../../src/core/rollout/record.ts'
import { desiredOf } from '../../support/desired.ts'
import { snapshotOf } from '../../support/snapshot.ts'
import { contextOf, WORKSPACE } from '../../support/workspace.ts'

const ALL = { workspace: WORKSPACE, endpoints: [], kinds: [] }

function imported(...resources: readonly Live[]) {
  return importFiles({ ...ALL, resources })
}

/** What the files declare, and in which fields that is not what is live. */
function planned(resources: readonly Live[]) {
  const { files, skipped, variables } = imported(...resources)
  const texts = Object.fromEntries(files.map(({ path, text }) => [path, text]))
  const { desired, problems } = readManifests({ snapshot: snapshotOf(texts), variables })
  const errors = problems.filter(({ severity }) => severity === 'error')
  const changes = desired.flatMap((one) => {
    const kind = KINDS[one.ref.kind]
    const live = resources.find(({ ref }) => ref.kind === one.ref.kind && ref.name === one.ref.name)
    const declared = kind.toArm(one, contextOf({}))
    return differencesOf(kind, live?.body ?? {}, { declared, released: [] })
  })
  return { files, skipped, errors, changes, variables }
}

function live(ref: Ref, properties: JsonObject, rest: JsonObject = {}): Live {
  return { ref, phase: 'Ready', body: { name: ref.name, ...rest, properties } }
}

/** An endpoint that a Rollout leads, in a phase of it. */
function led(kind: 'OnlineEndpoint' | 'BatchEndpoint', phase: RolloutRecord['phase']): Live {
  const ref = { kind, name: 'fraud' } as const
  const times = { sinceMs: 1, startMs: 1, beganMs: 1 }
  const stable = { slot: 'blue', rev: '0000aaaa' }
  const moving =
    phase === 'stable' ? {} : { candidate: { slot: 'green', rev: '0000bbbb' }, stepsHash: 'aaaa' }
  const record = { phase, stable, ...moving, step: 0, ...times, isPaused: false }
  const tags = { [ROLLOUT_TAG]: textOfRecord(record, keyOf(ref)) }
  const served = { traffic: { blue: 100 }, defaults: { deploymentName: 'blue' } }
  return live(ref, { authMode: 'AADToken', ...served }, { tags })
}

const BLUE: Ref = { kind: 'OnlineDeployment', name: 'blue', parent: 'fraud' }
const MODEL: Ref = { kind: 'Model', name: 'fraud', version: '1' }

function blue(properties: JsonObject = {}, rest: JsonObject = {}): Live {
  return live(BLUE, { instanceType: 'Standard_DS3_v2', ...properties }, rest)
}

function model(properties: JsonObject = {}): Live {
  return live(MODEL, { modelType: 'custom_model', modelUri: 'https://x.example/y', ...properties })
}

function textOf(one: Live): string {
  return imported(one).files[0]?.text ?? ''
}

// Texts that YAML, the reader's variables or a careless writer would take for something else.
const tricky = fc.constantFrom(
  ...[
    'true',
    'null',
    '~',
    '1.10',
    '0x1f',
    '1e3',
    '2024-01-01',
    '',
    ' ',
    ' x ',
    'a: b',
    '- a',
    '# no',
  ],
  ...[
    '$' + '{NAME}',
    '$$' + '{NAME}',
    '$' + '{{ secrets.x }}',
    '$$',
    '{{x}}',
    '&a',
    '*a',
    '!tag',
    '<<',
  ],
  ...[
    '"quoted"',
    "it's",
    'two\nlines',
    'ends\n',
    '\ttab',
    '\\n',
    '%',
    '@',
    '`',
    '|',
    '>',
    '?',
    ',',
  ],
  ...['naïve – ünïcode ✓', 'x'.repeat(200), '---', '...', '[a]', '{a: b}', 'yes', 'No', '.5', '+1'],
)
const word = fc.stringMatching(/^[a-z][a-z0-9]{2,10}$/)
const note = fc.oneof(tricky, fc.string({ maxLength: 40 }).filter(isWritable))
const texts = fc.dictionary(
  fc.oneof(
    word,
    note.filter((key) => key !== '' && key !== '<<'),
  ),
  note,
  {
    maxKeys: 4,
  },
)
const tags = texts.filter((map) => {
  const keys = Object.keys(map)
  const isFit = keys.every((key) => key.trim() !== '' && !/[<>%&\\?/]/.test(key))
  return isFit && new Set(keys.map((key) => key.toLowerCase())).size === keys.length
})
const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })

function isWritable(text: string): boolean {
  return /^[\x20-\x7e\n\u00a1-\u00ac\u00ae-\u02ff]*$/.test(text)
}

const described = { description: some(note), tags: some(tags), properties: some(texts) }
const probe = fc.record(
  {
    initial_delay: fc.integer({ min: 1, max: 600 }),
    period: fc.integer({ min: 1, max: 600 }),
    timeout: fc.integer({ min: 1, max: 600 }),
    success_threshold: fc.integer({ min: 1, max: 10 }),
    failure_threshold: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: [] },
)
const run = {
  model: some(
    fc.constantFrom(
      'azureml:fraud:1',
      'azureml://registries/azureml/models/x/versions/2',
      'azureml:/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/other/models/m/versions/3',
    ),
  ),
  environment: some(fc.constantFrom('azureml:env:1', 'azureml:AzureML-sklearn-1.5:33')),
  code_configuration: some(
    fc.constant({ code: 'azureml:code:1', scoring_script: 'score.py' } as JsonObject),
  ),
  environment_variables: some(
    texts.filter((map) => Object.keys(map).every((key) => /^[a-z]+$/.test(key))),
  ),
}

const SPECS: { readonly [kind in Exclude<KindName, 'Code'>]: fc.Arbitrary<object> } = {
  OnlineEndpoint: fc.record({
    ...described,
    auth_mode: fc.constantFrom('key', 'aml_token', 'aad_token'),
    public_network_access: some(fc.constantFrom('enabled', 'disabled')),
    identity: some(
      fc.constantFrom<Json>(
        { type: 'none' },
        { type: 'system_assigned' },
        {
          type: 'user_assigned',
          user_assigned_identities: [
            {
              resource_id:
                '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Me',
            },
          ],
        },
      ),
    ),
    traffic: some(fc.constantFrom({ blue: 100 }, { blue: 25, green: 75 }, { blue: 0 })),
  }),
  OnlineDeployment: fc.record({
    ...described,
    ...run,
    endpoint_name: fc.constant('fraud'),
    instance_type: fc.constantFrom('Standard_DS3_v2', 'Standard_F4s_v2'),
    instance_count: some(fc.integer({ min: 0, max: 50 })),
    request_settings: some(
      fc.record(
        {
          request_timeout_ms: fc.integer({ min: 1, max: 180_000 }),
          max_concurrent_requests_per_instance: fc.integer({ min: 1, max: 200 }),
          max_queue_wait_ms: fc.integer({ min: 1, max: 60_000 }),
        },
        { requiredKeys: [] },
      ),
    ),
    liveness_probe: some(probe),
    readiness_probe: some(probe),
    app_insights_enabled: some(fc.boolean()),
    egress_public_network_access: some(fc.constantFrom('enabled', 'disabled')),
    model_mount_path: some(fc.constant('/var/model')),
    data_collector: some(
      fc.record({
        collections: fc.dictionary(word, fc.record({ enabled: fc.constantFrom('true', 'false') }), {
          minKeys: 1,
          maxKeys: 3,
        }),
        rolling_rate: some(fc.constantFrom('hour', 'day')),
        sampling_rate: some(fc.constantFrom(0, 0.25, 1)),
      }),
    ),
  }),
  BatchEndpoint: fc.record({
    ...described,
    defaults: some(fc.record({ deployment_name: word })),
  }),
  BatchDeployment: fc.record({
    ...described,
    ...run,
    model: fc.constant('azureml:fraud:1'),
    endpoint_name: fc.constant('nightly'),
    compute: fc.constantFrom('azureml:cpu-cluster'),
    resources: some(fc.record({ instance_count: fc.integer({ min: 1, max: 9 }) })),
    mini_batch_size: some(fc.integer({ min: 1, max: 1000 })),
    output_action: some(fc.constantFrom('append_row', 'summary_only')),
    error_threshold: some(fc.integer({ min: -1, max: 10 })),
    logging_level: some(fc.constantFrom('info', 'warning', 'debug')),
    retry_settings: some(
      fc.record({
        max_retries: fc.integer({ min: 0, max: 9 }),
        timeout: fc.integer({ min: 1, max: 9000 }),
      }),
    ),
  }),
  Model: fc.record({
    ...described,
    version: fc.constantFrom('1', '1.10', '0001', 'true'),
    type: some(fc.constantFrom('custom_model', 'mlflow_model', 'triton_model')),
    path: fc.constantFrom('azureml://datastores/d/paths/A/b', 'https://x.example/Y', 'runs:/r/m'),
    stage: some(fc.constantFrom('Production', 'Development')),
    flavors: some(fc.constant({ sklearn: { version: '1.10', 'a b': 'c' } })),
  }),
  Environment: fc.record({
    description: some(note),
    tags: some(tags),
    version: fc.constantFrom('1', '1.10'),
    image: fc.constantFrom('mcr.microsoft.com/x:latest'),
    conda_file: some(
      fc.constantFrom<Json>(
        {
          dependencies: ['python=3.10', { pip: ['a==1.0', '--pre'] }],
          channels: ['x'],
          name: '1.0',
        },
        { dependencies: ['pip'] },
      ),
    ),
    inference_config: some(
      fc.constant({
        scoring_route: { path: '/score', port: 8080 },
        liveness_route: { path: '/alive', port: 8080 },
        readiness_route: { path: '/ready', port: 8080 },
      } as JsonObject),
    ),
    os_type: some(fc.constantFrom('linux', 'windows')),
  }),
  Data: fc.record({
    ...described,
    version: fc.constantFrom('1', '2024-01-01'),
    type: some(fc.constantFrom('uri_file', 'uri_folder')),
    path: fc.constantFrom('azureml://datastores/d/paths/A/b', 'https://x.example/Y'),
  }),
}

describe('what was declared, applied and imported', () => {
  test.each(Object.keys(SPECS) as (keyof typeof SPECS)[])('%s is what is live', (kind) => {
    fc.assert(
      fc.property(SPECS[kind], word, (spec, name) => {
        const fields = JSON.parse(JSON.stringify({ name, ...spec }))
        const [desired] = desiredOf(kind, fields)
        if (desired === undefined) throw new Error('nothing was declared')
        const one: Live = {
          ref: desired.ref,
          body: KINDS[kind].toArm(desired, contextOf({})),
          phase: 'Ready',
        }
        const { files, skipped, errors, changes } = planned([one])
        expect({ skipped, errors, changes }).toEqual({ skipped: [], errors: [], changes: [] })
        expect(files).toHaveLength(1)
        expect(files[0]?.text).toMatch(
          /^\$schema: https:\/\/\S+\n# Imported from the workspace ml\.\n/,
        )
        expect(imported(one)).toEqual(imported(one))
      }),
      { numRuns: 60 },
    )
  })
})

describe('what is written', () => {
  test('is what Azure was told, not what it fills in', () => {
    const text = textOf(
      blue(
        {
          provisioningState: 'Succeeded',
          endpointComputeType: 'Managed',
          model: `${WORKSPACE.id.toUpperCase()}/models/fraud/versions/1`,
          environmentId: 'azureml:AzureML-sklearn:33',
          environmentVariables: { AZUREML_MODEL_DIR: '/var/x', MODE: 'strict' },
          scaleSettings: { scaleType: 'Default' },
          requestSettings: {
            requestTimeout: 'PT0S',
            maxConcurrentRequestsPerInstance: 1,
            maxQueueWait: 'PT0S',
          },
          livenessProbe: {
            initialDelay: 'PT10S',
            period: 'PT10S',
            timeout: 'PT2S',
            successThreshold: 1,
            failureThreshold: 30,
          },
          appInsightsEnabled: false,
          egressPublicNetworkAccess: 'Enabled',
          properties: { 'azureml.x': 'y', AzureAsyncOperationUri: 'https://a/?sig=b', own: '1' },
        },
        {
          sku: { name: 'Default', tier: 'Standard', capacity: 2 },
          tags: { 'verdigris.application': 'app', b: '2', a: '1' },
        },
      ),
    )
    expect(
      text,
    ).toBe(`$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
# Imported from the workspace ml.
name: blue
endpoint_name: fraud
model: azureml:fraud:1
environment: azureml:AzureML-sklearn:33
environment_variables:
  MODE: strict
instance_type: Standard_DS3_v2
instance_count: 2
tags:
  a: "1"
  b: "2"
properties:
  own: "1"
`)
  })

  test('names what lies elsewhere by its id', () => {
    const elsewhere = WORKSPACE.id.replace('/ml-test/', '/other/')
    const text = textOf(
      blue({
        model: `${elsewhere}/models/fraud/versions/1`,
        environmentId: `${WORKSPACE.id}/environments/AzureML-x/versions/3`,
      }),
    )
    expect(text).toContain(`model: azureml:${elsewhere}/models/fraud/versions/1\n`)
    expect(text).toContain(
      `environment: azureml:${WORKSPACE.id}/environments/AzureML-x/versions/3\n`,
    )
  })

  test('says what cannot be read back', () => {
    const code = { codeId: `${WORKSPACE.id}/codes/c/versions/1`, scoringScript: 'score.py' }
    expect(textOf(blue({ codeConfiguration: code }))).toContain(
      '# The code itself is not read back: it stays where it is registered.\ncode_configuration:\n  code: azureml:c:1\n',
    )
    expect(textOf(model())).toContain('# The files themselves are not read back')
    const endpoint = live({ kind: 'OnlineEndpoint', name: 'fraud' }, { authMode: 'Key' })
    expect(textOf(endpoint)).toContain('# Keys are not read')
  })

  test('a thing that failed is written with the reason, whatever that holds', () => {
    const failure = { code: 'X', message: 'first\nsecond: \u202e# ---' }
    const text = textOf({ ...blue(), phase: 'Failed', failure })
    expect(text).toContain('# Azure reports it as Failed. first\\u000asecond: \\u202e# ---\n')
    expect(planned([{ ...blue(), phase: 'Failed', failure }]).errors).toEqual([])
  })

  test('what no manifest may hold is left out and told', () => {
    const one = blue(
      { description: 'zero\u200bwidth', modelMountPath: 5 },
      { tags: { '<<': '2', bidi: '\u202e' } },
    )
    const text = textOf(one)
    expect(text).toContain(
      '# Left out: description: an invisible character is not allowed (U+200B).\n',
    )
    expect(text).toContain('# Left out: tags.<<: the name is not allowed.\n')
    expect(text).toContain('# Left out: model_mount_path:')
    expect(planned([one])).toMatchObject({ errors: [], changes: [], skipped: [] })
  })

  test.each(['compose', 'docker-compose', 'mkdocs', 'codecov', 'kustomization', 'endpoint'])(
    'a deployment called %s is read again',
    (name) => {
      const one = live({ ...BLUE, name }, { instanceType: 'Standard_DS3_v2' })
      const { files, variables } = imported(one)
      const texts = Object.fromEntries(files.map(({ path, text }) => [path, text]))
      const { desired } = readManifests({ snapshot: snapshotOf(texts), variables })
      expect(desired.map(({ ref }) => ref.name)).toEqual([name])
    },
  )

  test.each([
    ['OnlineEndpoint', 'canary'],
    ['BatchEndpoint', 'switch'],
  ] as const)(
    'an %s that a Rollout leads is written with one, which waits for a person',
    (kind, strategy) => {
      const resource = led(kind, 'stable')
      const [file] = imported(resource).files
      const snapshot = snapshotOf({ 'endpoint.yml': file?.text ?? '' })
      const { desired, problems } = readManifests({ snapshot, variables: {} })
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
      expect(desired).toMatchObject([{ ref: resource.ref, rollout: { strategy } }])
    },
  )

  test.each(['progressing', 'baking'] as const)(
    'an endpoint on its way (%s) is not written',
    (phase) => {
      const { files, skipped } = imported(led('OnlineEndpoint', phase))
      expect(files).toEqual([])
      expect(skipped.map(({ reason }) => reason)).toEqual([
        'a rollout of it is under way: import it when that has ended',
      ])
    },
  )

  test('does not depend on the order of the workspace', () => {
    const all = [blue(), model(), live({ kind: 'OnlineEndpoint', name: 'fraud' }, {})]
    expect(imported(...all)).toEqual(imported(...all.toReversed()))
    expect(imported(...all).files.map(({ path }) => path)).toEqual([
      'models/fraud/version-1.yml',
      'online-endpoints/fraud/deployment-blue.yml',
      'online-endpoints/fraud/endpoint.yml',
    ])
  })
})

describe('secrets', () => {
  const KEY = 'sk-0123456789abcdef0123'

  test('are never written: a variable stands for each, and with it nothing changes', () => {
    const one = blue({
      environmentVariables: { API_KEY: KEY, TOKEN: 'hunter2hunter2', MODE: 'x', REPEATED: KEY },
      description: `DefaultEndpointsProtocol=https;AccountKey=${'a'.repeat(20)}`,
    })
    const text = textOf(one)
    expect(text).not.toMatch(/sk-0123|hunter2|aaaaaaaa/)
    expect(text).toContain('  API_KEY: "$' + '{API_KEY}" # a secret: its value is not written\n')
    expect(text).toContain('description: "$' + '{fraud_blue_description}"')
    const { variables, errors, changes } = planned([one])
    expect({ errors, changes }).toEqual({ errors: [], changes: [] })
    expect(Object.keys(variables).sort()).toEqual([
      'API_KEY',
      'REPEATED',
      'TOKEN',
      'fraud_blue_description',
    ])
  })

  test('are looked for in every field, by their shape and by their name', () => {
    const one = blue({
      environmentVariables: {},
      description: 'index https://reader:correct-horse@pypi.example.com/simple',
    })
    const tagged = {
      ...one,
      body: { ...one.body, tags: { team: 'risk', db_password: 'correct-horse' } },
    }
    expect(textOf(tagged)).not.toContain('correct-horse')
    expect(textOf(tagged)).toContain('team: risk')
    expect(planned([tagged])).toMatchObject({ errors: [], changes: [] })
  })

  test.each([
    ['DATABASE_PWD', 'Tr0ub4dor/3xyz'],
    ['DB_PASSWORD', 'correct horse battery'],
    ['PASSWD', 'short1'],
    ['smtpPass', 'hush'],
    ['AZURE_CREDENTIALS', '{"clientId": "a"}'],
    ['DSN', 'Server=a;Pwd=abcd'],
    ['API_KEY', 'q83vEjRWeJCrze8/NFZ4kKvN7+8SNFZ4'],
    ['PIP_EXTRA_INDEX_URL', `https://ghp_${'a1'.repeat(18)}@github.com/contoso`],
    ['INDEX', `https://${'0123456789abcdef'.repeat(2)}@pkgs.example/simple`],
    ['COMMAND', `--header x --token sk-${'a1'.repeat(12)} --verbose`],
    ['AZURE_OPENAI_KEY', '0123456789abcdef0123456789abcdef'],
    ['SearchAdminKey', 'abcABC0123456789abcABC0123456789'],
  ])('whatever they look like: %s', (name, value) => {
    const one = blue({ environmentVariables: { [name]: value, MODE: 'x' } })
    expect(textOf(one)).not.toContain(value)
    expect(planned([one])).toMatchObject({ errors: [], changes: [], variables: { [name]: value } })
  })

  test.each([
    ['TOKEN_LIMIT', '4096'],
    ['PASSWORD_FILE', '/run/secrets/db'],
    ['TOKEN_URL', 'https://login.example/token'],
    ['USE_TOKEN', 'false'],
    ['BYPASS', 'x'],
    ['PRIMARY_KEY', 'customer_id'],
    ['REPOSITORY', 'ssh://git@github.com/contoso/models'],
    ['TASK', 'a-task-with-a-name-that-is-long'],
    ['IMAGE', 'mcr.microsoft.com/azureml/x@sha256:0123456789abcdef0123456789abcdef'],
    ['SORT_KEY', 'a column of many words'],
  ])('are not what only leads to one: %s', (name, value) => {
    const one = blue({ environmentVariables: { [name]: value, MODE: 'x' } })
    expect(imported(one).variables).toEqual({})
  })

  test('of the same name and another value get a variable of their own', () => {
    const green = live(
      { ...BLUE, name: 'green' },
      { instanceType: 'Standard_DS3_v2', environmentVariables: { API_KEY: `${KEY}x` } },
    )
    const red = live(
      { ...BLUE, name: 'red' },
      { instanceType: 'Standard_DS3_v2', environmentVariables: { API_KEY: KEY } },
    )
    const { variables } = imported(blue({ environmentVariables: { API_KEY: KEY } }), green, red)
    expect(variables).toEqual({
      API_KEY: KEY,
      fraud_green_environment_variables_API_KEY: `${KEY}x`,
    })
  })

  test('in the address of a model or in a conda file are variables too', () => {
    const one = model({ modelUri: `https://x.example/y?sig=${'a'.repeat(20)}` })
    expect(textOf(one)).toContain('path: "$' + '{fraud_1_path}"')
    expect(planned([one])).toMatchObject({ errors: [], changes: [] })
    const index = '--extra-index-url https://me:hunter2@x.example/simple'
    const environment = live(
      { kind: 'Environment', name: 'e', version: '1' },
      { image: 'x', condaFile: JSON.stringify({ dependencies: ['pip', { pip: [index] }] }) },
    )
    expect(textOf(environment)).not.toContain('hunter2')
    expect(planned([environment])).toMatchObject({ errors: [], changes: [] })
  })
})

describe('what is not imported', () => {
  const pipeline = live(
    { kind: 'BatchDeployment', name: 'one', parent: 'nightly' },
    { deploymentConfiguration: { deploymentConfigurationType: 'PipelineComponent' } },
  )
  test.each<[string, Live, string]>([
    ['what is being deleted', { ...blue(), phase: 'Deleting' }, 'it is being deleted'],
    ['what is archived', model({ isArchived: true }), 'it is archived'],
    [
      'what Microsoft curates',
      live({ kind: 'Environment', name: 'x', version: '1' }, { environmentType: 'Curated' }),
      'it is curated by Microsoft',
    ],
    [
      'code',
      live({ kind: 'Code', name: 'c', version: '1' }, {}),
      'its content cannot be read back',
    ],
    ['pipelines', pipeline, 'pipeline batch deployment is not supported yet'],
    ['a name that no manifest may have', live({ ...MODEL, name: 'a b' }, {}), '"name" must begin'],
    ['a name that leads elsewhere', live({ ...MODEL, name: '..' }, {}), '"name" must begin'],
    ['what lacks a needed field', live(BLUE, {}), '"instance_type" is required'],
    [
      'an asset that no manifest can say',
      model({ modelUri: 'azureml://datastores/d/paths/x' }),
      'no manifest can say its /properties/modelUri',
    ],
  ])('%s', (_, one, reason) => {
    const { files, skipped } = imported(one)
    expect(files).toEqual([])
    expect(skipped).toEqual([{ ref: one.ref, reason: expect.stringContaining(reason) }])
  })

  test('other endpoints and other kinds than those asked for', () => {
    const other = live({ ...BLUE, parent: 'other' }, { instanceType: 'Standard_DS3_v2' })
    const resources = [blue(), other, model()]
    const of = (input: object) =>
      importFiles({ ...ALL, resources, ...input }).files.map(({ ref }) => ref.parent ?? ref.kind)
    expect(of({ endpoints: ['FRAUD'] })).toEqual(['Model', 'fraud'])
    expect(of({ kinds: ['Model'] })).toEqual(['Model'])
  })
})

describe('assets that deployments use', () => {
  test('are those of this workspace, once each, without code; of the endpoints asked for', () => {
    const one = blue({
      model: `${WORKSPACE.id}/models/fraud/versions/1`,
      environmentId: `${WORKSPACE.id}/environments/env/versions/2`,
      codeConfiguration: { codeId: `${WORKSPACE.id}/codes/c/versions/1` },
      dataCollector: { collections: { x: { dataId: `${WORKSPACE.id}/data/d/versions/1` } } },
    })
    const batch = live(
      { kind: 'BatchDeployment', name: 'one', parent: 'nightly' },
      {
        model: { referenceType: 'Id', assetId: `${WORKSPACE.id}/MODELS/fraud/versions/1` },
        environmentId: 'azureml://registries/azureml/environments/x/versions/1',
      },
    )
    const refs = (endpoints: readonly string[]) =>
      usedAssets([one, batch], WORKSPACE, endpoints).map(({ kind, name }) => `${kind}/${name}`)
    expect(refs([])).toEqual(['Data/d', 'Environment/env', 'Model/fraud'])
    expect(refs(['nightly'])).toEqual(['Model/fraud'])
  })
})
