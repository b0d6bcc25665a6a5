import type { Files } from '../../support/commits.ts'

/** How a model answers: `noisy` is sound with 1 % errors, `half` fails half of all requests, `bad` all of them. */
export type Quality = 'sound' | 'noisy' | 'half' | 'bad' | 'slow' | 'wrong'

/** What a commit's tree declares, in a form short enough to stand in a test. */
export interface Tree {
  readonly endpoints: Readonly<Record<string, EndpointTree>>
  readonly broken?: 'yaml' | 'field' | 'reference'
  /** Text that changes the commit and nothing else. */
  readonly comment?: string
}

export interface EndpointTree {
  /** `template` and `explicit` have a Rollout, `plain` has none; `batch` is a template on a batch endpoint. */
  readonly form: 'template' | 'explicit' | 'plain' | 'batch'
  /** Wanted by the template; in the other forms the versions that `deployments` names. */
  readonly model?: number
  readonly deployments?: Readonly<Record<string, number>>
  readonly traffic?: Readonly<Record<string, number>>
  readonly road?: Road
  readonly instances?: number
  /** How long a request may take (default: Azure's five seconds). */
  readonly timeoutMs?: number
  readonly bake?: string
  readonly keep?: string
  readonly deadline?: string
  readonly adopt?: boolean
  readonly description?: string
  /** What the tags and the description of its deployments say: no request can feel it. */
  readonly says?: string
  /** The slots of the template (default: blue and green). */
  readonly slots?: readonly string[]
  /** A newer commit waits for the rollout that is under way. */
  readonly queues?: boolean
  /** A failure is held for a person, or another commit (`onFailure: hold`). */
  readonly holds?: boolean
  /** Golden requests (default one). */
  readonly golden?: number
  /** Versions of its model that are declared; absent = all up to the highest that is wanted. */
  readonly models?: readonly number[]
}

const ROADS = {
  canary: `
    canary:
      steps:
        - setWeight: 20
        - analysis: { templates: [errors], for: 1m }
        - setWeight: 50
        - pause: { duration: 1m }`,
  guarded: `
    canary:
      steps:
        - verify: { requests: GOLDEN }
        - setWeight: 10
        - pause: { duration: 2m }
        - setWeight: 50
        - pause: { duration: 2m }`,
  waits: `
    canary:
      steps:
        - setWeight: 20
        - pause: {}
        - setWeight: 60
        - pause: { duration: 1m }`,
  timed: `
    canary:
      steps:
        - setWeight: 20
        - analysis: { templates: [errors], for: 1m }
          deadline: 65s
        - setWeight: 50
        - pause: { duration: 1m }
          deadline: 100s`,
  timedPause: `
    canary:
      steps:
        - setWeight: 20
        - analysis: { templates: [errors], for: 1m }
          deadline: 65s
          onDeadline: pause
        - setWeight: 50
        - pause: { duration: 1m }
          deadline: 90s
          onDeadline: pause`,
  mirror: `
    canary:
      steps:
        - setMirror: { percent: 20, duration: 1m }
        - setWeight: 50
        - analysis: { templates: [errors], for: 1m }`,
  scaled: `
    canary:
      steps:
        - setScale: { percent: 50 }
        - setWeight: 25
        - analysis: { templates: [errors], for: 1m }
        - setScale: { percent: 100 }
        - setWeight: 60
        - pause: { duration: 1m }`,
  blueGreen: `
    blueGreen: { verify: { requests: GOLDEN } }`,
  blueGreenWaits: `
    blueGreen: { verify: { requests: GOLDEN }, autoPromote: false }`,
  clocked: `
    canary:
      steps:
        - setWeight: 20
        - pause: { duration: 2m }
        - setWeight: 50
        - pause: { duration: 2m }`,
  switch: `
    switch: {}`,
} as const

export type Road = keyof typeof ROADS

/** The share of its requests that a `noisy` model fails. */
export const NOISE = 0.01

const TAGS: { readonly [Name in Quality]: Readonly<Record<string, string>> } = {
  sound: { error_ratio: '0' },
  noisy: { error_ratio: String(NOISE) },
  half: { error_ratio: '0.5' },
  bad: { error_ratio: '1' },
  slow: { error_ratio: '0', latency_ms: '900' },
  wrong: { error_ratio: '0', answer: '{"score": 0.9}' },
}

/** What a model of this quality declares, as the sandbox reads it. */
export function tagsOf(quality: Quality): Readonly<Record<string, string>> {
  const all: Record<string, string> = {
    latency_ms: '40',
    answer: '{"score": 0.5}',
    ...TAGS[quality],
  }
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`sandbox.${name}`, value]))
}

const SCHEMA = '$schema: https://azuremlschemas.azureedge.net/latest'

const ERRORS = `apiVersion: verdigris.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - { name: errors, judge: errors, window: 10s, minRequests: 20, tolerate: 0.02, provider: { sandbox: {} } }
`

/** The files of a tree. */
export function filesOf(tree: Tree, qualityOf: (model: string) => Quality): Files {
  const files: Record<string, string> = {
    'templates.yml': ERRORS,
    'environment.yml': `${SCHEMA}/environment.schema.json\nname: plain\nversion: "1"\nimage: mcr.microsoft.com/azureml/minimal-py312-inference:latest\n`,
  }
  for (const [name, endpoint] of Object.entries(tree.endpoints))
    Object.assign(files, endpointFiles(name, endpoint, qualityOf))
  if (tree.comment !== undefined) files['notes.md'] = tree.comment
  if (tree.broken === 'yaml') files['broken.yml'] = `${SCHEMA}/model.schema.json\nname: [`
  if (tree.broken === 'field')
    files['broken.yml'] =
      `${SCHEMA}/managedOnlineEndpoint.schema.json\nname: broken\nauth_mod: key\n`
  if (tree.broken === 'reference')
    files['broken.yml'] =
      `${SCHEMA}/managedOnlineDeployment.schema.json\nname: blue\nendpoint_name: nowhere\nmodel: azureml:nothing:1\ninstance_type: Standard_DS3_v2\n`
  return files
}

function endpointFiles(
  name: string,
  endpoint: EndpointTree,
  qualityOf: (model: string) => Quality,
): Files {
  const files: Record<string, string> = {
    [`${name}/src/score.py`]: 'def init(): pass\ndef run(data): return 0.5\n',
    [`${name}/endpoint.yml`]: endpointFile(name, endpoint),
  }
  for (let place = 1; place <= (endpoint.golden ?? 1); place += 1)
    files[`${name}/golden/${place}.json`] =
      `{"request": {"amount": ${place}}, "expect": {"subset": {"score": 0.5}, "tolerance": 0.01}}`
  for (const version of versionsOf(endpoint)) {
    files[`${name}/models/${version}.yml`] = modelFile(
      name,
      version,
      qualityOf(`${name}:${version}`),
    )
    files[`${name}/models/${version}/model.txt`] = `weights ${version}`
  }
  if (endpoint.form !== 'plain') files[`${name}/rollout.yml`] = rolloutFile(name, endpoint)
  for (const [deployment, version] of Object.entries(endpoint.deployments ?? {}))
    files[`${name}/${deployment}.yml`] =
      `${SCHEMA}/managedOnlineDeployment.schema.json\nname: ${deployment}\nendpoint_name: ${name}\n${deploymentFields(name, version, endpoint, '')}`
  return files
}

function versionsOf({ models, model = 0, deployments = {} }: EndpointTree): readonly number[] {
  if (models !== undefined) return models
  const highest = Math.max(model, ...Object.values(deployments))
  return Array.from({ length: highest }, (_, index) => index + 1)
}

function endpointFile(name: string, { form, traffic, adopt, description }: EndpointTree): string {
  const schema = form === 'batch' ? 'batchEndpoint' : 'managedOnlineEndpoint'
  const fields = [
    `auth_mode: ${form === 'batch' ? 'aad_token' : 'key'}`,
    ...(description === undefined ? [] : [`description: ${description}`]),
    ...(traffic === undefined ? [] : [`traffic: ${JSON.stringify(traffic)}`]),
  ]
  if (adopt !== true)
    return `${SCHEMA}/${schema}.schema.json\nname: ${name}\n${fields.join('\n')}\n`
  return `apiVersion: verdigris.dev/v1
kind: ${form === 'batch' ? 'BatchEndpoint' : 'OnlineEndpoint'}
metadata: { name: ${name}, annotations: { verdigris.dev/adopt: "true" } }
spec:
${fields.map((field) => `  ${field}`).join('\n')}
`
}

function deploymentFields(
  name: string,
  version: number,
  { instances = 2, form, timeoutMs, says }: EndpointTree,
  indent: string,
): string {
  const lines =
    form === 'batch'
      ? ['type: model', 'compute: azureml:cpu-cluster', 'resources: { instance_count: 1 }']
      : [
          'instance_type: Standard_DS3_v2',
          `instance_count: ${instances}`,
          `request_settings: { max_concurrent_requests_per_instance: 20${timeoutMs === undefined ? '' : `, request_timeout_ms: ${timeoutMs}`} }`,
        ]
  return [
    `model: azureml:${name}:${version}`,
    'environment: azureml:plain:1',
    'code_configuration: { code: ./src, scoring_script: score.py }',
    ...lines,
    ...(says === undefined ? [] : [`tags: { says: ${says} }`, `description: ${says}`]),
  ]
    .map((line) => `${indent}${line}\n`)
    .join('')
}

function rolloutFile(name: string, endpoint: EndpointTree): string {
  const {
    form,
    model = 1,
    bake = '2m',
    keep = '8m',
    deadline = '2h',
    slots,
    queues,
    holds,
  } = endpoint
  const road = endpoint.road ?? (form === 'batch' ? 'switch' : 'canary')
  const isJudged = form !== 'batch'
  const template =
    form === 'explicit' ? '' : `  template:\n${deploymentFields(name, model, endpoint, '    ')}`
  return `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: ${name} }
spec:
  endpoint: ${name}
${template}  strategy:${ROADS[road].replace('GOLDEN', 'golden/*.json')}
${isJudged ? '  analysis: [errors]\n' : ''}  bake: ${bake}
  keep: { for: ${keep} }
  deadline: ${deadline}
${slots === undefined ? '' : `  slots: [${slots.join(', ')}]\n`}${queues ? '  onNewCommit: queue\n' : ''}${holds ? '  onFailure: hold\n' : ''}`
}

function modelFile(name: string, version: number, quality: Quality): string {
  const tags = Object.entries(tagsOf(quality)).map(([tag, value]) => `  ${tag}: '${value}'\n`)
  return `${SCHEMA}/model.schema.json\nname: ${name}\nversion: "${version}"\ntype: custom_model\npath: ./${version}/model.txt\ntags:\n${tags.join('')}`
}
