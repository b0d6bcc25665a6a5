import {
  AnonymousCredential,
  BlobServiceClient,
  ContainerClient,
  newPipeline,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startAzurite } from '../../../src/sandbox/blobs/azurite.ts'
import { createBlobClient } from '../../../src/sandbox/blobs/client.ts'
import { createMemoryBlobs } from '../../../src/sandbox/blobs/memory.ts'
import { accountSas } from '../../../src/sandbox/blobs/signature.ts'
import { listen } from '../../../src/sandbox/http/listener.ts'
import { send } from '../../../src/sandbox/http/send.ts'

interface Store {
  readonly origin: string
  close(): Promise<void>
}

const account = {
  accountName: 'sandboxstorage',
  accountKey: Buffer.from('a key of the tests').toString('base64'),
}

async function azurite(): Promise<Store> {
  const { origin, close } = await startAzurite({ account, port: 0 })
  return { origin, close }
}

async function memory(): Promise<Store> {
  const handle = createMemoryBlobs({ account, basePath: '/sandboxstorage', now: Date.now })
  const { origin, close } = await listen(handle, {
    port: 0,
    onError: (error) => {
      throw error
    },
  })
  return { origin: `${origin}/sandboxstorage`, close }
}

// The same promises for the real store and for the one in memory: what the uploads need.
describe.each([
  ['Azurite', azurite],
  ['the store in memory', memory],
])('%s', (_, open) => {
  let store: Store
  let containers = 0

  beforeAll(async () => {
    store = await open()
  })
  afterAll(() => store.close())

  function ownClient() {
    return createBlobClient({ account, origin: store.origin, send, now: Date.now })
  }

  async function freshContainer(): Promise<string> {
    containers += 1
    const container = `container-${containers}`
    await ownClient().createContainer(container)
    return container
  }

  function sasClient(container: string, validity: { startsAtMs: number; expiresAtMs: number }) {
    const url = `${store.origin}/${container}?${accountSas(account, validity)}`
    return new ContainerClient(url, newPipeline(new AnonymousCredential(), pipelineOptions()))
  }

  function pipelineOptions() {
    return { retryOptions: { maxTries: 1 } }
  }

  const inTime = () => ({ startsAtMs: Date.now() - 60_000, expiresAtMs: Date.now() + 60_000 })

  test('gives back what was put, byte for byte', async () => {
    const container = await freshContainer()
    const content = Buffer.from([0, 255, 10, 13, 128, 7])
    await ownClient().put(container, 'models/æ ø+å/weights.bin', content)
    const read = await ownClient().read(container, 'models/æ ø+å/weights.bin')
    expect([...read]).toEqual([...content])
  })

  test('lists by prefix, in order, with all names unescaped', async () => {
    const container = await freshContainer()
    for (const name of ['b/2', 'a/1', 'a/<&>.py', 'ab']) {
      await ownClient().put(container, name, Buffer.from(name))
    }
    expect(await ownClient().list(container, 'a/')).toEqual(['a/1', 'a/<&>.py'])
    expect(await ownClient().list(container, '')).toEqual(['a/1', 'a/<&>.py', 'ab', 'b/2'])
  })

  test('making a container twice is fine', async () => {
    const container = await freshContainer()
    await ownClient().createContainer(container)
  })

  test('a blob or a container that is not there is 404', async () => {
    const container = await freshContainer()
    await expect(ownClient().read(container, 'nothing')).rejects.toThrow('404')
    await expect(ownClient().list('no-such-container', '')).rejects.toThrow('404')
  })

  test('the SDK uploads, sees, marks and reads a blob by SAS', async () => {
    const blob = sasClient(await freshContainer(), inTime()).getBlockBlobClient('code/score.py')
    expect(await blob.exists()).toBe(false)
    await blob.uploadData(Buffer.from('def init(): pass'), {
      blobHTTPHeaders: { blobContentType: 'text/x-python' },
    })
    await blob.setMetadata({ upload_status: 'completed' })
    const { metadata, contentLength, contentType } = await blob.getProperties()
    expect(metadata).toEqual({ upload_status: 'completed' })
    expect([contentLength, contentType]).toEqual([16, 'text/x-python'])
    expect((await blob.downloadToBuffer()).toString()).toBe('def init(): pass')
  })

  test('the SDK lists by the account key, over pages', async () => {
    const container = await freshContainer()
    for (const name of ['a', 'b', 'c']) await ownClient().put(container, name, Buffer.alloc(1))
    const credential = new StorageSharedKeyCredential(account.accountName, account.accountKey)
    const client = new BlobServiceClient(store.origin, credential, pipelineOptions())
    const pages = client.getContainerClient(container).listBlobsFlat().byPage({ maxPageSize: 2 })
    const names: string[][] = []
    for await (const page of pages) names.push(page.segment.blobItems.map(({ name }) => name))
    expect(names).toEqual([['a', 'b'], ['c']])
  })

  test('an upload that must not replace is refused when the blob is there', async () => {
    const blob = sasClient(await freshContainer(), inTime()).getBlockBlobClient('once')
    await blob.uploadData(Buffer.from('1'), { conditions: { ifNoneMatch: '*' } })
    const again = blob.uploadData(Buffer.from('2'), { conditions: { ifNoneMatch: '*' } })
    await expect(again).rejects.toMatchObject({ statusCode: 409 })
  })

  test.each([
    ['has expired', { startsAtMs: 0, expiresAtMs: Date.now() - 60_000 }],
    ['does not begin yet', { startsAtMs: Date.now() + 3e6, expiresAtMs: Date.now() + 6e6 }],
  ])('a SAS that %s is 403', async (__, validity) => {
    const blob = sasClient(await freshContainer(), validity).getBlockBlobClient('x')
    await expect(blob.uploadData(Buffer.alloc(1))).rejects.toMatchObject({ statusCode: 403 })
  })

  test('a changed SAS, a wrong key and no signature at all are refused', async () => {
    const container = await freshContainer()
    const sas = accountSas(account, inTime()).replace('sp=rwdlacu', 'sp=rwdlacup')
    const forged = new ContainerClient(
      `${store.origin}/${container}?${sas}`,
      newPipeline(new AnonymousCredential(), pipelineOptions()),
    )
    const upload = forged.getBlockBlobClient('x').uploadData(Buffer.alloc(1))
    await expect(upload).rejects.toMatchObject({ statusCode: 403 })
    const other = { ...account, accountKey: Buffer.from('another').toString('base64') }
    const { origin } = store
    const stranger = createBlobClient({ account: other, origin, send, now: Date.now })
    await expect(stranger.list(container, '')).rejects.toThrow('403')
    const url = `${store.origin}/${container}/x`
    const unsigned = await send({ method: 'GET', url, headers: {}, body: Buffer.alloc(0) })
    expect([401, 403, 404]).toContain(unsigned.status)
    expect(unsigned.status).not.toBe(200)
  })
})
