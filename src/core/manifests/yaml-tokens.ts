import { CST, Lexer, type LineCounter, Parser } from 'yaml'
import type { Limits } from './limits.ts'

/** The syntax tokens, or the name of the limit that they break. */
export function tokensOf(text: string, lines: LineCounter, limits: Limits): CST.Token[] | string {
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  const count = { lexemes: 0, tokens: 0, documents: 0 }
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    feed(parser, lexeme, tokens)
    count.lexemes += 1
    for (; count.tokens < tokens.length; count.tokens += 1)
      if (tokens[count.tokens]?.type === 'document') count.documents += 1
    const broken = brokenLimit(parser.stack.length, count, limits)
    if (broken !== undefined) return broken
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

function brokenLimit(
  depth: number,
  { lexemes, documents }: { readonly lexemes: number; readonly documents: number },
  limits: Limits,
): string | undefined {
  // A level of nesting takes at most two entries of the parser's stack, and the document one.
  if (depth > 2 * limits.depth + 1) return `${limits.depth} levels of nesting`
  if (documents > limits.documents) return `${limits.documents} documents`
  return lexemes > limits.tokens ? `${limits.tokens} tokens` : undefined
}

/** What `Parser.next` moves. */
interface Inside {
  readonly onNewLine: (offset: number) => void
  source: string
  type: CST.TokenType
  offset: number
  indent: number
  atNewLine: boolean
  atScalar: boolean
  step(): Iterable<CST.Token>
  pop(error: object): Iterable<CST.Token>
}

/**
 * `Parser.next` of the library, line by line, but for its look into the environment at each token: that takes a fifth of the
 * time in which a manifest is parsed. A test holds it against the library.
 */
function feed(parser: Parser, source: string, tokens: CST.Token[]): void {
  const inside = parser as unknown as Inside
  inside.source = source
  if (inside.atScalar) {
    inside.atScalar = false
    for (const token of inside.step()) tokens.push(token)
    inside.offset += source.length
    return
  }
  const type = CST.tokenType(source)
  if (type === 'scalar') {
    inside.atNewLine = false
    inside.atScalar = true
    inside.type = 'scalar'
  } else if (type === null) {
    const message = `Not a YAML token: ${source}`
    const error = { type: 'error', offset: inside.offset, message, source }
    for (const token of inside.pop(error)) tokens.push(token)
    inside.offset += source.length
  } else {
    inside.type = type
    for (const token of inside.step()) tokens.push(token)
    pass(inside, type, source)
  }
}

const INDICATORS: ReadonlySet<CST.TokenType> = new Set([
  'explicit-key-ind',
  'map-value-ind',
  'seq-item-ind',
])

function pass(inside: Inside, type: CST.TokenType, source: string): void {
  if (type === 'doc-mode' || type === 'flow-error-end') return
  if (type === 'newline') {
    inside.atNewLine = true
    inside.indent = 0
    inside.onNewLine(inside.offset + source.length)
  } else if (type === 'space') {
    if (inside.atNewLine && source[0] === ' ') inside.indent += source.length
  } else if (INDICATORS.has(type)) {
    if (inside.atNewLine) inside.indent += source.length
  } else inside.atNewLine = false
  inside.offset += source.length
}
