import { shown } from '../kinds/shown.ts'
import type { Desired } from '../model/desired.ts'
import { isObject } from '../model/json.ts'

// Linear patterns only. What they find is never repeated in a message.
const SECRET_VALUES: readonly RegExp[] = [
  /^eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*$/,
  /(?:AccountKey|SharedAccessKey|Password|Pwd)=[^;]{4}/i,
  /[?&]sig=[\w%+/-]{16}/i,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/,
  /^(?:AKIA|ASIA)[A-Z0-9]{16}$/,
  /^(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|hf_)[\w-]{16}/,
  /^[A-Za-z0-9+/]{86}==$/,
  /:\/\/[^\s/:@]{1,100}:[^\s/@]{3,100}@/,
]
const SECRET_WORDS = new Set([
  ...['secret', 'secrets', 'password', 'passwd', 'pwd', 'passphrase', 'passcode'],
  ...['token', 'apikey', 'credential', 'credentials'],
])
const KEY_OWNERS = new Set(['api', 'access', 'account', 'storage', 'private', 'master', 'signing'])

/** Last words of names of what only leads to a secret, or is a figure about it. */
const ABOUT = new Set([
  ...['file', 'path', 'dir', 'folder', 'url', 'uri', 'host', 'endpoint', 'name', 'id', 'scope'],
  ...['type', 'limit', 'count', 'length', 'size', 'ttl', 'timeout', 'seconds', 'expiry', 'enabled'],
])

export interface SecretFinding {
  readonly path: readonly string[]
  /** What it is, without its value. */
  readonly what: string
}

/**
 * Environment variables and addresses that look like a secret in the open (ATTACKS 37). `beside` gives what a manifest itself
 * holds of a value that was made with variables: what those hold is not in the open.
 */
export function secretsIn(
  { spec }: Desired,
  beside: (path: readonly string[]) => string | undefined,
): readonly SecretFinding[] {
  const variables = isObject(spec.environment_variables) ? spec.environment_variables : {}
  const found = Object.entries(variables)
    .map(([name, value]) => ({ name, value, path: ['environment_variables', name] }))
    .filter(
      ({ name, value, path }) =>
        typeof value === 'string' && looksSecret(name, beside(path) ?? value),
    )
    .map(({ name, path }) => ({ path, what: `the environment variable ${shown(name)}` }))
  const { path } = spec
  const isSigned = typeof path === 'string' && holdsSecret(beside(['path']) ?? path)
  return isSigned ? [...found, { path: ['path'], what: 'what "path" holds' }] : found
}

/** Whether an environment variable of this name and value holds a secret in the open. */
export function looksSecret(name: string, value: string): boolean {
  // `${{…}}` and Key Vault references are how a secret is named without being told.
  if (/^\$\{\{|^@Microsoft\.KeyVault\(|^azureml:/i.test(value)) return false
  if (holdsSecret(value)) return true
  // Whatever such a value looks like, a person has thought of it.
  return !/^(?:|true|false|none|null)$/i.test(value) && isSecretName(name)
}

/** Whether a text holds a secret, wherever it stands. */
export function holdsSecret(text: string): boolean {
  return SECRET_VALUES.some((pattern) => pattern.test(text))
}

function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  const last = words.at(-1) ?? ''
  if (ABOUT.has(last)) return false
  return (
    last === 'pass' ||
    words.some(
      (word, index) =>
        SECRET_WORDS.has(word) || (word === 'key' && KEY_OWNERS.has(words[index - 1] ?? '')),
    )
  )
}
