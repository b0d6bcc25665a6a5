import { request as sendHttp } from 'node:http'
import type { HttpRequest, HttpResponse } from './message.ts'
import { plainHeaders, readAll } from './stream.ts'

const timeoutMs = 30_000
const bodyBytesMax = 2_000_000_000

/** Sends a request over plain HTTP to loopback. */
export function send(request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const { method, headers } = request
    const outgoing = sendHttp(request.url, { method, headers, timeout: timeoutMs }, (incoming) => {
      readAll(incoming, bodyBytesMax).then((body) => {
        resolve({ status: incoming.statusCode ?? 0, headers: plainHeaders(incoming), body })
      }, reject)
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error(`No answer in ${timeoutMs} ms`)))
    outgoing.once('error', reject)
    outgoing.end(request.body)
  })
}
