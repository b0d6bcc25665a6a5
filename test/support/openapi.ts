import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormatsModule from 'ajv-formats'
import type { ArmRequest, ArmResponse } from '../../src/sandbox/core/contract.ts'

/** Azure's own OpenAPI documents as a judge of what the sandbox answers. */

type Node = { [key: string]: unknown }

const ROOT = join(import.meta.dirname, '../fixtures/azure-ml/openapi/specification')
const STABLE = join(
  ROOT,
  'machinelearningservices/resource-manager/Microsoft.MachineLearningServices/stable/2024-04-01',
)
const DOCUMENTS = ['mfe.json', 'machineLearningServices.json', 'workspaceFeatures.json']

/** Where the judge is milder than the documents, and why. Every line is seen in recorded traffic. */
const RELAXATIONS = {
  nullForOptional:
    'The service sends null for optional members without a value (description, compute, scoringUri, environmentId ...); swagger marks only some of them x-nullable.',
  nullBody:
    'A compute that is not there is a 404 with the JSON text null; a DELETE may carry it too.',
  openObjects:
    'Swagger closes every object and yet derives objects from it; unknown members come back (lossless), so none is closed.',
  bareCreate:
    'The 201 of a new endpoint has no location in builds from 2024 on (recorded), though swagger requires it.',
  secretsStay:
    'Credentials of a datastore come back without their secrets (recorded), though swagger requires them there.',
  gatewayErrors:
    'ARM itself answers 401, 403, 429 and its own 400 and 404 in the same error shape.',
} as const

/** Types of members that recorded traffic contradicts: definition, member, reason. */
const WRONG_MEMBERS: readonly (readonly [definition: string, member: string, reason: string])[] = [
  [
    'PendingUploadResponseDto',
    'pendingUploadType',
    'The answer to TemporaryBlobReference says None (recorded twice).',
  ],
  [
    'ResourceQuota',
    'type',
    'Kept loose: no recording of quotas is stored, so nothing proves either side.',
  ],
]

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: RegExp
  readonly literal: number
  readonly responses: Readonly<Record<string, Node>>
  readonly document: string
}

const definitions: Node = {}
const loaded = new Set<string>()
const operations: Operation[] = []

function load(file: string): void {
  if (loaded.has(file)) return
  loaded.add(file)
  const document = JSON.parse(readFileSync(file, 'utf8')) as Node
  for (const [name, schema] of Object.entries((document.definitions ?? {}) as Node)) {
    definitions[keyOf(file, name)] = rewritten(schema as Node, file)
  }
  for (const [path, item] of Object.entries((document.paths ?? {}) as Record<string, Node>)) {
    for (const [method, operation] of Object.entries(item as Record<string, Node>)) {
      if (!/^(get|put|patch|delete|post)$/.test(method)) continue
      operations.push({
        id: String(operation.operationId),
        method: method.toUpperCase(),
        path: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}/?$`, 'i'),
        literal: path.replaceAll(/\{[^}]+\}/g, '').length,
        responses: operation.responses as Record<string, Node>,
        document: file,
      })
    }
  }
}

function keyOf(file: string, name: string): string {
  return `${basename(file, '.json')}.${name}`
}

/** Keywords that say nothing about an answer, or that inheritance by allOf would turn against itself. */
const DROPPED = ['example', 'discriminator', 'default', 'additionalProperties:false']

/** A copy with every $ref pointing into one flat table, nulls allowed for optional members. */
function rewritten(schema: Node, file: string): Node {
  const copy: Node = {}
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.includes(key) || DROPPED.includes(`${key}:${value}`)) continue
    copy[key] = rewrittenMember(key, value, schema, file)
  }
  if (typeof schema.discriminator === 'string') copy['x-discriminator'] = schema.discriminator
  return copy
}

function rewrittenMember(key: string, value: unknown, schema: Node, file: string): unknown {
  if (key === '$ref') return pointer(String(value), file)
  if (key === 'properties') return members(value as Node, schema, file)
  if (Array.isArray(value)) {
    return value.map((item) => (isNode(item) ? rewritten(item, file) : item))
  }
  return isNode(value) ? rewritten(value, file) : value
}

function members(properties: Node, owner: Node, file: string): Node {
  const required = (owner.required ?? []) as string[]
  const entries = Object.entries(properties).map(([name, value]) => {
    const schema = rewritten(value as Node, file)
    const isOptional = !required.includes(name) || schema['x-nullable'] === true
    return [name, isOptional ? { anyOf: [schema, { type: 'null' }] } : schema]
  })
  return Object.fromEntries(entries)
}

function pointer(ref: string, file: string): string {
  const [path = '', fragment = ''] = ref.split('#')
  const target = path === '' ? file : join(dirname(file), path)
  load(target)
  return `#/definitions/${keyOf(target, fragment.replace('/definitions/', ''))}`
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A base type with a discriminator also asks its member's subtype: as an if/then per subtype, beside the base. */
function tieSubtypes(): void {
  const branches = new Map<string, Node[]>()
  for (const [key, schema] of Object.entries(definitions) as [string, Node][]) {
    for (const part of (schema.allOf ?? []) as Node[]) {
      const base = String(part.$ref ?? '').replace('#/definitions/', '')
      const branch = branchOf(key, schema, part, base)
      if (branch !== undefined) branches.set(base, [...(branches.get(base) ?? []), branch])
    }
  }
  for (const [base, added] of branches) {
    const schema = definitions[base] as Node
    schema.allOf = [...((schema.allOf ?? []) as Node[]), ...added]
  }
}

function branchOf(key: string, schema: Node, part: Node, base: string): Node | undefined {
  const discriminator = (definitions[base] as Node | undefined)?.['x-discriminator']
  const value = schema['x-ms-discriminator-value']
  if (typeof discriminator !== 'string' || value === undefined) return undefined
  // Without the base: the base asks for the subtype, so the subtype must not ask for the base.
  const rest = ((schema.allOf ?? []) as Node[]).filter((other) => other !== part)
  const subtype = `${key}:alone`
  definitions[subtype] = { ...schema, allOf: rest.length === 0 ? [{}] : rest }
  return {
    if: { properties: { [discriminator]: { const: value } }, required: [discriminator] },
    // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword, never awaited.
    then: { $ref: `#/definitions/${subtype}` },
  }
}

function loosen(): void {
  for (const schema of Object.values(definitions) as Node[]) {
    const required = (schema.required ?? []) as string[]
    // See RELAXATIONS.secretsStay.
    if (required.includes('secrets')) {
      schema.required = required.filter((name) => name !== 'secrets')
    }
  }
  for (const [definition, member] of WRONG_MEMBERS) {
    for (const [key, schema] of Object.entries(definitions) as [string, Node][]) {
      if (key.endsWith(`.${definition}`)) (schema.properties as Node)[member] = {}
    }
  }
}

for (const name of DOCUMENTS) load(join(STABLE, name))
// Longer literal parts win: `.../listKeys` before `.../{name}`.
operations.sort((left, right) => right.literal - left.literal)

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, logger: false })
// CommonJS under ESM: the function is the module's default member.
const addFormats = addFormatsModule as unknown as (target: Ajv) => Ajv
addFormats(ajv)
let isReady = false
const compiled = new Map<string, ValidateFunction>()

function validatorOf(operation: Operation, status: string): ValidateFunction | undefined {
  const response = operation.responses[status] ?? operation.responses.default
  const schema = response?.schema
  if (!isNode(schema)) return undefined
  const key = `${operation.id} ${operation.responses[status] === undefined ? 'default' : status}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const own = rewritten(schema, operation.document)
  if (!isReady) {
    isReady = true
    loosen()
    tieSubtypes()
    ajv.addSchema({ $id: 'azure', definitions })
  }
  const absolute = JSON.parse(
    JSON.stringify(own).replaceAll('"#/definitions/', '"azure#/definitions/'),
  )
  const validate = ajv.compile(absolute as Node)
  compiled.set(key, validate)
  return validate
}

/** The operation of Azure's documents that a method and URL belong to; undefined when they have none. */
export function operationOf(method: string, url: string): string | undefined {
  return find(method, url)?.id
}

const FOUND_MAX = 10_000
const found = new Map<string, Operation | undefined>()

function find(method: string, url: string): Operation | undefined {
  const { pathname } = new URL(url)
  const key = `${method} ${pathname}`
  if (found.has(key)) return found.get(key)
  const path = decodeURIComponent(pathname)
  const isIt = (one: Operation): boolean => one.method === method && one.path.test(path)
  const operation = operations.find(isIt)
  if (found.size >= FOUND_MAX) found.clear()
  found.set(key, operation)
  return operation
}

const TEXTS_LENGTH_MAX = 32 * 1024 * 1024
/** Answers that were right, as texts behind operation and status: the same answer is right again. */
const right = new Set<string>()
let rightLength = 0

function remember(answer: string): void {
  if (rightLength > TEXTS_LENGTH_MAX) {
    right.clear()
    rightLength = 0
  }
  right.add(answer)
  rightLength += answer.length
}

/**
 * Throws an Error that names the operation and what is wrong when an answer is not what Azure's documents promise.
 * Exchanges that they do not describe (operation status, unsupported operations) pass.
 */
export function checkExchange(request: ArmRequest, response: ArmResponse): void {
  const operation = find(request.method, request.url)
  if (operation === undefined || response.status === 501) return
  const { status, text } = response
  const isDescribed = operation.responses[String(status)] !== undefined
  if (!isDescribed && status < 400) {
    throw new Error(`${operation.id} answers ${status}, which its OpenAPI document does not know.`)
  }
  const answer = `${operation.id} ${status} ${text}`
  if (text !== undefined && right.has(answer)) return
  checkBody(operation, response)
  if (text !== undefined) remember(answer)
}

function checkBody(operation: Operation, { status, body }: ArmResponse): void {
  if (body === null || body === undefined) return
  const validate = validatorOf(operation, String(status))
  if (validate === undefined || validate(withLocation(operation, status, body))) return
  const errors = (validate.errors ?? [])
    .slice(0, 12)
    .map(
      ({ instancePath, message, params }) =>
        `  ${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  throw new Error(`${operation.id} ${status} breaks its OpenAPI document:\n${errors.join('\n')}`)
}

/** See RELAXATIONS.bareCreate. */
function withLocation(operation: Operation, status: number, body: unknown): unknown {
  const isBare = operation.id === 'OnlineEndpoints_CreateOrUpdate' && status === 201
  return isBare && isNode(body) ? { location: 'left out', ...body } : body
}

/** The relaxations, for the test that prints them. */
export const RELAXED: readonly string[] = [
  ...Object.values(RELAXATIONS),
  ...WRONG_MEMBERS.map(([definition, member, reason]) => `${definition}.${member}: ${reason}`),
]
