import { afterAll, expect, test } from '@jest/globals'
import { createFolder, run } from '../cli/program.ts'
import { testWith } from '../support/tools.ts'
import { PAGES } from './pages.ts'

const folder = createFolder()
afterAll(folder.remove)

/** The story as the README tells it: the titles of its parts, and what the first one made. */
const STORY = (PAGES.find(({ path }) => path === 'README.md')?.blocks ?? [])
  .filter(({ text }) => text.startsWith('1. '))
  .flatMap(({ text }) => text.split('\n'))
  .filter((line) => /^[1-7]\. |resources made/.test(line))

test('the README tells a story of seven parts', () => {
  expect(STORY).toHaveLength(8)
})

testWith(
  ['git', 'python3'],
  'the tour of the README is what `verdigris demo` tells',
  async () => {
    const { code, stdout, stderr } = await run(folder.path, ['demo'])
    expect([code, stderr]).toEqual([0, ''])
    const told = stdout.split('\n')
    expect(STORY.filter((line) => !told.includes(line))).toEqual([])
  },
  5 * 60_000,
)
