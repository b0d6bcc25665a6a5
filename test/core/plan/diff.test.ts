import { expect, test } from '@jest/globals'
import { KINDS } from '../../../src/core/kinds/index.ts'
import type { KindName } from '../../../src/core/model/ref.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { differencesOf } from '../../../src/core/plan/compare/diff.ts'

test('a difference names no more than the field that differs, though nothing beside it is declared', () => {
  const live = { location: 'norwayeast', properties: { authMode: 'Key', compute: null } }
  const declared = { properties: { description: 'new' } }
  expect(differencesOf(KINDS.OnlineEndpoint, live, { declared, released: [] })).toEqual([
    { path: '/properties/description', live: undefined, desired: 'new' },
  ])
})

test('also when it is the last one to be released', () => {
  const live = { properties: { properties: { p: '1' } } }
  const released = ['/properties/properties/p']
  expect(differencesOf(KINDS.BatchEndpoint, live, { declared: {}, released })).toEqual([
    { path: '/properties/properties/p', live: '1', desired: undefined },
  ])
})

test('of a map that is one value, each key that differs is named', () => {
  const live = { properties: { traffic: { blue: 90, green: 10 } } }
  const declared = { properties: { traffic: { green: 100 } } }
  expect(differencesOf(KINDS.OnlineEndpoint, live, { declared, released: [] })).toEqual([
    { path: '/properties/traffic/green', live: 10, desired: 100 },
    { path: '/properties/traffic/blue', live: 90, desired: undefined },
  ])
})

test('values of environment variables stay hidden', () => {
  const live = { properties: { environmentVariables: { MODE: 'old' } } }
  const declared = { properties: { environmentVariables: { MODE: 'new' } } }
  expect(differencesOf(KINDS.OnlineDeployment, live, { declared, released: [] })).toEqual([
    { path: '/properties/environmentVariables/MODE', live: '[hidden]', desired: '[hidden]' },
  ])
})

test('a weight of zero is shown where it is live, and is no difference', () => {
  const of = (live: object, traffic: object) =>
    differencesOf(KINDS.OnlineEndpoint, { properties: { traffic: live } } as never, {
      declared: { properties: { traffic } } as never,
      released: [],
    }).map(({ path, live: is, desired }) => [path, is, desired])
  expect(of({ blue: 0 }, { blue: 100 })).toEqual([
    ['/properties/traffic', { blue: 0 }, { blue: 100 }],
  ])
  expect(of({ blue: 100, green: 0 }, { blue: 50, green: 50 })).toEqual([
    ['/properties/traffic/blue', 100, 50],
    ['/properties/traffic/green', 0, 50],
  ])
  expect(of({ blue: 100, green: 0 }, { blue: 100 })).toEqual([])
})

test('an item of a list in a text that holds YAML is named with what it is and was', () => {
  const conda = (pin: string): string => `dependencies:\n  - python=3.12\n  - pip=${pin}\n`
  const of = (pin: string) => ({ properties: { image: 'x', condaFile: conda(pin) } })
  const owned = { declared: of('25.1'), released: [] }
  expect(differencesOf(KINDS.Environment, of('24.0'), owned)).toEqual([
    { path: '/properties/condaFile/dependencies/1', live: 'pip=24.0', desired: 'pip=25.1' },
  ])
})

const SIGNED = 'https://a.blob.core.windows.net/c/rows?sv=2024&sig='
const INDEX = (password: string) =>
  `dependencies:\n  - pip:\n    - --extra-index-url https://me:${password}@x.example/simple\n`

test.each<[string, KindName, string, string, string]>([
  [
    'a signed address',
    'Data',
    '/properties/dataUri',
    `${SIGNED}abcdefgh12345678a`,
    `${SIGNED}zbcdefgh12345678a`,
  ],
  [
    'a password in a conda file',
    'Environment',
    '/properties/condaFile',
    INDEX('hunter22'),
    INDEX('hunter33'),
  ],
  ['a tag by its name', 'Model', '/properties/tags/api_key', 'hunter22', 'hunter33'],
])('%s is hidden in a difference, too', (_, kind, path, live, desired) => {
  const of = (value: string) => withValue({ properties: {} }, path, value)
  const found = differencesOf(KINDS[kind], of(live), { declared: of(desired), released: [] })
  expect(found).toHaveLength(1)
  expect(found).toMatchObject([{ live: '[hidden]', desired: '[hidden]' }])
})
