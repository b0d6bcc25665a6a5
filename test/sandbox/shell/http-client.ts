import type { OpenSandbox } from '../../../src/sandbox/index.ts'

interface PipelineRequest {
  readonly method: string
  readonly url: string
  readonly headers: { toJSON(options?: { preserveCase?: boolean }): Record<string, string> }
  readonly body?: unknown
}

/** The smallest HttpClient of the Azure SDK that talks to an in-process sandbox. */
export function sandboxHttpClient(handle: OpenSandbox['handle']) {
  return {
    async sendRequest(request: PipelineRequest) {
      const { method, url } = request
      const body = typeof request.body === 'string' ? { body: request.body } : {}
      const response = await handle({ method, url, headers: request.headers.toJSON(), ...body })
      const { createHttpHeaders } = await import('@azure/core-rest-pipeline')
      return {
        request: request as never,
        status: response.status,
        headers: createHttpHeaders(response.headers),
        bodyAsText: response.body,
      }
    },
  }
}
