import { DEFAULT_LIMITS } from '../../../src/server/limits.ts'
import { openapiOf } from '../../../src/server/openapi.ts'
import type { Route } from '../../../src/server/route.ts'
import { ROUTES } from '../../../src/server/routes.ts'
import { SCHEMAS } from '../../../src/server/schemas.ts'
import { code, GENERATED, table } from './markdown.ts'

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is read here, not typed.
type Any = any

const READERS = {
  everybody: 'everybody',
  metrics: 'token, or `--open metrics` or `all`',
  nobody: 'token, or `--open all`',
} as const

/** `docs/reference/api.md`: the routes and their answers, drawn from the OpenAPI document that the controller serves. */
export function apiMarkdown(): string {
  const document: Any = openapiOf(ROUTES, '')
  const routes = ROUTES.map((route) => [
    code(`${route.method ?? 'GET'} ${pathOf(route)}`),
    route.summary,
    route.method === 'POST' ? 'token' : READERS[route.readers ?? 'nobody'],
    Object.entries(route.answers).map(answerText).join(' '),
  ])
  return `${GENERATED}# API

\`verdigris run\` serves it on port 9464. \`GET /api/v1/openapi.json\` is the same as an OpenAPI 3.1 document. How to reach it, and who may:
[the guide](../guides/api.md). Times are RFC 3339. A body has a length and at most ${DEFAULT_LIMITS.bodyBytes} bytes.

## Routes

The third column says who may ask from another machine, or where the controller listens on more than loopback. While it listens on loopback
only, whoever is on that machine may read everything, and pull levers unless a token is set.

${table(['route', 'what', 'who', 'answers'], routes)}
## Parameters and bodies

${table(['route', 'field', 'where', 'required', 'form'], fieldRows(document))}
## Answers

A field that ends in \`?\` may be absent; \`[]\` is a list, \`*\` any key.

${Object.entries<Any>(document.components.schemas).map(schemaSection).join('\n')}`
}

function pathOf({ url }: Route): string {
  return url.replace('*', '{key}').replace(/:(\w+)/g, '{$1}')
}

function answerText([status, answer]: [string, string]): string {
  return answer === 'text' || answer === 'any'
    ? status
    : `${status} [${answer}](#${answer.toLowerCase()})`
}

function fieldRows({ paths }: Any): readonly (readonly string[])[] {
  return Object.entries<Any>(paths).flatMap(([path, methods]) =>
    Object.entries<Any>(methods).flatMap(([method, { parameters, requestBody }]) => {
      const route = code(`${method.toUpperCase()} ${path}`)
      const body = requestBody?.content['application/json'].schema
      const query = parameters.filter((one: Any) => one.in === 'query')
      return [
        ...query.map((one: Any) => [route, code(one.name), 'query', '', formOf(one.schema)]),
        ...Object.entries<Any>(body?.properties ?? {}).map(([name, schema]) => [
          ...[route, code(name), 'body', body.required.includes(name) ? 'yes' : '', formOf(schema)],
        ]),
      ]
    }),
  )
}

function schemaSection([name, schema]: [string, Any]): string {
  return `### ${name}\n\n${table(['field', 'form'], rowsOf(schema, ''))}`
}

function rowsOf(schema: Any, prefix: string): readonly (readonly string[])[] {
  const required: readonly string[] = schema.required ?? []
  return Object.entries<Any>(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const own = [code(`${path}${required.includes(name) ? '' : '?'}`), formOf(field)]
    return [own, ...innerRows(field, path)]
  })
}

/** Schemas with a section of their own. */
const NAMES: ReadonlyMap<Any, string> = new Map(
  Object.entries(SCHEMAS).map(([name, schema]): [Any, string] => [schema, name]),
)

function innerRows(field: Any, path: string): readonly (readonly string[])[] {
  if (NAMES.has(field) || NAMES.has(field.items)) return []
  if (field.items !== undefined) return rowsOf(field.items, `${path}[].`)
  const values = field.additionalProperties
  return typeof values === 'object' ? rowsOf(values, `${path}.*.`) : rowsOf(field, `${path}.`)
}

function formOf(schema: Any): string {
  const same = NAMES.get(schema)
  if (same !== undefined) return `[${same}](#${same.toLowerCase()})`
  if (schema.enum !== undefined) return schema.enum.map(code).join(' ')
  const most = schema.maxLength === undefined ? '' : `, at most ${schema.maxLength} characters`
  if (schema.format === 'date-time') return 'time'
  if (schema.type === 'array')
    return NAMES.has(schema.items) ? `list of ${formOf(schema.items)}` : 'list'
  return `${schema.type === 'string' ? 'text' : (schema.type ?? 'any')}${most}`
}
