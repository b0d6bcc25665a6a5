import type { Files } from '../../support/commits.ts'

/** Azure ML's CLI v2 YAML of endpoints, each with a deployment, a model, an environment and a script of its own: every tool reads the same. */
export function manifestsOf(size: number): Files {
  const all = Array.from({ length: size }, (_, place) => Object.entries(endpointOf(place, 1)))
  return Object.fromEntries([...all.flat(), [`${nameOf(0)}/green.yml`, deployment(0, 'green', 1)]])
}

/** The same, with another model on the first endpoint. */
export function withNewModel(size: number): Files {
  return { ...manifestsOf(size), ...endpointOf(0, 2) }
}

export function nameOf(place: number): string {
  return `peer-${place}`
}

/** What each deployment runs. */
export function scriptOf(place: number): string {
  return `def init(): pass\ndef run(data): return ${place}\n`
}

export const IMAGE = 'mcr.microsoft.com/azureml/minimal-py312-inference:latest'

/** Requests a deployment answers at once. With Azure's default of one, a request of a user fails where this machine is busy for 50 ms. */
export const CONCURRENT = 10

function endpointOf(place: number, version: number): Files {
  const name = nameOf(place)
  return {
    [`${name}/model.yml`]: `$schema: ${SCHEMAS}/model.schema.json
name: ${name}
version: "${version}"
type: custom_model
path: ./model-${version}/model.txt
tags:
  sandbox.latency_ms: '5'
  sandbox.answer: '{"score": ${version}}'
`,
    [`${name}/model-${version}/model.txt`]: `weights ${version} of ${name}\n`,
    [`${name}/environment.yml`]: `$schema: ${SCHEMAS}/environment.schema.json
name: ${name}
version: "1"
image: ${IMAGE}
`,
    [`${name}/src/score.py`]: scriptOf(place),
    // The share of the second deployment is said, too: a client that leaves it out would change it.
    [`${name}/endpoint.yml`]: `$schema: ${SCHEMAS}/managedOnlineEndpoint.schema.json
name: ${name}
auth_mode: key
traffic: ${place === 0 ? '{ blue: 100, green: 0 }' : '{ blue: 100 }'}
`,
    [`${name}/blue.yml`]: deployment(place, 'blue', version),
  }
}

const SCHEMAS = 'https://azuremlschemas.azureedge.net/latest'

function deployment(place: number, slot: string, version: number): string {
  const name = nameOf(place)
  return `$schema: ${SCHEMAS}/managedOnlineDeployment.schema.json
name: ${slot}
endpoint_name: ${name}
model: azureml:${name}:${version}
environment: azureml:${name}:1
code_configuration: { code: ./src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
request_settings: { max_concurrent_requests_per_instance: ${CONCURRENT} }
`
}
