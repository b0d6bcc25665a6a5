import { readManifests } from '../../../src/core/manifests/read.ts'
import type { Desired } from '../../../src/core/model/desired.ts'
import { snapshotOf } from '../../support/snapshot.ts'

const rolloutFile = (template: string): string => `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: nightly }
spec:
  endpoint: nightly${template}
  strategy: { switch: { trial: { input: "azureml:sample:1", mismatches: 0.1 } } }
  bake: 10m
  keep: { for: 60m }
`

type Fields = Readonly<Record<string, string>>

/** What no job can feel: texts, and how many instances it gets. */
const SAID: Fields = {
  tags: '{ team: risk }',
  description: 'scores',
  properties: '{ cost: "7" }',
  resources: '{ instance_count: 3 }',
}

const fieldsOf = (model: number, more: Fields = {}): Fields => ({
  type: 'model',
  model: `azureml:fraud:${model}`,
  environment: 'azureml:fraud-env:1',
  code_configuration: '{ code: "azureml:code:1", scoring_script: score.py }',
  compute: 'azureml:cpu-cluster',
  resources: '{ instance_count: 1 }',
  ...more,
})

const linesOf = (fields: Readonly<Record<string, string>>, indent: string): string =>
  Object.entries(fields)
    .map(([name, value]) => `${indent}${name}: ${value}\n`)
    .join('')

const schema = (name: string): string =>
  `$schema: https://azuremlschemas.azureedge.net/latest/${name}.schema.json\n`

function read(files: Readonly<Record<string, string>>): readonly Desired[] {
  const { desired, problems } = readManifests({ snapshot: snapshotOf(files), variables: {} })
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return desired
}

/** The form in which Git names the default deployment: deployments by name and model. */
export function explicit(
  deployments: Readonly<Record<string, number>>,
  chosen: string,
  more: Fields = {},
): readonly Desired[] {
  const placed = Object.entries(deployments).map(([name, model]) => [
    `${name}.yml`,
    `${schema('modelBatchDeployment')}name: ${name}\nendpoint_name: nightly\n${linesOf(fieldsOf(model, name === chosen ? more : {}), '')}`,
  ])
  const endpoint = `${schema('batchEndpoint')}name: nightly\nauth_mode: aad_token\ndefaults: { deployment_name: ${chosen} }\n`
  return read({
    ...Object.fromEntries(placed),
    'endpoint.yml': endpoint,
    'rollout.yml': rolloutFile(''),
  })
}

/** The form in which the Rollout has the deployment and its slots. */
function template(model: number, more: Fields = {}): readonly Desired[] {
  return read({
    'endpoint.yml': `${schema('batchEndpoint')}name: nightly\nauth_mode: aad_token\n`,
    'rollout.yml': rolloutFile(
      `\n  template:\n${linesOf(fieldsOf(model, more), '    ').trimEnd()}`,
    ),
  })
}

/** By form: the first revision, the next one, and the way back, as commits. */
export const FORMS = [
  {
    form: 'explicit',
    first: explicit({ blue: 1 }, 'blue'),
    next: explicit({ blue: 1, green: 2 }, 'green'),
    back: explicit({ blue: 1, green: 2 }, 'blue'),
    other: explicit({ blue: 1, green: 3 }, 'green'),
    firstSaid: explicit({ blue: 1 }, 'blue', SAID),
    nextSaid: explicit({ blue: 1, green: 2 }, 'green', SAID),
  },
  {
    form: 'template',
    first: template(1),
    next: template(2),
    back: template(1),
    other: template(3),
    firstSaid: template(1, SAID),
    nextSaid: template(2, SAID),
  },
] as const
