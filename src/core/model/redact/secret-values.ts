/** Where a text has the value of a secret: [from, to), without quotes. */
export interface NamedSecret {
  readonly from: number
  readonly to: number
}

export interface Value extends NamedSecret {
  /** Before this no other secret begins; a header, whose value ends later than that of others, may begin at `open`. */
  readonly passed: number
  readonly open: number
}

/** Also those of three, and those behind a letter that says what kind of text it is. */
const QUOTE = /(?:[bfnru]{1,2}|[@$])?(?:"""|'''|\\{0,3}["'])/iy
const VALUE = /[^\s"'\\;,&{}[\]]{3,4096}/y
/** What follows is more than one word: `Authorization: Bearer …`, `Cookie: a=…; b=…`. */
const HEADER_VALUE = /[^\r\n"'\\{}]{3,4096}/y
const VALUE_MAX = 4096

/** The indented lines that follow `|` or `>` in YAML, and the same where each end of a line is written as `\n`. */
const BLOCK =
  /[|>][-+\d]{0,2}[ \t]{0,8}\r?\n(?:[ \t]{0,32}\r?\n){0,4}([ \t]+)[^\n]*(?:\n(?:\1[^\n]*|[ \t\r]*(?=\n|$)))*/y
const ESCAPED_BLOCK = /[|>][-+\d]{0,2} {0,8}\\{1,3}n[^"'\r\n]{3,4096}/y
/** `&anchor` and `!!tag` of YAML. */
const PROPERTY = /(?:[&!][\w!./:-]{0,64}[ \t]{1,4}){1,2}/y
/** `{ "value": …`, as a parameter of a template has it. */
const INNER = /\{\s{0,20}(?:\\{0,3}["'])?value(?:\\{0,3}["'])?\s{0,4}:\s{0,4}/iy
const LIST = /\[(?!redacted\])\s{0,20}/y
const LIST_REST = /[^\]\r\n]{3,4096}/y
const BETWEEN = /[\s,]{1,40}/y

export function valueFrom(text: string, from: number, isHeader: boolean): Value | undefined {
  const block = matchAt(BLOCK, text, from) ?? matchAt(ESCAPED_BLOCK, text, from)
  if (block !== undefined) return valueAt(from, from + block.length)
  const before = matchAt(INNER, text, from) ?? matchAt(LIST, text, from)
  if (before === undefined) return propertyFrom(text, from) ?? scalarFrom(text, from, isHeader)
  const inside = from + before.length
  return before.startsWith('[') ? listFrom(text, inside) : scalarFrom(text, inside, false)
}

/** With what stands before it: a password may begin with `!`. */
function propertyFrom(text: string, from: number): Value | undefined {
  const property = matchAt(PROPERTY, text, from)
  if (property === undefined) return undefined
  const value = scalarFrom(text, from + property.length, false)
  return value && { ...value, from }
}

/** From the first text of a list to the last one. */
function listFrom(text: string, from: number): Value | undefined {
  const first = quotedAt(text, from)
  let last = first
  for (let next = first; next !== undefined; ) {
    last = next
    const between = matchAt(BETWEEN, text, next.passed)
    next = between === undefined ? undefined : quotedAt(text, next.passed + between.length)
  }
  if (first !== undefined && last !== undefined) return longEnough({ ...last, from: first.from })
  const rest = matchAt(LIST_REST, text, from)
  return rest === undefined ? undefined : valueAt(from, from + rest.length)
}

function scalarFrom(text: string, from: number, isHeader: boolean): Value | undefined {
  const quoted = quotedAt(text, from)
  if (quoted !== undefined) return longEnough(quoted)
  const value = matchAt(isHeader ? HEADER_VALUE : VALUE, text, from)
  if (value === undefined) return undefined
  const to = from + value.length
  return { from, to, passed: to, open: isHeader ? to : from }
}

function valueAt(from: number, to: number): Value {
  return { from, to, passed: to, open: to }
}

function longEnough(value: Value): Value | undefined {
  return value.to - value.from < 3 ? undefined : value
}

/** Up to the quote that ends it, or as far as a value may go. */
function quotedAt(text: string, at: number): Value | undefined {
  const opening = matchAt(QUOTE, text, at)
  if (opening === undefined) return undefined
  const quote = opening.replace(/^[^"'\\]+/, '')
  const from = at + opening.length
  const most = Math.min(text.length, from + VALUE_MAX)
  let end = from
  while (end < most && !text.startsWith(quote, end))
    end += !quote.startsWith('\\') && text[end] === '\\' ? 2 : 1
  const to = Math.min(end, most)
  return { from, to, passed: to + quote.length, open: to + quote.length }
}

/** In order, and those that overlap as one. */
export function merged(secrets: readonly NamedSecret[]): readonly NamedSecret[] {
  const found: NamedSecret[] = []
  for (const one of [...secrets].sort((a, b) => a.from - b.from)) {
    const last = found.at(-1)
    if (last === undefined || one.from >= last.to) found.push(one)
    else found[found.length - 1] = { from: last.from, to: Math.max(last.to, one.to) }
  }
  return found
}

/** What the pattern, which is sticky, finds at this place. */
export function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** How a secret is named without being told: a variable, a Key Vault reference, an asset; or that there is none. */
export function isReference(value: string): boolean {
  return /^(?:\$[{(]|<(?![^<]{0,256}<\/)|%\(|\*{3}|\[redacted|@Microsoft\.KeyVault\(|azureml:|(?:null|none|true|false)\b)/i.test(
    value,
  )
}
