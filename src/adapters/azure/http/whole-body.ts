import type {
  HttpHeaders,
  PipelinePolicy,
  PipelineRequest,
  PipelineResponse,
} from '@azure/core-rest-pipeline'
import { isObject, type Json, type JsonObject } from '../../../core/model/values/json.ts'
import { once } from '../../../core/model/values/once.ts'
import { isLargerThan } from '../../../lib/bytes.ts'
import { CloudError } from '../../../reconcile/ports.ts'
import { exactJson } from './exact-json.ts'

/** An answer as it came: header names lower-case, the body as text. */
export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** What an action answers may be a key: nothing of it is remembered. */
  readonly isOfAction?: true
}

/** Of one answer, names in lower case: several ask for them. */
export const headersOf = once((headers: HttpHeaders) => headers.toJSON())

/** The answer of the pipeline. */
export function rawResponse(response: PipelineResponse): RawResponse {
  return {
    status: response.status,
    headers: headersOf(response.headers),
    text: response.bodyAsText ?? '',
    ...(response.request.method === 'POST' ? { isOfAction: true } : {}),
  }
}

/** The JSON object of a body; throws a CloudError when it is something else. */
export function objectOf(response: RawResponse, what: string): JsonObject {
  const value = jsonOf(response)
  if (isObject(value)) return value
  throw new CloudError({
    reason: 'UnreadableAnswer',
    message: `${what}: the answer is not a JSON object.`,
    errorClass: 'service',
    retry: 'Later',
  })
}

/** The JSON object of a body; undefined when it is something else, or nested deeper than `max`. */
export function objectIn(response: RawResponse, max: number): JsonObject | undefined {
  const value = jsonOf(response)
  return isObject(value) && isShallow(value, max) ? value : undefined
}

const TEXTS_LENGTH_MAX = 8 * 1024 * 1024
// The same text is the same value, object for object: what is known of a body is then known at the next reading, too.
const values = new Map<string, Json>()
let textsLength = 0

function jsonOf({ text, isOfAction }: RawResponse): Json | undefined {
  const known = values.get(text)
  if (known !== undefined) return known
  try {
    const value = exactJson(text)
    return isOfAction ? value : kept(text, value)
  } catch {
    return undefined
  }
}

function kept(text: string, value: Json): Json {
  values.set(text, value)
  textsLength += text.length
  for (const [oldest] of values) {
    if (textsLength <= TEXTS_LENGTH_MAX) break
    values.delete(oldest)
    textsLength -= oldest.length
  }
  return value
}

/** Whether a value is nested no deeper than `max`: what recurses over it is then safe (ATTACKS 41). */
export function isShallow(value: Json, max: number): boolean {
  if (!isObject(value)) return isShallowIn(value, max)
  if ((shallow.get(value) ?? Number.POSITIVE_INFINITY) <= max) return true
  const isIt = isShallowIn(value, max)
  if (isIt) shallow.set(value, max)
  return isIt
}

const shallow = new WeakMap<JsonObject, number>()

function isShallowIn(value: Json, max: number): boolean {
  let level: Json[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > max) return false
    level = level.flatMap((item) => (typeof item === 'object' && item ? Object.values(item) : []))
  }
  return true
}

/**
 * Reads the whole answer here, next to the wire: within the request's time-out, body included, and within `bytesMax`,
 * counted after decompression (ATTACKS 48). The client below keeps no time: it stops counting at the first byte of the
 * body, and the timer of a request that failed would keep the process alive until it ends (core-rest-pipeline 1.24.0 with
 * ts-http-runtime 0.3.6).
 */
export function wholeAnswerPolicy(bytesMax: number): PipelinePolicy {
  return {
    name: 'wholeAnswerPolicy',
    sendRequest(request, next) {
      return inTime(request, async () => {
        request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY])
        const response = await next(request)
        const stream = response.readableStreamBody
        // From here on it is an answer with a text, for every policy above.
        request.streamResponseStatusCodes = new Set()
        if (stream === undefined) return withinLimit(response, bytesMax)
        const { readableStreamBody: _read, ...answer } = response
        return { ...answer, bodyAsText: await readText(stream, bytesMax) }
      })
    },
  }
}

/** The same limit of time, for a client that reads its answers by itself. */
export function timeLimitPolicy(timeoutMs: number): PipelinePolicy {
  return {
    name: 'timeLimitPolicy',
    sendRequest(request, next) {
      request.timeout = timeoutMs
      return inTime(request, () => next(request))
    },
  }
}

/** Throws a TimeoutError when the time-out passes first. The request leaves as it came: it may be sent again. */
async function inTime<T>(request: PipelineRequest, send: () => Promise<T>): Promise<T> {
  const { timeout, abortSignal } = request
  if (timeout <= 0) return send()
  const gaveUp = new AbortController()
  let isLate = false
  const giveUp = (): void => gaveUp.abort()
  // What is on its way holds the process by its socket.
  const timer = setTimeout(() => {
    isLate = true
    giveUp()
  }, timeout).unref()
  if (abortSignal?.aborted === true) giveUp()
  abortSignal?.addEventListener('abort', giveUp)
  request.timeout = 0
  request.abortSignal = gaveUp.signal
  try {
    return await send()
  } catch (error) {
    if (!isLate) throw error
    throw new DOMException(`No whole answer came within ${timeout / 1000} s.`, 'TimeoutError')
  } finally {
    clearTimeout(timer)
    abortSignal?.removeEventListener('abort', giveUp)
    request.timeout = timeout
    if (abortSignal === undefined) delete request.abortSignal
    else request.abortSignal = abortSignal
  }
}

function withinLimit(response: PipelineResponse, bytesMax: number): PipelineResponse {
  if (isLargerThan(response.bodyAsText ?? '', bytesMax)) throw tooLarge(bytesMax)
  return response
}

async function readText(stream: NodeJS.ReadableStream, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop by an exception destroys the stream, and with it the connection.
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    size += bytes.byteLength
    if (size > bytesMax) throw tooLarge(bytesMax)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(bytesMax: number): CloudError {
  return new CloudError({
    reason: 'AnswerTooLarge',
    message: `Azure's answer is larger than ${bytesMax} bytes; it was not read.`,
    errorClass: 'service',
    retry: 'Later',
  })
}
