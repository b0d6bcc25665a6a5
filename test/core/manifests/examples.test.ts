import { describe, expect, test } from '@jest/globals'
import { KINDS } from '../../../src/core/kinds/index.ts'
import { type Manifests, readManifests } from '../../../src/core/manifests/read.ts'
import { CONTENT, exampleFiles, MANIFESTS } from '../../support/examples.ts'
import { snapshotOf } from '../../support/snapshot.ts'
import { contextOf } from '../../support/workspace.ts'

/** Refused, and why. A reason with `…` is that of every file of the folder. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  // Kinds that are recognised, and not here yet.
  'cli/assets/component/…': ['KindNotSupported Component'],
  'cli/assets/data/azure-sql-import.yml': ['KindNotSupported DataImport'],
  'cli/assets/data/s3-import.yml': ['KindNotSupported DataImport'],
  'cli/assets/data/simple_import_schedule.yml': ['KindNotSupported Schedule'],
  'cli/endpoints/batch/deploy-pipelines/batch-scoring-with-preprocessing/components/…': [
    'KindNotSupported Component',
  ],
  'cli/endpoints/batch/deploy-pipelines/batch-scoring-with-preprocessing/deployment.yml': [
    'KindNotSupported pipeline batch deployment',
  ],
  'cli/endpoints/batch/deploy-pipelines/batch-scoring-with-preprocessing/inputs.yml': [
    'KindNotSupported Job or Component',
  ],
  'cli/endpoints/batch/deploy-pipelines/batch-scoring-with-preprocessing/pipeline-job.yml': [
    'KindNotSupported Job',
  ],
  'cli/endpoints/batch/deploy-pipelines/batch-scoring-with-preprocessing/pipeline.yml': [
    'KindNotSupported Component',
  ],
  'cli/endpoints/batch/deploy-pipelines/hello-batch/hello-component/hello.yml': [
    'KindNotSupported Component',
  ],
  'cli/endpoints/batch/deploy-pipelines/hello-batch/pipeline-job.yml': ['KindNotSupported Job'],
  'cli/endpoints/batch/deploy-pipelines/hello-batch/deployment.yml': [
    'KindNotSupported pipeline batch deployment',
  ],
  'cli/endpoints/batch/deploy-pipelines/hello-batch/deployment-from-job.yml': [
    'KindNotSupported pipeline batch deployment',
  ],
  'cli/endpoints/online/deploy-with-packages/custom-model/package-external.yml': [
    'KindNotSupported Package',
  ],
  'cli/endpoints/online/deploy-with-packages/custom-model/package-moe.yml': [
    'KindNotSupported Package',
  ],
  'cli/endpoints/online/deploy-with-packages/registry-model/package.yml': [
    'KindNotSupported Package',
  ],
  'sdk-test-configs/deployments/batch/hello-component/hello.yaml': ['KindNotSupported Component'],
  'sdk-test-configs/deployments/batch/batch_component_deployment.yml': [
    'KindNotSupported pipeline batch deployment',
  ],
  'sdk-test-configs/deployments/batch/batch_deployment_component.yaml': [
    'KindNotSupported pipeline batch deployment',
  ],
  // No $schema, and two kinds have this shape; or no kind has it.
  'sdk-test-configs/endpoints/batch/batch_endpoint.yaml': ['UnknownKind'],
  'sdk-test-configs/endpoints/batch/batch_endpoint_component_deployment.yaml': ['UnknownKind'],
  'sdk-test-configs/endpoints/batch/batch_endpoint_mlflow_new.yaml': ['UnknownKind'],
  'sdk-test-configs/model/model_bad.yml': ['UnknownKind'],
  'sdk-test-configs/model/model_env1.yml': ['UnknownKind'],
  'sdk-test-configs/model/model_minimal.yml': ['UnknownKind'],
  'sdk-test-configs/model/model_no_version.yml': ['UnknownKind'],
  'cli/endpoints/online/triton/single-model/olive_model_analyzer/config_bert_olive_analyze.yml': [
    'UnknownKind',
    'DuplicateKey',
  ],
  'cli/endpoints/online/triton/single-model/olive_model_analyzer/config_bert-olive.yml': [
    'UnknownKind',
  ],
  // Templates: `{{NAME}}` unquoted is not YAML that means anything, quoted or `<name>` it is no name.
  'cli/endpoints/online/custom-container/minimal/single-model/conda-in-dockerfile/minimal-single-model-conda-in-dockerfile-deployment.yml':
    ['YamlSyntax'],
  'cli/endpoints/online/custom-container/minimal/single-model/pip-in-dockerfile/minimal-single-model-pip-in-dockerfile-deployment.yml':
    ['YamlSyntax'],
  'cli/endpoints/online/custom-container/mlflow/multideployment-scikit/mlflow-deployment.yml': [
    'YamlSyntax',
  ],
  'cli/endpoints/online/custom-container/tfserving/half-plus-two-integrated/half-plus-two-integrated-deployment.yml':
    ['YamlSyntax'],
  'cli/endpoints/online/custom-container/tfserving/half-plus-two/tfserving-deployment.yml': [
    'YamlSyntax',
  ],
  'cli/endpoints/online/custom-container/triton/single-model/triton-cc-deployment.yml': [
    'YamlSyntax',
  ],
  'cli/endpoints/online/managed/minimal/single-model-registered/deployment.yml': ['YamlSyntax'],
  'cli/endpoints/online/managed/minimal/single-model-registered/model.yml': ['YamlSyntax'],
  'cli/endpoints/online/custom-container/minimal/single-model/conda-in-dockerfile/minimal-single-model-conda-in-dockerfile-endpoint.yml':
    ['InvalidName'],
  'cli/endpoints/online/custom-container/minimal/single-model/minimal-single-model-endpoint.yml': [
    'InvalidName',
  ],
  'cli/endpoints/online/custom-container/mlflow/multideployment-scikit/mlflow-endpoint.yml': [
    'InvalidName',
  ],
  'cli/endpoints/online/custom-container/triton/single-model/triton-cc-endpoint.yml': [
    'InvalidName',
  ],
  'cli/endpoints/online/managed/openapi/deployment.yml': ['InvalidName', 'FileNotFound'],
  'cli/endpoints/online/managed/managed-identities/1-uai-create-endpoint.yml': ['InvalidValue'],
  // The service does not allow "_" in names of endpoints and deployments.
  'cli/endpoints/online/data-collector/custom-blob-storage/custom-blob-storage.YAML': [
    'InvalidName',
  ],
  'cli/endpoints/online/data-collector/workspace-blob-storage/…': ['InvalidName'],
  'cli/endpoints/online/deploy-with-packages/custom-model/model-deployment.yml': ['InvalidName'],
  // The endpoint's name is given on the command line of `az ml`; here there is none.
  'cli/endpoints/online/managed/managed-identities/2-sai-deployment.yml': ['MissingField'],
  'cli/endpoints/online/managed/managed-identities/2-uai-deployment.yml': ['MissingField'],
  // Wrong, old or preview fields.
  'sdk-test-configs/deployments/online/online_deployment_event_hub_standard.yaml': [
    'MissingField',
    'UnknownField',
    'UnknownField',
  ],
  'sdk-test-configs/deployments/online/online_deployment_mir.yaml': ['MissingField'],
  'sdk-test-configs/deployments/online/online_deployment_schema.yaml': [
    'MissingField',
    'MissingField',
    'UnknownField',
  ],
  'sdk-test-configs/deployments/online/online_deployment_mir_private.yaml': ['FieldNotSupported'],
  'sdk-test-configs/endpoints/online/online_endpoint_create_aks_bad.yml': [
    'UnknownField',
    'UnknownField',
  ],
  // Of the time when a batch endpoint had a type, and traffic.
  'sdk-test-configs/endpoints/batch/batch_endpoint_mlflow_remote.yaml': [
    'UnknownField',
    'UnknownField',
  ],
  // Content is uploaded to the default datastore.
  'sdk-test-configs/model/model_with_datastore.yml': ['FieldNotSupported'],
  'sdk-test-configs/environment/environment_colon_version.yml': ['InvalidVersion'],
  'sdk-test-configs/environment/environment_conda_bad.yml': ['UnknownField'],
}

function read(path: string): Manifests {
  return readManifests({ snapshot: snapshotOf(exampleFiles(path)), variables: {} })
}

function refusalOf(path: string): readonly string[] | undefined {
  const folders = path.split('/').map((_, depth, parts) => `${parts.slice(0, depth).join('/')}/…`)
  const key = [path, ...folders.reverse()].find((one) => REFUSED[one] !== undefined)
  return key === undefined ? undefined : REFUSED[key]
}

describe("Azure ML's own examples", () => {
  test('conda files among them are content, not manifests', () => {
    expect(CONTENT).toHaveLength(28)
    expect(CONTENT.filter((path) => !/conda|env\.yml|pydata\.yml/.test(path))).toEqual([
      'cli/endpoints/online/triton/single-model/triton-densenet-scoring-env.yaml',
    ])
  })

  test.each(MANIFESTS.filter((path) => refusalOf(path) === undefined))(
    '%s is read and drawn',
    (path) => {
      const { desired, problems } = read(path)
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
      expect(desired.length).toBeGreaterThan(0)
      for (const one of desired) {
        const kind = KINDS[one.ref.kind]
        const body = kind.toArm(one, contextOf({}))
        expect(kind.normalise(kind.normalise(body))).toEqual(kind.normalise(body))
      }
    },
  )

  test.each(MANIFESTS.filter((path) => refusalOf(path) !== undefined))(
    '%s is refused, or left alone',
    (path) => {
      const { problems } = read(path)
      const errors = problems.filter(
        ({ severity, reason }) => severity === 'error' || reason === 'KindNotSupported',
      )
      const told = errors.map(({ reason, message }) =>
        reason === 'KindNotSupported'
          ? `${reason} ${message.split(' is not')[0]?.replace(/^a /, '')}`
          : reason,
      )
      const expected = refusalOf(path) ?? []
      expect(expected[0] === 'YamlSyntax' ? [...new Set(told)] : told).toEqual(expected)
      expect(new Set(errors.map(({ at }) => at.file))).toEqual(new Set([path]))
    },
  )

  test('how many are read, how many refused', () => {
    const refused = MANIFESTS.filter((path) => refusalOf(path) !== undefined)
    const kinds = MANIFESTS.filter((path) => !refused.includes(path))
      .flatMap((path) => read(path).desired)
      .map(({ ref }) => ref.kind)
    const counts = [...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length])
    expect({ read: MANIFESTS.length - refused.length, refused: refused.length }).toEqual({
      read: 79,
      refused: 62,
    })
    expect(Object.fromEntries(counts)).toEqual({
      OnlineEndpoint: 14,
      OnlineDeployment: 20,
      BatchEndpoint: 5,
      BatchDeployment: 15,
      Model: 31,
      Environment: 31,
      Data: 13,
      Code: 28,
    })
  })

  test('no refusal is listed in vain', () => {
    const used = new Set(MANIFESTS.map(refusalOf))
    expect(Object.entries(REFUSED).filter(([, reasons]) => !used.has(reasons))).toEqual([])
  })
})
