import type { Json, JsonObject } from '../contract.ts'
import { isObject, objectOf, textOf } from '../json.ts'
import { fold } from '../names.ts'
import { LOGGING_LEVELS } from '../resources/batch/batch-deployment-body.ts'
import { durationMs } from '../time.ts'

/** What is wrong with the body of a request for a batch job; undefined = nothing. The sentences are ours. */
export function wrongRequest(body: Json, needsData: boolean): string | undefined {
  const { properties } = objectOf(body)
  const { inputData } = objectOf(properties)
  if (!isObject(properties) || !isObject(inputData))
    return 'The request needs properties.inputData.'
  for (const [name, input] of Object.entries(inputData)) {
    const wrong = wrongInput(objectOf(input))
    if (wrong !== undefined) return `properties.inputData.${name} ${wrong}`
  }
  const hasData = Object.values(inputData).some((input) => !isLiteral(objectOf(input)))
  if (needsData && !hasData) return 'A model deployment needs an input with a uri.'
  return wrongSetting(properties)
}

/** As azure-ai-ml writes them; others write `uri_folder`. */
const INPUT_TYPES = [
  'UriFile',
  'UriFolder',
  'MLTable',
  'CustomModel',
  'MLFlowModel',
  'TritonModel',
  'Literal',
]

function typeOf({ jobInputType }: JsonObject): string | undefined {
  return fold(INPUT_TYPES, textOf(jobInputType)?.replace('_', ''))
}

function isLiteral(input: JsonObject): boolean {
  return typeOf(input) === 'Literal'
}

function wrongInput(input: JsonObject): string | undefined {
  if (typeOf(input) === undefined) return `needs a jobInputType of ${INPUT_TYPES.join(', ')}.`
  if (isLiteral(input) || (textOf(input.uri) ?? '') !== '') return undefined
  return 'needs a uri.'
}

/** Whole numbers of a request, and the least that each may be. Clients send them as numbers or as texts. */
const COUNTS: readonly (readonly [group: string, name: string, least: number])[] = [
  ['', 'miniBatchSize', 1],
  ['', 'maxConcurrencyPerInstance', 1],
  ['', 'errorThreshold', -1],
  ['retrySettings', 'maxRetries', 0],
  ['compute', 'instanceCount', 1],
]

function wrongSetting(properties: JsonObject): string | undefined {
  const wrong = COUNTS.find(([group, name, least]) => {
    const value = groupOf(properties, group)[name] ?? null
    return value !== null && !isCount(value, least)
  })
  if (wrong !== undefined) {
    const [group, name, least] = wrong
    const place = group === '' ? name : `${group}.${name}`
    return `${place} must be a whole number of at least ${least}.`
  }
  const { outputFileName, loggingLevel } = properties
  const timeout = objectOf(properties.retrySettings).timeout
  if (given(timeout) && (durationMs(timeout) ?? 0) <= 0) {
    return 'retrySettings.timeout must be an ISO 8601 duration such as PT30S.'
  }
  if (given(outputFileName) && textOf(outputFileName) === undefined) {
    return 'outputFileName must be a text.'
  }
  return given(loggingLevel) && fold(LOGGING_LEVELS, loggingLevel) === undefined
    ? `loggingLevel must be one of ${LOGGING_LEVELS.join(', ')}.`
    : undefined
}

function given(value: Json | undefined): value is Json {
  return value !== undefined && value !== null
}

function groupOf(properties: JsonObject, group: string): JsonObject {
  return group === '' ? properties : objectOf(properties[group])
}

function isCount(value: Json, least: number): boolean {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value))
  return isNumber && Number.isInteger(Number(value)) && Number(value) >= least
}

/** What a request sets for its own job in place of what the deployment says, numbers as numbers. */
export function planOf(deployment: JsonObject, asked: JsonObject): JsonObject {
  const settings = Object.fromEntries(
    ['', 'retrySettings', 'compute'].map((group) => [group, settingsIn(asked, group)]),
  )
  const { '': own = {}, retrySettings = {}, compute = {} } = settings
  const level = fold(LOGGING_LEVELS, asked.loggingLevel)
  const file = textOf(asked.outputFileName)
  const { timeout } = objectOf(asked.retrySettings)
  return {
    ...deployment,
    ...own,
    ...(level === undefined ? {} : { loggingLevel: level }),
    ...(file === undefined ? {} : { outputFileName: file }),
    resources: { ...objectOf(deployment.resources), ...compute },
    retrySettings: {
      ...objectOf(deployment.retrySettings),
      ...retrySettings,
      ...(given(timeout) ? { timeout } : {}),
    },
  }
}

/** The counts that a group of the request sets. */
function settingsIn(asked: JsonObject, group: string): JsonObject {
  const entries = COUNTS.flatMap(([itsGroup, name]) => {
    const value = groupOf(asked, group)[name]
    return itsGroup === group && given(value) ? [[name, Number(value)] as const] : []
  })
  return Object.fromEntries(entries)
}
