import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import type { BlobClient } from '../blobs/client.ts'

/** Where a code folder or a model lies in the blob store. */
export interface BlobPlace {
  readonly container: string
  /** A blob's name, or a folder's without its last slash. */
  readonly path: string
}

export interface Storage {
  readonly blobs: BlobClient
  readonly accountName: string
  /** Container of the workspace's default datastore. */
  readonly defaultContainer: string
}

const filesMax = 20_000
const bytesMax = 4_000_000_000

/** The place that a blob URL or an azureml:// datastore URI names; undefined = not one of this store. */
export function blobPlaceOf(uri: string, storage: Storage): BlobPlace | undefined {
  const inDatastore = /^azureml:\/\/(?:.*\/)?datastores\/([^/]+)\/paths\/(.+?)\/?$/i.exec(uri)
  if (inDatastore) {
    const [, datastore = '', path = ''] = inDatastore
    if (datastore !== 'workspaceblobstore') return undefined
    return { container: storage.defaultContainer, path }
  }
  if (!/^https?:/i.test(uri) || !URL.canParse(uri)) return undefined
  const parts = decodeURIComponent(new URL(uri).pathname).split('/').filter(Boolean)
  // Azurite has the account in the path, Azure in the host's name.
  const [container = '', ...path] = parts[0] === storage.accountName ? parts.slice(1) : parts
  return container === '' ? undefined : { container, path: path.join('/') }
}

/**
 * Copies what lies at the URI into `folder`: a single blob as a file of its own name; a folder's content as it is,
 * or 'withName' under the folder's own name. Throws if there is nothing.
 */
export async function copyBlobs(
  storage: Storage,
  uri: string,
  folder: string,
  how: 'content' | 'withName',
): Promise<void> {
  const place = blobPlaceOf(uri, storage)
  if (!place) throw new Error(`The sandbox keeps nothing at ${uri}`)
  const listed = await storage.blobs.list(place.container, place.path)
  const prefix = place.path === '' ? '' : `${place.path}/`
  const isInside = (name: string) => name === place.path || name.startsWith(prefix)
  const names = listed.filter((name) => isInside(name) && !name.endsWith('/'))
  if (names.length === 0) throw new Error(`There is no blob at ${uri}`)
  if (names.length > filesMax) throw new Error(`More than ${filesMax} files at ${uri}`)
  const parent = place.path.slice(0, place.path.lastIndexOf('/') + 1)
  let bytes = 0
  for (const name of names) {
    const content = await storage.blobs.read(place.container, name)
    bytes += content.byteLength
    if (bytes > bytesMax) throw new Error(`More than ${bytesMax} bytes at ${uri}`)
    const base = how === 'withName' || name === place.path ? parent : prefix
    await writeInside(folder, name.slice(base.length), content)
  }
}

async function writeInside(folder: string, name: string, content: Buffer): Promise<void> {
  const path = resolve(folder, name)
  if (!path.startsWith(folder + sep))
    throw new Error(`A blob's name leads out of its folder: ${name}`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}
