import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { createFolder, ROOT, run } from '../cli/program.ts'
import { wholeOf } from './fragments.ts'
import { type Block, PAGES } from './pages.ts'

const folder = createFolder()
afterAll(folder.remove)

const BLOCKS = PAGES.flatMap(({ blocks }) => blocks).filter(({ language }) => language === 'yaml')
let count = 0

/**
 * The folder in which a block is validated. Without a comment it is a file by itself; `fragment of …` is completed;
 * `instead of manifests/rollout/rollout.yml` takes the place of that file in a copy of the sample; `beside
 * manifests/rollout` lies in such a copy; `file: path` lies with the other files of its page.
 */
function placeOf({ note, text, place }: Block): string {
  count += 1
  const [, how, sample = ''] = /^(instead of|beside) (\S+)$/.exec(note) ?? []
  const here = join(folder.path, String(count))
  if (how !== undefined) {
    const source = how === 'beside' ? sample : dirname(sample)
    cpSync(join(ROOT, source), here, { recursive: true })
    writeFileSync(
      join(here, how === 'beside' ? 'added.yml' : (sample.split('/').at(-1) ?? '')),
      text,
    )
    return here
  }
  mkdirSync(here)
  if (note.startsWith('file: ')) writePage(place.split(':')[0] ?? '', here)
  else writeFileSync(join(here, 'manifest.yml'), wholeOf(note, text) ?? text)
  return here
}

/** Every file that a page gives, as it is at the end of the page. */
function writePage(page: string, here: string): void {
  for (const { note, text } of PAGES.find(({ path }) => path === page)?.blocks ?? []) {
    const [, path] = /^file: (\S+)$/.exec(note) ?? []
    if (path === undefined) continue
    mkdirSync(dirname(join(here, path)), { recursive: true })
    writeFileSync(join(here, path), text)
  }
}

const KNOWN =
  /^(|fragment of \w+( at \/\S*)?|(instead of|beside) manifests\/\S+|file: \S+|of another tool)$/

describe('YAML of the documents', () => {
  test.each(BLOCKS.map((block) => [block.place, block] as const))(
    '%s is what it says it is',
    async (_, block) => {
      expect(block.note).toMatch(KNOWN)
      expect(parseAllDocuments(block.text).flatMap(({ errors }) => errors)).toEqual([])
      const { stdout, code } = await run(folder.path, ['validate', placeOf(block)])
      if (block.note === 'of another tool') expect(stdout).toContain('0 errors')
      else expect([code, stdout]).toEqual([0, expect.stringContaining(' 0 errors, 0 warnings')])
    },
  )
})
