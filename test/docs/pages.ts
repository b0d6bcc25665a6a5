import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import markdownIt from 'markdown-it'
import { ROOT } from '../cli/program.ts'

/** A fenced block of a page, with the HTML comment right before it. */
export interface Block {
  /** `page:line` of the fence. */
  readonly place: string
  /** The word behind the fence: `yaml`, `console`, … */
  readonly language: string
  /** The text of the comment; '' when there is none. */
  readonly note: string
  readonly text: string
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
  /** The anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>
  /** Targets of links and images, as they are written. */
  readonly links: readonly string[]
}

const markdown = markdownIt({ html: true })

/** Every page that readers are led to. */
export const PAGES: readonly Page[] = globSync(
  ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/**/*.md', 'deploy/**/*.md'],
  { cwd: ROOT },
)
  .sort()
  .map((path) => pageOf(path, readFileSync(join(ROOT, path), 'utf8')))

export function pageOf(path: string, text: string): Page {
  const tokens = markdown.parse(text, {})
  const inline = tokens.flatMap(({ children }) => children ?? [])
  return {
    path,
    text,
    blocks: tokens.flatMap((token, index) => blockOf(token, tokens[index - 1], path) ?? []),
    anchors: anchorsOf(tokens.flatMap((token, index) => headingOf(token, tokens[index - 1]) ?? [])),
    links: inline.flatMap((token) => targetOf(token) ?? []),
  }
}

type Token = ReturnType<typeof markdown.parse>[number]

function blockOf(token: Token, before: Token | undefined, path: string): Block | undefined {
  if (token.type !== 'fence') return undefined
  const note = before?.type === 'html_block' ? commentIn(before.content) : ''
  const place = `${path}:${(token.map?.[0] ?? 0) + 1}`
  return { place, language: token.info.trim(), note, text: token.content }
}

function headingOf(token: Token, before: Token | undefined): string | undefined {
  if (token.type !== 'inline' || before?.type !== 'heading_open') return undefined
  return (token.children ?? []).map(({ content }) => content).join('')
}

function targetOf(token: Token): string | undefined {
  const target = token.attrGet(token.type === 'image' ? 'src' : 'href')
  return target === null ? undefined : decodeURI(String(target))
}

function commentIn(html: string): string {
  return (/<!--(.*?)-->\s*$/s.exec(html)?.[1] ?? '').trim()
}

/** Lower case, no punctuation, hyphens for spaces; the second of two alike ends in -1. */
function anchorsOf(headings: readonly string[]): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const heading of headings) {
    const plain = heading.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    const slug = plain.replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}
