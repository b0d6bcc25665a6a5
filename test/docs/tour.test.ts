import { afterAll, expect, test } from '@jest/globals'
import { createFolder, run } from '../cli/program.ts'
import { testWith } from '../support/tools.ts'
import { PAGES } from './pages.ts'
import { normalised, shapeOf } from './session.ts'

const folder = createFolder()
afterAll(folder.remove)

/** The story as the README tells it, line by line. */
const STORY = (PAGES.find(({ path }) => path === 'README.md')?.blocks ?? [])
  .filter(({ text }) => text.startsWith('1. '))
  .flatMap(({ text }) => text.split('\n'))
  .filter((line) => line !== '')

/** A line of a rollout's steps also names the checks that have passed by then, which is a matter of a second. */
function isTold(line: string, told: string): boolean {
  const [step = line] = /^ +(?:blue|green) \d+ %.*?: .*\.(?= · )/.exec(line) ?? []
  const shown = step === line ? line : `${step}…`
  return shapeOf(shown).test(normalised(`${told}\n`))
}

/** The lines of the story that were not told after those before them. */
function untold(story: readonly string[], told: readonly string[]): readonly string[] {
  let from = 0
  return story.filter((line) => {
    const at = told.findIndex((one, index) => index >= from && isTold(line, one))
    if (at >= 0) from = at + 1
    return at < 0
  })
}

test('the README tells a story of seven parts and a sum', () => {
  expect(STORY.filter((line) => /^\d\. /.test(line))).toHaveLength(8)
})

test('a line that is told otherwise, or before its turn, is found', () => {
  const story = ['1. A', '   traffic blue 100 %', '   1 s']
  expect(untold(story, ['1. A', '   traffic blue 90 %', '   7 s'])).toEqual([])
  expect(untold(story, ['1. A', '   traffic green 100 %', '   7 s'])).toEqual([story[1]])
  expect(untold(story, ['   traffic blue 100 %', '1. A', '   7 s'])).toEqual([story[1]])
})

testWith(
  ['git', 'python3'],
  'the tour of the README is what `verdigris demo` tells, line by line',
  async () => {
    const { code, stdout, stderr } = await run(folder.path, ['demo'])
    expect([code, stderr]).toEqual([0, ''])
    expect(untold(STORY, stdout.split('\n'))).toEqual([])
  },
  5 * 60_000,
)
