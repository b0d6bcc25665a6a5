/** What one repository may ask of us. A file beyond them is refused, never cut (ATTACKS 21-26). */
export interface Limits {
  /** Characters of one manifest file. */
  readonly fileLength: number
  /** Lexical tokens of one file: they bound the work of reading it, to well under 100 ms. */
  readonly tokens: number
  readonly documents: number
  /** Syntax errors and warnings of one file: the parser makes an object with a stack of each. */
  readonly syntaxErrors: number
  /** Levels of nesting, before and after aliases are put in place. */
  readonly depth: number
  /** Values of one document after its aliases are put in place. */
  readonly values: number
  readonly aliases: number
  /** Problems told of one file; of the whole reading ten times as many. */
  readonly problemsPerFile: number
  readonly uploadFiles: number
  readonly uploadBytes: number
}

export const LIMITS: Limits = {
  fileLength: 1024 * 1024,
  tokens: 40_000,
  documents: 500,
  syntaxErrors: 1000,
  depth: 32,
  values: 50_000,
  aliases: 200,
  problemsPerFile: 50,
  uploadFiles: 20_000,
  uploadBytes: 10 * 1024 ** 3,
}
