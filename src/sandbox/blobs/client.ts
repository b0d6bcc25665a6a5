import type { HttpHandler, HttpResponse } from '../http/message.ts'
import { type StorageAccount, sharedKeyOf, storageVersion } from './signature.ts'

/** What the sandbox itself does with its blobs. `container/name` without a leading slash. */
export interface BlobClient {
  /** Makes a container; one that is there already is fine. */
  createContainer(container: string): Promise<void>
  put(container: string, name: string, content: Uint8Array): Promise<void>
  read(container: string, name: string): Promise<Buffer>
  /** Names of the blobs that begin with the prefix, in order. */
  list(container: string, prefix: string): Promise<string[]>
}

export interface BlobClientOptions {
  readonly account: StorageAccount
  /** e.g. `http://127.0.0.1:10000/account`. */
  readonly origin: string
  readonly send: HttpHandler
  readonly now: () => number
}

/** A client of any blob store that knows SharedKey: Azurite over a socket, or the one in memory. */
export function createBlobClient(options: BlobClientOptions): BlobClient {
  async function call(
    method: string,
    path: string,
    content: Uint8Array = new Uint8Array(),
    more: Readonly<Record<string, string>> = {},
  ): Promise<HttpResponse> {
    const request = {
      method,
      url: `${options.origin}/${path}`,
      headers: {
        'x-ms-date': new Date(options.now()).toUTCString(),
        'x-ms-version': storageVersion,
        'content-length': String(content.byteLength),
        ...more,
      },
    }
    const headers = { ...request.headers, authorization: sharedKeyOf(options.account, request) }
    return options.send({ ...request, headers, body: Buffer.from(content) })
  }

  return {
    async createContainer(container) {
      const response = await call('PUT', `${container}?restype=container`)
      if (response.status !== 409) expectStatus(response, 201, container)
    },
    async put(container, name, content) {
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' }
      const path = `${container}/${encodePath(name)}`
      expectStatus(await call('PUT', path, content, headers), 201, path)
    },
    async read(container, name) {
      const path = `${container}/${encodePath(name)}`
      const response = await call('GET', path)
      expectStatus(response, 200, path)
      return response.body
    },
    async list(container, prefix) {
      const names: string[] = []
      let marker = ''
      do {
        const query = new URLSearchParams({ restype: 'container', comp: 'list', prefix, marker })
        const response = await call('GET', `${container}?${query}`)
        expectStatus(response, 200, container)
        const page = response.body.toString('utf8')
        names.push(...textsOf(page, 'Name'))
        marker = textsOf(page, 'NextMarker')[0] ?? ''
      } while (marker !== '')
      return names
    },
  }
}

// A blob's name as URL path: every part escaped, slashes kept.
function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}

function expectStatus(response: HttpResponse, status: number, what: string): void {
  if (response.status === status) return
  throw new Error(`Blob store answered ${response.status} for ${what}: ${response.body}`)
}

// The listing is flat XML made by a store of ours, so elements are found by name.
function textsOf(xml: string, element: string): string[] {
  const found = xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))
  return [...found].map(([, text = '']) => unescapeXml(text)).filter((text) => text !== '')
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    )
    .replaceAll('&amp;', '&')
}
