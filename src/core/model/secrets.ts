/**
 * What a secret looks like, by its own shape or by the name that it stands under. Quantifiers are bounded: a hostile text
 * costs linear time. What is found is never repeated in a message.
 */

/** Secret whatever stands around them. */
export const SECRET_SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]{0,40}-----|$)/g,
  /(?<![\w-])eyJ[\w-]{8,8192}\.[\w-]{8,8192}(?:\.[\w-]{0,8192}){0,3}/g,
  /(?<=\b(?:bearer|basic|sharedkey|sharedaccesssignature)[ +]{1,4})[\w.~+/=:-]{12,8192}/gi,
  /(?<=[?&]sig=)[\w%+/=-]{16,4096}/gi,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  /(?<![\w-])(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|dapi|xox[abeprs]-|sk-|hf_)[\w-]{16,512}/g,
  // A key of 64 bytes in base64, as storage accounts have.
  /(?<![\w+/-])[A-Za-z0-9+/]{86}==/g,
  // A password in an address, or a token as the name of the user.
  /(?<=:\/\/[^\s/:@"'$]{0,100}:)[^\s/@"'$]{3,512}(?=@)/g,
  /(?<=:\/\/)[\w.~%-]{20,512}(?=@)/g,
]

const SECRET_WORDS = [
  ...['password', 'passwd', 'passphrase', 'passcode', 'secret', 'token', 'credential'],
  ...['apikey', 'accesskey', 'accountkey', 'authkey', 'encryptionkey', 'masterkey', 'primarykey'],
  ...['privatekey', 'secondarykey', 'sharedkey', 'signingkey', 'storagekey', 'subscriptionkey'],
  ...['keyvalue', 'connectionstring', 'connstr', 'sharedaccesssignature', 'amzsignature'],
  ...['authorization', 'cookie'],
]
/** `max_tokens` is a figure. */
const SECRET_NAME = new RegExp(`(?:(?:${SECRET_WORDS.join('|')})s?)$(?<!tokens)`)
const SHORT_NAME = /(?:^|[^a-z])(?:pass|pwd)$/i

/** True when what stands under this name (a header, a field, a variable) is not to be shown, whatever it is. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replaceAll(/[^A-Za-z]/g, '').toLowerCase()) || SHORT_NAME.test(name)
}

/** Last words of names of what only leads to a secret, or is a figure about it. */
const ABOUT = new Set([
  ...['file', 'path', 'dir', 'folder', 'url', 'uri', 'host', 'endpoint', 'name', 'id', 'scope'],
  ...['type', 'limit', 'count', 'length', 'size', 'ttl', 'timeout', 'seconds', 'expiry', 'enabled'],
])

/** Whether a field or an environment variable of this name and value holds a secret in the open. */
export function looksSecret(name: string, value: string): boolean {
  if (isReference(value)) return false
  if (holdsSecret(value)) return true
  // Whatever such a value looks like, a person has thought of it.
  if (/^(?:|true|false|none|null)$/i.test(value)) return false
  // The primary key of an account is one, and that of a table is none.
  const isKey = wordsOf(name).at(-1) === 'key' && KEY.test(value)
  return isKey || (mentionsSecret(name) && !/(?:primary|secondary)[-_]?key$/i.test(name))
}

/** Whether a text holds a secret, wherever it stands. */
export function holdsSecret(text: string): boolean {
  return SECRET_SHAPES.some((shape) => text.search(shape) >= 0) || namedSecrets(text).length > 0
}

/** Where a text has `name: value`, `name=value` or `"name": "value"` with the name of a secret. */
export interface NamedSecret {
  /** Of the value: [from, to), without quotes. */
  readonly from: number
  readonly to: number
}

/** The name is looked for backwards from what follows it: forwards, each letter of a long word would begin one. */
const NAMED = /(?<=([A-Za-z][\w.-]{0,63})(?:\\{0,3}["'])?\s{0,4})[=:]\s{0,4}/g
const SECRETS_MAX = 10_000

export function namedSecrets(text: string): readonly NamedSecret[] {
  const found: NamedSecret[] = []
  let passed = 0
  for (const { 0: whole, 1: name = '', index } of text.matchAll(NAMED)) {
    if (index < passed || !isSecretName(name)) continue
    const span = valueFrom(text, index + whole.length, name)
    if (span === undefined || isReference(text.slice(...span))) continue
    const [from, to] = span
    found.push({ from, to })
    passed = to
    if (found.length === SECRETS_MAX) break
  }
  return found
}

const QUOTE = /\\{0,3}["']/y
const VALUE = /[^\s"'\\;,&{}[\]]{3,4096}/y
/** What follows is more than one word: `Authorization: Bearer …`, `Cookie: a=…; b=…`. */
const HEADER = /(?:authorization|cookie)$/i
const HEADER_VALUE = /[^\r\n"'\\{}]{3,4096}/y
const VALUE_MAX = 4096

function valueFrom(text: string, from: number, name: string): [number, number] | undefined {
  const quote = matchAt(QUOTE, text, from)
  if (quote !== undefined) return quotedFrom(text, from + quote.length, quote)
  const value = matchAt(HEADER.test(name) ? HEADER_VALUE : VALUE, text, from)
  return value === undefined ? undefined : [from, from + value.length]
}

/** Up to the quote that ends it, or as far as a value may go. */
function quotedFrom(text: string, from: number, quote: string): [number, number] | undefined {
  const most = Math.min(text.length, from + VALUE_MAX)
  let to = from
  while (to < most && !text.startsWith(quote, to))
    to += quote.length === 1 && text[to] === '\\' ? 2 : 1
  return to - from < 3 ? undefined : [from, Math.min(to, most)]
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** How a secret is named without being told: a variable, a Key Vault reference, an asset; or that there is none. */
function isReference(value: string): boolean {
  return /^(?:\$[{(]|<|%\(|\*{3}|\[redacted|@Microsoft\.KeyVault\(|azureml:|(?:null|none|true|false)\b)/i.test(
    value,
  )
}

/** What a key looks like, and the name of a column or a field does not. */
const KEY = /^[\w+/=~.-]{20,512}$/

function mentionsSecret(name: string): boolean {
  const words = wordsOf(name)
  if (ABOUT.has(words.at(-1) ?? '')) return false
  return words.some((_, place) => isSecretName(words.slice(0, place + 1).join('_')))
}

function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}
