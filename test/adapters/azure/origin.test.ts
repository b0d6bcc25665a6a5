import { expect, test } from '@jest/globals'
import { linkWithin } from '../../../src/adapters/azure/http/origin.ts'

const ARM = 'https://management.azure.com'

test.each([`${ARM}/subscriptions/s?$skipToken=a%2Fb`, `${ARM}:443/x`])(
  'the link %s is followed as it is',
  (link) => expect(linkWithin(ARM, link)).toBe(link),
)

test.each([
  'https://evil.example/subscriptions/s',
  'https://management.azure.com.evil.example/x',
  'http://management.azure.com/x',
  'https://management.azure.com:8443/x',
  'https://user@management.azure.com/x',
  'https://:secret@management.azure.com/x',
  '//management.azure.com/x',
  '/subscriptions/s',
  `${ARM}/${'x'.repeat(20_000)}`,
])('the link %s is not followed', (link) => expect(linkWithin(ARM, link)).toBeUndefined())
