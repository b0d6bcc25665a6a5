import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type HttpHandler, type HttpResponse, jsonResponse } from './message.ts'
import { plainHeaders, readAll, TooLarge } from './stream.ts'

/** A server on loopback. */
export interface Listener {
  /** e.g. `http://127.0.0.1:8080`. */
  readonly origin: string
  readonly port: number
  close(): Promise<void>
}

export interface ListenOptions {
  /** 0 = a free port. */
  readonly port: number
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Told about what a handler threw; the client gets a 500. */
  readonly onError: (error: unknown) => void
}

// ARM takes 4 MB; scoring requests are limited to 1.5 MB by Azure, raised here for local models.
const bodyBytesMax = 16_000_000

/** Serves the handler on 127.0.0.1. */
export async function listen(handler: HttpHandler, options: ListenOptions): Promise<Listener> {
  const scheme = options.tls ? 'https' : 'http'
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    answer(handler, scheme, incoming)
      .catch((error: unknown) => failure(error, options.onError))
      .then((response) => write(outgoing, response, incoming.method === 'HEAD'))
      .catch((error: unknown) => {
        // A head that HTTP has no form for; nothing of it was sent.
        write(outgoing, failure(error, options.onError), incoming.method === 'HEAD')
      })
  }
  const server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve)
  // Longer than any client keeps an idle connection, so that none is closed under a request on its way.
  server.keepAliveTimeout = 75_000
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { origin: `${scheme}://127.0.0.1:${port}`, port, close: () => close(server) }
}

async function answer(
  handler: HttpHandler,
  scheme: string,
  incoming: IncomingMessage,
): Promise<HttpResponse> {
  const headers = plainHeaders(incoming)
  const url = `${scheme}://${headers.host ?? '127.0.0.1'}${incoming.url ?? '/'}`
  if (!URL.canParse(url)) return jsonResponse(400, { error: { code: 'BadRequest', message: url } })
  const body = await readAll(incoming, bodyBytesMax)
  return handler({ method: incoming.method ?? 'GET', url, headers, body })
}

function failure(error: unknown, onError: (error: unknown) => void): HttpResponse {
  if (error instanceof TooLarge) {
    const body = { error: { code: 'RequestEntityTooLarge', message: error.message } }
    return jsonResponse(413, body, { connection: 'close' })
  }
  onError(error)
  return jsonResponse(500, { error: { code: 'InternalServerError', message: 'Internal error.' } })
}

function write(outgoing: ServerResponse, response: HttpResponse, headOnly: boolean): void {
  if (response.lost) {
    outgoing.destroy()
    return
  }
  // RFC 9110: neither a 204 nor the answer to a HEAD has a body whose length could be told.
  const bodiless = headOnly || response.status === 204
  const length = bodiless ? {} : { 'content-length': response.body.byteLength }
  outgoing.writeHead(response.status, { ...length, ...response.headers })
  outgoing.end(bodiless ? undefined : response.body)
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
