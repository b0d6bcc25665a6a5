import MarkdownIt from 'markdown-it'
import { code, prose } from '../../../src/cli/render/markdown.ts'
import { printable } from '../../../src/cli/render/printable.ts'
import type { Edge } from './edge.ts'
import { textOf } from './texts.ts'

const page = new MarkdownIt({ html: true, linkify: true })
const OURS = /<(?:a|img|h\d|em|strong|s|ol|blockquote|script|pre|hr)\b/
const MOST = 3000

export const render: Edge = {
  name: 'render',
  asks: 'as Markdown text without links, images, HTML or mentions; a name stays in its cell; a terminal is not commanded',
  make(random) {
    const text = textOf(random, MOST)
    return {
      text,
      run() {
        const said = prose(text)
        if (OURS.test(page.render(`- ${said}`)))
          return `prose becomes ${page.render(said).slice(0, 300)}`
        if (said.replaceAll('`@`', '').includes('@')) return 'somebody is mentioned'
        const row = page.render(`| ${code(text)} |\n|---|\n| ${code(text)} |`)
        if (row.match(/<td>/g)?.length !== 1 || OURS.test(row))
          return `a row becomes ${row.slice(0, 300)}`
        return /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(printable(text, false))
          ? 'a terminal is commanded'
          : undefined
      },
    }
  },
}
