import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { code, prose } from '../../../src/cli/render/markdown.ts'
import { planMarkdown, planText } from '../../../src/cli/render/plan.ts'
import { printable } from '../../../src/cli/render/printable.ts'
import { problemLines } from '../../../src/cli/render/problems.ts'
import { SEQUENCES, styleFor } from '../../../src/cli/render/style.ts'
import * as a from '../../support/report.ts'

/** File names, descriptions and answers as others write them (ATTACKS 48, 59): none of it commands a terminal or a page. */
const HOSTILE = [
  '\u001b[2J\u001b]0;title\u0007',
  '\u009b31m',
  '\u007f\u0000\u0008',
  'a\u202etxt.exe',
  'zero\u200bwidth\ufeff',
  '\ud83d\ude00 \u{e0041}tag',
  'line\nbreak\r\n# heading',
  '`code` ``` **bold** _it_ ~~no~~',
  '[link](https://evil.example) ![img](https://evil.example/x.png)',
  '<img src=x onerror=alert(1)> <!-- comment --> &lt;b&gt;',
  '@everyone #1 https://evil.example www.evil.example mailto:x@evil.example',
  '| cell | another |',
  '1. list - item > quote \\ backslash',
  '##vso[task.setvariable variable=PATH]x ##[error]y ##TeamCity[z]',
  '\n  ::add-mask::x\n::stop-commands::y',
]
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 60 }))
const texts = fc.array(text, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '))

describe('an agent of a pipeline', () => {
  const COMMAND = /##[a-z]*\[|^\s*::/im

  test('has no command in what is printed for no terminal', () => {
    fc.assert(
      fc.property(texts, (given) => {
        expect(printable(given, false)).not.toMatch(COMMAND)
        expect(printable(JSON.stringify({ given }), false)).not.toMatch(COMMAND)
      }),
    )
  })

  test('nor in the name of a file, which stays in its line', () => {
    const at = { file: 'a\n##vso[task.prependpath]/tmp\n::error::x.yml', line: 1, column: 1 }
    const problem = a.problem({ at })
    const [line = ''] = problemLines([problem], styleFor(false))
    expect(line).not.toContain('\n')
    expect(printable(line, false)).toMatch(/^a\\u000a\\u0023#vso\[task\.prependpath\]/)
  })

  test('and text that is none stays', () => {
    const given = 'a ## heading\n# [x] std::vector ::1 #[a] [::1]:80'
    expect(printable(given, false)).toBe(given)
  })
})

describe('a terminal', () => {
  test('is commanded by styles of ours only, and by none where there are none', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (given, hasStyles) => {
        const shown = printable(`${styleFor(hasStyles).red(given)}\n`, hasStyles)
        const left = SEQUENCES.reduce((rest, one) => rest.replaceAll(one, ''), shown)
        expect(left).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
    )
  })

  test('has in JSON what was there', () => {
    fc.assert(
      fc.property(texts, (given) => {
        expect(JSON.parse(printable(JSON.stringify({ given }), false))).toEqual({ given })
      }),
    )
  })
})

const page = new MarkdownIt({ html: true, linkify: true })

/** What a page shows of it as text. */
function shownBy(markdown: string): string {
  const tokens = page.parseInline(markdown, {})[0]?.children ?? []
  const kinds = new Set(tokens.map(({ type }) => type))
  for (const kind of ['text', 'code_inline', 'text_special']) kinds.delete(kind)
  expect([...kinds]).toEqual([])
  return tokens.map(({ content }) => content).join('')
}

describe('a page', () => {
  test('shows text of others as text, without links, images, HTML, formats or mentions', () => {
    fc.assert(
      fc.property(texts, (given) => {
        const said = prose(given)
        expect(said).not.toContain('\n')
        expect(shownBy(said).trim()).toBe(
          printable(given.replaceAll(/[\r\n\t]+/g, ' '), false).trim(),
        )
        expect(page.render(`- ${said}`)).not.toMatch(
          /<(?:a|img|h\d|em|strong|s|ol|blockquote|script)\b/,
        )
        expect(said.replaceAll('`@`', '')).not.toContain('@')
      }),
    )
  })

  test('shows names as code, whatever is in them', () => {
    fc.assert(
      fc.property(texts, (given) => {
        const row = `| ${code(given)} |\n|---|\n| ${code(given)} |`
        const html = page.render(row)
        expect(html.match(/<td>/g)).toHaveLength(1)
        expect(html.match(/<code>/g) ?? []).toHaveLength(given.trim() === '' ? 0 : 2)
        expect(html).not.toMatch(/<(?:a|img|h\d|em|strong|script)\b/)
      }),
    )
  })
})

describe('a plan', () => {
  const hostile = HOSTILE.join(' ')
  const report = a.report({
    problems: [a.problem({ message: hostile, at: { file: hostile, line: 1, column: 1 } })],
    failure: { reason: 'Unreachable', message: 'Azure does not answer.' },
    plan: a.plan({
      held: [{ ref: a.endpoint('fraud'), state: 'blocked', reason: 'X', message: hostile }],
    }),
  })

  test('as Markdown has no HTML, link or mention of others', () => {
    const html = page.render(planMarkdown(report))
    expect(html).not.toMatch(/<(?:a|img|h1|h2|em|s|script)\b/)
    expect(html.replaceAll(/<code>.*?<\/code>/gs, '')).not.toContain('@')
  })

  test.each([
    ['text', planText(report, styleFor(false))],
    ['Markdown', planMarkdown(report)],
  ])('tells a failure before any problem: as %s', (_, shown) => {
    const at = (what: string): number => shown.indexOf(what)
    expect(at('Azure does not answer.')).toBeGreaterThan(0)
    expect(at('Azure does not answer.')).toBeLessThan(at('UnknownField'))
  })

  test('says what is wrong with manifests once', () => {
    const problem = a.problem()
    const failure = { reason: problem.reason, message: `fraud/blue.yml:7:1: ${problem.message}` }
    const shown = planText(a.report({ problems: [problem], failure }), styleFor(false))
    expect(shown.split(problem.message)).toHaveLength(2)
  })
})
