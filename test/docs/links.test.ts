import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { ROOT } from '../cli/program.ts'
import { PAGES, pageOf } from './pages.ts'

/** What is wrong with a link of a page; undefined when it leads somewhere, or out of the repository. */
function complaintOf(link: string, path: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? path : posix.join(posix.dirname(path), file)
  if (target.startsWith('..')) return `${link} leads out of the repository`
  if (!existsSync(join(ROOT, target))) return `${link}: there is no ${target}`
  if (anchor === undefined || !target.endsWith('.md')) return undefined
  const { anchors } = pageOf(target, readFileSync(join(ROOT, target), 'utf8'))
  return anchors.has(anchor) ? undefined : `${link}: ${target} has no heading #${anchor}`
}

describe('links', () => {
  test.each(PAGES.map((page) => [page.path, page] as const))(
    'of %s lead somewhere',
    (path, page) => {
      expect(page.links.flatMap((link) => complaintOf(link, path) ?? [])).toEqual([])
    },
  )

  test('that lead nowhere are found', () => {
    const { links } = pageOf(
      'docs/x.md',
      '[a](nowhere.md) [b](architecture.md#no) [c](../README.md)',
    )
    expect(links.map((link) => complaintOf(link, 'docs/x.md'))).toEqual([
      'nowhere.md: there is no docs/nowhere.md',
      'architecture.md#no: docs/architecture.md has no heading #no',
      undefined,
    ])
  })

  test('lead from the index to every page of docs/', () => {
    const index = PAGES.find(({ path }) => path === 'docs/README.md')
    const led = (index?.links ?? []).map((link) => posix.join('docs', link.split('#')[0] ?? ''))
    const pages = PAGES.map(({ path }) => path).filter((path) => path.startsWith('docs/'))
    expect(pages.filter((path) => path !== 'docs/README.md' && !led.includes(path))).toEqual([])
  })
})
