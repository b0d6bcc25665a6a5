import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { basename, dirname } from 'node:path'

export interface GitServerOptions {
  /** Folder of the bare repository to serve; absent for a server that only misbehaves. */
  readonly repository?: string
  /** The password that every request must carry. */
  readonly token?: string
  /** PEM key and certificate: serves https. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Sees every request first; true means that it has answered. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** Git's own smart-HTTP server on loopback, at a free port. */
export interface GitServer {
  readonly url: string
  readonly requests: readonly { readonly url: string; readonly authorization: string | undefined }[]
  close(): Promise<void>
}

export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const requests: { url: string; authorization: string | undefined }[] = []
  const sockets = new Set<Socket>()
  const listener: RequestListener = (request, response) => {
    requests.push({ url: request.url ?? '', authorization: request.headers.authorization })
    if (options.intercept?.(request, response)) return
    if (options.token !== undefined && !isAllowed(request, options.token)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    serve(request, response, options.repository ?? '/nowhere/none.git')
  }
  const server = options.tls ? createHttpsServer(options.tls, listener) : createHttpServer(listener)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const name = basename(options.repository ?? 'none.git')
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/${name}`,
    requests,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  return Buffer.from(basic, 'base64').toString().split(':')[1] === token
}

/** Hands a request to `git http-backend`, which speaks CGI. */
function serve(request: IncomingMessage, response: ServerResponse, repository: string): void {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: dirname(repository),
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  response.on('close', () => child.kill())
  let head = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    let status = 200
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s)
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.writeHead(status)
    response.write(head.subarray(end + 4))
  })
  child.stdout.on('end', () => response.end())
}
