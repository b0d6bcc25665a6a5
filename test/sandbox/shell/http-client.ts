import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import type { OpenSandbox } from '../../../src/sandbox/index.ts'

/** The smallest HttpClient of the Azure SDK that talks to an in-process sandbox. */
export function sandboxHttpClient(handle: OpenSandbox['handle']): HttpClient {
  return {
    async sendRequest(request) {
      const { method, url } = request
      const body = typeof request.body === 'string' ? { body: request.body } : {}
      const response = await handle({ method, url, headers: request.headers.toJSON(), ...body })
      const headers = createHttpHeaders(response.headers)
      return { request, status: response.status, headers, bodyAsText: response.body }
    },
  }
}
