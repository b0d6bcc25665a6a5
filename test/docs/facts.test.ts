import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { AZURE_CLOUDS, readCloud } from '../../src/core/model/azure-cloud.ts'
import { ROOT } from '../cli/program.ts'
import { runTool } from '../support/tools.ts'
import { PAGES, type Page } from './pages.ts'

function pageAt(path: string): Page {
  const page = PAGES.find((one) => one.path === path)
  if (page === undefined) throw new Error(`no page ${path}`)
  return page
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Every match of a pattern, once, in order. */
function allOf(pattern: RegExp, text: string): readonly string[] {
  return [...new Set(text.match(pattern) ?? [])].sort()
}

/** What an image is built with; nobody sets it for a command. */
const OF_THE_IMAGE = ['VERDIGRIS_COMMIT']

/** There is a setting for each identity that has a name. */
const NAME_OF_IDENTITY = /(?<=VERDIGRIS_IDENTITY_)[A-Z_]+/g

test('the README has every setting that config.ts reads, and no other', () => {
  const settingsIn = (text: string) =>
    allOf(/VERDIGRIS_[A-Z_]+/g, text.replaceAll(NAME_OF_IDENTITY, ''))
  const told = settingsIn(pageAt('README.md').text)
  const read = settingsIn(textOf('src/config.ts'))
  const files = ['VERDIGRIS_GIT_TOKEN_FILE', 'VERDIGRIS_API_TOKEN_FILE']
  expect([...told, ...OF_THE_IMAGE].sort()).toEqual([...new Set([...read, ...files])].sort())
})

/** `a/{b,c}/d` as a/b/d and a/c/d. */
function spread(action: string): readonly string[] {
  const [, before = '', inside, after = ''] = /^(.*?)\{(.+?)\}(.*)$/.exec(action) ?? []
  if (inside === undefined) return [action]
  return inside.split(',').flatMap((one) => spread(`${before}${one}${after}`))
}

const PROVIDER = 'Microsoft.MachineLearningServices/'

/** What the page says in place of naming each one. */
const BATCH = ['read', 'write', 'delete'].flatMap((verb) => [
  `batchEndpoints/${verb}`,
  `batchEndpoints/deployments/${verb}`,
])

describe('rights in Azure', () => {
  const { text } = pageAt('deploy/azure/README.md')
  const inTicks = [...text.matchAll(/`([\w./{},…]+)`/g)].flatMap(([, one = '']) => spread(one))
  const told = [...inTicks, ...BATCH]
  const places = ['', PROVIDER, `${PROVIDER}workspaces/`]
  const isTold = (action: string): boolean =>
    told.some((one) =>
      one.startsWith('…/')
        ? action.endsWith(one.slice(1))
        : places.some((place) => action === `${place}${one}`),
    )

  test.each(['custom', 'upload', 'rollout'])('the page tells of each of the %s role', (role) => {
    const { Actions } = JSON.parse(textOf(`deploy/azure/${role}-role.json`)) as Role
    expect(Actions.length).toBeGreaterThan(0)
    expect(Actions.filter((action) => !isTold(action))).toEqual([])
    expect(isTold(`${PROVIDER}workspaces/jobs/delete`)).toBe(false)
  })
})

interface Role {
  readonly Actions: readonly string[]
}

describe('clouds', () => {
  const { text, blocks } = pageAt('docs/clouds.md')

  test.each(Object.values(AZURE_CLOUDS))('the page has the hosts of $name', (cloud) => {
    const { authorities, logs, ...others } = cloud
    const { name: _, resourceManagerAudience: __, ...values } = others
    const wanted = [...Object.values(values), authorities[0], logs[0]]
    expect(wanted.filter((value) => !text.includes(value))).toEqual([])
  })

  test('the description of a cloud of one’s own is whole', () => {
    const described = blocks.filter(({ language }) => language === 'json')
    expect(described).toHaveLength(1)
    expect(described.map((block) => readCloud(JSON.parse(block.text)))).toEqual([
      expect.objectContaining({ name: 'custom' }),
    ])
  })
})

test('files that the map of the code names are there', () => {
  const files = runTool('git', ['-C', ROOT, 'ls-files', 'src', 'test', 'deploy']).split('\n')
  const names = new Set(files.map((path) => basename(path)))
  const told = allOf(/(?<=`)[\w./-]+\.(?:ts|js)(?=`)/g, pageAt('docs/architecture.md').text)
  expect(told.length).toBeGreaterThan(30)
  const isThere = (path: string) =>
    path.includes('/') ? files.some((one) => one.endsWith(path)) : names.has(path)
  expect(told.filter((path) => !isThere(path))).toEqual([])
})
