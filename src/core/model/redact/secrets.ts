import { secretsInForms } from './secret-forms.ts'
import { isSecretName } from './secret-names.ts'
import { isReference, merged, type NamedSecret, type Value, valueFrom } from './secret-values.ts'

/**
 * What a secret looks like, by its own shape or by the name that it stands under. Quantifiers are bounded: a hostile text
 * costs linear time. What is found is never repeated in a message.
 */

/** Secret whatever stands around them. */
export const SECRET_SHAPES: readonly RegExp[] = [
  // To its end, wherever that is; where there is none, all that follows.
  /-{4,5} ?BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}(?:[\s\S]*?-{4,5} ?END [A-Z\d ]{0,40}-{4,5}|[\s\S]*)/g,
  /(?<![\w-])eyJ[\w-]{8,8192}\.[\w-]{8,8192}(?:\.[\w-]{0,8192}){0,3}/g,
  /(?<=\b(?:bearer|basic|sharedkey|sharedaccesssignature)[ +]{1,4})[\w.~+/=:-]{12,8192}/gi,
  /(?<=[?&]sig=)[\w%+/=-]{16,4096}/gi,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  /(?<![\w-])(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|dapi|xox[abeprs]-|sk-|hf_)[\w-]{16,512}/g,
  // A key of 64 bytes in base64, as storage accounts have.
  /(?<![\w+/-])[A-Za-z0-9+/]{86}==/g,
  // A webhook of Slack, and a token in the path of a conda channel.
  /(?<=hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[\w/-]{8,256}/gi,
  /(?<=conda[\w.-]{0,100}(?::\d{1,5})?\/t\/)[\w.~%-]{6,256}/gi,
  // A password in an address, or a token as the name of the user.
  /(?<=:\/\/[^\s/:@"'$]{0,100}:)[^\s/@"'$]{3,512}(?=@)/g,
  /(?<=:\/\/)[\w.~%-]{20,512}(?=@)/g,
]

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

/**
 * The same of a name that may be anything (a tag, a field of a request): it has to be that of a secret, and not only to speak
 * of one, and what stands there no figure and no answer.
 */
export function tellsSecret(name: string, value: string): boolean {
  if (holdsSecret(value)) return true
  if (!isSecretName(name)) return false
  const isPlain = /^(?:[\d.,]{0,7}|yes|no)$/i.test(value)
  return !isPlain && looksSecret(name, value)
}

/** Each shape is longer, or has other characters. */
const SHAPELESS = /^[\w.:-]{0,18}$/

/** Whether a text holds a secret, wherever it stands. */
function holdsSecret(text: string): boolean {
  const hasShape = !SHAPELESS.test(text) && SECRET_SHAPES.some((shape) => text.search(shape) >= 0)
  return hasShape || namedSecrets(text).length > 0
}

/** The name is looked for backwards from what follows it: forwards, each letter of a long word would begin one. */
const NAMED =
  /(?<=([A-Za-z][\w.-]{0,63})(?:\\{0,3}["'])?\s{0,4}[ \t]{0,32})[=:]{1,2}>?\s{0,4}[ \t]{0,64}/g
const SECRETS_MAX = 10_000

/** Where a text has secrets under their names, in order: `name: value` and the other forms that say the same. */
export function namedSecrets(text: string): readonly NamedSecret[] {
  const others = secretsInForms(text)
  return others.length === 0 ? assigned(text) : merged([...assigned(text), ...others])
}

/** `name: value`, `name=value` or `"name": "value"`. */
function assigned(text: string): readonly NamedSecret[] {
  if (!/[=:]/.test(text)) return []
  const found: NamedSecret[] = []
  let last = NOTHING
  for (const match of text.matchAll(NAMED)) {
    const value = secretAt(text, match, last)
    if (value === undefined) continue
    const around = value.from < last.passed ? found.pop() : undefined
    found.push({ from: around?.from ?? value.from, to: value.to })
    last = value
    if (found.length === SECRETS_MAX) break
  }
  return found
}

const NOTHING: Value = { from: 0, to: 0, passed: 0, open: 0 }
/** Longer than the beginning by which a reference is known. */
const REFERENCE_CHARACTERS = 300
/** What follows is more than one word. */
const HEADER = /(?:authorization|cookie)$/i

function secretAt(text: string, match: RegExpExecArray, last: Value): Value | undefined {
  const name = match[1] ?? ''
  const from = match.index + match[0].length
  const isHeader = HEADER.test(name)
  if (from < (isHeader ? last.open : last.passed) || !isSecretName(name)) return undefined
  // Before it is read to its end: where one stands behind every word, that would be the text many times over.
  if (isReference(text.slice(from, from + REFERENCE_CHARACTERS))) return undefined
  const value = valueFrom(text, from, isHeader)
  if (value === undefined) return undefined
  const said = text.slice(value.from, value.to)
  return isReference(said) || speaksOfSdk(name, said) ? undefined : value
}

/** The classes of @azure/identity, whose names are those of secrets and whose messages stand behind them. */
const SDK_CLASS =
  /^(?:AuthorizationCode|AzureCli|AzureDeveloperCli|AzurePipelines|AzurePowerShell|ChainedToken|ClientAssertion|ClientCertificate|ClientSecret|DefaultAzure|DeviceCode|Environment|InteractiveBrowser|ManagedIdentity|OnBehalfOf|UsernamePassword|VisualStudioCode|WorkloadIdentity)Credential:?$/
/** How these messages begin. Both lists are closed: whatever else stands there may be a secret. */
const SDK_WORD =
  /^(?:Authentication|Multiple|Network|Provide|Specifying|To|You|clientAssertion|clientId|clientSecret|only|password|tenantId|userAssertionToken|username)$/

/** `token: ChainedTokenCredential authentication failed`, `ManagedIdentityCredential: Network unreachable`. */
function speaksOfSdk(name: string, value: string): boolean {
  return SDK_CLASS.test(value) || (SDK_CLASS.test(name) && SDK_WORD.test(value))
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
