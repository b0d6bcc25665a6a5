import { z } from 'zod'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { checkVersion } from './names.ts'
import { shown } from './shown.ts'

const COMPLAINT = Symbol('complaint')

/** What a reader of one field says when the value is wrong; the mark tells it from values, which may be objects too. */
interface Wrong {
  readonly [COMPLAINT]: true
  readonly reason: string
  readonly message: string
}

export function wrong(message: string, reason = 'InvalidValue'): Wrong {
  return { [COMPLAINT]: true, reason, message }
}

/** A field read by hand, described to editors and the reference by `schema` (JSON Schema keywords). */
export function field<T>(schema: JsonObject, read: (value: Json) => T | Wrong) {
  return z
    .unknown()
    .transform((value, context): T => {
      const result = value === undefined ? missing : read(value as Json)
      if (!isWrong(result)) return result
      const { reason, message } = result
      context.issues.push({ code: 'custom', message, input: value, params: { reason } })
      return z.NEVER
    })
    .meta({ ...schema })
}

const missing = wrong('is required', 'MissingField')

function isWrong(result: unknown): result is Wrong {
  return typeof result === 'object' && result !== null && COMPLAINT in result
}

/** A text of 1 to `max` characters that `check` has nothing against. */
export function text(max: number, check?: (text: string) => string | undefined, reason?: string) {
  return field<string>({ type: 'string', maxLength: max }, (value) => {
    if (typeof value !== 'string') return wrong('must be text (put it in quotes)')
    if (value === '') return wrong('must not be empty')
    if (value.length > max) return wrong(`must be at most ${max} characters long`, reason)
    const complaint = check?.(value)
    return complaint === undefined ? value : wrong(complaint, reason)
  })
}

/** Free text that may be empty. */
export function prose(max: number) {
  return field<string>({ type: 'string', maxLength: max }, (value) => {
    if (typeof value !== 'string') return wrong('must be text (put it in quotes)')
    return value.length > max ? wrong(`must be at most ${max} characters long`) : value
  })
}

/** A whole number; digits in quotes count, as they do for the CLI. */
export function wholeNumber(min: number, max: number) {
  return field<number>({ type: 'integer', minimum: min, maximum: max }, (value) => {
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
    const right = typeof number === 'number' && Number.isInteger(number)
    return right && number >= min && number <= max
      ? number
      : wrong(`must be a whole number from ${min} to ${max}`)
  })
}

/** A whole number, or a text that is one written plainly, as the CLI takes it. */
export function wholeIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^(?:0|[1-9]\d{0,8})$/.test(value) ? +value : value
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined
}

/** A share of the traffic in a manifest of the CLI. */
export function weight() {
  return field<number>({ type: 'integer', minimum: 0, maximum: 100 }, (value) => {
    const number = wholeIn(value)
    return number !== undefined && number >= 0 && number <= 100
      ? number
      : wrong('must be a whole number from 0 to 100', 'InvalidTraffic')
  })
}

/** A whole number that must be written as one: digits in quotes are refused. */
export function strictWhole(min: number, max: number) {
  return field<number>({ type: 'integer', minimum: min, maximum: max }, (value) => {
    const right = typeof value === 'number' && Number.isInteger(value)
    return right && value >= min && value <= max
      ? value
      : wrong(`must be a whole number from ${min} to ${max}, without quotes`, 'InvalidTraffic')
  })
}

export function decimal(min: number, max: number) {
  return field<number>({ type: 'number', minimum: min, maximum: max }, (value) => {
    const number = typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value) ? +value : value
    return typeof number === 'number' && number >= min && number <= max
      ? number
      : wrong(`must be a number from ${min} to ${max}`)
  })
}

interface TextLimits {
  readonly entries: number
  readonly key: number
  readonly value: number
  /** Why there may be no more entries. */
  readonly why?: string
}

/** Text by name: tags, properties, environment variables. */
export function texts(limits: TextLimits) {
  const schema = { type: 'object', additionalProperties: { type: 'string' } }
  return field<{ readonly [name: string]: string }>(schema, (value) => {
    if (!isObject(value)) return wrong('must be a mapping of names to texts')
    const entries = Object.entries(value)
    if (entries.length > limits.entries)
      return wrong(`must have at most ${limits.entries} entries${limits.why ?? ''}`)
    for (const [key, text] of entries) {
      const complaint = checkEntry(key, text, limits)
      if (complaint !== undefined) return wrong(complaint)
    }
    return value as { readonly [name: string]: string }
  })
}

function checkEntry(key: string, value: Json | undefined, limits: TextLimits): string | undefined {
  if (key === '') return 'has an empty name'
  if (key.length > limits.key) return `has a name longer than ${limits.key} characters`
  if (typeof value !== 'string') return `must be a mapping to texts: ${shown(key)} is none`
  if (value.length <= limits.value) return undefined
  return `may hold at most ${limits.value} characters in ${shown(key)}`
}

/** What ARM allows (learn.microsoft.com, "Use tags to organize your Azure resources"), and how many of them are ours. */
export const TAGS_MAX = 50
export const TAGS_OURS = 7
const ARM_TAGS = {
  ...{ entries: TAGS_MAX - TAGS_OURS, key: 512, value: 256 },
  why: `: Azure allows ${TAGS_MAX}, and Verdigris writes ${TAGS_OURS} of its own`,
}

/** Tags of an endpoint or a deployment, with room for those that Verdigris writes, in a rollback, too. */
export function tags() {
  return ownTags(ARM_TAGS)
    .refine((value) => Object.keys(value).every((key) => !/[<>%&\\?/]/.test(key)), {
      error: 'has a name with one of <, >, %, &, \\, ?, /, which Azure allows in no name of a tag',
    })
    .refine((value) => new Set(lowerKeys(value)).size === Object.keys(value).length, {
      error: 'has two names that differ by case only, which are the same to Azure',
    })
    .meta({ type: 'object', additionalProperties: { type: 'string' } })
}

function lowerKeys(value: object): readonly string[] {
  return Object.keys(value).map((key) => key.toLowerCase())
}

/** No name of ours, which would claim what is not ours. */
function ownTags(limits: TextLimits) {
  return texts(limits)
    .refine(
      (value) => !Object.keys(value).some((key) => key.toLowerCase().startsWith('verdigris.')),
      {
        error: 'tags that begin with "verdigris." are written by Verdigris itself',
        params: { reason: 'ReservedTag' },
      },
    )
    .meta({ type: 'object', additionalProperties: { type: 'string' } })
}

/** Tags of models and environments are not ARM tags: longer and more are allowed. */
export function assetTags() {
  return ownTags({ entries: 200, key: 512, value: 4096 })
}

export function properties() {
  return texts({ entries: 200, key: 512, value: 4096 })
}

/** What `az ml … show` prints and `create` ignores: taken and dropped, so that its output is a manifest. */
export function readOnly() {
  return z
    .unknown()
    .transform(() => undefined)
    .optional()
    .meta({ readOnly: true })
}

export function version() {
  return text(255, checkVersion, 'InvalidVersion')
}

/** A field that is known and cannot be done here: nothing that is declared is dropped. */
export function refused(message: string, reason = 'FieldNotSupported') {
  return field<undefined>({ not: {} }, () => wrong(message, reason)).optional()
}

/** The same of a flag; `false`, which asks for nothing, may be said. */
export function refusedFlag(message: string) {
  return field<undefined>({ const: false }, (value) =>
    value === false ? undefined : wrong(message, 'FieldNotSupported'),
  ).optional()
}

/** What `az ml` sends and the API version that is written has no field for. */
export const notSent = refused(
  'cannot be sent: the API of models, environments and data has no such field',
)

/** Where local content is uploaded: the CLI has a choice, here there is one place. */
export function uploadDatastore() {
  return field<undefined>({ const: 'workspaceblobstore' }, (value) =>
    value === 'workspaceblobstore' || value === 'azureml:workspaceblobstore'
      ? undefined
      : wrong(
          'must be workspaceblobstore: content is uploaded there; what lies in another one is named as path: azureml://datastores/NAME/paths/...',
          'FieldNotSupported',
        ),
  )
    .optional()
    .describe('Where local content is uploaded; there is no other place.')
}
