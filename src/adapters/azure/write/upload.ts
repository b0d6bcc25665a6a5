import type { Upload } from '../../../core/model/desired.ts'
import type { Ref } from '../../../core/model/ref.ts'
import { isObject, type JsonObject } from '../../../core/model/values/json.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import { type Clock, CloudError, type Source } from '../../../reconcile/ports.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorOf, groundErrorOf } from '../http/errors.ts'
import { inParallel } from '../http/in-parallel.ts'
import { objectOf } from '../http/whole-body.ts'
import type { Limits } from '../limits.ts'
import { pathOf } from '../paths.ts'
import { type Container, openContainer, type StorageOptions, storageOf } from './blobs.ts'
import { DATASTORE, isEnteredByIdentity } from './datastore.ts'

/** A body whose content lies in the repository. */
export interface Local {
  readonly ref: Ref
  readonly body: JsonObject
  readonly upload: Upload
}

export interface Uploads {
  /** Brings the content to where Azure reads it, once per content, and gives the body that points there. */
  place(local: Local, content: Pick<Source, 'blob'>, signal: AbortSignal): Promise<JsonObject>
}

interface UploadOptions {
  readonly client: ArmClient
  readonly clock: Clock
  readonly limits: Limits
  readonly storage: StorageOptions
}

interface Setting extends UploadOptions {
  readonly shared: Shared
}

/** So long the default datastore and its key are used for the next uploads, too. */
const SHARED_MS = 60_000

/** The container of the default datastore, once for all uploads that come close together. */
interface Shared {
  get(signal: AbortSignal): Promise<Container>
  /** Something failed there: the next upload asks Azure anew. */
  forget(): void
}

function sharedContainer(options: UploadOptions): Shared {
  const now = monotonic(options.clock)
  let known: { readonly container: Promise<Container>; readonly until: number } | undefined
  return {
    get(signal) {
      if (known === undefined || known.until <= now())
        known = { container: defaultContainer(options, signal), until: now() + SHARED_MS }
      return known.container
    },
    forget() {
      known = undefined
    },
  }
}

/** Uploads as the CLI makes them (FACTS 5.2): code to a pending upload, everything else to the default datastore. */
export function openUploads(options: UploadOptions): Uploads {
  const setting = { ...options, shared: sharedContainer(options) }
  return {
    async place(local, content, signal) {
      checkSize(local.upload, setting.limits)
      return local.ref.kind === 'Code'
        ? placeCode(setting, local, content, signal)
        : placeInDatastore(setting, local, content, signal)
    },
  }
}

async function placeCode(
  setting: Setting,
  { ref, body, upload }: Local,
  content: Pick<Source, 'blob'>,
  signal: AbortSignal,
): Promise<JsonObject> {
  const path = `${pathOf(ref)}/startPendingUpload`
  const asked = { pendingUploadType: 'TemporaryBlobReference' }
  const answer = await posted(setting, path, asked, signal)
  const reference = objectAt(answer, 'blobReferenceForConsumption')
  const credential = objectAt(reference, 'credential')
  const blobUri = textAt(reference, 'blobUri').replace(/(?<!\/)\/+$/, '')
  const container = await openContainer(setting.storage, { sasUri: textAt(credential, 'sasUri') })
  await uploadOnce(setting, container, upload.name, upload, content, signal)
  return withProperty(body, 'codeUri', `${blobUri}/${encodeURIComponent(upload.name)}`)
}

async function placeInDatastore(
  setting: Setting,
  { ref, body, upload }: Local,
  content: Pick<Source, 'blob'>,
  signal: AbortSignal,
): Promise<JsonObject> {
  const prefix = `LocalUpload/${upload.hash.slice(0, 32)}/${upload.name}`
  const container = await inContainer(setting.shared, signal, (container) =>
    uploadOnce(setting, container, prefix, upload, content, signal),
  )
  const build = isObject(body.properties) ? body.properties.build : undefined
  if (ref.kind !== 'Environment' || !isObject(build)) return body
  // Azure builds from an https address of the folder, not from a datastore URI.
  const contextUri = `${container.url}/${prefix.split('/').map(encodeURIComponent).join('/')}/`
  return withProperty(body, 'build', { ...build, contextUri })
}

async function inContainer(
  shared: Shared,
  signal: AbortSignal,
  use: (container: Container) => Promise<void>,
): Promise<Container> {
  try {
    const container = await shared.get(signal)
    await use(container)
    return container
  } catch (error) {
    shared.forget()
    throw error
  }
}

async function defaultContainer(options: UploadOptions, signal: AbortSignal): Promise<Container> {
  const { client, clock, storage } = options
  const response = await client.datastore(DATASTORE, signal)
  if (response.status !== 200) throw groundErrorOf(response, 'GET datastore', clock.now())
  const properties = objectAt(objectOf(response, 'GET datastore'), 'properties')
  const where = {
    accountName: textAt(properties, 'accountName'),
    containerName: textAt(properties, 'containerName'),
    ...storageOf(properties, storage.cloud),
  }
  if (isEnteredByIdentity(properties)) return openContainer(storage, { ...where, key: undefined })
  const secrets = await posted(options, `datastores/${DATASTORE}/listSecrets`, {}, signal)
  return secrets.secretsType === 'Sas'
    ? openContainer(storage, { ...where, sasToken: textAt(secrets, 'sasToken') })
    : openContainer(storage, { ...where, key: textAt(secrets, 'key') })
}

/**
 * All files, then a mark on the first: only the mark says that the content is whole, so a crash in the middle is
 * followed by the same upload again, and a finished one is never repeated.
 */
async function uploadOnce(
  { limits }: Setting,
  container: Container,
  prefix: string,
  upload: Upload,
  content: Pick<Source, 'blob'>,
  signal: AbortSignal,
): Promise<void> {
  const files = upload.files
    .map((file) => ({ ...file, name: upload.isFolder ? `${prefix}/${file.path}` : prefix }))
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
  const [indicator] = files
  if (indicator === undefined) throw invalid('Empty', 'There is no file to upload.')
  if (await container.isMarked(indicator.name, signal)) return
  await inParallel(files, limits.concurrentUploads, async (file) => {
    const bytes = await content.blob(file.blob)
    if (bytes.byteLength !== file.size) throw invalid('ContentChanged', `${file.path} changed.`)
    await container.put(file.name, bytes, signal)
  })
  await container.mark(indicator.name, signal)
}

async function posted(
  { client, clock }: UploadOptions,
  path: string,
  body: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject> {
  const response = await client.write('POST', path, body, signal)
  const what = `POST ${path.split('/').at(-1)}`
  if (response.status !== 200) throw cloudErrorOf(response, what, clock.now())
  return objectOf(response, what)
}

function withProperty(body: JsonObject, name: string, value: JsonObject[string]): JsonObject {
  const properties = isObject(body.properties) ? body.properties : {}
  return { ...body, properties: { ...properties, [name]: value } }
}

function checkSize(upload: Upload, limits: Limits): void {
  const bytes = upload.files.reduce((sum, file) => sum + file.size, 0)
  if (upload.files.length > limits.uploadFilesMax || bytes > limits.uploadBytesMax) {
    throw invalid('TooLarge', `${upload.name} has ${upload.files.length} files of ${bytes} bytes.`)
  }
}

function invalid(reason: string, message: string): CloudError {
  return new CloudError({ reason, message, errorClass: 'user', retry: 'Never' })
}

function objectAt(body: JsonObject, name: string): JsonObject {
  const value = body[name]
  if (isObject(value)) return value
  throw unreadable(name)
}

function textAt(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '') return value
  throw unreadable(name)
}

function unreadable(name: string): CloudError {
  return new CloudError({
    reason: 'UnreadableAnswer',
    message: `Azure's answer has no ${name}.`,
    errorClass: 'service',
    retry: 'Later',
  })
}
