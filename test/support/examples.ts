import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifests } from '../../src/core/manifests/read.ts'
import { snapshotOf } from './snapshot.ts'

const ROOT = 'test/fixtures/azure-ml/examples'
const ALL = readdirSync(ROOT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
  .sort()
const YAML = ALL.filter((path) => /\.ya?ml$/i.test(path))

// Program code and binaries are not among the fixtures: only their names matter here.
const NOT_KEPT = [
  'cli/assets/data/sample-data/titanic.csv',
  'cli/assets/data/local-mltable/MLTable',
  'cli/endpoints/batch/deploy-models/heart-classifier-mlflow/deployment-custom/code/batch_driver.py',
  'cli/endpoints/batch/deploy-models/huggingface-text-summarization/code/batch_driver.py',
  'cli/endpoints/batch/deploy-models/mnist-classifier/deployment-keras/code/batch_driver.py',
  'cli/endpoints/batch/deploy-models/mnist-classifier/deployment-keras/model/saved_model.pb',
  'cli/endpoints/batch/deploy-models/mnist-classifier/deployment-torch/code/batch_driver.py',
  'cli/endpoints/batch/deploy-models/mnist-classifier/deployment-torch/model/model.pth',
  'sdk-test-configs/deployments/batch/environment_files/DockerfileNonDefault',
  'sdk-test-configs/deployments/endpoint_scoring/do_nothing.py',
  'cli/assets/environment/docker-contexts/python-and-pip/Dockerfile',
  'cli/assets/model/mlflow-model/model.pkl',
  'cli/endpoints/online/model-1/model/sklearn_regression_model.pkl',
  'cli/endpoints/online/model-1/onlinescoring/score.py',
  'cli/endpoints/online/model-1/onlinescoring/score_managedidentity.py',
  'cli/endpoints/online/deploy-with-packages/custom-model/src/score.py',
  'cli/endpoints/online/managed/vnet/sample/model/sklearn_regression_model.pkl',
  'cli/endpoints/online/managed/vnet/sample/onlinescoring/score.py',
  'cli/endpoints/online/triton/single-model/models/model_1/1/model.onnx',
  'cli/endpoints/online/data-collector/workspace-blob-storage/scripts/score.py',
  'cli/endpoints/online/data-collector/custom-blob-storage/scripts/score.py',
  'sdk-test-configs/deployments/model-1/model/sklearn_regression_model.pkl',
  'sdk-test-configs/deployments/model-1/onlinescoring/score.py',
  'sdk-test-configs/deployments/model-3/sklearn_regression_model.pkl',
  'sdk-test-configs/deployments/model-3/score.py',
  'sdk-test-configs/deployments/model-4/onlinescoring/cloud_score.py',
  'sdk-test-configs/deployments/online/sklearn_regression_model.pkl',
  'sdk-test-configs/deployments/endpoint_scoring/main.py',
  'sdk-test-configs/model/iris_model/MLmodel',
]
const CONDA = {
  'cli/endpoints/online/data-collector/workspace-blob-storage/model/conda.yaml':
    'dependencies: [pip]\n',
  'cli/endpoints/online/data-collector/custom-blob-storage/model/conda.yaml':
    'dependencies: [pip]\n',
  'sdk-test-configs/environment/environment_files/environment.yml': 'dependencies: [pip]\n',
  'sdk-test-configs/deployments/batch/environment_files/environment.yml': 'dependencies: [pip]\n',
}

const isConda = (path: string): boolean => {
  const { desired, problems } = readManifests({
    snapshot: snapshotOf(texts([path])),
    variables: {},
  })
  const isLeftAlone = problems.every(({ reason }) => reason === 'NoManifest')
  return isLeftAlone && desired.length === 0
}
/** YAML among the examples that is no manifest. */
export const CONTENT = YAML.filter(isConda)
const AROUND = {
  ...texts(ALL.filter((path) => !YAML.includes(path) || CONTENT.includes(path))),
  ...Object.fromEntries(NOT_KEPT.map((path) => [path, path])),
  ...CONDA,
}

function texts(paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]))
}

/** The examples of Azure ML's own that are manifests, right or wrong. */
export const MANIFESTS = YAML.filter((path) => !CONTENT.includes(path))

/** One example with everything that lies around it. */
export function exampleFiles(path: string): Readonly<Record<string, string>> {
  return { ...AROUND, ...texts([path]) }
}
