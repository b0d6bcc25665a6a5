import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { policyOf } from '../../src/core/manifests/policy.ts'
import { AZURE_CLOUDS, readCloud } from '../../src/core/model/azure-cloud.ts'
import { INTENT_VERBS, ROLLOUT_PHASES } from '../../src/core/model/rollout.ts'
import { FIGHT_LIMIT } from '../../src/core/plan/memory/next-memory.ts'
import { NOT_TAKEN_OVER_MS } from '../../src/core/plan/memory/not-taken-over.ts'
import { TAGS } from '../../src/core/plan/ownership/ownership.ts'
import { NO_DATA_MS } from '../../src/core/rollout/decide/advance.ts'
import { MOST_ATTEMPTS } from '../../src/core/rollout/golden/golden-verdict.ts'
import { PROVIDERS } from '../../src/core/rollout/providers/index.ts'
import { ABORTED_TAG, REVISION_TAG, ROLLOUT_TAG } from '../../src/core/rollout/record.ts'
import { DEFAULT_LIMITS } from '../../src/server/limits.ts'
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

test('who misspells an annotation is told those of the page', () => {
  const told = allOf(
    /(?<=^\| `verdigris\.dev\/)[\w-]+/gm,
    pageAt('docs/guides/annotations.md').text,
  )
  const { issues } = policyOf({ 'verdigris.dev/zzzzzzzz': 'x' }, 'OnlineEndpoint')
  const [, known = ''] = /: known: (.+)$/.exec(issues[0]?.message ?? '') ?? []
  expect(known.split(', ').sort()).toEqual(told)
})

test('who is on call finds every phase of a rollout, and no other', () => {
  const { text } = pageAt('docs/guides/on-call.md')
  const [, section = ''] = text.split('## Phases of a rollout')
  const told = allOf(/(?<=^\| `)\w+(?=` \|)/gm, section.split('\n## ')[0] ?? '')
  expect(told).toEqual([...ROLLOUT_PHASES].sort())
})

describe('metric providers', () => {
  const rows = [...pageAt('docs/guides/analysis.md').text.matchAll(/^\| `(\w+)` \|(.+)\|$/gm)].map(
    ([, name = '', rest = '']) => [name, rest.split('|').map((cell) => cell.trim())] as const,
  )

  test.each(Object.values(PROVIDERS))('the table tells what $name gives, and when', (provider) => {
    const { name, wants, graceMs } = provider
    const cells = rows.find(([one, all]) => one === name && all.length > 3)?.[1] ?? []
    const [errors, , threshold, after] = cells
    expect(errors === 'yes').toBe(wants.includes('series'))
    expect(threshold !== 'no').toBe(wants.includes('value'))
    const [, count = '0', unit] = /^(\d+) (s|min)$/.exec(after ?? '') ?? []
    expect(Number(count) * (unit === 'min' ? 60_000 : 1000)).toBe(graceMs)
    if (graceMs === 0) expect(after).toBe('at once')
  })

  test('the table of what counts as 0 has those that know how', () => {
    const zeroes = Object.values(PROVIDERS).filter((one) => one.zeroes.length > 0)
    const told = rows.filter(([, all]) => all.length === 1).map(([name]) => name)
    expect(told.sort()).toEqual(zeroes.map(({ name }) => name).sort())
  })
})

test('golden requests are sent as often as their page says', () => {
  expect(pageAt('docs/guides/golden-files.md').text).toContain(`${MOST_ATTEMPTS} times in all`)
})

describe('numbers and names in guides', () => {
  const guide = (name: string) => pageAt(`docs/guides/${name}.md`).text
  const WORDS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']

  test.each([
    ['drift', `After ${WORDS[FIGHT_LIMIT]} in a row it is a \`DriftFight\``],
    ['drift', NOT_TAKEN_OVER_MS === 24 * 3_600_000 ? 'once a day' : 'another time'],
    ['rollouts', `After ${NO_DATA_MS / 60_000} minutes in which a provider gives no answer`],
    ['api', `waits up to ${DEFAULT_LIMITS.leverWaitMs / 1000} seconds for its answer`],
  ])('%s: %s', (name, said) => {
    expect(guide(name)).toContain(said)
  })

  test('what stays in Azure after an uninstall is every tag that there is', () => {
    const [, told = ''] = guide('upgrade').split('tags that begin with `verdigris.`')
    const tags = [...Object.values(TAGS), ABORTED_TAG, REVISION_TAG, ROLLOUT_TAG]
    const wanted = tags.map((tag) => tag.replace('verdigris.', '')).sort()
    expect(allOf(/(?<=`)[a-z-]+(?=`)/g, told)).toEqual(wanted)
  })

  test('the README and the glossary name every lever, and no other', () => {
    const [, inReadme = ''] = /^\| `rollout (.+?)` \|/m.exec(pageAt('README.md').text) ?? []
    const levers = inReadme.split('\\|').filter((one) => one !== 'status')
    expect(levers.sort()).toEqual([...INTENT_VERBS].sort())
    const [, inGlossary = ''] =
      /^\| lever \| a command that moves a rollout: (.+) \|$/m.exec(
        pageAt('docs/glossary.md').text,
      ) ?? []
    expect(inGlossary.split(', ').sort()).toEqual([...INTENT_VERBS].sort())
  })

  test('the README has a row for every command, and no other', () => {
    const [, table = ''] = pageAt('README.md').text.split('| command | what it does | exit code |')
    const told = allOf(/(?<=^\| `)[a-z]+/gm, table.split('\n\n')[0] ?? '')
    const there = allOf(/(?<=import \{ )[a-z]+(?=Command \} from)/g, textOf('src/cli/index.ts'))
    expect(there.length).toBeGreaterThan(10)
    expect(told).toEqual(there)
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
