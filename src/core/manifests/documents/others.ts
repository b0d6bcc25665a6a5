import { KIND_NAMES } from '../../model/ref.ts'
import { isObject, type Json, type JsonObject, textIn } from '../../model/values/json.ts'

/** Files that other tools keep under names of their own. One that holds a manifest all the same is read as one. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/^(?:docker-)?compose(?:[.-][\w.-]{1,60})?\.ya?ml$/i, 'a Compose file'],
  [/^azure-pipelines(?:[.-][\w.-]{1,60})?\.ya?ml$/i, 'an Azure pipeline'],
  [/^dvc\.ya?ml$|^params(?:[.-][\w.-]{1,60})?\.ya?ml$/i, 'a file of DVC'],
  [/^(?:chart|values(?:[.-][\w.-]{1,60})?)\.ya?ml$/i, 'a file of a Helm chart'],
  [/^mkdocs\.ya?ml$/i, 'a configuration of MkDocs'],
  [/^codecov\.ya?ml$/i, 'a configuration of Codecov'],
  [/^pnpm-(?:lock|workspace)\.ya?ml$/i, 'a file of pnpm'],
]

/** What a file of this name is, if that is another tool's. */
export function otherByName(path: string): string | undefined {
  const name = path.split('/').at(-1) ?? ''
  return BY_NAME.find(([pattern]) => pattern.test(name))?.[1]
}

type Shape = readonly [what: string, fits: (value: JsonObject) => boolean]

/** What only other tools say. Whatever could be a manifest with a mistake in it is not among them. */
const SHAPES: readonly Shape[] = [
  [
    'an Azure pipeline',
    (v) => isList(v.steps) || isList(v.stages) || isList(v.jobs) || isTriggered(v),
  ],
  ['a GitHub workflow', (v) => Object.hasOwn(v, 'on') && isMapping(v.jobs)],
  ['a Compose file', (v) => isMapping(v.services) && !Object.hasOwn(v, 'endpoint_name')],
  ['a pipeline of DVC', (v) => isMapping(v.stages) && everyIn(v.stages, hasCommand)],
  ['a resource of another tool', isAnothersResource],
]

/** What a document of this shape is, if that is another tool's. */
export function otherByShape(value: JsonObject): string | undefined {
  if (typeof value.$schema === 'string')
    return /\bschemastore\.org\//i.test(value.$schema) ? 'a file of another tool' : undefined
  return SHAPES.find(([, fits]) => fits(value))?.[0]
}

/** Of Azure Pipelines; a schedule of Azure ML has a `trigger`, too, and says what it creates. */
function isTriggered(value: JsonObject): boolean {
  const has = (key: string): boolean => Object.hasOwn(value, key)
  return has('trigger') && !has('create_job') && ['pool', 'pr', 'extends', 'resources'].some(has)
}

/** As Kubernetes and Helm have it. A kind of ours with another apiVersion is a mistake, but for those of Argo. */
function isAnothersResource({ apiVersion, kind }: JsonObject): boolean {
  if (typeof apiVersion !== 'string' || /verdigris/i.test(apiVersion)) return false
  return ARGO.test(apiVersion) || !OURS.includes(textIn(kind))
}

const ARGO = /^(?:argoproj|app\.k8s)\.io\//
const OURS: readonly string[] = [...KIND_NAMES, 'Application', 'Rollout', 'AnalysisTemplate']

const isList = (value: Json | undefined): boolean => Array.isArray(value)

const isMapping = (value: Json | undefined): value is JsonObject => isObject(value)

function everyIn(value: JsonObject, check: (one: Json) => boolean): boolean {
  const all = Object.values(value)
  return all.length > 0 && all.every(check)
}

function hasCommand(stage: Json): boolean {
  return isObject(stage) && (Object.hasOwn(stage, 'cmd') || Object.hasOwn(stage, 'foreach'))
}
