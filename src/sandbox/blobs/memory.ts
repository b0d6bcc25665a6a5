import { createHash } from 'node:crypto'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { isSigned, type StorageAccount, storageVersion } from './signature.ts'

interface Blob {
  readonly content: Buffer
  readonly contentType: string
  readonly metadata: Readonly<Record<string, string>>
  readonly etag: string
  readonly modifiedAtMs: number
}

type Container = Map<string, Blob>

export interface MemoryBlobsOptions {
  readonly account: StorageAccount
  /** Path under which the account lives, e.g. `/account`. */
  readonly basePath: string
  readonly now: () => number
}

interface Store {
  readonly containers: Map<string, Container>
  readonly now: () => number
  writes: number
}

interface Target {
  readonly container: string
  readonly name: string
  readonly request: HttpRequest
  readonly query: URLSearchParams
}

const listingMax = 5000

/** The blob operations that uploads use, kept in memory: the in-process stand-in for Azurite. */
export function createMemoryBlobs(
  options: MemoryBlobsOptions,
): (request: HttpRequest) => Promise<HttpResponse> {
  const store: Store = { containers: new Map(), now: options.now, writes: 0 }
  return async (request) => {
    const target = targetOf(request, options.basePath)
    if (!isSigned(options.account, request, options.now())) {
      return fail(403, 'AuthenticationFailed', 'Server failed to authenticate the request.')
    }
    const response = answer(store, target)
    return request.method === 'HEAD' ? { ...response, body: Buffer.alloc(0) } : response
  }
}

function targetOf(request: HttpRequest, basePath: string): Target {
  const url = new URL(request.url)
  const path = decodeURIComponent(url.pathname.slice(basePath.length + 1))
  const [container = '', ...name] = path.split('/')
  return { container, name: name.join('/'), request, query: url.searchParams }
}

function answer(store: Store, target: Target): HttpResponse {
  const { request, query, name } = target
  const what = [query.get('restype'), query.get('comp')].filter(Boolean).join(' ') || 'blob'
  const route = `${request.method} ${what}`
  if (route === 'PUT container') return createContainer(store, target)
  const container = store.containers.get(target.container)
  if (!container) {
    return fail(404, 'ContainerNotFound', 'The specified container does not exist.')
  }
  if (route === 'GET container list') return listBlobs(container, target)
  if (route === 'PUT blob') return putBlob(store, container, target)
  const blob = container.get(name)
  if (!blob) return fail(404, 'BlobNotFound', 'The specified blob does not exist.')
  if (route === 'GET blob' || route === 'HEAD blob') return readBlob(blob)
  if (route === 'PUT metadata') return putMetadata(store, container, target, blob)
  return fail(501, 'NotImplemented', `The sandbox's blob store has no operation ${route}.`)
}

function createContainer(store: Store, { container }: Target): HttpResponse {
  if (store.containers.has(container)) {
    return fail(409, 'ContainerAlreadyExists', 'The specified container already exists.')
  }
  store.containers.set(container, new Map())
  return { status: 201, headers: commonHeaders(), body: Buffer.alloc(0) }
}

function putBlob(store: Store, container: Container, target: Target): HttpResponse {
  const { headers, body } = target.request
  if (headers['x-ms-blob-type'] !== 'BlockBlob') {
    return fail(400, 'InvalidHeaderValue', 'x-ms-blob-type must be BlockBlob.')
  }
  if (headers['if-none-match'] === '*' && container.has(target.name)) {
    return fail(409, 'BlobAlreadyExists', 'The specified blob already exists.')
  }
  const contentType = headers['x-ms-blob-content-type'] ?? headers['content-type']
  const blob = write(store, container, target, {
    content: body,
    contentType: contentType ?? 'application/octet-stream',
  })
  return { status: 201, headers: blobHeaders(blob), body: Buffer.alloc(0) }
}

function putMetadata(store: Store, container: Container, target: Target, blob: Blob): HttpResponse {
  const changed = write(store, container, target, blob)
  return { status: 200, headers: blobHeaders(changed), body: Buffer.alloc(0) }
}

function write(
  store: Store,
  container: Container,
  target: Target,
  { content, contentType }: Pick<Blob, 'content' | 'contentType'>,
): Blob {
  store.writes += 1
  const etag = `"0x${store.writes.toString(16).toUpperCase().padStart(15, '0')}"`
  const metadata = metadataOf(target.request)
  const blob = { content, contentType, metadata, etag, modifiedAtMs: store.now() }
  container.set(target.name, blob)
  return blob
}

function metadataOf(request: HttpRequest): Record<string, string> {
  const found = Object.entries(request.headers).filter(([name]) => name.startsWith('x-ms-meta-'))
  return Object.fromEntries(found)
}

function readBlob(blob: Blob): HttpResponse {
  const headers = {
    ...blobHeaders(blob),
    ...blob.metadata,
    'content-type': blob.contentType,
    'content-length': String(blob.content.byteLength),
    'content-md5': createHash('md5').update(blob.content).digest('base64'),
    'accept-ranges': 'bytes',
    'x-ms-blob-type': 'BlockBlob',
  }
  return { status: 200, headers, body: blob.content }
}

function listBlobs(container: Container, { query }: Target): HttpResponse {
  const prefix = query.get('prefix') ?? ''
  const marker = query.get('marker') ?? ''
  const max = Math.min(Number(query.get('maxresults') ?? listingMax), listingMax)
  const names = [...container.keys()].sort().filter((name) => name.startsWith(prefix))
  const left = names.filter((name) => name >= marker)
  const blobs = left.slice(0, max).map((name) => listed(name, container.get(name)))
  const next = left[max]
  const xml =
    `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Prefix>${escapeXml(prefix)}</Prefix>` +
    `<Blobs>${blobs.join('')}</Blobs><NextMarker>${escapeXml(next ?? '')}</NextMarker></EnumerationResults>`
  const headers = { ...commonHeaders(), 'content-type': 'application/xml' }
  return { status: 200, headers, body: Buffer.from(xml) }
}

function listed(name: string, blob: Blob | undefined): string {
  return (
    `<Blob><Name>${escapeXml(name)}</Name><Properties>` +
    `<Content-Length>${blob?.content.byteLength ?? 0}</Content-Length>` +
    `<Content-Type>${escapeXml(blob?.contentType ?? '')}</Content-Type>` +
    '<BlobType>BlockBlob</BlobType></Properties></Blob>'
  )
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function blobHeaders(blob: Blob): Record<string, string> {
  const modified = new Date(blob.modifiedAtMs).toUTCString()
  return { ...commonHeaders(), etag: blob.etag, 'last-modified': modified }
}

function commonHeaders(): Record<string, string> {
  return { 'x-ms-version': storageVersion, 'x-ms-request-server-encrypted': 'true' }
}

function fail(status: number, code: string, message: string): HttpResponse {
  const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return {
    status,
    headers: { ...commonHeaders(), 'content-type': 'application/xml', 'x-ms-error-code': code },
    body: Buffer.from(xml),
  }
}
