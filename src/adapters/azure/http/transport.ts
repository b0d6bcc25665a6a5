import type { HttpClient, PipelineRequest } from '@azure/core-rest-pipeline'
import { createHttpHeaders, RestError } from './sdk.ts'

/** A way to Azure without sockets: the sandbox in this process. Rejecting is a lost connection. */
export interface Transport {
  handle(request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: Uint8Array
  }): Promise<{
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }>
}

/** The transport as the HTTP client of Microsoft's pipelines, so that all of them run as they do against Azure. */
export function httpClientOf(transport: Transport): HttpClient {
  return {
    async sendRequest(request) {
      const sent = transport.handle({
        method: request.method,
        url: request.url,
        headers: request.headers.toJSON(),
        body: bytesOf(request.body),
      })
      const answer = await unlessAborted(sent, request)
      return {
        request,
        status: answer.status,
        headers: createHttpHeaders(answer.headers),
        bodyAsText: answer.body,
      }
    },
  }
}

/** Our clients, and those of identity, send text or bytes; nothing here streams. */
function bytesOf(body: PipelineRequest['body']): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array()
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  }
  throw new TypeError('This transport takes bodies of text or bytes only.')
}

/** The answer, or a lost connection as the pipeline knows it. */
async function unlessAborted<T>(sent: Promise<T>, request: PipelineRequest): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void =>
    aborted.reject(new DOMException('The operation was aborted.', 'AbortError'))
  if (request.abortSignal?.aborted) onAbort()
  request.abortSignal?.addEventListener('abort', onAbort)
  try {
    return await Promise.race([sent, aborted.promise])
  } catch (error) {
    if (error instanceof DOMException) throw error
    throw new RestError(error instanceof Error ? error.message : 'The connection was lost.', {
      code: 'ECONNRESET',
      request,
    })
  } finally {
    request.abortSignal?.removeEventListener('abort', onAbort)
  }
}
