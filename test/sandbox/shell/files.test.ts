import { expect, test } from '@jest/globals'
import { createBlobClient } from '../../../src/sandbox/blobs/client.ts'
import { blobPlaceOf } from '../../../src/sandbox/scoring/files.ts'

const account = { accountName: 'acct', accountKey: Buffer.from('key').toString('base64') }
const [plain, tls] = ['http://127.0.0.1:10000/acct', 'https://acct.blob.core.localhost:10001']
const storage = {
  // Places are found without asking the store.
  blobs: createBlobClient({
    ...{ account, origin: plain, now: Date.now },
    send: () => Promise.reject(new Error('asked')),
  }),
  accountName: 'acct',
  origins: [plain, tls],
  workspace: 'subscriptions/s/resourcegroups/g/workspaces/w',
  defaultContainer: 'store',
  scratch: '/nowhere',
}
const inStore = (workspace: string, datastore = 'workspaceblobstore') =>
  `azureml://${workspace}datastores/${datastore}/paths/a/b/`

test.each([
  [`${plain}/box/a/b`, { container: 'box', path: 'a/b' }],
  [`${tls}/box/a/b?sv=1&sig=x`, { container: 'box', path: 'a/b' }],
  ['HTTPS://ACCT.blob.core.localhost:10001/box/a', { container: 'box', path: 'a' }],
  [`${tls}/box/with%20blank`, { container: 'box', path: 'with blank' }],
  [`${tls}/box`, { container: 'box', path: '' }],
  [inStore(''), { container: 'store', path: 'a/b' }],
  [inStore('subscriptions/S/resourceGroups/G/workspaces/W/'), { container: 'store', path: 'a/b' }],
])('a place of the own store is found: %s', (uri, place) => {
  expect(blobPlaceOf(uri, storage)).toEqual(place)
})

test.each([
  'https://elsewhere.example/box/a',
  'https://acct.blob.core.localhost/box/a',
  'https://acct.blob.core.localhost:10001.example/box/a',
  'https://user@elsewhere.example/acct.blob.core.localhost:10001/box/a',
  'http://acct.blob.core.localhost:10001/box/a',
  'http://127.0.0.1:10002/acct/box/a',
  'http://127.0.0.1:10000/other/box/a',
  'http://127.0.0.1:10000/acct2/box/a',
  plain,
  `${tls}/`,
  `${tls}/box/%E0%A4%A`,
  'wasbs://box@acct.blob.core.localhost/a',
  inStore('', 'elsewhere'),
  inStore('subscriptions/s/resourcegroups/g/workspaces/other/'),
  inStore('registries/r/'),
  'box/a',
])('a place of another store is none of this: %s', (uri) => {
  expect(blobPlaceOf(uri, storage)).toBeUndefined()
})
