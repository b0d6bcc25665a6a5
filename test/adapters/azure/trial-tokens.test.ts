import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { ACCOUNT_KEY, SCORING, trying } from './trials-stage.ts'

describe('a token', () => {
  const elsewhere = [
    'https://evil.example/jobs',
    'https://nightly.eastus.inference.ml.azure.com.evil.example/jobs',
    'https://user@nightly.eastus.inference.ml.azure.com/jobs',
    'http://nightly.eastus.inference.ml.azure.com/jobs',
    'http://127.0.0.1:9/nightly/jobs',
    'http://169.254.169.254/jobs',
    'not an address',
  ]
  test.each(elsewhere)(
    'is not sent to a batch endpoint that says it is at %s',
    async (scoringUri) => {
      const { look, seen, credential } = trying({ scoringUri })
      expect(await look()).toMatchObject({ is: 'problem' })
      expect(seen.every(({ url }) => url.hostname === 'management.azure.com')).toBe(true)
      expect(credential.asked).not.toContain('https://ml.azure.com/.default')
    },
  )

  test.each([
    'https://evil.example/discovery',
    'https://eastus.api.azureml.ms.evil.example/discovery',
    'https://evil.example/eastus.api.azureml.ms',
    'https://api.azureml.ms:8443/discovery',
    'http://eastus.api.azureml.ms/discovery',
    'https://usgovvirginia.api.ml.azure.us/discovery',
    'https://chinaeast2.api.ml.azure.cn/discovery',
    'http://127.0.0.1:9/discovery',
    'not an address',
  ])('is not sent to services of a region that are said to be at %s', async (discoveryUrl) => {
    const { look, seen } = trying({ discoveryUrl })
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(seen.filter(({ path }) => path.endsWith('/children'))).toEqual([])
  })

  test.each([
    'https://eastus.api.azureml.ms/discovery',
    'https://0a1b.workspace.eastus.api.azureml.ms/discovery',
  ])('may go to %s', async (discoveryUrl) => {
    const { look } = trying({ discoveryUrl })
    expect(await look()).toMatchObject({ is: 'same' })
  })

  test.each<[string, JsonObject, JsonObject, RegExp, RegExp]>([
    ['key', {}, { secretsType: 'AccountKey', key: ACCOUNT_KEY }, /^SharedKey store1:/, /^$/],
    ['SAS', {}, { secretsType: 'Sas', sasToken: '?sv=1&sig=sas-canary' }, /^$/, /sig=sas-canary/],
    ['identity', { credentials: { credentialsType: 'None' } }, {}, /^Bearer token-1$/, /^$/],
  ])('of the storage is its own: by %s', async (_, datastore, secrets, authorization, query) => {
    const { look, seen } = trying({ datastore, secrets })
    const answer = await look()
    const reads = seen.filter(({ url }) => url.hostname === 'store1.blob.core.windows.net')
    expect(reads).toHaveLength(2)
    for (const { headers, url } of reads) {
      expect(headers.authorization ?? '').toMatch(authorization)
      expect(url.search).toMatch(query)
    }
    expect(JSON.stringify(answer)).not.toContain('canary')
  })

  test.each<[string, JsonObject]>([
    [
      'a host that is not Azure’s, by our identity',
      { endpoint: 'evil.example', credentials: { credentialsType: 'None' } },
    ],
    ['loopback', { endpoint: '127.0.0.1:10000', protocol: 'http' }],
    ['plain http', { protocol: 'http' }],
    ['an address with a path', { endpoint: 'core.windows.net/x' }],
  ])('is not sent to storage at %s', async (_, datastore) => {
    const { look, seen } = trying({ datastore })
    expect(await look()).toMatchObject({ is: 'problem' })
    expect(seen.filter(({ path }) => path.includes('predictions.csv'))).toEqual([])
  })

  test('of a host that hangs up is in no message', async () => {
    const { look } = trying({
      before: ({ url, headers }) =>
        url.href === SCORING
          ? Promise.reject(new Error(`reset ${headers.authorization}`))
          : undefined,
    })
    const answer = await look()
    expect(answer).toMatchObject({ is: 'problem' })
    expect(answer?.message).not.toContain('token-1')
  })
})
