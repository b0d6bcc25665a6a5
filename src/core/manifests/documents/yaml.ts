import { Composer, type CST, type Document, Lexer, LineCounter, Parser } from 'yaml'
import { escaped } from '../../kinds/fields/shown.ts'
import type { Place, Problem } from '../../model/problem.ts'
import type { Limits } from '../limits.ts'
import { badCharacter } from './text-rules.ts'

/** One YAML document of a file, parsed but not yet made into values. */
export interface YamlDocument {
  readonly document: Document.Parsed
  /** The place of an offset in the file's text. */
  at(offset: number): Place
}

export interface YamlFile {
  readonly documents: readonly YamlDocument[]
  readonly problems: readonly Problem[]
}

/**
 * Reads the text of a file as YAML 1.2. Limits are checked on the token stream, before any tree is built; warnings are
 * errors, because the parser takes an unknown tag for a mere warning.
 */
export function parseYaml(input: string, file: string, limits: Limits): YamlFile {
  const text = input.startsWith('\ufeff') ? input.slice(1) : input
  const lines = new LineCounter()
  const at = (offset: number): Place => placeAt(lines, file, offset)
  if (text.length > limits.fileLength) {
    return refused(file, 'FileTooLarge', `the file is longer than ${limits.fileLength} characters`)
  }
  const tokens = tokensOf(text, lines, limits)
  const bad = badCharacter(text)
  if (bad !== undefined) return failed(bad.reason, bad.message, at(bad.index))
  if (typeof tokens === 'string') {
    return refused(file, 'LimitExceeded', `the file has more than ${tokens}`)
  }
  const composer = new Composer({
    version: '1.2',
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
  })
  const composed = composedBy(composer, tokens, text.length, limits.syntaxErrors)
  if (composed === undefined)
    return refused(file, 'LimitExceeded', tooManyErrors(limits.syntaxErrors))
  const documents: YamlDocument[] = []
  const problems: Problem[] = []
  for (const document of composed) {
    documents.push({ document, at })
    problems.push(...problemsOf(document, at).slice(0, limits.problemsPerFile - problems.length))
  }
  return { documents, problems }
}

function tooManyErrors(limit: number): string {
  return `the file has more than ${limit} syntax errors: is it YAML? What is no manifest can be left out by .verdigrisignore`
}

class TooManyErrors extends Error {}

/**
 * The documents of the tokens; undefined when they have more errors than `most`. The composer has no limit of its own: what
 * it reports an error to is replaced by what counts first. Stray tokens between documents do not go there.
 */
function composedBy(
  composer: Composer,
  tokens: readonly CST.Token[],
  length: number,
  most: number,
): Document.Parsed[] | undefined {
  const inner = composer as unknown as { onError: (...error: readonly unknown[]) => void }
  const { onError } = inner
  let errors = tokens.filter(({ type }) => type === 'error').length
  if (errors > most) return undefined
  inner.onError = (...error) => {
    errors += 1
    if (errors > most) throw new TooManyErrors()
    onError(...error)
  }
  try {
    return [...composer.compose(tokens, true, length)]
  } catch (error) {
    if (error instanceof TooManyErrors) return undefined
    throw error
  }
}

/** The syntax tokens, or the name of the limit that they break. */
function tokensOf(text: string, lines: LineCounter, limits: Limits): CST.Token[] | string {
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  let lexemes = 0
  let documents = 0
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    lexemes++
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document') documents++
      tokens.push(token)
    }
    const broken = brokenLimit({ depth: parser.stack.length, documents, lexemes }, limits)
    if (broken !== undefined) return broken
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

function brokenLimit(
  count: { readonly depth: number; readonly documents: number; readonly lexemes: number },
  limits: Limits,
): string | undefined {
  // A level of nesting takes at most two entries of the parser's stack, and the document one.
  if (count.depth > 2 * limits.depth + 1) return `${limits.depth} levels of nesting`
  if (count.documents > limits.documents) return `${limits.documents} documents`
  return count.lexemes > limits.tokens ? `${limits.tokens} tokens` : undefined
}

const MAX_SYNTAX_ERRORS = 5

// What an unfilled template looks like to YAML.
const NO_TEXT_KEY = 'a key must be text; a placeholder such as {{NAME}} has to be filled in first'

function problemsOf(document: Document.Parsed, at: (offset: number) => Place): Problem[] {
  // One mistake makes the parser stumble many times: the first ones tell.
  const syntax = document.errors.slice(0, MAX_SYNTAX_ERRORS).map((error) => ({
    severity: 'error' as const,
    reason: 'YamlSyntax',
    message: error.code === 'NON_STRING_KEY' ? NO_TEXT_KEY : escaped(error.message.slice(0, 300)),
    at: at(error.pos[0]),
  }))
  const tags = document.warnings.map((warning) => ({
    severity: 'error' as const,
    reason: warning.code === 'TAG_RESOLVE_FAILED' ? 'UnknownTag' : 'YamlSyntax',
    message: escaped(warning.message.slice(0, 300)),
    at: at(warning.pos[0]),
  }))
  const version = document.directives?.yaml
  if (version?.explicit !== true || version.version === '1.2') return [...syntax, ...tags]
  const message = 'YAML 1.1 reads words and numbers in another way: remove the %YAML line'
  return [...syntax, ...tags, { severity: 'error', reason: 'YamlVersion', message, at: at(0) }]
}

function placeAt(lines: LineCounter, file: string, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { file, line: Math.max(1, line), column: Math.max(1, col) }
}

function refused(file: string, reason: string, message: string): YamlFile {
  return failed(reason, message, { file, line: 1, column: 1 })
}

function failed(reason: string, message: string, at: Place): YamlFile {
  return { documents: [], problems: [{ severity: 'error', reason, message, at }] }
}
