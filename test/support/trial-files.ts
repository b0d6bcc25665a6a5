import type { Files } from './commits.ts'

const SCHEMA = '$schema: https://azuremlschemas.azureedge.net/latest'

export interface TrialFiles {
  /** The version of the model that Git wants. */
  readonly model: number
  readonly deadline?: string
  /** Of the deployments, as YAML. */
  readonly settings?: string
}

/** A repository with a batch endpoint whose Rollout tries each new deployment on a data asset. */
export function trialFiles({ model, deadline = '6h', settings }: TrialFiles): Files {
  const models = Array.from({ length: model }, (_, at) => at + 1).flatMap((version) => [
    [
      `models/${version}.yml`,
      `${SCHEMA}/model.schema.json\nname: factor\nversion: "${version}"\ntype: custom_model\npath: ./${version}/model.txt\n`,
    ],
    [`models/${version}/model.txt`, `weights ${version}`],
  ])
  return {
    ...Object.fromEntries(models),
    'endpoint.yml': `${SCHEMA}/batchEndpoint.schema.json\nname: nightly\nauth_mode: aad_token\n`,
    'environment.yml': `${SCHEMA}/environment.schema.json\nname: plain\nversion: "1"\nimage: mcr.microsoft.com/azureml/minimal-py312-inference:latest\n`,
    'data.yml': `${SCHEMA}/data.schema.json\nname: sample\nversion: "1"\ntype: uri_folder\npath: ./sample\n`,
    'sample/1.txt': '1.5',
    'src/score.py': 'def init(): pass\ndef run(mini_batch): return list(mini_batch)\n',
    'rollout.yml': `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: nightly }
spec:
  endpoint: nightly
  template:
    type: model
    model: azureml:factor:${model}
    environment: azureml:plain:1
    code_configuration: { code: ./src, scoring_script: score.py }
    compute: azureml:cpu-cluster
    resources: { instance_count: 1 }
${settings === undefined ? '' : `    settings: ${settings}\n`}  strategy: { switch: { trial: { input: "azureml:sample:1" } } }
  bake: 0s
  keep: { for: 1h }
  deadline: ${deadline}
`,
  }
}
