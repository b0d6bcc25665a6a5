import type { Files } from './commits.ts'

/** How a model behaves in the sandbox, as the tags of its manifest say; absent = a healthy one. */
export type Behaviour = Readonly<Record<string, string>>

const HEALTHY: Behaviour = {
  'sandbox.latency_ms': '40',
  'sandbox.latency_sigma': '0.3',
  'sandbox.error_ratio': '0.01',
  'sandbox.answer': '{"score": 0.5}',
}

export interface RolloutFiles {
  /** The version of the model that Git wants. */
  readonly model: number
  /** By version. */
  readonly behaviours?: Readonly<Record<number, Behaviour>>
  readonly spec?: string
  readonly steps?: string
  readonly instances?: number
  readonly expected?: string
  readonly others?: Files
}

const STEPS = `
        - verify: { requests: golden/*.json }
        - setWeight: 10
        - analysis: { templates: [errors, latency], for: 10m }
        - setWeight: 50
        - pause: { duration: 5m }`

const SPEC = `
  analysis: [errors]
  bake: 10m
  keep: { for: 1h }
  deadline: 6h`

/** A repository with an endpoint, its models and a Rollout in the template form. */
export function rolloutFiles(options: RolloutFiles): Files {
  const { model, behaviours = {}, steps = STEPS, spec = SPEC, instances = 2 } = options
  const models = Object.fromEntries(
    Array.from({ length: model }, (_, index) => index + 1).flatMap((version) => [
      [`models/fraud-${version}.yml`, modelFile(version, { ...HEALTHY, ...behaviours[version] })],
      [`models/${version}/model.txt`, `weights ${version}`],
    ]),
  )
  return {
    ...models,
    'endpoint.yml': `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
name: fraud
auth_mode: key
`,
    'environment.yml': `$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json
name: fraud-env
version: "1"
image: mcr.microsoft.com/azureml/minimal-py312-inference:latest
`,
    'src/score.py': 'def init(): pass\ndef run(data): return 0.5\n',
    'golden/one.json': `{"request": {"amount": 1}, "expect": {"subset": {"score": ${options.expected ?? '0.5'}}, "tolerance": 0.01}}`,
    'templates.yml': TEMPLATES,
    'rollout.yml': `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: fraud }
spec:
  endpoint: fraud
  template:
    model: azureml:fraud:${model}
    environment: azureml:fraud-env:1
    code_configuration: { code: ./src, scoring_script: score.py }
    instance_type: Standard_DS3_v2
    instance_count: ${instances}
    request_settings: { max_concurrent_requests_per_instance: 20 }
  strategy:
    canary:
      steps:${steps}${spec}
`,
    ...options.others,
  }
}

const TEMPLATES = `apiVersion: verdigris.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - name: errors
      judge: errors
      provider: { sandbox: {} }
      tolerate: 0.02
---
apiVersion: verdigris.dev/v1
kind: AnalysisTemplate
metadata: { name: latency }
spec:
  metrics:
    - name: latency
      judge: latency
      provider: { sandbox: {} }
`

function modelFile(version: number, tags: Behaviour): string {
  const lines = Object.entries(tags).map(([name, value]) => `  ${name}: '${value}'`)
  return `$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json
name: fraud
version: "${version}"
type: custom_model
path: ./${version}/model.txt
tags:
${lines.join('\n')}
`
}
