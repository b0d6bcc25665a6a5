import type { Route } from './route.ts'
import { SCHEMAS, type Schema } from './schemas.ts'

/** The OpenAPI 3.1 document of the routes, drawn from the table that serves them. */
export function openapiOf(routes: readonly Route[], version: string): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Verdigris',
      version,
      description: 'What the controller found and did, and the levers of its rollouts.',
    },
    paths: Object.fromEntries(
      routes.map((route) => [
        pathOf(route.url),
        { [route.method === 'POST' ? 'post' : 'get']: operationOf(route) },
      ]),
    ),
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

/** Fastify's `/:name/*` as OpenAPI writes it. A key's slashes may be sent as they are or as %2F. */
function pathOf(url: string): string {
  return url.replace('*', '{key}').replace(/:(\w+)/g, '{$1}')
}

function operationOf({ method, url, summary, answers, query, body }: Route): Schema {
  const inPath = [...pathOf(url).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const properties = (query?.properties ?? {}) as { [name: string]: Schema }
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }))
  const responses = Object.entries(answers).map(([status, answer]) => [
    status,
    {
      description: status.startsWith('2') ? summary : 'The request cannot be answered',
      content: contentOf(url, answer),
    },
  ])
  return {
    summary,
    parameters: [...inPath, ...inQuery],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    // The empty one: without a token of the controller, this machine may.
    ...(method === 'POST' ? { security: [{ token: [] }, {}] } : {}),
    responses: Object.fromEntries(responses),
  }
}

function contentOf(url: string, answer: Route['answers'][number]): Schema {
  if (answer === 'text') return { 'text/plain': { schema: { type: 'string' } } }
  if (answer === 'any') return { 'application/json': { schema: { type: 'object' } } }
  const json = { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } }
  if (!url.endsWith('/events') || answer === 'Error') return json
  return { ...json, 'text/event-stream': { schema: { type: 'string' } } }
}
