import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandError } from '../errors.ts'

/** More cores than any fleet needs, as if Azure had been asked for them. */
const PLENTY = 1_000_000

/** What a workspace has to allow so that a fleet of this size fits beside whatever else is made in it. */
export function roomFor(count: number): {
  readonly endpointsMax: number
  readonly quotas: Readonly<Record<string, number>>
} {
  return { endpointsMax: count + 100, quotas: { standardDSv2Family: PLENTY } }
}

/** Writes the manifests of a fleet into a folder that is new or empty; throws CommandError where it is neither. */
export async function writeFleet(folder: string, count: number): Promise<void> {
  const before = await readdir(folder).catch((): readonly string[] => [])
  if (before.length > 0)
    throw new CommandError(`${folder} is not empty: name another one with --fleet-folder.`)
  for (const [path, text] of fleetFiles(count)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

/** Endpoints `fleet-0`, `fleet-1`, …, each with one deployment that gets all of its traffic; one model for all, which needs no Python. */
export function fleetFiles(count: number): readonly (readonly [path: string, text: string])[] {
  const endpoints = Array.from({ length: count }, (_, place) => `fleet-${place}`)
  return [
    ['model.yml', MODEL],
    ['model/model.txt', 'weights\n'],
    ['environment.yml', ENVIRONMENT],
    ['src/score.py', 'def init(): pass\ndef run(data): return 0.5\n'],
    ...endpoints.flatMap((name) => [
      [`${name}/endpoint.yml`, endpointFile(name)] as const,
      [`${name}/blue.yml`, deploymentFile(name)] as const,
    ]),
  ]
}

const SCHEMAS = 'https://azuremlschemas.azureedge.net/latest'

const MODEL = `$schema: ${SCHEMAS}/model.schema.json
name: fleet
version: "1"
type: custom_model
path: ./model/model.txt
tags:
  sandbox.latency_ms: '40'
  sandbox.latency_sigma: '0.3'
  sandbox.answer: '{"score": 0.5}'
`

const ENVIRONMENT = `$schema: ${SCHEMAS}/environment.schema.json
name: fleet
version: "1"
image: mcr.microsoft.com/azureml/minimal-py312-inference:latest
`

function endpointFile(name: string): string {
  return `$schema: ${SCHEMAS}/managedOnlineEndpoint.schema.json
name: ${name}
auth_mode: key
traffic: { blue: 100 }
`
}

function deploymentFile(endpoint: string): string {
  return `$schema: ${SCHEMAS}/managedOnlineDeployment.schema.json
name: blue
endpoint_name: ${endpoint}
model: azureml:fleet:1
environment: azureml:fleet:1
code_configuration: { code: ../src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
`
}
