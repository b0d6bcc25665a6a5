import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import type { BlobClient } from '../blobs/client.ts'

/** Where a code folder or a model lies in the blob store. */
export interface BlobPlace {
  readonly container: string
  /** A blob's name, or a folder's without its last slash. */
  readonly path: string
}

/** The blobs of a workspace, and how its parts name them. */
export interface BlobStore {
  readonly blobs: BlobClient
  readonly accountName: string
  /** Every address that its containers lie under, e.g. `http://127.0.0.1:10000/account`; others are other stores. */
  readonly origins: readonly string[]
  /** Whose datastores it holds: `subscriptions/S/resourcegroups/G/workspaces/W`. */
  readonly workspace: string
  /** Container of the workspace's default datastore. */
  readonly defaultContainer: string
}

/** A store whose blobs are copied to where scripts find them. */
export interface Storage extends BlobStore {
  /** A folder for the copies. */
  readonly scratch: string
}

const filesMax = 20_000
const bytesMax = 4_000_000_000

const datastoreUri = /^azureml:\/\/(?:(.*)\/)?datastores\/([^/]+)\/paths\/(.+?)\/?$/i

/**
 * The place that a blob URL or an azureml:// datastore URI names; undefined = not one of this store: another host's or
 * port's, another account's, another workspace's.
 */
export function blobPlaceOf(uri: string, storage: BlobStore): BlobPlace | undefined {
  const [, workspace, datastore, inDatastore] = datastoreUri.exec(uri) ?? []
  if (inDatastore !== undefined) {
    const isOwn = (workspace ?? storage.workspace).toLowerCase() === storage.workspace.toLowerCase()
    if (!isOwn || datastore !== 'workspaceblobstore') return undefined
    return { container: storage.defaultContainer, path: inDatastore }
  }
  const address = addressIn(uri)
  const origin = storage.origins.find((one) => address?.startsWith(`${one}/`))
  if (address === undefined || origin === undefined) return undefined
  const [container = '', ...path] = address.slice(origin.length).split('/').filter(Boolean)
  return container === '' ? undefined : { container, path: path.join('/') }
}

/** An http address without its query and fragment, its path as text; undefined = none. */
function addressIn(uri: string): string | undefined {
  if (!/^https?:/i.test(uri)) return undefined
  try {
    const { origin, pathname } = new URL(uri)
    return `${origin}${decodeURIComponent(pathname)}`
  } catch {
    return undefined
  }
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
  if (!place) throw new Error(notOurs(uri))
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

/** What is said of a place that is none of this store's. */
export function notOurs(uri: string): string {
  return `The sandbox keeps nothing at ${uri}: it reads its own store only`
}

async function writeInside(folder: string, name: string, content: Buffer): Promise<void> {
  const path = resolve(folder, name)
  if (!path.startsWith(folder + sep))
    throw new Error(`A blob's name leads out of its folder: ${name}`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}
